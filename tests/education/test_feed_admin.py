"""Feeds and their lines in the back office."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from education.actions import intake
from education.models import Credit, IntakeBatch, IntakeRow, Provider
from tests.education.feeds import HEAD, LINE, ascp_with_reference
from tests.education.sending import send_to
from tests.factories import (
    AllocationFactory,
    CorrespondenceFactory,
    HolderFactory,
    IntakeBatchFactory,
    UserFactory,
    close,
)
from tests.pages import words_of

UNKNOWN = {"external_id": "A-9", "customer_number": "999", "last_name": "Black", "birth_month": 4}


@pytest.fixture
def ascp(db, now):
    return ascp_with_reference()


@pytest.fixture
def holder(ascp):
    return HolderFactory(customer_number="100", first_name="Ann", last_name="Black", birth_month=4)


@pytest.fixture
def office(client, registrar):
    client.force_login(registrar)
    return client


@pytest.fixture
def reviewer(client, db):
    client.force_login(UserFactory(roles=["reviewer"]))
    return client


@pytest.fixture
def send(ascp, now):
    return lambda *rows, **named: send_to(ascp, *rows, **{"at": now, **named}).batch


def page_of(batch):
    return reverse("admin:education_intakebatch_change", args=[batch.pk])


def line_of(row, verb="change"):
    return reverse(f"admin:education_intakerow_{verb}", args=[row.pk])


def upload(client, content=f"{HEAD}\n{LINE}\n", name="march.csv", provider=None):
    file = SimpleUploadedFile(name, content.encode())
    return client.post(reverse("admin:education_intakebatch_add"), {"provider": provider.pk, "file": file})


# --- Feeds ------------------------------------------------------------------------------------------------------------


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


def test_file_that_was_undone_is_refused_with_its_day(office, ascp, holder, now, registrar):
    upload(office, provider=ascp)
    intake.work_on_feeds(at=now)
    intake.ask_undo(batch=IntakeBatch.objects.get(), by=registrar, at=now)

    answer = upload(office, provider=ascp)

    assert answer.status_code == 422
    assert "The Board undid this file on 10 March 2026" in answer.content.decode()
    assert (
        office.get(reverse("admin:education_intakebatch_undo", args=[IntakeBatch.objects.get().pk])).status_code == 302
    )


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


def test_undo_is_looked_at_asked_for_and_reported(office, send, holder, now):
    batch = send({}, {"external_id": "A-2", "title": "Sharps"}, {"external_id": "A-3"})
    close(AllocationFactory(credit=Credit.objects.get(external_id="A-2")).cycle)
    send({"external_id": "A-3", "points": 1})
    address = reverse("admin:education_intakebatch_undo", args=[batch.pk])

    looked_at = office.get(address).context["page"]
    office.post(address)
    undoing = office.get(page_of(batch)).context["page"]
    intake.work_on_feeds(at=now)
    undone = office.get(page_of(batch)).context["page"]

    assert [fact.value for fact in looked_at.facts] == ["1", "1", "1", "0"]
    assert (undoing.state_label, undoing.is_moving, undoing.of) == ("Being undone", True, 2)
    assert (undone.state_label, undone.undo_url, [line.title for line in undone.stayed]) == ("Undone", "", ["Sharps"])
    assert undone.stayed_text == "1 credit is part of a declaration and stays as it was declared."


def test_undo_counts_lines_that_were_assigned_later(office, send, holder, registrar, now):
    batch = send({"external_id": "A-2"}, UNKNOWN)
    intake.resolve(row=IntakeRow.objects.get(), holder=holder, by=registrar, at=now)
    send({"external_id": "A-2", "points": 1})
    address = reverse("admin:education_intakebatch_undo", args=[batch.pk])

    looked_at = office.get(address).context["page"]
    office.post(address)
    intake.work_on_feeds(at=now)
    undone = office.get(page_of(batch)).context["page"]

    assert [fact.value for fact in looked_at.facts] == ["1", "0", "1", "0"]
    assert undone.stayed_text == "Everything from this feed was undone, except lines that were updated later."


def test_undo_counts_lines_whose_holder_a_second_import_found(office, send, holder, now):
    batch = send({"external_id": "A-2"}, UNKNOWN)
    HolderFactory(customer_number="999", last_name="Black", birth_month=4)
    send({"external_id": "A-2"}, UNKNOWN)
    send(UNKNOWN | {"points": 1})
    address = reverse("admin:education_intakebatch_undo", args=[batch.pk])

    looked_at = office.get(address).context["page"]
    office.post(address)
    intake.work_on_feeds(at=now)
    undone = office.get(page_of(batch)).context["page"]

    assert [fact.value for fact in looked_at.facts] == ["1", "0", "1", "0"]
    assert undone.stayed_text == "Everything from this feed was undone, except lines that were updated later."


def test_undo_leaves_out_lines_that_only_another_feed_applied(office, send, holder):
    batch = send({"external_id": "A-2"}, UNKNOWN)
    HolderFactory(customer_number="999", last_name="Black", birth_month=4)
    send(UNKNOWN)

    looked_at = office.get(reverse("admin:education_intakebatch_undo", args=[batch.pk])).context["page"]

    assert (IntakeRow.objects.get().resolved_to.customer_number, IntakeBatch.objects.count()) == ("999", 2)
    assert [fact.value for fact in looked_at.facts] == ["1", "0", "0", "0"]


def test_lines_of_an_undone_feed_wait_no_longer(office, send, holder):
    batch = send({}, UNKNOWN)
    address, listed = reverse("admin:education_intakebatch_undo", args=[batch.pk]), line_of(IntakeRow.objects.get())

    looked_at = office.get(address).context["page"]
    office.post(address)
    line = office.get(listed).context["page"]

    assert [fact.value for fact in looked_at.facts] == ["1", "0", "0", "1"]
    assert (line.state, line.resolve_url, line.dismiss_url) == ("Its feed was undone", "", "")
    assert not IntakeRow.objects.waiting().exists()


def test_undo_of_a_feed_that_is_being_taken_in_is_refused(office, ascp):
    batch = IntakeBatchFactory(provider=ascp)

    answer = office.post(reverse("admin:education_intakebatch_undo", args=[batch.pk]), follow=True)

    assert "still being imported" in answer.content.decode()


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


# --- Lines ------------------------------------------------------------------------------------------------------------


def test_holder_with_the_name_is_offered_and_takes_the_line(office, send, holder):
    send(UNKNOWN)
    row = IntakeRow.objects.get()

    [candidate] = office.get(line_of(row)).context["page"].candidates
    answer = office.post(line_of(row, "resolve"), {"holder": candidate.pk}, follow=True)

    assert words_of(answer) == [f"Line {row.line} was applied to Ann Black (100)."]
    assert (candidate.name, candidate.differs) == ("Ann Black", "different number")
    assert Credit.objects.get().holder == holder
    assert office.get(line_of(row)).context["page"].state.startswith("Applied to Ann Black (100) on 10 March 2026 by ")


def test_lines_that_are_assigned_together_are_counted(office, send, holder):
    send(UNKNOWN, UNKNOWN | {"external_id": "A-10"}, UNKNOWN | {"external_id": "A-11", "last_name": "Other"})
    send(UNKNOWN | {"external_id": "A-12"})
    row = IntakeRow.objects.first()

    answers = [words_of(office.post(line_of(row, "resolve"), {"holder": holder.pk}, follow=True)) for _time in range(2)]

    assert answers == [["3 lines with the same number and name were applied to Ann Black (100)."]] * 2


def test_holder_is_searched_by_number_or_name(office, send, holder):
    send(UNKNOWN | {"last_name": "", "birth_month": ""})
    row = IntakeRow.objects.get()

    found = [[one.number for one in office.get(line_of(row), {"q": q}).context["page"].candidates] for q in FOUND]

    assert found == list(FOUND.values())


FOUND = {"": [], "100": ["100"], "ann bla": ["100"], "ann whoever": [], "\0": []}


def test_line_is_dismissed_with_its_reason(office, send, holder):
    send(UNKNOWN)
    row = IntakeRow.objects.get()

    answer = office.post(line_of(row, "dismiss"), {"note": ""}, follow=True)
    put_away = office.post(line_of(row, "dismiss"), {"note": "Not ours"}, follow=True)

    assert words_of(put_away) == [f"Line {row.line} was dismissed."]
    assert "Write why you are dismissing the line" in answer.content.decode()
    assert "Not ours" in office.get(line_of(row)).context["page"].state


def test_the_page_of_a_line_leads_back_to_the_list_as_it_was_filtered(office, send):
    send(UNKNOWN)
    row, filters = IntakeRow.objects.get(), "?_changelist_filters=lines%3Dwaiting%26code__exact%3Dunknown_holder"

    page = office.get(line_of(row) + filters).text
    dismissed = office.post(line_of(row, "dismiss") + filters, {"note": "Not ours"})

    lines = reverse("admin:education_intakerow_changelist")
    assert f'href="{lines}?lines=waiting&amp;code__exact=unknown_holder">Lines of feeds<' in page
    assert all(f'action="{line_of(row, verb)}{filters}"' in page for verb in ("resolve", "dismiss"))
    assert 'name="_changelist_filters" value="lines=waiting&amp;code__exact=unknown_holder"' in page
    assert dismissed.url == line_of(row) + filters
    assert f'href="{lines}?lines=waiting">' in office.get(line_of(row)).text


@pytest.mark.parametrize("holder_given", ["", "x", "0", "99999999999999999999"])
def test_nobody_is_no_holder(office, send, holder_given):
    send(UNKNOWN)
    row = IntakeRow.objects.get()

    answer = office.post(line_of(row, "resolve"), {"holder": holder_given}, follow=True)

    assert "Choose a holder." in answer.content.decode()
    assert IntakeRow.objects.waiting().exists()


def test_nobody_gives_a_line_to_themselves(client, send, holder):
    client.force_login(UserFactory(roles=["registrar"], holder=holder))
    send(UNKNOWN)

    answer = client.post(line_of(IntakeRow.objects.get(), "resolve"), {"holder": holder.pk}, follow=True)

    assert "Someone else has to make decisions about your own record." in answer.content.decode()
    assert not Credit.objects.exists()


def test_queue_shows_what_waits(office, send, holder):
    send(UNKNOWN, {"points": 0})
    address = reverse("admin:education_intakerow_changelist")

    counts = [
        office.get(address, {"lines": which}).context["cl"].result_count for which in ("waiting", "settled", "rejected")
    ]

    assert counts == [1, 0, 1]


# --- Providers --------------------------------------------------------------------------------------------------------


def test_provider_has_figures(office, send, ascp, holder):
    send({}, UNKNOWN, {"points": 0})

    page = office.get(reverse("admin:education_provider_change", args=[ascp.pk]))

    figures = {one.label: one.value for one in page.context["figures"]}
    assert (figures["Feeds"], figures["Last feed"], figures["Rejected"]) == ("1", "10 March 2026", "1 (33.3%)")
    assert figures["Still waiting for a holder"] == "1"
    assert "Received from this provider" in page.content.decode()


# --- Days and moments -------------------------------------------------------------------------------------------------


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
