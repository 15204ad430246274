"""Feeds in the back office, from upload to what could not be used."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from education.actions import intake
from education.models import Credit, IntakeBatch, IntakeRow, Provider
from tests.education.feed_admin.pages import UNKNOWN, line_of, page_of, upload
from tests.factories import CorrespondenceFactory, HolderFactory, IntakeBatchFactory, UserFactory
from tests.pages import words_of


def test_feed_is_uploaded_watched_and_reported(office, ascp, holder, now, registrar):
    answer = upload(office, provider=ascp)
    batch = IntakeBatch.objects.get()
    assert (answer.status_code, answer.url, batch.received_by) == (302, page_of(batch), registrar)

    waiting = office.get(page_of(batch)).context["page"]
    intake.work_on_feeds(at=now)
    done = office.get(page_of(batch)).context["page"]

    assert [(one.state_label, one.is_moving) for one in (waiting, done)] == [
        ("Waiting to be imported", True),
        ("Imported", False),
    ]
    assert (done.counts[1].label, done.counts[1].value) == ("Accepted: new credits", "1")


@pytest.mark.parametrize(("content", "message"), [("", "This file is empty"), ("x" * 99, "is larger than")])
def test_file_that_is_not_kept_says_why(office, ascp, settings, content, message):
    settings.FEED_MAX_BYTES = 50

    answer = upload(office, content, provider=ascp)

    assert (answer.status_code, message in answer.content.decode()) == (422, True)
    assert not IntakeBatch.objects.exists()


def test_same_file_again_is_taken_in_again_for_what_could_not_be_used(office, ascp, holder, now):
    Provider.objects.filter(pk=ascp.pk).update(approved_from=now.date())
    upload(office, provider=ascp)
    intake.work_on_feeds(at=now)
    Provider.objects.filter(pk=ascp.pk).update(approved_from=None)
    assert not Credit.objects.exists()

    with time_machine.travel(now + timedelta(days=1), tick=False):
        answer = upload(office, provider=ascp)
    intake.work_on_feeds(at=now + timedelta(days=1))

    assert answer.url == page_of(IntakeBatch.objects.get())
    assert words_of(office.get(answer.url)) == [
        "This file was received before. Only the lines that could not be used are checked."
    ]
    assert (Credit.objects.count(), IntakeBatch.objects.get().file.name) == (1, "")


@pytest.mark.parametrize(("role", "offered"), [("registrar", True), ("administrator", False)])
def test_failed_feed_says_what_to_do_next(client, office, ascp, now, role, offered):
    upload(office, provider=ascp)
    IntakeBatch.objects.update(failure="the file no longer exists: upload it again", ended_at=now, file="")
    client.force_login(UserFactory(roles=[role]))

    text = client.get(page_of(IntakeBatch.objects.get())).text

    assert "the file no longer exists: upload it again" in text
    assert ("Then upload it again" in text) == offered


def test_same_file_again_mends_a_failure(office, ascp, holder, now):
    upload(office, provider=ascp)
    IntakeBatch.objects.update(failure="the file no longer exists", ended_at=now, file="")

    upload(office, provider=ascp)
    intake.work_on_feeds(at=now)

    assert (IntakeBatch.objects.get().failure, Credit.objects.count()) == ("", 1)


def test_page_is_looked_at_again_only_while_something_happens(office, ascp, now):
    batch = IntakeBatchFactory(provider=ascp, expected=200, lines=50, accepted=50)
    page = office.get(page_of(batch))
    assert (page.context["page"].done, page.context["page"].of) == (50, 200)
    assert "Check again" in page.content.decode()

    IntakeBatch.objects.update(ended_at=now)

    assert "Check again" not in office.get(page_of(batch)).content.decode()


def test_failure_is_told(office, ascp):
    batch = IntakeBatchFactory(provider=ascp, failure="columns missing: points")

    assert "columns missing: points" in office.get(page_of(batch)).content.decode()


def test_rejected_lines_are_a_file_that_no_spreadsheet_runs(office, send, holder):
    batch = send({"points": 0, "title": "=1+1"}, {"points": "x"})

    answer = office.get(reverse("admin:education_intakebatch_rejected", args=[batch.pk]))

    rows = list(csv.DictReader(StringIO(b"".join(answer).decode().removeprefix("\ufeff"))))
    assert [(row["line"], row["reason"], row["title"]) for row in rows] == [
        ("1", "points: “0” is not greater than 0", "'=1+1"),
        ("2", "points: “x” is not a plain number", "Troponin in practice"),
    ]


def test_rejected_lines_have_the_columns_of_a_feed_in_their_order(office, send, holder, now):
    batch = send({"points": 0})

    answer = office.get(reverse("admin:education_intakebatch_rejected", args=[batch.pk]))

    head = next(csv.reader(StringIO(b"".join(answer).decode().removeprefix("\ufeff"))))
    assert head == ["line", "reason", *(column.name for column in intake.columns(on=now.date()))]


def test_file_of_no_rejected_lines_has_a_heading(office, send, holder):
    answer = office.get(reverse("admin:education_intakebatch_rejected", args=[send({}).pk]))

    assert b"".join(answer).decode().strip("\ufeff\r\n") == "line,reason"


def test_who_only_looks_has_no_buttons(reviewer, send, holder):
    batch = send({}, UNKNOWN)
    row = IntakeRow.objects.get()

    assert reviewer.get(page_of(batch)).context["page"].undo_url == ""
    assert reviewer.get(line_of(row)).context["page"].resolve_url == ""


@pytest.mark.parametrize("feeds", [1, 3])
def test_list_of_feeds_asks_as_much_for_many_as_for_one(office, ascp, feeds, django_assert_num_queries):
    IntakeBatchFactory.create_batch(feeds, provider=ascp)
    office.get(reverse("admin:education_intakebatch_changelist"))

    with django_assert_num_queries(5):
        office.get(reverse("admin:education_intakebatch_changelist"))


def test_provider_has_figures(office, send, ascp, holder):
    send({}, UNKNOWN, {"points": 0})

    page = office.get(reverse("admin:education_provider_change", args=[ascp.pk]))

    figures = {one.label: one.value for one in page.context["figures"]}
    assert (figures["Feeds"], figures["Last feed"], figures["Rejected"]) == ("1", "10 March 2026", "1 (33.3%)")
    assert figures["Still waiting for a holder"] == "1"
    assert "Received from this provider" in page.content.decode()


@pytest.mark.parametrize(("minute", "day", "said"), [(30, 10, "23:30 CDT"), (90, 11, "00:30 CDT")])
def test_feeds_are_dated_by_the_boards_clock_whoever_reads(office, registrar, send, ascp, minute, day, said):
    registrar.holder = HolderFactory()
    registrar.save()
    CorrespondenceFactory(holder=registrar.holder, time_zone="Asia/Tokyo")
    at = datetime(2026, 3, 10, 23, tzinfo=ZoneInfo("America/Chicago")) + timedelta(minutes=minute)
    batch = send(UNKNOWN, at=at)
    row = batch.rows.get()
    intake.dismiss(row=row, note="Not ours", by=registrar, at=at)

    facts = {fact.label: fact.value for fact in office.get(page_of(batch)).context["page"].facts}
    figures = office.get(reverse("admin:education_provider_change", args=[ascp.pk])).context["figures"]
    settled = office.get(line_of(row)).content.decode()

    assert facts["Received"] == f"{day} March 2026, {said}"
    assert {one.label: one.value for one in figures}["Last feed"] == f"{day} March 2026"
    assert f"Dismissed on {day} March 2026" in settled
    feeds = office.get(reverse("admin:education_intakebatch_changelist")).content.decode()
    assert f"{day} Mar 2026, {said[:5]}" in feeds
