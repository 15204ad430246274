"""docs/privacy.md, written from the inventory."""

from pathlib import Path

from cmp_portal.privacy.inventory import Leaves, Table, tables

FILE = Path(__file__).resolve().parents[3] / "docs" / "privacy.md"
HEAD = """\
# What is stored of people

Written by `python -m tests.cmp_portal.privacy` from `cmp_portal/privacy/inventory.toml`. The suite fails when this page
is stale, and when a table has a column that the inventory does not name: nothing of people is stored that is not here.
Names of holders, their birth months and addresses are in no log, no subject of a mail, no address of a page, no key of
the cache and no message to the workers; a test sends a person of unmistakable data through the portal and looks.

The yardstick is what the Board needs for its programme: to know whose record it is, to reach them, to judge what they
completed, and to be able to show how it decided. Of birth the month alone is known, which a holder says once when they
claim their record. Which law the Board is under, and how long it has to keep what, is the Board's to say: the portal
knows no period of its own.

## Measured against chapter 112 of the Texas Occupations Code

What is written here was read at <https://statutes.capitol.texas.gov/Docs/OC/htm/OC.112.htm> (of sections 112.001 to
the beginning of 112.101) and, of section 112.105, in the copy at <https://lexace.ai/us/statute/texas/112.105>. It is
no legal advice.

- The chapter is about agencies of the state of Texas that license people of health professions (112.001). Its
  subchapter C is about continuing education, and the electronic systems that follow it. Whether the Board
  is such an agency, or keeps the portal for one, is not known here; nor what 112.102 to 112.104 and whatever follows
  112.105 ask for, which was not read in the official text.
- 112.105 (a) lets such a system have what bears directly on whether somebody did the education that is asked of them:
  among it their name, the number of their licence, the days on which it was given and ends, and what the public is told
  when it asks. Of the list below that is `accounts.Holder`'s name and number, `credentials.*`, `education.*`, and what
  was declared, audited and decided (`declarations.*`, `audits.*`).
- Anything else needs a rule of the agency which says that the system has to have it. That is so of the birth month and
  the address on file, of logins, second steps, sessions, languages and alerts, of payments, and of the grounds and
  letters of appeals, in which somebody may speak of their health. There is no such rule that we know of.
- 112.105 (b) asks a system in somebody's cloud for the certificate of a programme of the state. Whether there is
  one is not known here. It asks, too, for the Americans with Disabilities Act: [accessibility.md](accessibility.md)
  says what was tested, by another standard.

So nothing here claims to meet it: whether it applies, and what follows, is for the Board's counsel.

## How it leaves

| when | what |
| --- | --- |
| *closed* | The holder closes the account, at *Your data*; a page lists before what goes and what stays. |
| *erased* | An operator runs `erase_holder`: of this, what no declaration, decision or closed cycle speaks of. |
| *forgotten* | `erase_holder` again, when `RECORD_RETENTION_YEARS` have passed since the end of the last cycle. |
| *swept* | By itself, after the time that a setting says. |
| *kept* | It stays. It names nobody: whose it was is said by the register, until that is forgotten. |

Each table's history leaves with it. Nothing leaves while a declaration or an audit is under way. Whoever had a closed
account hears of it by mail, and so does an old address that had yet to be told of its change; until such a mail is
sent, or given up after some four days, its address stays, whatever is erased meanwhile, and is gone with it. Birth
month and address on file leave with the record, names and numbers when they are forgotten. What was signed stays as it
was signed in any case, and `verify_declaration` goes on finding it whole: it has titles and days of courses, and no
names. Backups hold what they held: let them expire in the time you promise.

    .venv/bin/python manage.py export_holder 10000042 record.zip     # everything, to hand out
    .venv/bin/python manage.py erase_holder 10000042 --dry-run       # what would go, table by table
    .venv/bin/python manage.py erase_holder 10000042
    .venv/bin/python manage.py load_holder record.zip                # into a portal that does not know them

| setting | meaning | default |
| --- | --- | --- |
| `RECORD_RETENTION_YEARS` | years the register says whose record it was, after the last cycle | none: never |
| `EVIDENCE_RETENTION_YEARS` | years documents are kept after the last cycle they serve | none: never |
| `API_KEYS_KEPT_HOURS`, `WEBHOOK_LOG_KEPT_DAYS` | answers and notices to providers' systems | 7 days, 90 days |
| `SESSION_IDLE_SECONDS`, `SESSION_MAX_SECONDS` | how long a login lasts | 1 hour, 12 hours |
| `LOG_ADDRESSES` | whether logs say from which address somebody asked | no |

## The list
"""


def document() -> str:
    found = sorted(tables(), key=lambda table: table.label)
    lines = [HEAD, "| table | what it is | of people | leaves |", "| --- | --- | --- | --- |"]
    lines += [row(table) for table in found if table.leaves != Leaves.NONE]
    without = ", ".join(f"`{table.label}`" for table in found if table.leaves == Leaves.NONE)
    return "\n".join([*lines, "", "Nothing of people, but for who of the Board made a change:", without + ".", ""])


def row(table: Table) -> str:
    columns = ", ".join(f"`{name}`" for name in table.personal) or "whose it is"
    return f"| `{table.label}` | {table.what} | {columns} | {table.leaves} |"
