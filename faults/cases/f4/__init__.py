"""F4: every form submitted 2 to 8 times at once: one effect, the same answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from faults.cases.f4.forms import FORMS, NO_EFFECT
from faults.figures import Figure, rounds
from faults.web import Answer, start_web
from faults.world import World

TIMES = (2, 4, 8)
# Who comes too often at once is asked to be patient, by design: with 429 by a limit or its lock, with the form again by
# the limit of failed sign-ins, which takes more than five for failed ones until they are known to be none.
PATIENCE = {"log in": {200, 429}}


@dataclass(frozen=True)
class Verdict:
    """What was wrong with one form sent several times at once."""

    form: str
    errors: int
    answers: int  # 1: not the one answer that a single submission gets
    effects: int  # 1: not the effect of a single submission, or that has none


def verdict_on(name: str, world: World, port: int, times: int) -> Verdict:
    """Sends a form once, and its twin several times at once; limits to how often one may sign in start anew."""
    once, twin = FORMS[name](), FORMS[name]()
    before = once.effect()
    world.flush_cache()
    (single,) = once.send(port, 1)
    several = twin.send(port, times)
    told = {told_by(answer) for answer in several if answer.status not in PATIENCE.get(name, {429})}
    differs = len(told) > 1 or {status for status, _where in told} != {single.status}
    errors = sum(answer.is_error for answer in [single, *several])
    no_effect = once.effect() == before and name not in NO_EFFECT
    return Verdict(name, errors, int(differs), int(once.effect() != twin.effect() or no_effect))


def told_by(answer: Answer) -> tuple[int, str]:
    """What the visitor sees of it."""
    return answer.status, urlsplit(answer.location)._replace(scheme="", netloc="").geturl()


def verdicts(world: World, port: int, *, times: Sequence[int]) -> list[Verdict]:
    return [verdict_on(name, world, port, number) for name in FORMS for number in times]


def run(world: World) -> Iterator[Figure]:
    port = start_web(world)
    found = verdicts(world, port, times=list(TIMES) * rounds(1))
    for what in ("errors", "answers", "effects"):
        bad = sorted({one.form for one in found if getattr(one, what)})
        of = ", ".join(bad) or f"{len(FORMS)} forms, 2 to 8 times at once"
        yield Figure("F4", what, sum(getattr(one, what) for one in found), of=of)
