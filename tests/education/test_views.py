from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from credentials.enums import Unit
from education.models import Allocation, Credit, Evidence
from tests.factories import (
    ActivityKindFactory,
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    KindUnitFactory,
    MlsRequirementSetFactory,
    RequirementSetFactory,
    SubjectFactory,
)
from tests.pages import words_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


@pytest.fixture
def cycle(now):
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def holder(client, cycle):
    client.force_login(HolderUserFactory(holder=cycle.holder))
    return cycle.holder


@pytest.fixture
def form(today):
    SubjectFactory(code="ethics")
    KindUnitFactory(kind=ActivityKindFactory(code="ce-course"), unit=Unit.CONTACT_HOUR)
    return {
        "uuid": str(uuid4()),
        "title": "Ethics at the bench",
        "provider_name": "County Hospital",
        "kind": "ce-course",
        "subjects": ["ethics"],
        "completed_on": (today - timedelta(days=3)).isoformat(),
        "quantity": "1",
        "unit": Unit.CONTACT_HOUR,
    }


def test_recording_keeps_the_activity_and_its_documents(client, holder, form):
    files = [SimpleUploadedFile("front.pdf", PDF), SimpleUploadedFile("back.pdf", PDF + b"\n")]

    client.post(reverse("education:credit_add"), {**form, "files": files})

    assert Credit.objects.get(holder=holder).title == "Ethics at the bench"
    assert sorted(Evidence.objects.values_list("name", flat=True)) == ["back.pdf", "front.pdf"]


def test_the_same_form_sent_again_leads_to_the_same_credit(client, holder, form):
    answers = [client.post(reverse("education:credit_add"), form) for _time in range(2)]

    assert answers[0].url == answers[1].url
    assert Credit.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("completed_on", "2026-02-30", "Choose a day, or enter it as 2026-03-14."),
        ("completed_on", "1826-02-03", "Check the year."),
        ("completed_on", "2027-01-01", "Record an activity once it is completed."),
        ("title", " ", "Enter its title."),
        ("provider_name", "", "Enter who offered it."),
        ("kind", "", "Choose the kind of activity."),
        ("subjects", [], "Select at least one."),
        ("completed_on", "", "Choose the day you completed it."),
        *(("quantity", wrong, "Enter a number such as 1.5") for wrong in ("", "-1", "1e9", "0.001", "two")),
        ("unit", Unit.CEU, "use: contact hour"),
        ("kind", "no-such-kind", "Choose one of the options shown."),
        ("subjects", ["astrology"], "Choose one of the options shown."),
        ("title", "x" * 301, "at most 300 characters"),
        ("title", "nul\x00byte", "Null characters are not allowed."),
        ("uuid", "not-a-uuid", "Enter a valid UUID."),
    ],
)
def test_a_mistake_is_explained_and_nothing_is_lost(client, holder, form, field, value, words):
    answer = client.post(reverse("education:credit_add"), {**form, field: value})

    assert (answer.status_code, words in answer.text) == (422, True)
    assert form["title" if field == "provider_name" else "provider_name"] in answer.content.decode()
    assert not Credit.objects.exists()


def test_correcting_changes_the_credit(client, holder, form):
    credit = CreditFactory(holder=holder, self_recorded=True, kind=ActivityKindFactory(code="ce-course"))

    shown = client.get(reverse("education:credit_edit", args=[credit.uuid])).content.decode()
    client.post(reverse("education:credit_edit", args=[credit.uuid]), form)

    credit.refresh_from_db()
    assert "Correct this credit" in shown
    assert credit.title == "Ethics at the bench"


def test_correcting_a_credit_that_says_something_else_by_now_gives_back_what_was_typed(client, holder, form):
    credit = CreditFactory(holder=holder, self_recorded=True, kind=ActivityKindFactory(code="ce-course"))
    url = reverse("education:credit_edit", args=[credit.uuid])
    form["seen"] = client.get(url).context["form"].initial["seen"]

    client.post(url, {**form, "provider_name": "The other tab's"})
    answer = client.post(url, {**form, "title": "Ethics at night"})

    credit.refresh_from_db()
    assert (credit.title, credit.provider_name) == ("Ethics at the bench", "The other tab's")
    assert "This was changed after you opened the page" in answer.text
    assert (answer.status_code, "Ethics at night" in answer.text, form["seen"] in answer.text) == (422, True, True)


def test_a_correction_sent_twice_is_one(client, holder, form):
    credit = CreditFactory(holder=holder, self_recorded=True, kind=ActivityKindFactory(code="ce-course"))
    url = reverse("education:credit_edit", args=[credit.uuid])
    form["seen"] = client.get(url).context["form"].initial["seen"]

    answers = [client.post(url, form) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]


def test_correcting_a_delivered_credit_is_refused(client, holder, form):
    credit = CreditFactory(holder=holder)

    answer = client.post(reverse("education:credit_edit", args=[credit.uuid]), form)

    assert (answer.status_code, "Ask the provider to correct it" in answer.text) == (422, True)


def test_withdrawing_is_told(client, holder):
    credit = CreditFactory(holder=holder, self_recorded=True)

    answer = client.post(reverse("education:credit_withdraw", args=[credit.uuid]), follow=True)

    assert words_of(answer) == ["Withdrawn. It no longer counts anywhere."]
    assert "This credit has been withdrawn and does not count anywhere." in answer.content.decode()


def test_restoring_is_told(client, holder):
    credit = CreditFactory(holder=holder, self_recorded=True, withdrawn=True)

    shown = client.get(reverse("education:credit", args=[credit.uuid])).content.decode()
    answer = client.post(reverse("education:credit_restore", args=[credit.uuid]), follow=True)

    assert "Restore this credit" in shown
    assert words_of(answer) == ["Restored. Allocate it to an area so that it counts."]


def test_restoring_a_likely_duplicate_asks_first(client, holder):
    credit = CreditFactory(holder=holder, self_recorded=True, withdrawn=True)
    CreditFactory(holder=holder)
    address = reverse("education:credit_restore", args=[credit.uuid])

    answer = client.post(address, follow=True)
    again = client.post(address, {"twice": "on"}, follow=True)

    assert "You may already have this credit" in answer.content.decode()
    assert "select the check box" in words_of(answer)[0]
    assert words_of(again) == ["Restored. Allocate it to an area so that it counts."]


def test_withdrawing_a_delivered_credit_is_refused(client, holder):
    answer = client.post(reverse("education:credit_withdraw", args=[CreditFactory(holder=holder).uuid]), follow=True)

    assert "Ask the provider" in words_of(answer)[0]


def test_allocating_counts_and_leads_back_to_the_credit(client, holder, cycle):
    credit = CreditFactory(holder=holder, subjects=["chemistry"])
    address = reverse("education:allocate", args=[cycle.pk, credit.uuid])

    answer = client.post(address, {"area": "chemistry", "points": "1.5"})

    assert answer.url == f"{reverse('education:progress')}?credential={cycle.credential_id}#credit-{credit.pk}"
    assert Allocation.objects.get().area.code == "chemistry"


def test_allocating_from_a_list_takes_what_stands_beside_the_credit(client, holder, cycle):
    credit, other = (CreditFactory(holder=holder, subjects=["chemistry", "ethics"]) for _credit in range(2))
    form = {f"{credit.pk}-area": "ethics", f"{credit.pk}-points": "1"}
    others = {f"{other.pk}-area": "chemistry", f"{other.pk}-points": "2", "area": "chemistry", "points": "0.5"}

    client.post(reverse("education:allocate", args=[cycle.pk, credit.uuid]), form | others)

    assert list(Allocation.objects.values_list("credit", "area__code", "points")) == [(credit.pk, "ethics", 1)]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"area": "chemistry", "points": "one"}, "Choose an area and enter the points as a number"),
        ({"area": "no-such-area", "points": "1"}, "Choose an area"),
        ({"points": "1"}, "Choose an area"),
        ({"area": "ethics", "points": "1"}, "does not accept its subjects"),
        ({"area": "chemistry", "points": "99"}, "This credit has only 2 points"),
    ],
)
def test_an_allocation_that_cannot_be_is_explained(client, holder, cycle, form, words):
    credit = CreditFactory(holder=holder, subjects=["chemistry"])

    answer = client.post(reverse("education:allocate", args=[cycle.pk, credit.uuid]), form, follow=True)

    assert words in words_of(answer)[0]
    assert not Allocation.objects.exists()


def test_a_refused_allocation_gives_back_what_was_typed(client, holder, cycle):
    credit, other = (CreditFactory(holder=holder, subjects=["chemistry", "ethics"]) for _credit in range(2))
    form = {f"{credit.pk}-area": "ethics", f"{credit.pk}-points": "99"}
    others = {f"{other.pk}-area": "ethics", f"{other.pk}-points": "0.5"}

    answer = client.post(reverse("education:allocate", args=[cycle.pk, credit.uuid]), form | others)

    rows = [row.allocate for row in answer.context["page"].rows]
    assert answer.status_code == 422
    assert {(row.key, row.options[0].area_code, row.points_text) for row in rows} == {
        (credit.pk, "ethics", "99"),
        (other.pk, "ethics", "0.5"),
    }


def test_releasing_is_told(client, holder, cycle):
    share = AllocationFactory(cycle=cycle, credit=CreditFactory(holder=holder, subjects=["chemistry"]))
    address = reverse("education:release", args=[cycle.pk, share.credit.uuid, share.area.code])

    answer = client.post(address, follow=True)

    assert words_of(answer) == [f"Released from {share.area.title}."]


def test_releasing_from_a_declared_cycle_is_refused(client, holder, cycle, now):
    share = AllocationFactory(cycle=cycle, credit=CreditFactory(holder=holder, subjects=["chemistry"]))
    cycle.declared_on, cycle.shares_frozen_at = now.date(), now
    cycle.save()

    answer = client.post(reverse("education:release", args=[cycle.pk, share.credit.uuid, share.area.code]), follow=True)

    assert "declared" in words_of(answer)[0]
    assert "This cycle has been declared." in answer.content.decode()
    assert answer.context["page"].declare.label == "View the declaration"


def test_whoever_allocates_the_last_point_can_start_the_declaration_there(client, now):
    cycle = CycleFactory(ending=True, requirement_set=RequirementSetFactory())
    client.force_login(HolderUserFactory(holder=cycle.holder))
    for subject in ("chemistry", "safety"):
        credit = CreditFactory(holder=cycle.holder, subjects=[subject], completed_on=cycle.starts_on)
        AllocationFactory(cycle=cycle, credit=credit)

    answer = client.get(reverse("education:progress"))

    _before, _title, list_of_credits = answer.content.decode().partition("Credits in this cycle")
    assert "Start the declaration" in list_of_credits


def test_a_credential_of_somebody_else_is_not_found(client, holder):
    theirs = CycleFactory()

    answer = client.get(reverse("education:progress"), {"credential": theirs.credential_id})

    assert answer.status_code == 404


def test_the_numbers_of_check_progress_add_up(client, holder, cycle):
    AllocationFactory(cycle=cycle, credit=CreditFactory(holder=holder, subjects=["chemistry"]))
    CreditFactory(holder=holder, subjects=["ethics"])

    page = client.get(reverse("education:progress")).context["page"]

    assert page.headline.startswith("You still need 34 points: 2 in blood banking, 2 in hematology")
    assert [row.status for row in page.rows] == ["open", "counted"]
    assert {bar.title: (bar.sum_text, bar.text) for bar in page.areas}["Chemistry"] == ("2 of 2", "Done.")


def test_a_row_names_an_area_once_and_two_of_them_apart(client, holder, cycle):
    whole = CreditFactory(holder=holder, subjects=["chemistry"])
    split = CreditFactory(holder=holder, subjects=["chemistry"])
    AllocationFactory(cycle=cycle, credit=whole)
    for code in ("chemistry", "rest"):
        area = cycle.requirement_set.areas.get(code=code)
        AllocationFactory(cycle=cycle, credit=split, area=area, points=1)

    rows = client.get(reverse("education:progress")).context["page"].rows

    labels = {row.anchor: [share.label for share in row.shares] for row in rows}
    assert labels[f"credit-{whole.pk}"] == ["Points"]
    assert [label[:10] for label in labels[f"credit-{split.pk}"]] == ["Chemistry", "Laboratory"]


def test_a_credit_says_where_it_would_count_in_each_credential(client, holder, cycle):
    CycleFactory(holder=holder)
    credit = CreditFactory(holder=holder, self_recorded=True, subjects=["chemistry"])

    places = client.get(reverse("education:credit", args=[credit.uuid])).context["page"].places

    assert len(places) == 2
    assert places[0].text.startswith("would count in: Chemistry (2); ")


def test_a_credit_outside_the_window_says_so(client, holder, cycle):
    before = cycle.starts_on - timedelta(days=60)
    credit = CreditFactory(holder=holder, self_recorded=True, subjects=["chemistry"], completed_on=before)

    places = client.get(reverse("education:credit", args=[credit.uuid])).context["page"].places

    assert "the first day that counts" in places[0].text


def test_a_credit_in_full_use_has_nothing_free(client, holder, cycle):
    share = AllocationFactory(cycle=cycle, credit=CreditFactory(holder=holder, subjects=["chemistry"]))

    page = client.get(reverse("education:credit", args=[share.credit.uuid])).context["page"]

    assert (len(page.shares), page.places) == (1, ())


def test_a_credit_no_area_accepts_says_so(client, now):
    cycle = CycleFactory(requirement_set=RequirementSetFactory(areas=[("chemistry", "Chemistry", "2", ["chemistry"])]))
    client.force_login(HolderUserFactory(holder=cycle.holder))
    credit = CreditFactory(holder=cycle.holder, subjects=["ethics"])

    places = client.get(reverse("education:credit", args=[credit.uuid])).context["page"].places

    assert places[0].text == "2 not counted: no area accepts its subjects."
