from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Machine


def test_portal_does_what_the_model_says(db, now):
    """A short walk; `make faults ONLY=F10` goes further."""
    short = settings(max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))

    run_state_machine_as_test(Machine, settings=short)
