"""F1: kill -9 of workers while they mail: nothing is lost, and at most one mail per kill comes again."""

import subprocess
import sys
import time
from collections.abc import Iterator
from random import Random

from accounts.models import Alert
from faults.figures import Figure, rounds
from faults.instruments.sink import Sink, a_sink
from faults.world import World, until
from tests import factories

WORKERS = ("worker-1", "worker-2")
ALERTS, KILLS = 2000, 8
LEASE = 2  # seconds
TICK = "import django; django.setup(); import cmp_portal.celery; from accounts.tasks import deliver_alerts"
DEADLINE = 150.0


def tick(world: World) -> None:
    """What beat does every minute."""
    subprocess.run([sys.executable, "-c", f"{TICK}; deliver_alerts.delay()"], env=world.env, check=True)


def alerts_of(number: int, *, holders: int = 50) -> None:
    people = factories.HolderFactory.create_batch(holders)
    rows = [factories.AlertFactory.build(holder=people[row % holders]) for row in range(number)]
    Alert.objects.bulk_create(rows)


def deliver_under_fire(world: World, sink: Sink, *, kills: int) -> int:
    """Kills a worker at random moments while mails go out, then lets the rest finish; the number of kills."""
    chance, done = Random(1), 0
    deadline = time.monotonic() + DEADLINE
    for name in WORKERS:
        world.start_worker(name)
    while Alert.objects.filter(emailed_at=None).exists() and time.monotonic() < deadline:
        tick(world)
        if done < kills:
            before = len(sink.messages)
            until(lambda since=before: len(sink.messages) > since or is_done(), "a mail", 30)  # type: ignore[misc]
            time.sleep(chance.random() / 2)
            for name in WORKERS:
                world.kill(name)
                world.start_worker(name)
            done += len(WORKERS)
    return done


def is_done() -> bool:
    return not Alert.objects.filter(emailed_at=None).exists()


def run(world: World) -> Iterator[Figure]:
    number = rounds(ALERTS)
    alerts_of(number)
    with a_sink() as sink:
        world.env |= sink.env | {"ALERT_LEASE_SECONDS": str(LEASE)}
        kills = deliver_under_fire(world, sink, kills=KILLS)
        repeated = sum(sink.messages.values()) - len(sink.messages)
        yield Figure("F1", "lost", number - len(sink.messages), of=f"{number} mails, {kills} kills")
        yield Figure("F1", "repeated, same Message-ID", repeated, kills)
        yield from refused_mailbox(world, sink)


def refused_mailbox(world: World, sink: Sink) -> Iterator[Figure]:
    """One mailbox that is gone, at the head of the queue."""
    sink.refuses.add("gone@example.org")
    factories.AlertFactory(holder__email="gone@example.org")
    factories.AlertFactory.create_batch(20)
    before = len(sink.messages)
    world.finish_command("deliver_alerts")
    yield Figure("F1", "held up by a refused mailbox", 20 - (len(sink.messages) - before), of="20 mails behind it")
