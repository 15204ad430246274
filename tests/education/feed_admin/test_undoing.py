"""Undoing a feed in the back office: what it would take back, and what stays."""

from django.urls import reverse

from education.actions import intake
from education.models import Credit, IntakeBatch, IntakeRow
from tests.education.feed_admin.pages import UNKNOWN, line_of, page_of, upload
from tests.factories import AllocationFactory, HolderFactory, IntakeBatchFactory, close


def undo(office, batch, at):
    """The page that asks, and the one that reports once the feed is undone."""
    address = reverse("admin:education_intakebatch_undo", args=[batch.pk])
    looked_at = office.get(address).context["page"]
    office.post(address)
    intake.work_on_feeds(at=at)
    return looked_at, office.get(page_of(batch)).context["page"]


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

    looked_at, undone = undo(office, batch, now)

    assert [fact.value for fact in looked_at.facts] == ["1", "0", "1", "0"]
    assert undone.stayed_text == "Everything from this feed was undone, except lines that were updated later."


def test_undo_counts_lines_whose_holder_a_second_import_found(office, send, holder, now):
    batch = send({"external_id": "A-2"}, UNKNOWN)
    HolderFactory(customer_number="999", last_name="Black", birth_month=4)
    send({"external_id": "A-2"}, UNKNOWN)
    send(UNKNOWN | {"points": 1})

    looked_at, undone = undo(office, batch, now)

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
