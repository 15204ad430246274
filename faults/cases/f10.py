"""F10: a holder, a provider and the Board act in random order; every state is compared with a small reference model."""

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from faults.figures import Figure, rounds
from faults.world import World
from tests.machine.machine import Machine

STEPS = 50
STATES = {"submitted", "under_audit", "returned", "eligible", "denied", "appealed", "withdrawn", "renewed"}


def run(world: World) -> Iterator[Figure]:
    walks = rounds(100, full=1000)
    checks = settings(
        max_examples=walks,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    difference = ""
    try:
        with redirect_stdout(StringIO()):
            run_state_machine_as_test(Machine, settings=checks)
    except AssertionError as found:
        difference = str(found) or "see the trace"
    missed = STATES - Machine.reached
    yield Figure("F10", "states never reached", len(missed), of=", ".join(sorted(missed)))
    yield Figure("F10", "differences", int(bool(difference)), of=difference[:60] or f"{walks:,} walks of {STEPS} steps")
