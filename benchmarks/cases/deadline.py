"""The hour in which every cycle ends: holders view their pages and declare while a provider's feed is imported."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from random import Random
from statistics import quantiles

from django.urls import reverse

from accounts.models import User
from benchmarks.arrivals import Answer, Ask, arrive
from benchmarks.cases.intake import feed, start_import
from benchmarks.harness import case
from benchmarks.visitors import session_of
from cmp_portal.lib import clock
from cmp_portal.lib.services.processes import stop
from credentials.models import Cycle
from declarations.models import Declaration
from declarations.queries import current_attestation, readiness_of, to_sign
from education.models import CycleStatus

RATE = 37  # arrivals per second in the peak hour
PEAK, OVERLOAD, AFTER = 20, 10, 15  # seconds
TOO_MANY = 2  # times the measured capacity
LOOKERS, LINES = 200, 1_500_000
# Of ten visitors, six open My Account, three Check Progress, and one declares.
PAGES = ("/account/",) * 6 + ("/education/progress/",) * 3
DECLARES = 0.1


@dataclass(frozen=True)
class Hour:
    """All responses, by phase: quiet, peak hour, overload, and recovery."""

    quiet: list[Answer]
    peak: list[Answer]
    crowd: list[Answer]
    after: list[Answer]


_known: list[Hour] = []


def hour_of(site) -> Hour:
    """The responses of all phases; measured once and shared by the cases."""
    if not _known:
        _known.append(deadline_hour(site.web.port, most=site.web.rate("/education/progress/", site.usual)))
    return _known[0]


def deadline_hour(port: int, *, most: float) -> Hour:
    """Run the four phases; `most` is the capacity in requests per second."""
    many = round(TOO_MANY * most * OVERLOAD)
    forms, sessions = signed_forms(round((RATE * PEAK + many) * DECLARES)), sessions_of_lookers()
    looking, coming = who_come(sessions), who_come(sessions, forms)
    quiet = arrive(port, islice(looking, RATE * PEAK), rate=RATE)
    with taking_in():
        peak = arrive(port, islice(coming, RATE * PEAK), rate=RATE, seed=2)
        crowd = arrive(port, islice(coming, many), rate=TOO_MANY * most, seed=3)
        after = arrive(port, islice(looking, RATE * AFTER), rate=RATE, seed=4)
    hour = Hour(quiet, peak, crowd, after)
    for name, answers in vars(hour).items():
        statuses = Counter((one.status, "declare" if one.ask.form else "look") for one in answers)
        print(f"    {name}: {dict(statuses)}", flush=True)
    return hour


def sessions_of_lookers() -> list[str]:
    users = User.objects.filter(holder__credentials__isnull=False).distinct().order_by("id")
    return [session_of(user, "default") for user in users[:LOOKERS]]


def who_come(sessions: list[str], forms: Iterable[Ask] = ()) -> Iterator[Ask]:
    """An endless stream of requests: declarations until the forms are used up, page views otherwise."""
    chance, left = Random(7), iter(forms)  # noqa: S311 (no secret)
    while True:
        declaring = next(left, None) if chance.random() < DECLARES else None
        yield declaring or Ask(chance.choice(PAGES), chance.choice(sessions))


def signed_forms(number: int) -> list[Ask]:
    """Submissions of the last declaration step, for cycles that are complete and not yet declared."""
    ready = CycleStatus.objects.filter(is_complete=True, cycle__declared_on=None, cycle__closed_at=None)
    today, asks = clock.today(), []
    attestation = current_attestation(on=today)
    for pk in ready.filter(holder__user__isnull=False).order_by("-cycle_id").values_list("cycle_id", flat=True):
        cycle = Cycle.objects.get(pk=pk)
        if not readiness_of(cycle, on=today).blockers:
            form = (("attested", "on"), ("seen", to_sign(cycle, attestation).digest))
            session = session_of(User.objects.get(holder=cycle.holder_id), "default")
            asks.append(Ask(reverse("declarations:submit", args=[pk]), session, form))
        if len(asks) == number:
            break
    return asks


@contextmanager
def taking_in() -> Iterator[None]:
    """Import a feed that outlasts the block. Raises RuntimeError if the import ended early."""
    child = start_import(feed(lines=LINES))
    try:
        yield
        if child.process.poll() is not None:
            raise RuntimeError(f"the import has ended: {child.last_words()}")
    finally:
        stop([child])


def slowest(answers: list[Answer], part: int = 99) -> float:
    """A percentile of the response times of pages, in seconds."""
    return quantiles([one.seconds for one in answers if one.is_page], n=100)[part - 1]


def until_as_before(hour: Hour) -> float:
    """Seconds after the overload until 90 % of each second's responses are within the peak hour's p99."""
    usual, bad = slowest(hour.peak), 0
    for second in range(AFTER):
        answers = [one for one in hour.after if second <= one.due < second + 1]
        if sum(one.is_page and one.seconds <= usual for one in answers) < 0.9 * len(answers):
            bad = second + 1
    return bad


def told_but_lost(hour: Hour) -> int:
    """Declarations acknowledged with a redirect to the receipt but missing from the database."""
    told = [one.ask.path for one in hour.peak + hour.crowd if one.ask.form and one.status == 302]
    there = Declaration.objects.filter(received_at__isnull=False).values_list("cycle_id", flat=True)
    return len(set(told) - {reverse("declarations:submit", args=[cycle]) for cycle in there})


@case("D", f"Deadline hour, {RATE} arrivals a second and an import: p99 against the same without", at_most=3, rounds=1)
def peak_hour(site):
    hour = hour_of(site)
    return lambda: slowest(hour.peak) * 1000, lambda: slowest(hour.quiet) * 1000


@case("D", "Deadline hour, answers that are no page", unit="answers", rounds=1)
def no_page(site):
    return lambda: sum(not one.is_page for one in hour_of(site).peak), None


@case("D", "Twice what the machine can do, answers that neither are a page nor say when", unit="answers", rounds=1)
def neither(site):
    return lambda: sum(not (one.is_page or one.asks_to_come_back) for one in hour_of(site).crowd), None


@case("D", "Twice what the machine can do, p99 of the pages", at_most=1, unit="s", rounds=1)
def under_too_many(site):
    return lambda: slowest(hour_of(site).crowd), None


@case("D", "Twice what the machine can do, share asked to come back", at_most=1, unit="of all", rounds=1)
def asked_to_come_back(site):
    crowd = hour_of(site).crowd
    return lambda: sum(one.asks_to_come_back for one in crowd) / len(crowd), None


@case("D", "Declarations told as submitted that are not there", unit="declarations", rounds=1)
def lost(site):
    return lambda: told_but_lost(hour_of(site)), None


@case("D", "Until answers are as quick as before", at_most=10, unit="s", rounds=1)
def as_before(site):
    return lambda: until_as_before(hour_of(site)), None
