"""F5: concurrent allocations, releases, edits and withdrawals of one credit: no invariant breaks."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from threading import Barrier
from typing import Any

from django.db import connections

from accounts.models import User
from cmp_portal.lib import clock
from credentials.enums import Unit
from credentials.models import Cycle
from education import actions
from education.models import Credit
from faults.cases.f5.invariants import INVARIANTS, broken_invariants
from faults.figures import Figure, rounds
from faults.world import World
from tests import factories

AT_ONCE = 4
REFUSALS = (actions.AllocationRefused, actions.CreditRefused)


@dataclass(frozen=True)
class Record:
    """A holder with a cycle and the credit of 4 points that all threads contend for."""

    user: User
    cycle: Cycle
    credit: Credit


def a_record() -> Record:
    factories.KindUnitFactory()
    cycle = factories.CycleFactory(mls=True)
    credit = factories.CreditFactory(
        holder=cycle.holder, self_recorded=True, points=Decimal(4), unit=Unit.CONTACT_HOUR, subjects=["chemistry"]
    )
    return Record(factories.HolderUserFactory(holder=cycle.holder), cycle, credit)


def said(credit: Credit, quantity: Decimal) -> actions.NewCredit:
    return actions.NewCredit(
        title="Corrected",
        provider_name="County Hospital",
        kind=credit.kind,
        subjects=["chemistry"],
        completed_on=clock.today() - timedelta(days=30),
        unit=Unit.CONTACT_HOUR,
        quantity=quantity,
    )


def something(record: Record, chance: Random) -> Callable[[], str]:
    """A randomly chosen action on the record; calling it returns the outcome."""
    areas = list(record.cycle.requirement_set.areas.filter(code__in=["chemistry", "rest"]))
    area, points = chance.choice(areas), Decimal(chance.randint(1, 16)) / 4
    who: dict[str, Any] = {"by": record.user, "at": clock.now()}
    share: dict[str, Any] = {"credit": record.credit, "cycle": record.cycle, "area": area, **who}
    deeds: list[Callable[[], object]] = [
        lambda: actions.allocate(points=points, **share),
        lambda: actions.release(**share),
        lambda: actions.edit(credit=record.credit, said=said(record.credit, points), **who),
    ]
    deed = chance.choices([*deeds, lambda: actions.withdraw(credit=record.credit, **who)], [8, 4, 4, 1])[0]
    return lambda: outcome(deed)


def outcome(deed: Callable[[], object]) -> str:
    try:
        deed()
        return "done"
    except REFUSALS:
        return "refused"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:80]


def pull(times: int, *, seed: int = 5) -> tuple[Counter[str], Counter[str]]:
    """Run that many rounds of concurrent actions; returns counts of outcomes and of violations per invariant."""
    chance, everybody = Random(seed), Barrier(AT_ONCE)
    outcomes: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    record = a_record()

    def together(deed: Callable[[], Any]) -> Any:
        everybody.wait()
        return deed()

    # Each thread keeps its connection, so that connecting takes no time between the actions.
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        for number in range(times):
            if number % 10 == 0 or record.credit.withdrawn_at:
                record = a_record()
            outcomes.update(crowd.map(together, [something(record, chance) for _ in range(AT_ONCE)]))
            record.credit.refresh_from_db()
            broken.update(broken_invariants(holder=record.cycle.holder_id))
        list(crowd.map(together, [connections.close_all] * AT_ONCE))
    return outcomes, broken


def run(world: World) -> Iterator[Figure]:
    times = rounds(5000, full=10_000)
    outcomes, broken = pull(times)
    for name in INVARIANTS:
        yield Figure("F5", name, broken[name], of=f"{times:,} rounds of {AT_ONCE} clients at once")
    unexpected = [name for name in outcomes if name not in ("done", "refused")]
    of = "; ".join(unexpected) or f"{outcomes['done']:,} done, {outcomes['refused']:,} refused"
    yield Figure("F5", "unexpected errors", sum(outcomes[name] for name in unexpected), of=of)
