"""With a real worker and broker: a tick that is lost, repeated, late or killed does no harm."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from redis import Redis

from accounts.enums import RunState
from accounts.models import Alert, JobRun
from accounts.queries import job_statuses
from cmp_portal.lib import clock
from faults.cases.mail import start_worker
from faults.cases.ticks import send, start_beat
from faults.world import until
from tests.factories import CycleFactory

TASK = "declarations.tasks.send_reminders"
HOLDERS = 3


@pytest.fixture
def due(transactional_db):
    """Cycles that end within the week."""
    soon = clock.today() + timedelta(days=5)
    CycleFactory.create_batch(HOLDERS, ends_on=soon, starts_on=soon - timedelta(days=1000))


def runs(number):
    return lambda: JobRun.objects.filter(ended_at__isnull=False).count() >= number


def all_taken(world):
    """Whether no tick waits, and none is at work."""
    broker = Redis.from_url(world.env["REDIS_URL"])
    return broker.llen("celery") == broker.hlen("unacked") == 0


def told():
    """How many were reminded, and how often a run went wrong."""
    return Alert.objects.count(), JobRun.objects.exclude(error="").count()


def state():
    return next(one.state for one in job_statuses(at=clock.now()) if one.job.name == "send_reminders")


def test_doubled_ticks_remind_once(world, due):
    for name in ("worker-1", "worker-2"):
        start_worker(world, name)

    send(world, TASK, number=8)
    until(lambda: runs(1)() and all_taken(world), "all ticks to be taken")

    assert told() == (HOLDERS, 0)


def test_a_lost_tick_is_made_good_by_the_next(world, due):
    send(world, TASK)
    world.flush_cache()
    start_worker(world)

    send(world, TASK)
    until(runs(1), "the next run")

    assert (told(), JobRun.objects.count()) == ((HOLDERS, 0), 1)


def test_a_backlog_of_ticks_is_worth_no_more_than_the_last(world, due):
    send(world, TASK, number=20, expires=0.1)
    start_worker(world)
    send(world, TASK, expires=60)
    until(runs(1), "the last tick's run")

    assert (told(), JobRun.objects.count()) == ((HOLDERS, 0), 1)


def test_two_beats_do_no_harm(world, due):
    start_worker(world)
    for name in ("beat-1", "beat-2"):
        start_beat(world, name, TASK)

    until(runs(6), "ticks of both")

    assert told() == (HOLDERS, 0)


def test_a_worker_started_before_its_broker_waits_for_it(world, due):
    world.kill("cache")
    start_worker(world)
    until(
        lambda: "Connection refused" in log_of(world, "worker") or "Cannot connect" in log_of(world, "worker"), "a try"
    )
    world.start_cache()

    send(world, TASK)
    until(runs(1), "the run")

    assert told() == (HOLDERS, 0)


def log_of(world, name):
    return (world.folder / "log" / f"{name}.log").read_text()


def test_a_worker_killed_at_its_job_frees_it_and_is_seen(world, due):
    start_worker(world)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE accounts_alert")
        send(world, TASK)
        until(lambda: JobRun.objects.filter(name="send_reminders").exists(), "the run to begin")
        assert state() == RunState.RUNNING
        world.kill("worker")
        # Although its statement still waits for the table.
        until(lambda: state() == RunState.INTERRUPTED, "the lock to be free")

    assert world.finish_command("send_reminders") == 0
    assert (told(), state()) == ((HOLDERS, 0), RunState.DONE)
