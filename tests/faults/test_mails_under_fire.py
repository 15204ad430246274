from faults.cases.f1 import LEASE, WORKERS, alerts_of, deliver_under_fire, digests_of
from faults.cases.mail import a_sink


def test_killed_workers_lose_no_mail_and_repeat_at_most_one_each(world):
    alerts_of(300, holders=10)
    digests_of(50)
    world.env["ALERT_LEASE_SECONDS"] = str(LEASE)

    with a_sink(world) as sink:
        kills = deliver_under_fire(world, sink, kills=3)
        for worker in WORKERS:
            world.end(worker)

    assert kills >= 1
    assert len(sink.messages) == 350
    assert sum(sink.messages.values()) - len(sink.messages) <= kills
