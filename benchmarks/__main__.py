"""`make bench`: start servers, fill them, run every case and write docs/benchmarks.md.

BENCH_HOLDERS is the size, 20,000 by default; BENCH_ONLY=7,8 runs the cases of those goals and writes nothing.
"""

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import monotonic

import psycopg2

from benchmarks import harness
from benchmarks.site import ROOT, Web, manage, servers, web

HOLDERS = int(os.environ.get("BENCH_HOLDERS", "20000"))
FEW_HOLDERS = min(max(1, HOLDERS // 10), 6_000)  # of the portal beside it, for goal 4
ONLY = os.environ.get("BENCH_ONLY", "")


@dataclass
class Site:
    """What the cases measure: the portal, a portal with few holders, the bare page, and the visitors."""

    url: str
    folder: Path
    web: Web
    small: Web
    bare: Web
    alike: list[int]
    heavy: int
    few: int
    alike_in_small: list[int]

    @property
    def usual(self) -> int:
        """The median holder."""
        return self.alike[0]

    def start(self) -> float:
        with web(self.url, self.folder, "start") as (_web, seconds):
            return seconds


def main() -> None:
    started = monotonic()
    with ExitStack() as stack:
        url, folder = stack.enter_context(servers())
        print(f"Filling: {HOLDERS:,} holders, and {FEW_HOLDERS:,} beside them ...", flush=True)
        small = url.replace("/cmp?", "/small?")
        manage(url, folder, "prepare --no-seed")
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            connection.cursor().execute("CREATE DATABASE small TEMPLATE cmp")
        manage(url, folder, f"seed_scale --holders {HOLDERS}")
        manage(small, folder, f"seed_scale --holders {FEW_HOLDERS}")
        os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "cmp_portal.settings"}
        site = visit(stack, url, small, folder)
        print(f"Filled in {monotonic() - started:.0f} s", flush=True)
        measure(site)
    print(f"{monotonic() - started:.0f} s in all")


def visit(stack: ExitStack, url: str, small: str, folder: Path) -> Site:
    import django

    django.setup()
    from benchmarks import visitors

    portal, _ = stack.enter_context(web(url, folder, "web"))
    tenth, _ = stack.enter_context(web(small, folder, "small"))
    bare, _ = stack.enter_context(web(url, folder, "bare", app="benchmarks.bare_wsgi"))
    alike, heavy, few = visitors.sign_in(portal)
    alike_in_small = visitors.sign_in_alike(tenth, visitors.sizes_of(portal, alike[0]), url=small)
    bare.sessions = {one: visitors.session(one, "default", backend=visitors.BARE_BACKEND) for one in portal.sessions}
    return Site(url, folder, portal, tenth, bare, alike, heavy, few, alike_in_small)


def measure(site: Site) -> None:
    from benchmarks import visitors

    import_module("benchmarks.cases")
    results = list(harness.run(site, only=ONLY))
    if not ONLY:
        harness.write(results, holders=HOLDERS, credits=visitors.credits(), server=visitors.server(), extra=engine())


def engine() -> str:
    """Run the rules engine's own benchmark; its output goes below the table."""
    said = subprocess.run([sys.executable, "-m", "benchmarks.engine", "50"], capture_output=True, text=True, cwd=ROOT)
    print(said.stdout + said.stderr)
    return f"Goal 12, `python -m benchmarks.engine`:\n\n```\n{said.stdout.strip()}\n```\n\n"


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog="Example: BENCH_ONLY=1,5 BENCH_HOLDERS=4000 python -m benchmarks",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    main()
