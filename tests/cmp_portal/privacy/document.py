"""Generate docs/privacy.md from the inventory."""

from pathlib import Path

from cmp_portal.privacy.inventory import Leaves, Table, tables

FILE = Path(__file__).resolve().parents[3] / "docs" / "privacy.md"
HEAD = """\
# Personal data we store

`python -m tests.cmp_portal.privacy` writes this page from `cmp_portal/privacy/inventory.toml`. The suite fails when the
page is stale, or when a table has a column that the inventory does not name, so no personal data is stored that is not
listed here. Holders' names, birth months and addresses appear in no log, email subject, page address, cache key or
message to the workers. A test sends a person with unmistakable data through the portal and checks.

We store what the Board needs for its program: to know whose record it is, to reach the holder, to judge what they
completed, and to show how it decided. Of the date of birth, only the month is known; a holder gives it once, when they
claim their record. The Board has to say which law applies to it and how long it must keep what. The portal has no
retention period of its own.

## Measured against chapter 112 of the Texas Occupations Code

This section is based on <https://statutes.capitol.texas.gov/Docs/OC/htm/OC.112.htm> (sections 112.001 to the beginning
of 112.101) and, for section 112.105, on the copy at <https://lexace.ai/us/statute/texas/112.105>. It is not legal
advice.

- The chapter is about agencies of the state of Texas that license health professionals (112.001). Its subchapter C is
  about continuing education and the electronic systems that track it. We do not know whether the Board is such an
  agency or runs the portal for one. Nor do we know what 112.102 to 112.104 and anything after 112.105 require, because
  we did not read them in the official text.
- 112.105 (a) allows such a system to hold what bears directly on whether someone completed the required education. This
  includes their name, their license number, the dates it was issued and expires, and what the public is told when it
  asks. In the list below, that is the name and number in `accounts.Holder`, `credentials.*`, `education.*`, and what
  was declared, audited and decided (`declarations.*`, `audits.*`).
- Anything else needs a rule of the agency saying that the system must hold it. That covers the birth month and the
  address on file; accounts, second steps, sessions, languages and alerts; payments; and the grounds and letters of
  appeals, in which people may write about their health. We know of no such rule.
- 112.105 (b) requires a system in someone's cloud to be certified under a state program. We do not know whether there
  is such a certificate. It also requires compliance with the Americans with Disabilities Act;
  [accessibility.md](accessibility.md) says what was tested, by another standard.

So nothing here claims compliance. Whether the chapter applies, and what follows, is for the Board's counsel to decide.

## How data leaves

| when | what |
| --- | --- |
| *closed* | The holder closes the account under *Your data*. A page first lists what goes and what stays. |
| *erased* | An operator runs `erase_holder`. It removes what no declaration, decision or closed cycle refers to. |
| *forgotten* | `erase_holder` again, once `RECORD_RETENTION_YEARS` have passed since the last cycle ended. |
| *swept* | It goes by itself, after the time that a setting specifies. |
| *kept* | It stays. It names nobody: the register says whose it was, until the register is forgotten. |

Each table's history leaves with it. Nothing leaves while a declaration or an audit is under way.

A holder whose account was closed is told by email, and so is an old address that has not yet been told of its change.
The address stays until that email is sent, or given up after about four days, whatever is erased in the meantime, and
then goes with it. The birth month and address on file leave with the record; names and numbers leave when they are
forgotten.

What was signed stays as it was signed in any case, and `verify_declaration` still finds it intact: it contains the
titles and dates of courses, and no names. Backups hold what they held, so let them expire within the time you promise.

    .venv/bin/python manage.py export_holder 10000042 record.zip     # everything, to hand out
    .venv/bin/python manage.py erase_holder 10000042 --dry-run       # what would go, table by table
    .venv/bin/python manage.py erase_holder 10000042
    .venv/bin/python manage.py load_holder record.zip                # into a portal that does not know the holder

`load_holder` brings back everything in the archive except what only the other portal can vouch for: letters,
certificates, badges, links to share, fees and payments, second steps, sessions, staff identities, and the address of
the calendar. Subjects, credential types, requirements and providers that the record names must be there first. If the
archive has a `missing.txt`, the documents it lists had been lost in the other portal: they are lost here too, and if
one of them was signed with a declaration, nothing is loaded.

| setting | meaning | default |
| --- | --- | --- |
| `RECORD_RETENTION_YEARS` | years after the last cycle that the register says whose record it was | none: never |
| `EVIDENCE_RETENTION_YEARS` | years documents are kept after the last cycle they serve | none: never |
| `API_KEYS_KEPT_HOURS`, `WEBHOOK_LOG_KEPT_DAYS` | answers and notices to providers' systems | 7 days, 90 days |
| `SESSION_IDLE_SECONDS`, `SESSION_MAX_SECONDS` | how long a login lasts | 1 hour, 12 hours |
| `LOG_ADDRESSES` | whether logs record the address a request came from | no |

## The list
"""


def document() -> str:
    found = sorted(tables(), key=lambda table: table.label)
    lines = [HEAD, "| table | what it holds | personal data | leaves |", "| --- | --- | --- | --- |"]
    lines += [row(table) for table in found if table.leaves != Leaves.NONE]
    without = ", ".join(f"`{table.label}`" for table in found if table.leaves == Leaves.NONE)
    return "\n".join([*lines, "", "No personal data, except which staff member made a change:", without + ".", ""])


def row(table: Table) -> str:
    columns = ", ".join(f"`{name}`" for name in table.personal) or "whose it is"
    return f"| `{table.label}` | {table.what} | {columns} | {table.leaves} |"
