"""Validation before saving, likely duplicates, and where a credit would count."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from credentials.enums import Unit
from education.models import Credit, Evidence
from education.queries.ledger import places_of, shares_by_credit
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
    close,
)

pytestmark = pytest.mark.django_db
ADD = reverse("education:credit_add")
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"
LIKE_ONE = "This looks like a credit you already have. If it is a different one, select the check box and save again."


@pytest.fixture
def cycle(now):
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def holder(client, cycle):
    client.force_login(HolderUserFactory(holder=cycle.holder))
    return cycle.holder


@pytest.fixture
def kind(db):
    kind = ActivityKindFactory(code="ce-course", title="Course", evidence="Certificate of participation", verified=True)
    KindUnitFactory(kind=kind, unit=Unit.CONTACT_HOUR, points_per_unit=Decimal("1"))
    KindUnitFactory(kind=kind, unit=Unit.CEU, points_per_unit=Decimal("10"))
    return kind


@pytest.fixture
def form(today, kind):
    SubjectFactory(code="ethics")
    SubjectFactory(code="chemistry")
    return {
        "uuid": str(uuid4()),
        "title": "Ethics at the bench",
        "provider_name": "County Hospital",
        "kind": "ce-course",
        "subjects": ["ethics"],
        "completed_on": (today - timedelta(days=3)).isoformat(),
        "quantity": "1.5",
        "unit": Unit.CONTACT_HOUR,
    }


@pytest.fixture
def recorded(holder, form, today):
    """What the form would record a second time."""
    return CreditFactory(
        holder=holder, self_recorded=True, title="Ethics at the Bench!", completed_on=today - timedelta(days=3)
    )


def check(client, form):
    return client.post(ADD, {**form, "check": ""}).context["page"]


# --- The check ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [
        ("1.5", Unit.CONTACT_HOUR, "1.5 × contact hour, worth 1 each: 1.5 points."),
        ("1", Unit.CONTACT_HOUR, "1 × contact hour, worth 1 each: 1 point."),
        ("0.25", Unit.CEU, "0.25 × CEU, worth 10 each: 2.5 points."),
    ],
)
def test_the_check_says_what_it_comes_to_and_saves_nothing(client, holder, form, quantity, unit, words):
    page = check(client, {**form, "quantity": quantity, "unit": unit})

    assert page.check.points_text == words
    assert not Credit.objects.exists()


def test_the_check_says_what_a_unit_is_worth_however_the_points_are_rounded(client, holder, form, kind):
    kind.units.filter(unit=Unit.CONTACT_HOUR).update(points_per_unit=Decimal("0.5"))

    page = check(client, {**form, "quantity": "0.25"})

    assert page.check.points_text == "0.25 × contact hour, worth 0.5 each: 0.12 points."


def test_the_check_says_where_it_would_count_and_why_not_elsewhere(client, holder, form):
    CycleFactory(
        holder=holder,
        requirement_set=RequirementSetFactory(areas=[("chemistry", "Chemistry", "2", ["chemistry"])]),
    )

    first, second = check(client, form).check.places

    assert first.text.startswith("would count in: Medical ethics (1.5); ")
    assert first.why.startswith("Not in Blood banking; Chemistry; Hematology")
    assert (second.fits, second.text) == (False, "1.5 not counted: no area accepts its subjects.")


def test_the_check_says_what_an_audit_asks_for(client, holder, form):
    assert check(client, form).check.needs_text == "Certificate of participation"


def test_the_check_says_when_a_worth_is_not_verified(client, holder, form, kind):
    kind.verified = False
    kind.save()

    assert "not been verified with the Board yet" in check(client, form).check.unverified_text


def test_a_day_outside_every_window_is_told_before_and_after_saving(client, holder, form, cycle):
    form["completed_on"] = (cycle.starts_on - timedelta(days=90)).isoformat()

    page = check(client, form)
    answer = client.post(ADD, form, follow=True)

    assert page.check.where_text == "It would not count anywhere right now. You can still keep it in your record."
    assert "the first day that counts" in page.check.places[0].text
    assert "It does not count anywhere right now" in answer.content.decode()


def test_the_check_keeps_what_was_typed_and_asks_for_the_files_again(client, holder, form):
    files = [SimpleUploadedFile("front.pdf", PDF)]

    shown = client.post(ADD, {**form, "files": files, "check": ""}).content.decode()

    assert "Ethics at the bench" in shown
    assert "Choose your documents again" in shown
    assert not Evidence.objects.exists()


def test_a_mistake_is_told_by_the_check_too(client, holder, form):
    answer = client.post(ADD, {**form, "unit": Unit.QUARTER_HOUR, "check": ""})

    assert answer.context["form"].errors["unit"] == ["For this kind of activity, use: contact hour, CEU."]
    assert answer.context["page"].check is None


def test_the_form_says_what_every_unit_is_worth(client, holder, kind):
    ActivityKindFactory(code="staff-meeting", title="Staff meeting", counts=False, position=9)

    worths = client.get(ADD).context["page"].worths

    assert [worth.text for worth in worths] == ["1 contact hour = 1, 1 CEU = 10", "never counts"]


def test_checking_a_correction_judges_the_corrected_credit(client, holder, form, cycle):
    share = AllocationFactory(
        cycle=cycle, credit=CreditFactory(holder=holder, self_recorded=True, points=Decimal("1"), subjects=["ethics"])
    )
    address = reverse("education:credit_edit", args=[share.credit.uuid])

    page = client.post(address, {**form, "quantity": "4", "check": ""}).context["page"]

    assert page.check.places[0].text.startswith("would count in: Medical ethics (3); ")
    assert Credit.objects.get().points == Decimal("1")


@pytest.mark.parametrize("credits", [1, 3, 50])
def test_the_check_asks_the_same_number_of_questions(client, holder, form, cycle, django_assert_num_queries, credits):
    for number in range(credits):
        day = cycle.starts_on + timedelta(days=number)
        AllocationFactory(cycle=cycle, credit=CreditFactory(holder=holder, completed_on=day))
    check(client, form)

    with django_assert_num_queries(10):
        check(client, form)


# --- Places ---------------------------------------------------------------------------------------------------------


def test_a_declared_cycle_takes_nothing_more(cycle, now):
    credit = CreditFactory(holder=cycle.holder)
    cycle.declared_on, cycle.shares_frozen_at = now.date(), now
    cycle.save()

    [place] = places_of(credit, [], on=now.date())

    assert (place.fits, place.text) == (False, "This cycle has been declared. Nothing more can be allocated in it.")


def test_a_credit_counts_once_per_credential(cycle, today):
    credit = AllocationFactory(
        cycle=cycle, credit=CreditFactory(holder=cycle.holder, subjects=["chemistry"], completed_on=cycle.ends_on)
    ).credit
    close(cycle)
    after = cycle.ends_on + timedelta(days=1)
    CycleFactory(credential=cycle.credential, starts_on=after, ends_on=after + timedelta(days=1000))

    [place] = places_of(credit, shares_by_credit([credit])[credit.pk], on=today)

    assert place.text.startswith("It already counted in the cycle ending ")


# --- Likely duplicates ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "is_like"),
    [
        ({"title": "ETHICS AT THE BENCH"}, True),
        ({"title": "Ethics at bench, part of the annual meeting"}, True),
        ({"title": "Carbapenemases in routine"}, False),
        ({"title": "Carbapenemases in routine", "provider_name": "county hospital", "points": Decimal("1.50")}, True),
        ({"title": "Carbapenemases in routine", "provider_name": "County Hospital", "points": Decimal("2.00")}, False),
        ({"title": "Ethics at the bench", "completed_on": "2026-03-06"}, False),
        ({"title": "Ethics at the bench", "withdrawn": True}, False),
    ],
)
def test_a_duplicate_has_the_day_and_a_similar_title_or_provider_and_points(client, holder, form, other, is_like):
    CreditFactory(**{"holder": holder, "self_recorded": True, "completed_on": form["completed_on"], **other})

    assert bool(check(client, form).duplicates) == is_like


def test_what_a_provider_delivered_is_compared_too(client, holder, form):
    delivered = CreditFactory(holder=holder, title="Ethics at the bench", completed_on=form["completed_on"])

    [found] = check(client, form).duplicates

    assert found.url == reverse("education:credit", args=[delivered.uuid])


def test_the_credits_of_others_are_not_compared(client, holder, form):
    CreditFactory(title="Ethics at the bench", completed_on=form["completed_on"])

    assert check(client, form).duplicates == ()


def test_a_likely_duplicate_is_not_saved_by_accident(client, holder, form, recorded):
    answer = client.post(ADD, form)

    assert answer.context["form"].errors["twice"] == [LIKE_ONE]
    assert [found.title for found in answer.context["page"].duplicates] == ["Ethics at the Bench!"]
    assert "County Hospital" in answer.content.decode()
    assert Credit.objects.count() == 1


def test_who_took_part_twice_says_so(client, holder, form, recorded):
    client.post(ADD, {**form, "twice": "on"})

    assert Credit.objects.count() == 2


def test_the_summary_of_errors_does_not_state_what_the_box_would_say(client, holder, form, recorded):
    page = " ".join(client.post(ADD, form).content.decode().split())

    assert f"“This is a different activity. I took part in both.”</a>: {LIKE_ONE}" in page


def test_the_box_is_only_shown_where_it_is_needed(client, holder, form):
    assert 'name="twice"' not in client.post(ADD, {**form, "check": ""}).content.decode()


def test_correcting_into_a_duplicate_is_asked_about(client, holder, form, recorded):
    other = CreditFactory(holder=holder, self_recorded=True)
    address = reverse("education:credit_edit", args=[other.uuid])

    answer = client.post(address, form)
    client.post(address, {**form, "twice": "on"})

    other.refresh_from_db()
    assert answer.context["form"].errors["twice"] == [LIKE_ONE]
    assert other.title == "Ethics at the bench"


def test_correcting_one_of_two_known_to_differ_is_not_asked_about(client, holder, form, recorded):
    client.post(ADD, {**form, "twice": "on"})
    second = Credit.objects.exclude(pk=recorded.pk).get()

    client.post(reverse("education:credit_edit", args=[second.uuid]), {**form, "quantity": "1"})

    second.refresh_from_db()
    assert second.points == Decimal("1.00")


# --- Hostile input --------------------------------------------------------------------------------------------------

HOSTILE = [
    "x" * 100_000,
    "nul\x00byte",
    "\u202eevil\u202c",
    "🧪" * 400,
    "'; DROP TABLE--",
    "{{ 7 }}",
    "\ud7ff\ufffe",
    "NaN",
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(
    "name", ["uuid", "title", "provider_name", "kind", "subjects", "completed_on", "quantity", "unit"]
)
def test_hostile_input_is_answered(client, holder, form, name, value):
    answers = [client.post(ADD, {**form, name: value, **also}) for also in ({"check": ""}, {})]

    assert {answer.status_code for answer in answers} <= {200, 302, 422}


def test_repeated_keys_are_read_once(client, holder, form):
    client.post(ADD, {**form, "subjects": ["ethics", "ethics"], "title": ["First", "Second"]})

    credit = Credit.objects.get()
    assert (credit.title, credit.subjects) == ("Second", ["ethics"])
