"""Lines of feeds in the back office that wait for their holder."""

import pytest
from django.urls import reverse

from education.models import Credit, IntakeRow
from tests.education.feed_admin.pages import UNKNOWN, line_of
from tests.factories import UserFactory
from tests.pages import words_of


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
