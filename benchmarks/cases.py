"""The goals that can be measured today. Importing it needs Django to be set up."""

import gzip
import re
from collections.abc import Callable
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

from benchmarks.harness import case
from cmp_portal.lib import clock
from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.reading import Feed
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


def feed(bad_every: int = 0) -> Path:
    """Credits of a provider in a file, one bad line in so many."""
    numbers = [number for (number,) in execute("SELECT customer_number FROM accounts_holder ORDER BY id LIMIT 5000")]
    with NamedTemporaryFile("w", suffix=".csv", delete=False, encoding="utf-8") as out:
        out.write("external_id,customer_number,title,kind,subjects,completed_on,points\n")
        for line in range(LINES):
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
    rows = execute(
        "SELECT gen_random_uuid(), h.id, p.id, '', 'R' || n, 'Course ' || n %% 90, k.id, '{safety}', date '2025-03-04',"
        " 'points', 1.5, 150 FROM generate_series(0, %s - 1) n JOIN (SELECT id, row_number() OVER (ORDER BY id) AS r"
        " FROM accounts_holder) h ON h.r = n %% 500 + 1, (SELECT id FROM education_provider ORDER BY id LIMIT 1) p,"
        " (SELECT id FROM credentials_activitykind WHERE code = 'ce-course') k",
        [LINES],
    )
    RAW_ROWS[:] = ["".join("\t".join(map(str, row)) + "\n" for row in rows)]


for what, bad, least in (("a clean feed", 0, 0.6), ("a feed with 1 % hostile lines", 100, 0.5)):

    @case("8", f"Import of {what}, rows/s against raw COPY", at_least=least, unit="runs/s")
    def importing(site, bad=bad):
        prepare_raw()
        ours, raw = undone(import_of(feed(bad))), undone(raw_copy)
        return lambda: 1 / ours(), lambda: 1 / raw()


REMIND = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
    SELECT holder_id, 'expires_soon', 'bare:' || id, 'Expires soon', 'Your credential expires on ' || ends_on,
           '/progress/?credential=' || credential_id, now()
      FROM credentials_cycle WHERE closed_at IS NULL AND declared_on IS NULL AND ends_on <= %s::date + 180
"""


@case("10", "Reminder sweep, whole command against a bare INSERT", at_most=1.3, unit="s")
def reminding(site):
    command = undone(lambda: call_command("send_reminders", stdout=StringIO()))
    return command, undone(lambda: execute(REMIND, [clock.today()]))


@case("15", "Second run of the reminder sweep against the first", at_most=0.6, unit="s")
def reminding_again(site):
    at = clock.now()

    def remind() -> int:
        return reminders.remind(on=clock.board_day(at), at=at)

    def second() -> float:
        with transaction.atomic():
            remind()
            found = seconds(remind)
            transaction.set_rollback(True)
        return found

    return second, undone(remind)


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
