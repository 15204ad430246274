"""F3: Redis flushed, frozen, killed and restarted: pages are served, nobody is signed out, nothing is lost."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from statistics import median

from django.urls import reverse

from accounts.models import Alert
from education.models import Credit
from faults.cases.f4.forms.credits import record
from faults.cases.f4.forms.form import Form
from faults.cases.f4.forms.logins import log_in
from faults.cases.mail import a_sink, start_worker, tick
from faults.figures import Figure, rounds
from faults.web import Answer, Visitor, signed_in, start_web
from faults.world import World, until
from tests import factories

PAGES = ("account:dashboard", "education:progress", "education:credits", "education:credit_add")
ALERTS = 50


@dataclass
class Seen:
    """The responses a visitor got in one state of the cache."""

    pages: list[Answer] = field(default_factory=list)
    forms: list[Answer] = field(default_factory=list)
    logins: list[Answer] = field(default_factory=list)

    @property
    def answers(self) -> list[Answer]:
        return self.pages + self.forms + self.logins


def flushed(world: World) -> AbstractContextManager[None]:
    world.flush_cache()
    return nullcontext()


def frozen(world: World) -> AbstractContextManager[None]:
    return world.frozen("cache")


def gone(world: World) -> AbstractContextManager[None]:
    world.kill("cache")
    return nullcontext()


def back(world: World) -> AbstractContextManager[None]:
    world.start_cache()
    return nullcontext()


# The order matters: each state leaves the cache as the next one expects it.
STATES: dict[str, Callable[[World], AbstractContextManager[None]]] = {
    "healthy": lambda world: nullcontext(),
    "flushed": flushed,
    "frozen": frozen,
    "gone": gone,
    "back": back,
}


def look_around(port: int, visitor: Visitor, make: Callable[[], Form], times: int) -> Seen:
    seen = Seen()
    for _ in range(times):
        seen.pages += [visitor.get(reverse(name)) for name in PAGES]
        seen.forms += make().send(port, 1)
    seen.logins += log_in().send(port, 1)
    return seen


def visit_in_all_states(world: World, port: int, *, times: int) -> dict[str, Seen]:
    """The responses to one visitor, signed in once, in each state of the cache."""
    user = factories.HolderUserFactory()
    factories.CycleFactory(holder=user.holder, mls=True)
    visitor = signed_in(user, port)
    seen = {}
    for name, state in STATES.items():
        with state(world):
            seen[name] = look_around(port, visitor, record, times)
    return seen


def lost_deliveries(world: World) -> int:
    """Alerts that were never mailed, although the broker was flushed, frozen and killed between ticks."""
    with a_sink(world) as sink:
        alerts = factories.AlertFactory.create_batch(ALERTS)
        start_worker(world)
        for name, state in STATES.items():
            with state(world):
                if name in ("healthy", "back"):
                    tick(world)
                if name == "healthy":
                    factories.AlertFactory.create_batch(ALERTS)
        until(lambda: not Alert.objects.filter(emailed_at=None).exists(), "the emails")
        return len(alerts) * 2 - len(sink.messages)


def is_sign_out(answer: Answer) -> bool:
    return "/login" in answer.location


def run(world: World) -> Iterator[Figure]:
    port = start_web(world)
    before = Credit.objects.count()
    times = rounds(5)
    seen = visit_in_all_states(world, port, times=times)
    answers = [answer for each in seen.values() for answer in each.answers]
    recorded = (Credit.objects.count() - before) / 2  # building a form creates a credit, too
    yield Figure("F3", "5xx", sum(answer.is_error for answer in answers), of=f"{len(answers)} answers")
    yield Figure("F3", "sign-outs", sum(is_sign_out(answer) for answer in answers))
    yield Figure("F3", "refused logins", sum(one.status != 302 for each in seen.values() for one in each.logins))
    yield Figure("F3", "forms lost", len(STATES) * times - recorded, of=f"{len(STATES) * times} forms")
    yield Figure("F3", "emails lost", lost_deliveries(world), of=f"{2 * ALERTS} alerts")
    for name, each in seen.items():
        middle = median(answer.seconds for answer in each.pages)
        yield Figure(
            "F3", f"seconds per page, cache {name}", round(middle, 3), 1.0, of=f"login {each.logins[0].seconds:.2f} s"
        )
