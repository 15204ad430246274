"""Import of credits, against a raw COPY of the same rows."""

import os
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import sleep

from django.db import connection

from benchmarks.cases.measuring import again, execute, undone
from benchmarks.harness import case
from benchmarks.site import ROOT
from cmp_portal.lib import clock
from cmp_portal.lib.feeds.reading import Feed
from cmp_portal.lib.services.processes import Child, start, stop
from education.actions.intake import columns, receive
from education.models import IntakeBatch, Provider

LINES = 100_000
MANY = int(os.environ.get("BENCH_LINES", "1000000"))
PAGES, WARMING = 300, 4  # requests per round; seconds until the import validates and inserts rows


def feed(bad_every: int = 0, *, lines: int = LINES) -> Path:
    """A provider's feed of credits as a file, with one invalid line in every `bad_every`."""
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
            receive(feed=found, provider=provider, name="bench", at=at)

    return take


RAW = """COPY education_credit (uuid, holder_id, provider_id, provider_name, external_id, title, kind_id, subjects,
    completed_on, unit, quantity, points, batch_id) FROM STDIN"""


def raw_copy() -> None:
    with connection.cursor() as cursor:
        cursor.copy_expert(RAW, StringIO(RAW_ROWS[0]))


RAW_ROWS: list[str] = []


def prepare_raw() -> None:
    """Prepare the rows that the feed becomes, under other IDs, for an existing batch."""
    provider = Provider.objects.order_by("id")[0]
    values = {"name": "raw", "sha256": "0" * 64, "started_at": clock.now()}
    batch, _is_new = IntakeBatch.objects.get_or_create(provider=provider, name="raw", defaults=values)
    rows = execute(
        "SELECT gen_random_uuid(), h.id, p.id, '', 'R' || n, 'Course ' || n %% 90, k.id, '{safety}',"
        " make_date(2025, n %% 12 + 1, n %% 28 + 1), 'points', 1.5, 150, %s FROM generate_series(0, %s - 1) n"
        " JOIN (SELECT id, row_number() OVER (ORDER BY id) AS r FROM accounts_holder) h ON h.r = n %% 5000 + 1,"
        " (SELECT id FROM education_provider ORDER BY id LIMIT 1) p,"
        " (SELECT id FROM credentials_activitykind WHERE code = 'ce-course') k ORDER BY n",
        [batch.pk, LINES],
    )
    RAW_ROWS[:] = ["".join("\t".join(map(str, row)) + "\n" for row in rows)]


for what, bad, least in (("a clean feed", 0, 0.6), ("a feed with 1 % hostile lines", 100, 0.5)):

    @case("8", f"Import of {what}, rows/s against raw COPY", at_least=least, unit="runs/s")
    def importing(site, bad=bad):
        prepare_raw()
        ours, raw = undone(import_of(feed(bad))), undone(raw_copy)
        return lambda: 1 / ours(), lambda: 1 / raw()


@case("8", "Pages while a feed is taken in, p99 against quiet", at_most=3)
def pages_meanwhile(site):
    quiet = lambda: percentile(site.web.times("/education/progress/", site.usual, PAGES))  # noqa: E731
    return lambda: while_importing(quiet), quiet


def percentile(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def while_importing(measure: Callable[[], float]) -> float:
    """Measure while an import runs that outlasts the measurement; its rows are discarded."""
    child = start_import(feed(lines=400_000))
    try:
        sleep(WARMING)
        found = measure()
        if child.process.poll() is not None:
            raise RuntimeError(f"the import has ended: {child.last_words()}")
        return found
    finally:
        stop([child])


@case("9", "The same feed replayed, rows changed", unit="rows", rounds=1)
def replaying(site):
    return lambda: again(import_of(feed()))[1], None


@case("9", f"Peak memory of an import, {MANY:,} lines against {LINES:,}", at_most=1.1, unit="MB", rounds=1)
def importing_much(site):
    return lambda: peak_of_import(MANY), lambda: peak_of_import(LINES)


def peak_of_import(lines: int) -> float:
    """Peak memory of the import command in MB; its rows are discarded."""
    child = start_import(feed(lines=lines))
    _pid, status, used = os.wait4(child.process.pid, 0)
    if status:
        raise RuntimeError(child.last_words())
    return used.ru_maxrss / 1024


def start_import(path: Path) -> Child:
    provider = Provider.objects.order_by("id")[0]
    command = [sys.executable, ROOT / "manage.py", "import_credits", path, "--dry-run", "--provider", provider.code]
    return start("import", command, log=path.with_suffix(".log"))
