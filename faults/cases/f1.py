"""F1: kill -9 of workers while they mail: nothing is lost, and at most one mail per kill comes again."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random

from accounts.enums import Channel
from accounts.models import Alert, Preference
from cmp_portal.lib import clock
from cmp_portal.lib.services.processes import Unavailable
from faults.cases.mail import Sink, a_sink, start_worker, tick
from faults.figures import Figure, rounds
from faults.world import World, until
from tests import factories

WORKERS = ("worker-1", "worker-2")
LEASE = 2  # seconds
SLOWEST = 10  # mails a second, also on a machine that does something else besides
START = 20  # seconds until a worker is there again, on such a machine


def alerts_of(number: int, *, holders: int = 50) -> None:
    people = factories.HolderFactory.create_batch(holders)
    rows = [factories.AlertFactory.build(holder=people[row % holders]) for row in range(number)]
    Alert.objects.bulk_create(rows)


def digests_of(number: int) -> None:
    """People who want one mail a day, each with two alerts from before this morning."""
    people = factories.HolderFactory.create_batch(number)
    daily = {"kind": factories.AlertFactory.kind, "channel": Channel.DAILY}
    Preference.objects.bulk_create([factories.PreferenceFactory.build(holder=one, **daily) for one in people])
    at = clock.now() - timedelta(days=2)
    Alert.objects.bulk_create([factories.AlertFactory.build(holder=one, created_at=at) for one in people * 2])


def deliver_under_fire(world: World, sink: Sink, *, number: int, kills: int) -> int:
    """Kills random workers at random moments while mails go out, then lets the rest finish; the number of kills."""
    chance, done, deadline = Random(1), 0, time.monotonic() + 60 + number / SLOWEST + kills * START
    for name in WORKERS:
        start_worker(world, name)
    while not is_done() and time.monotonic() < deadline:
        tick(world)
        if done < kills:
            if not has_mailed(sink):
                continue  # a killed worker took the tick along: the next one comes
            time.sleep(chance.random() / 2)
            for name in chance.sample(WORKERS, chance.choice([1, 2])):
                world.kill(name)
                start_worker(world, name)
                done += 1
    return done


def has_mailed(sink: Sink) -> bool:
    """Whether something is mailed, or all is, before the next tick is due."""
    before = len(sink.messages)
    with suppress(Unavailable):
        until(lambda: len(sink.messages) > before or is_done(), "a mail", 5)
        return True
    return False


def is_done() -> bool:
    return not Alert.objects.filter(emailed_at=None).exists()


def run(world: World) -> Iterator[Figure]:
    number = rounds(10_000)
    alerts_of(number)
    world.env["ALERT_LEASE_SECONDS"] = str(LEASE)
    with a_sink(world) as sink:
        kills = deliver_under_fire(world, sink, number=number, kills=rounds(40))
        repeated = sum(sink.messages.values()) - len(sink.messages)
        yield Figure("F1", "mails lost", number - len(sink.messages), of=f"{number:,} mails, {kills} kills")
        yield Figure("F1", "mails repeated, under the same Message-ID", repeated, kills)
        yield from daily_mails(world, sink)
        yield refused_mailbox(world, sink)


def daily_mails(world: World, sink: Sink) -> Iterator[Figure]:
    """The same for mails that gather several alerts."""
    number, before, sent = rounds(1_000), len(sink.messages), sum(sink.messages.values())
    digests_of(number)
    kills = deliver_under_fire(world, sink, number=number, kills=rounds(10))
    new = len(sink.messages) - before
    yield Figure("F1", "daily mails lost", number - new, of=f"{number:,} mails of two alerts, {kills} kills")
    yield Figure(
        "F1", "daily mails repeated, under the same Message-ID", sum(sink.messages.values()) - sent - new, kills
    )


def refused_mailbox(world: World, sink: Sink) -> Figure:
    """One mailbox that is gone, at the head of the queue."""
    sink.refuses.add("gone@example.org")
    factories.AlertFactory(holder__email="gone@example.org")
    factories.AlertFactory.create_batch(20)
    before = len(sink.messages)
    world.finish_command("deliver_alerts")
    return Figure("F1", "held up by a refused mailbox", 20 - (len(sink.messages) - before), of="20 mails behind it")
