"""The responses of /readyz."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import JobRun
from cmp_portal import views
from cmp_portal.lib.jobs import jobs
from cmp_portal.operations.readiness import _Migrated, is_migrated
from tests.factories import JobRunFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def all_jobs_ran(now):
    for job in jobs():
        JobRunFactory(name=job.name, started_at=now, ended_at=now, rows=0)


def test_it_says_what_it_looked_at(client, all_jobs_ran):
    answer = client.get("/readyz")

    told = answer.json()
    assert (answer.status_code, told["ready"], told["late"]) == (200, True, [])
    assert (told["database"], told["migrations"], told["cache"], told["broker"]) == (True, True, True, True)
    assert told["jobs"]["send_reminders"] == {"state": "done", "age": 0, "every": 3600, "late": False}


@pytest.mark.parametrize(("needed", "status"), [(False, 200), (True, 503)])
def test_a_late_job_is_told_and_makes_503_where_the_settings_say_so(
    client, all_jobs_ran, now, settings, needed, status
):
    settings.READY_NEEDS_JOBS = needed
    long_ago = now - timedelta(days=2)
    JobRun.objects.filter(name="send_reminders").update(started_at=long_ago, ended_at=long_ago)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["late"]) == (status, ["send_reminders"])


def test_it_asks_one_question_once_the_migrations_are_known(client, django_assert_num_queries):
    client.get("/readyz")

    with django_assert_num_queries(1):
        client.get("/readyz")


def test_a_migration_that_is_missing_makes_503(client, monkeypatch):
    monkeypatch.setattr(_Migrated, "known", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audits'")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["migrations"], is_migrated()) == (503, False, False)


def test_a_cache_that_is_gone_is_told_and_nothing_more(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["broker"]) == (200, False)


def test_a_database_that_is_gone_makes_503(rf, in_thread):
    def ask_without_database():
        connection.settings_dict = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": "1"}
        return views.readyz(rf.get("/readyz"))

    answer = in_thread(ask_without_database).result()

    assert (answer.status_code, json.loads(answer.content)["database"]) == (503, False)
