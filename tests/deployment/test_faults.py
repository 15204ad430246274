"""A service goes down and returns: pages report it meanwhile, and everything recovers by itself."""

import json
import os
import time
from datetime import datetime, timedelta

import psycopg2
import pytest
from redis import Redis

from cmp_portal.lib.heartbeat import OLDEST
from tests.deployment.composed import until

LOGIN, ROUNDS = "/account/login/", "/audits/rounds/"
READY = "/readyz"


@pytest.fixture(scope="module", autouse=True)
def _all_well(composed):
    """The first begins when all are at work, the others when what the last one broke is mended."""
    assert is_at_work(composed), words_of_all(composed)


def told(composed):
    status, _headers, body = composed.ask(READY)
    return status, json.loads(body) if body.startswith("{") else {}


def is_at_work(composed):
    """Whether beat, broker, worker and database have done a job together from now on."""
    begun = datetime.now()

    def has_worked():
        age = told(composed)[1].get("jobs", {}).get("work_on_feeds", {}).get("age")
        return age is not None and timedelta(seconds=age + 1) < datetime.now() - begun

    return until(has_worked, 120)


def words_of_all(composed):
    return "\n".join(f"--- {name}\n{child.last_words()}" for name, child in composed.children.items())


def processes(composed):
    return {name: child.process.pid for name, child in composed.children.items() if not child.has_ended}


def test_without_the_database_pages_ask_to_come_back_and_nothing_is_restarted(composed):
    before = processes(composed)
    composed.database.close()

    page = composed.ask(ROUNDS)
    alive, ready = composed.ask("/healthz")[0], told(composed)
    health = composed.check("web").returncode
    composed.start_database()

    assert (page[0], page[1]["Retry-After"], "is not available right now" in page[2]) == (503, "60", True)
    assert (alive, ready[0], ready[1]["database"], health) == (200, 503, False, 0)
    assert composed.ask(ROUNDS)[0] == 200
    assert is_at_work(composed), words_of_all(composed)
    assert processes(composed) == before


def test_without_redis_pages_go_on_and_jobs_when_it_is_back(composed):
    before = processes(composed).keys()
    composed.kill("redis")

    page, ready = composed.ask(LOGIN)[0], told(composed)
    composed.start("redis")

    assert (page, ready[0], ready[1]["cache"], ready[1]["broker"]) == (200, 200, False, False)
    assert is_at_work(composed), words_of_all(composed)
    assert processes(composed).keys() == before
    assert composed.becomes_healthy("worker") and composed.becomes_healthy("beat")


def test_without_the_worker_pages_go_on_and_what_waited_is_done(composed):
    composed.kill("worker")
    # What the killed worker would have done: a mail that is due, and its tick.
    alert(composed)

    page, beat = composed.ask(LOGIN)[0], composed.check("beat").returncode
    composed.start("worker")

    assert (page, beat) == (200, 0)
    assert until(lambda: unmailed(composed) == 0, 120)
    assert is_at_work(composed), words_of_all(composed)


def test_a_worker_that_takes_nothing_is_not_healthy(composed):
    """It lives, has its broker and says so; but no job is done."""
    beaten = composed.folder / "worker" / "tmp" / "heartbeat"
    tell_worker(composed, "cancel_consumer")
    time.sleep(3)  # what it had taken is done
    long_ago = time.time() - OLDEST - 1
    os.utime(beaten, (long_ago, long_ago))
    has_two_ticks = until(lambda: waiting(composed) >= 2, 60)

    health = composed.check("worker")
    tell_worker(composed, "add_consumer")

    assert has_two_ticks
    assert (health.returncode, "The last heartbeat was" in health.stderr) == (1, True)
    assert composed.becomes_healthy("worker")


def tell_worker(composed, what):
    done = composed.finish("worker", *f"celery -A cmp_portal control {what} celery".split())
    assert done.returncode == 0, done.stderr


def waiting(composed):
    """The number of ticks that beat has sent and no worker has taken."""
    password = (composed.folder / "secrets" / "redis_password").read_text()
    return Redis(port=composed.ports["redis"], password=password).llen("celery")


def test_without_the_web_the_proxy_waits_for_it(composed):
    """As when a new version takes the place of the old one."""
    composed.end("web")
    composed.start("web")

    assert composed.ask(LOGIN)[0] == 200


def test_without_any_web_the_proxy_says_when_to_come_back(composed):
    composed.end("web")
    patience = composed.let_proxy_try_for("2s")

    status, headers, body = composed.ask(LOGIN)
    composed.let_proxy_try_for(patience)
    composed.start("web")

    assert (status, headers["Retry-After"]) == (503, "60")
    assert body.startswith("The portal is not responding right now.")


def number(composed, query):
    with psycopg2.connect(composed.database_address) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


ALERT = """
import django; django.setup()
from tests import factories
factories.AlertFactory()
from cmp_portal.celery import app
app.send_task("accounts.tasks.deliver_alerts")
"""


def alert(composed):
    done = composed.finish("web", "python", "-c", ALERT, DJANGO_SETTINGS_MODULE="cmp_portal.settings")
    assert done.returncode == 0, done.stderr
    assert unmailed(composed) == 1


def unmailed(composed):
    return number(composed, "SELECT count(*) FROM accounts_alert WHERE emailed_at IS NULL")
