"""The goals that can be measured today. Importing it needs Django to be set up."""

import gzip
import os
import re
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from io import StringIO
from pathlib import Path
from statistics import median, quantiles
from tempfile import NamedTemporaryFile
from time import perf_counter

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.harness import case
from benchmarks.site import ROOT
from cmp_portal.lib import clock
from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.reading import Feed
from cmp_portal.lib.services.processes import start
from credentials.models import RequirementSet
from credentials.queries import requirements_by_id
from declarations.actions import reminders
from education.actions.intake import columns, take_in
from education.models import Provider
from education.queries import sums_statement, verdicts
from education.queries.verdicts import _filters

PAGES = {"My Account": "/account/", "Check Progress": "/education/progress/"}
LINES = 20_000


def seconds(call: Callable[[], object]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started


def undone(call: Callable[[], object]) -> Callable[[], float]:
    """Seconds of a call whose effects are rolled back, deferred checks included."""

    def measure() -> float:
        with transaction.atomic():
            found = seconds(lambda: (call(), execute("SET CONSTRAINTS ALL IMMEDIATE")))
            transaction.set_rollback(True)
        return found

    return measure


def execute(statement: str, values: object = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def questions(site, path: str, holder: int) -> int:
    """How many queries the page asks, once the process is warm."""
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = site.web.sessions[holder]
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        client.get(path)
    return len(found)


def as_bare(site, path: str) -> str:
    """The bare page of the same size and number of queries."""
    size, asked = len(site.web.get(path, site.usual)), questions(site, path, site.usual)
    bare = f"/bare/?queries={asked}&bytes={size}"
    print(f"    {path}: {size:,} bytes, {asked} queries; bare: {len(site.bare.get(bare, site.usual)):,} bytes")
    return bare


def against_bare(site, path: str):
    return site.web.p50(path, site.usual), site.bare.p50(as_bare(site, path), site.usual)


for name, path in PAGES.items():
    case("1", f"{name}, p50 against a bare page", at_most=1.25, rounds=5)(
        lambda site, path=path: against_bare(site, path)
    )

    @case("1", f"{name}, requests/s of many clients against a bare page", at_least=0.8, unit="requests/s")
    def under_load(site, path=path):
        bare = as_bare(site, path)
        return lambda: site.web.rate(path, site.usual), lambda: site.bare.rate(bare, site.usual)

    @case("2", f"{name}, p99 against p50", at_most=2)
    def steady(site, path=path):
        times: list[float] = []

        def p99() -> float:
            times[:] = site.web.times(path, site.usual, 120)
            return quantiles(times, n=100)[98]

        return p99, lambda: median(times)

    @case("2", f"{name}, slowest holder (5,000 credits, 12 credentials) against the median one", at_most=1.5)
    def slowest(site, path=path):
        return site.web.p50(path, site.heavy), site.web.p50(path, site.usual)

    @case("3", f"{name}, queries with 5,000 credits", at_most=8, unit="queries", rounds=1)
    def asked(site, path=path):
        return lambda: questions(site, path, site.heavy), None

    @case("3", f"{name}, queries with 5,000 credits less those with a few", unit="queries", rounds=1)
    def alike(site, path=path):
        return lambda: abs(questions(site, path, site.heavy) - questions(site, path, site.few)), None

    @case("4", f"{name}, p50 against a tenth of the holders", at_most=1.1, rounds=5)
    def growing(site, path=path):
        return site.web.p50(path, site.usual), site.small.p50(path, site.usual_of_small)

    for who, whose in (("usual", ""), ("heavy", " with 5,000 credits")):

        @case("7", f"{name}{whose}, size", at_most=25, unit="KB", rounds=1)
        def size(site, path=path, who=who):
            return lambda: len(site.web.get(path, getattr(site, who))) / 1024, None

        @case("7", f"{name}{whose}, size compressed", at_most=4, unit="KB", rounds=1)
        def compressed(site, path=path, who=who):
            return lambda: len(gzip.compress(site.web.get(path, getattr(site, who)))) / 1024, None


@case("7", "First visit in all, compressed", at_most=60, unit="KB", rounds=1)
def first_visit(site):
    def size() -> float:
        page = site.web.get("/account/", site.usual).decode()
        linked = {found.split("#")[0] for found in re.findall(r'(?:src|href)="/static/([^"]+)"', page)}
        files = [page.encode(), *((Path(settings.STATIC_ROOT) / name).read_bytes() for name in linked)]
        return sum(len(gzip.compress(each)) for each in files) / 1024

    return size, None


@case("7", "Third-party requests of all pages", unit="", rounds=1)
def third_parties(site):
    wanted = [site.web.get(path, site.usual).decode() for path in PAGES.values()]
    return lambda: len(
        re.findall(r'<(?:link|script|img|iframe)[^>]+(?:src|href)="(?:https?:)?//', "".join(wanted))
    ), None


def feed(bad_every: int = 0, *, lines: int = LINES) -> Path:
    """Credits of a provider in a file, one bad line in so many."""
    numbers = [number for (number,) in execute("SELECT customer_number FROM accounts_holder ORDER BY id LIMIT 5000")]
    with NamedTemporaryFile("w", suffix=".csv", delete=False, encoding="utf-8") as out:
        out.write("external_id,customer_number,title,kind,subjects,completed_on,points\n")
        for line in range(lines):
            day = "2025-99-01" if bad_every and line % bad_every == 0 else f"2025-{line % 12 + 1:02}-{line % 28 + 1:02}"
            out.write(f"B{line},{numbers[line % len(numbers)]},Course {line % 90},ce-course,safety,{day},1.5\n")
    return Path(out.name)


def import_of(path: Path) -> Callable[[], object]:
    at, provider = clock.now(), Provider.objects.order_by("id")[0]

    def take() -> None:
        with path.open("rb") as opened:
            found = Feed(opened, columns(on=clock.board_day(at)))
            take_in(feed=found, provider=provider, name="bench", at=at, progress=Progress(0, StringIO()))

    return take


RAW = """COPY education_credit (uuid, holder_id, provider_id, provider_name, external_id, title, kind_id, subjects,
    completed_on, unit, quantity, points) FROM STDIN"""


def raw_copy() -> None:
    with connection.cursor() as cursor:
        cursor.copy_expert(RAW, StringIO(RAW_ROWS[0]))


RAW_ROWS: list[str] = []


def prepare_raw() -> None:
    """The rows that the feed becomes, under other names."""
    rows = execute(
        "SELECT gen_random_uuid(), h.id, p.id, '', 'R' || n, 'Course ' || n %% 90, k.id, '{safety}',"
        " make_date(2025, n %% 12 + 1, n %% 28 + 1), 'points', 1.5, 150 FROM generate_series(0, %s - 1) n"
        " JOIN (SELECT id, row_number() OVER (ORDER BY id) AS r FROM accounts_holder) h ON h.r = n %% 5000 + 1,"
        " (SELECT id FROM education_provider ORDER BY id LIMIT 1) p,"
        " (SELECT id FROM credentials_activitykind WHERE code = 'ce-course') k ORDER BY n",
        [LINES],
    )
    RAW_ROWS[:] = ["".join("\t".join(map(str, row)) + "\n" for row in rows)]


for what, bad, least in (("a clean feed", 0, 0.6), ("a feed with 1 % hostile lines", 100, 0.5)):

    @case("8", f"Import of {what}, rows/s against raw COPY", at_least=least, unit="runs/s")
    def importing(site, bad=bad):
        prepare_raw()
        ours, raw = undone(import_of(feed(bad))), undone(raw_copy)
        return lambda: 1 / ours(), lambda: 1 / raw()


@case("9", "The same feed replayed, rows changed", unit="rows", rounds=1)
def replaying(site):
    return lambda: again(import_of(feed()))[1], None


@case("9", "Peak memory of an import, 1,000,000 lines against 100,000", at_most=1.1, unit="MB", rounds=1)
def importing_much(site):
    return lambda: peak_of_import(1_000_000), lambda: peak_of_import(100_000)


def peak_of_import(lines: int) -> float:
    """Megabytes the command had at most; nothing is kept of it."""
    path, provider = feed(lines=lines), Provider.objects.order_by("id")[0]
    command = [sys.executable, ROOT / "manage.py", "import_credits", path, "--dry-run", "--provider", provider.code]
    child = start("import", command, log=path.with_suffix(".log"))
    _pid, status, used = os.wait4(child.process.pid, 0)
    if status:
        raise RuntimeError(child.last_words())
    return used.ru_maxrss / 1024


# What one would write by hand, once, for the same rows; that they are the same is checked before anything is timed.
REMIND = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
    SELECT y.holder_id, CASE WHEN y.ends_on < %(on)s THEN 'expired' ELSE 'expires_soon' END,
           CASE WHEN y.ends_on < %(on)s THEN 'expired:' || y.id ELSE 'expires_soon:' || y.id || ':' ||
                CASE WHEN y.ends_on <= %(on)s::date + 7 THEN 7 WHEN y.ends_on <= %(on)s::date + 30 THEN 30
                     WHEN y.ends_on <= %(on)s::date + 60 THEN 60 WHEN y.ends_on <= %(on)s::date + 90 THEN 90
                     ELSE 180 END END,
           t.code || CASE WHEN y.ends_on < %(on)s THEN ' has expired' ELSE ' expires soon' END,
           CASE WHEN y.ends_on < %(on)s
                THEN 'Your credential expired on ' || to_char(y.ends_on, 'FMDD FMMonth YYYY') || '. To be reinstated, '
                     'allocate credits completed within the last three years and submit a declaration.'
                ELSE 'Your credential expires on ' || to_char(y.ends_on, 'FMDD FMMonth YYYY') || '. See what is still '
                     'missing, and submit a month before that day.' END,
           %(link)s || y.credential_id, %(at)s
      FROM credentials_cycle y
      JOIN credentials_credential c ON c.id = y.credential_id AND c.hold <> 'revoked'
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
     WHERE y.closed_at IS NULL AND y.ends_on <= %(on)s::date + 180
       AND (y.declared_on IS NULL OR y.id IN (SELECT cycle_id FROM declarations_declaration WHERE state = 'returned'))
       AND (t.mandatory_from IS NULL OR c.certified_on >= t.mandatory_from)
    ON CONFLICT (holder_id, key) DO NOTHING
"""
TOLD = """
    SELECT count(*), md5(string_agg(md5(concat_ws(' | ', holder_id, kind, key, title, body, link)), '' ORDER BY key))
      FROM accounts_alert WHERE created_at = %s
"""


def told(call: Callable[[], object], at: datetime) -> list[tuple]:
    """How many alerts a call writes at this moment, and a digest of them; undone afterwards."""
    with transaction.atomic():
        call()
        found = execute(TOLD, [at])
        transaction.set_rollback(True)
    return found


@case("10", "Reminder sweep, whole command against its bare SQL", at_most=1.3, unit="s", rounds=5)
def reminding(site):
    at, on = clock.now(), clock.today()
    values = {"on": on, "at": at, "link": f"{reverse('education:progress')}?credential="}
    ours, bare = told(lambda: reminders.remind(on=on, at=at), at), told(lambda: execute(REMIND, values), at)
    if ours != bare:
        raise RuntimeError(f"the sweep tells {ours}, its bare SQL {bare}")
    return undone(lambda: call_command("send_reminders", stdout=StringIO())), undone(lambda: execute(REMIND, values))


for name, sweep in (("reminder sweep", reminders.remind), ("sweep of what is ready", reminders.alert_ready)):

    @case("15", f"Second run of the {name} against the first", at_most=0.6, unit="s", rounds=5)
    def sweeping_again(site, sweep=sweep):
        once = partial(sweep, on=clock.today(), at=clock.now())
        return lambda: again(once)[0], undone(once)

    @case("15", f"Second run of the {name}, rows written", unit="rows", rounds=1)
    def writing_again(site, sweep=sweep):
        once = partial(sweep, on=clock.today(), at=clock.now())
        return lambda: again(once)[1], None


def again(once: Callable[[], object]) -> tuple[float, int]:
    """Seconds of the second of two calls, and how many rows of any table it wrote; both calls are undone."""
    with transaction.atomic():
        once()
        before = written()
        found = seconds(once)
        rows = written() - before
        transaction.set_rollback(True)
    return found, rows


def written() -> int:
    """Rows inserted, updated and deleted in this transaction so far."""
    ((rows,),) = execute(
        "SELECT COALESCE(SUM(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_xact_user_tables"
        " WHERE schemaname = 'public'"
    )
    return rows


@case("11", "The verdict on all cycles against the whole rule in SQL", at_most=2, unit="s")
def judging(site):
    sets, on = list(RequirementSet.objects.select_related("credential_type")), clock.today()
    statement, values = whole_rule(sets, on)
    return lambda: seconds(lambda: sum(1 for _ in verdicts(sets, on=on))), lambda: seconds(
        lambda: execute(statement, values)
    )


def whole_rule(sets, on):
    """The same sums, judged by SQL: what is missing of the total, of each area, and whether college is too much."""
    known = requirements_by_id(sets)
    widest = max(len(one.areas) for one in known.values())
    filters = [_filters(rule) for rule in next(iter(known.values())).rules]
    sums, values = sums_statement(list(known), filters, widest=widest, on=on)
    names = [f"s{place}" for place in range(widest)]
    columns_ = ", ".join([*names, *(f"r{place}" for place in range(len(filters)))])
    minima = {pk: [int(area.minimum * 100) for area in one.areas] for pk, one in known.items()}
    padded = {pk: found + [0] * (widest - len(found)) for pk, found in minima.items()}
    needed = ", ".join(
        f"({pk}, {int(known[pk].total * 100)}, {', '.join(map(str, found))})" for pk, found in padded.items()
    )
    missing = " + ".join(f"GREATEST(m{place} - s{place}, 0)" for place in range(widest))
    total = " + ".join(names)
    return (
        f"SELECT COUNT(*), SUM(GREATEST(total - ({total}), 0) + {missing}), COUNT(*) FILTER (WHERE r0 > total / 2)"  # noqa: S608
        f" FROM ({sums}) w (id, holder_id, requirement_set_id, {columns_}) JOIN (VALUES {needed})"
        f" n (pk, total, {', '.join(f'm{place}' for place in range(widest))}) ON n.pk = w.requirement_set_id"
    ), values


@case("17", "gunicorn start to the first answer", at_most=2, unit="s")
def starting(site):
    return site.start, None


@case("–", "One password hash, the baseline of a sign-in", at_most=200, unit="ms")
def hashing(site):
    return lambda: seconds(lambda: make_password("one-of-fifteen-letters")) * 1000, None
