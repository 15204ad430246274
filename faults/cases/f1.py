"""F1: kill -9 of workers while they send mail: nothing is lost, and each kill repeats at most one message."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

from django.db.models import QuerySet

from accounts.enums import Channel
from accounts.models import Alert, Digest, Preference
from cmp_portal.lib import clock
from cmp_portal.lib.services.processes import Unavailable
from faults.cases.mail import Sink, a_sink, start_worker, tick
from faults.figures import Figure, rounds
from faults.world import World, until
from tests import factories

WORKERS = ("worker-1", "worker-2")
MAILS: dict[str, QuerySet[Any]] = {"alert": Alert.objects.filter(digest=None), "digest": Digest.objects.all()}
LEASE = 2  # seconds
STANDSTILL = 180.0  # seconds without a new message before giving up; includes worker start-up on a busy machine


def alerts_of(number: int, *, holders: int = 50) -> None:
    people = factories.HolderFactory.create_batch(holders)
    rows = [factories.AlertFactory.build(holder=people[row % holders]) for row in range(number)]
    Alert.objects.bulk_create(rows)


def digests_of(number: int) -> None:
    """Holders with daily digests, each with two alerts from two days ago."""
    people = factories.HolderFactory.create_batch(number)
    daily = {"kind": factories.AlertFactory.kind, "channel": Channel.DAILY}
    Preference.objects.bulk_create([factories.PreferenceFactory.build(holder=one, **daily) for one in people])
    at = clock.now() - timedelta(days=2)
    Alert.objects.bulk_create([factories.AlertFactory.build(holder=one, created_at=at) for one in people * 2])


def deliver_under_fire(world: World, sink: Sink, *, kills: int) -> int:
    """Kill random workers at random moments during delivery, then let the rest finish; returns the number of kills."""
    chance, done, deadline = Random(1), 0, time.monotonic() + STANDSTILL
    for name in WORKERS:
        start_worker(world, name)
    while not is_done() and time.monotonic() < deadline:
        tick(world)
        if not has_mailed(sink):
            continue  # a killed worker took the tick with it; send the next one
        deadline = time.monotonic() + STANDSTILL
        if done < kills:
            time.sleep(chance.random() / 2)
            for name in chance.sample(WORKERS, chance.choice([1, 2])):
                world.kill(name)
                start_worker(world, name)
                done += 1
        else:
            time.sleep(1)
    return done


def has_mailed(sink: Sink) -> bool:
    """Whether a message arrives, or delivery completes, within five seconds."""
    before = len(sink.messages)
    with suppress(Unavailable):
        until(lambda: len(sink.messages) > before or is_done(), "an email", 5)
        return True
    return False


def is_done() -> bool:
    return not Alert.objects.filter(emailed_at=None).exists()


def lost(sink: Sink, name: str) -> int:
    """How many messages are marked as sent but never arrived."""
    marked = MAILS[name].exclude(emailed_at=None).values_list("pk", flat=True)
    return len({f"<{name}-{pk}@example.org>" for pk in marked} - set(sink.messages))


def run(world: World) -> Iterator[Figure]:
    number = rounds(10_000)
    alerts_of(number)
    world.env["ALERT_LEASE_SECONDS"] = str(LEASE)
    with a_sink(world) as sink:
        kills = deliver_under_fire(world, sink, kills=rounds(40))
        yield from what_became(sink, "alert", of=f"{number:,} emails, {kills} kills", kills=kills)
        sink.messages.clear()
        number = rounds(1_000)
        digests_of(number)
        kills = deliver_under_fire(world, sink, kills=rounds(10))
        yield from what_became(sink, "digest", of=f"{number:,} emails with two alerts each, {kills} kills", kills=kills)
        yield refused_mailbox(world, sink)


def what_became(sink: Sink, name: str, *, of: str, kills: int) -> Iterator[Figure]:
    """Figures for lost messages (marked as sent, never arrived), unsent ones, and repeats."""
    mails = "daily emails" if name == "digest" else "emails"
    repeated = sum(sink.messages.values()) - len(sink.messages)
    yield Figure("F1", f"{mails} lost", lost(sink, name), of=of)
    yield Figure("F1", f"{mails} left unsent", Alert.objects.filter(emailed_at=None).count())
    yield Figure("F1", f"{mails} repeated, under the same Message-ID", repeated, kills)


def refused_mailbox(world: World, sink: Sink) -> Figure:
    """A mailbox that rejects mail at the head of the queue must not hold up the messages behind it."""
    sink.refuses.add("gone@example.org")
    factories.AlertFactory(holder__email="gone@example.org")
    factories.AlertFactory.create_batch(20)
    before = len(sink.messages)
    world.finish_command("deliver_alerts")
    return Figure(
        "F1", "delayed by a refused mailbox", 20 - (len(sink.messages) - before), of="20 emails queued behind it"
    )
