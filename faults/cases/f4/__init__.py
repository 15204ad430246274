"""F4: every form submitted 2 to 8 times concurrently: one effect, and the same response for all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from faults.cases.f4.excused import excuses_of
from faults.cases.f4.forms import FORMS, NO_EFFECT
from faults.cases.f4.posts import exercised_by, lines
from faults.cases.f4.twins import gained, row_counts
from faults.cases.mail import Sink, a_sink
from faults.figures import Figure, rounds
from faults.web import Answer, start_web
from faults.world import World
from tests.stripe_server import SECRET_KEY, WEBHOOK_SECRET, a_stripe_server

TIMES = (2, 4, 8)
# Accepted responses to concurrent requests: 429 from a rate limit or its lock; 409 from the provider API while the
# first request with the same idempotency key is in progress.
PATIENCE = {429}
AT_WORK = {"deliver a completion": {409}, "withdraw a completion": {409}}


@dataclass(frozen=True)
class Place:
    """The running portal, with a mail server and a payment service."""

    world: World
    port: int
    mail: Sink


@contextmanager
def a_place(world: World) -> Iterator[Place]:
    with a_sink(world) as mail, a_stripe_server() as stripe:
        world.env |= {"PAYMENT_GATEWAY": "stripe", "STRIPE_API_URL": stripe.url, "STRIPE_CHECKOUT_ORIGIN": stripe.url}
        world.env |= {"STRIPE_SECRET_KEY": SECRET_KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET}
        yield Place(world, start_web(world), mail)
        world.end("web")


@dataclass(frozen=True)
class Verdict:
    """What went wrong when one form was submitted several times concurrently."""

    form: str
    errors: int
    answers: int  # 1: the responses differ from each other or from that to a single submission
    effects: int  # 1: the effect differs from that of a single submission, or there is none


def verdict_on(name: str, place: Place, times: int) -> Verdict:
    """Submit a form once, and its twin several times concurrently; rate limits are reset before."""
    once, twin = FORMS[name](), FORMS[name]()
    before, rows, mails = once.effect(), [row_counts()], [place.mail.total]
    place.world.flush_cache()
    (single,) = once.send(place.port, 1)
    rows.append(row_counts())
    mails.append(place.mail.total)
    several = twin.send(place.port, times)
    rows.append(row_counts())
    mails.append(place.mail.total)
    told = {told_by(answer) for answer in several if answer.status not in PATIENCE | AT_WORK.get(name, set())}
    differs = len(told) > 1 or {status for status, _where in told} != {single.status}
    errors = sum(answer.is_error for answer in [single, *several])
    wrote, twin_wrote = (gained(*rows[:2]), mails[1] - mails[0]), (gained(*rows[1:]), mails[2] - mails[1])
    no_effect = once.effect() == before and not wrote[0] and name not in NO_EFFECT
    other_effect = once.effect() != twin.effect() or wrote != twin_wrote
    return Verdict(name, errors, int(differs), int(other_effect or no_effect))


def told_by(answer: Answer) -> tuple[int, str]:
    """The part of a response that the visitor notices: status, and path of the redirect."""
    return answer.status, urlsplit(answer.location)._replace(scheme="", netloc="").geturl()


def verdicts(place: Place, *, times: Sequence[int]) -> list[Verdict]:
    return [verdict_on(name, place, number) for name in FORMS for number in times]


def left_out() -> list[str]:
    """Routes and admin actions that accept a POST but have neither a form here nor an entry in EXCUSED."""
    exercised = {line for form in FORMS.values() for line in exercised_by(form())}
    return sorted(line for line in lines() - exercised if not excuses_of(line))


def run(world: World) -> Iterator[Figure]:
    with a_place(world) as place:
        found = verdicts(place, times=list(TIMES) * rounds(1))
    for what in ("errors", "answers", "effects"):
        bad = sorted({one.form for one in found if getattr(one, what)})
        of = ", ".join(bad) or f"{len(FORMS)} forms, 2 to 8 times at once"
        yield Figure("F4", what, sum(getattr(one, what) for one in found), of=of)
    missing = left_out()
    yield Figure(
        "F4",
        "addresses left out",
        len(missing),
        of=", ".join(missing) or f"{len(lines())} addresses that accept a POST",
    )
