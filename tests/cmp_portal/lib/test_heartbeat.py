import os
import time

import pytest
from celery import signals

from cmp_portal import celery
from cmp_portal.celery import Hands
from cmp_portal.lib import heartbeat
from education.tasks import work_on_feeds


@pytest.fixture
def file(tmp_path, monkeypatch):
    file = tmp_path / "heartbeat"
    monkeypatch.setenv(heartbeat.FILE, str(file))
    return file


def test_who_has_just_beaten_is_at_work(file):
    heartbeat.beat(str(file))

    heartbeat.main()


def test_who_has_never_beaten_is_not(file):
    with pytest.raises(SystemExit, match="No heartbeat yet"):
        heartbeat.main()


def test_who_has_not_beaten_for_long_is_not(file):
    heartbeat.beat(str(file))
    os.utime(file, (0, time.time() - heartbeat.OLDEST - 1))

    with pytest.raises(SystemExit, match="121 s ago"):
        heartbeat.main()


@pytest.mark.parametrize(("taken", "is_at_work"), [(0, False), (1, False), (2, True)])
def test_a_worker_full_of_long_jobs_is_at_work(file, settings, monkeypatch, taken, is_at_work):
    settings.HEARTBEAT = str(file)
    monkeypatch.setattr(Hands, "number", 2)
    monkeypatch.setattr(celery, "active_requests", set(range(taken)))

    signals.heartbeat_sent.send(sender=None)

    assert file.exists() == is_at_work


def test_a_job_that_is_done_is_work(db, file, settings):
    settings.HEARTBEAT = str(file)

    work_on_feeds.apply()

    assert file.exists()


def test_without_a_file_nobody_wants_to_know():
    heartbeat.beat("")
