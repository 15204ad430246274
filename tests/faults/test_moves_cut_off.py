"""kill -9 between writing a new state and its step: the whole move is rolled back."""

from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.db import connection, connections, transaction

from audits.models import AuditStep
from declarations.models import Step
from faults.tables import database_sums
from faults.world import a_world, until
from tests.declarations.moving import WAYS, act, prepare

MOVE = "import django; django.setup(); from tests.declarations.moving import act; act({!r})"
# Of a declaration, and of its audit.
STEPS = "declarations_step", "audits_auditstep"
AT_THE_STEP = """
    SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted
                      AND relation IN ('declarations_step'::regclass, 'audits_auditstep'::regclass))
"""
# The killed process is not alone: whatever ran here before may have left a connection.
AT_THE_DATABASE = "SELECT array_agg(pid) FROM pg_stat_activity WHERE datname = current_database()"


@pytest.fixture
def mover(transactional_db):
    """A world in which another process works on the test database."""
    prepare()
    where = connection.settings_dict
    host, user = quote(where["HOST"]), quote(where["USER"])
    with a_world(DATABASE_URL=f"postgresql:///{where['NAME']}?host={host}&user={user}") as world:
        yield world
    connections.close_all()


@contextmanager
def no_step_is_written():
    """Whoever writes a step waits for the end of the block; reading goes on."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(STEPS)} IN SHARE MODE")
        yield


def told(question):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def written():
    return Step.objects.count() + AuditStep.objects.count()


@pytest.mark.parametrize("way", WAYS)
def test_a_move_cut_off_before_its_step_leaves_nothing(mover, way):
    *before, move = way.split()
    for name in before:
        act(name)
    sums = database_sums()

    with no_step_is_written():
        others = set(told(AT_THE_DATABASE))
        mover.start("move", "-c", MOVE.format(move))
        until(lambda: told(AT_THE_STEP), "the step")
        mover.kill("move")
    until(lambda: others.issuperset(told(AT_THE_DATABASE)), "the end of its transaction")

    assert database_sums() == sums
    steps = written()
    act(move)
    assert written() > steps
