"""The pages that holders open most, against a bare page."""

import gzip
import re
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.harness import case

FOR_P99 = 600  # requests; of fewer, the p99 is hardly more than the slowest one
PAGES = {"My Account": "/account/", "Check Progress": "/education/progress/"}


def questions(site, path: str, holder: int) -> int:
    """Number of queries of a page in a warm process."""
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = site.web.sessions[holder]
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        client.get(path)
    return len(found)


def as_bare(site, path: str) -> str:
    """URL of the bare page with the same size and number of queries."""
    size, asked = len(site.web.get(path, site.usual)), questions(site, path, site.usual)
    bare = f"/bare/?queries={asked}&bytes={size}"
    print(f"    {path}: {size:,} bytes, {asked} queries; bare: {len(site.bare.get(bare, site.usual)):,} bytes")
    return bare


def against_bare(site, path: str):
    return site.web.p50(path, site.usual), site.bare.p50(as_bare(site, path), site.usual)


def among(web, path: str, holders: list[int]):
    """The p50 of several holders together, since no two pages of the same size cost the same."""
    return lambda: median(time for holder in holders for time in web.times(path, holder, 10))


for name, path in PAGES.items():
    case("1", f"{name}, p50 against a bare page", at_most=1.25, rounds=5)(
        lambda site, path=path: against_bare(site, path)
    )

    @case("1", f"{name}, requests/s of many clients against a bare page", at_least=0.8, unit="requests/s")
    def under_load(site, path=path):
        bare = as_bare(site, path)
        return lambda: site.web.rate(path, site.usual), lambda: site.bare.rate(bare, site.usual)

    @case("5", f"{name}, unchanged against in full, requests/s", at_least=8, unit="requests/s", rounds=9)
    def unchanged(site, path=path):
        version = site.web.version_of(path, site.usual) or '"no version"'
        known = replace(site.web, version=version)
        print(f"    {path}: version {version}, {len(known.get(path, site.usual)):,} bytes to whoever has it")
        return lambda: known.rate(path, site.usual), lambda: site.web.rate(path, site.usual)

    @case("2", f"{name}, p99 against p50", at_most=2)
    def steady(site, path=path):
        times: list[float] = []

        def p99() -> float:
            times[:] = site.web.times(path, site.usual, FOR_P99)
            return quantiles(times, n=100)[98]

        return p99, lambda: median(times)

    @case("2", f"{name}, slowest holder (5,000 credits, 12 credentials) against the median one", at_most=1.5, rounds=9)
    def slowest(site, path=path):
        return site.web.p50(path, site.heavy), site.web.p50(path, site.usual)

    @case("3", f"{name}, queries with 5,000 credits", at_most=8, unit="queries", rounds=1)
    def asked(site, path=path):
        return lambda: questions(site, path, site.heavy), None

    @case("3", f"{name}, queries with 5,000 credits less those with a few", unit="queries", rounds=1)
    def alike(site, path=path):
        return lambda: abs(questions(site, path, site.heavy) - questions(site, path, site.few)), None

    @case("4", f"{name}, p50 against a tenth of the holders, 6,000 at most", at_most=1.1, rounds=5)
    def growing(site, path=path):
        return among(site.web, path, site.alike), among(site.small, path, site.alike_in_small)

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
