"""The API conforms to its own schema: generated requests, valid and invalid, alone and in sequences."""

import os
from uuid import uuid4

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from tests.factories.api import SECRET

EXAMPLES = int(os.environ.get("API_EXAMPLES", "40"))
QUIET = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.generate],
}
PATHS = [
    "POST /api/v1/completions",
    "GET /api/v1/completions",
    "GET /api/v1/completions/{id}",
    "PATCH /api/v1/completions/{id}",
    "POST /api/v1/completions/{id}/withdraw",
    "GET /api/v1/receipts/{id}",
    "POST /api/v1/holders/check",
]
HEADERS = {"Authorization": f"Bearer {SECRET}"}


@pytest.fixture
def api_schema(system):
    """Asked inside the transaction of the test, which ends no connection between two requests."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    found = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    found.config.update(headers=HEADERS)
    yield found
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", PATHS)
def test_operation_does_what_it_says(api_schema, path, mode):
    method, _, place = path.partition(" ")
    operation = api_schema[place][method]

    @settings(max_examples=EXAMPLES, **QUIET)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        if mode == GenerationMode.POSITIVE and "Idempotency-Key" in (case.headers or {}):
            # Drawn twice, it would be refused, as what is said under it is another request.
            case.headers["Idempotency-Key"] = str(uuid4())
        case.call_and_validate(headers=HEADERS)

    ask()


def test_sequences_do_what_they_say(api_schema):
    machine = api_schema.as_state_machine()

    machine.run(settings=settings(max_examples=EXAMPLES, stateful_step_count=6, **QUIET))


def test_description_names_every_operation(api_schema):
    found = {f"{one.ok().method.upper()} {one.ok().path}" for one in api_schema.get_all_operations()}

    assert found == set(PATHS)
