"""The back-office page on which operators monitor jobs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from accounts.enums import Role
from accounts.queries import jobs_page
from tests.factories import JobRunFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:accounts_jobrun_changelist")


@pytest.fixture
def line(now):
    return lambda name: next(one for one in jobs_page(at=now).lines if one.name == name)


@pytest.fixture
def visit(client, now):
    """The page as an administrator sees it; the words of it."""
    client.force_login(UserFactory(roles=[Role.ADMINISTRATOR]))
    return lambda query="": client.get(LIST + query)


def ran(now, *, minutes, **values):
    start = now - timedelta(minutes=minutes)
    return JobRunFactory(name="send_reminders", **{"started_at": start, "ended_at": start, "rows": 1234, **values})


def test_a_job_that_does_well_has_nothing_to_remark(line, now):
    ran(now, minutes=20)

    one = line("send_reminders")
    assert (one.mark.tone, one.mark.label, one.succeeded, one.every, one.took, one.rows, one.remarks) == (
        "success", "Done", "20 min ago", "1 h", "0.0 s", "1,234", [],
    )  # fmt: skip


def test_a_late_job_says_how_its_last_run_ended(line, now):
    ran(now, minutes=300)
    ran(now, minutes=5, error="OperationalError: the server is gone")

    one = line("send_reminders")
    assert (one.mark.label, one.remarks) == (
        "Late", ["Last run: failed.", "1 run has failed since then.", "OperationalError: the server is gone"],
    )  # fmt: skip


def test_a_running_job_says_how_far_it_is_and_who_went_away(line, now):
    ran(now, minutes=5, ended_at=None, reported_at=now, turned_away=3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('job send_reminders', 0))")

    one = line("send_reminders")
    assert (one.mark.label, one.remarks) == (
        "Running",
        ["1,234 rows so far.", "Other runs found it already running: 3."],
    )


def test_an_interrupted_job_says_since_when(line, now, migrated):
    migrated(hours=3)
    ran(now, minutes=5, ended_at=None)

    one = line("send_reminders")
    assert one.remarks == ["Last run: interrupted.", "Started 5 min ago and never finished."]


def test_after_a_first_start_nothing_is_late(line, now, migrated):
    migrated(minutes=2)

    one = line("send_reminders")
    assert (one.mark.tone, one.mark.label, one.succeeded) == ("info", "Not run yet", "not yet")
    headline = jobs_page(at=now).headline
    assert (headline.tone, headline.label) == (
        "info", f"{len(jobs_page(at=now).lines)} jobs have not run yet and are not late",
    )  # fmt: skip


def test_a_first_run_that_failed_is_not_late_too(line, now, migrated):
    migrated(minutes=2)
    ran(now, minutes=1, error="X")

    one = line("send_reminders")
    assert (one.mark.label, one.succeeded) == ("Failed", "not yet")


def test_what_never_ran_says_so_once_it_is_late(line, migrated):
    migrated(hours=3)

    one = line("send_reminders")
    assert (one.mark.label, one.succeeded) == ("Late", "never")


def test_the_headline_counts_what_needs_a_look(now, migrated):
    migrated(hours=3)

    assert jobs_page(at=now).headline.label == f"{len(jobs_page(at=now).lines)} jobs need attention"


def test_only_the_newest_run_of_a_job_can_be_at_work(visit, now):
    for minutes in (9, 5):
        ran(now, minutes=minutes, ended_at=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('job send_reminders', 0))")

    runs = visit().context["cl"].result_list

    assert [run.is_held for run in runs] == [True, False]


@pytest.mark.parametrize(("state", "number"), [("done", 1), ("failed", 2), ("open", 3), ("nonsense", 6)])
def test_runs_are_found_by_what_became_of_them(visit, now, state, number):
    ran(now, minutes=1)
    for minutes in (2, 3):
        ran(now, minutes=minutes, error="X")
    for minutes in (4, 5, 6):
        ran(now, minutes=minutes, ended_at=None)

    assert len(visit(f"?state={state}").context["cl"].result_list) == number


@pytest.mark.parametrize("runs", [1, 3])
def test_the_page_asks_the_same_number_of_questions(visit, now, django_assert_num_queries, runs):
    for minutes in range(runs):
        ran(now, minutes=minutes)
    visit()

    with django_assert_num_queries(8):
        assert visit().status_code == 200


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.REGISTRAR])
def test_who_reviews_or_registers_does_not_see_it(client, role):
    client.force_login(UserFactory(roles=[role]))

    assert client.get(LIST).status_code == 403
