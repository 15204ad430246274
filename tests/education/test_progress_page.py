"""What Check Progress says about a whole cycle, on every page of its list."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from cmp_portal.lib.dates import longdate
from credentials.enums import Hold
from credentials.models import Credential, CredentialType
from education.models import Credit
from education.queries.cards import timeline_of
from education.queries.fitting import LOOKED_THROUGH
from education.queries.progress import DeclareLine
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    RequirementSetFactory,
    UserFactory,
    allocate_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def progress(client, cycle):
    client.force_login(HolderUserFactory(holder=cycle.holder))

    def visit(address=None):
        return client.get(address or reverse("education:progress")).context["page"]

    return visit


def fits(page):
    return {bar.title: bar.fits_text for bar in page.areas}


def test_what_would_fit_is_the_same_on_every_page_of_the_list(progress, cycle):
    CreditFactory.create_batch(9, holder=cycle.holder, subjects=["chemistry"], points=1)
    first = progress()

    second = progress(first.pager.next_url)

    assert fits(first)["Chemistry"] == fits(second)["Chemistry"] == "9 not yet allocated would fit."


def test_what_is_allocated_or_of_other_days_would_not_fit_on_any_page(progress, cycle):
    CreditFactory.create_batch(8, holder=cycle.holder, subjects=["ethics"], points=1)
    AllocationFactory(cycle=cycle, credit__subjects=["chemistry"])
    CreditFactory(holder=cycle.holder, subjects=["chemistry"], completed_on=cycle.starts_on.replace(year=2010))

    assert fits(progress())["Chemistry"] == ""


def test_what_is_left_of_a_credit_would_fit_too(progress, cycle):
    AllocationFactory(cycle=cycle, credit__subjects=["chemistry"], credit__points=3, points=2)
    CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=1)

    assert fits(progress())["Chemistry"] == "2 not yet allocated would fit."


def test_nothing_is_left_of_a_credit_of_other_days(progress, cycle):
    share = AllocationFactory(cycle=cycle, credit__subjects=["chemistry"], credit__points=3, points=2)
    Credit.objects.filter(pk=share.credit_id).update(completed_on=date(2010, 1, 1))

    assert fits(progress())["Chemistry"] == ""


@pytest.mark.parametrize(
    ("more", "told"),
    [(0, f"{LOOKED_THROUGH} not yet allocated would fit."), (1, f"{LOOKED_THROUGH} or more would fit.")],
)
def test_of_more_than_are_looked_through_the_least_is_told(progress, cycle, more, told):
    CreditFactory.create_batch(LOOKED_THROUGH + more, holder=cycle.holder, subjects=["chemistry"], points=1)

    assert fits(progress())["Chemistry"] == told


def test_the_one_more_that_is_asked_for_is_not_added_up(progress, cycle, today):
    CreditFactory.create_batch(LOOKED_THROUGH, holder=cycle.holder, subjects=["chemistry"], points=1)
    CreditFactory(holder=cycle.holder, subjects=["safety"], completed_on=today - timedelta(days=200))

    assert fits(progress())["Laboratory or patient safety"] == ""


def test_a_rule_is_told_in_a_sentence(progress):
    assert [rule.text for rule in progress().rules] == ["At most 18 per cycle; 0 counted so far."]


def test_rules_without_a_source_name_none(client, now):
    cycle = CycleFactory(requirement_set=RequirementSetFactory(source=""))
    client.force_login(HolderUserFactory(holder=cycle.holder))

    page = client.get(reverse("education:progress")).context["page"]

    assert page.source_text == f"Requirements for {cycle.credential.credential_type.code}, version 1."


def test_nothing_would_fit_once_the_cycle_is_declared(progress, cycle, now):
    CreditFactory(holder=cycle.holder, subjects=["chemistry"])
    type(cycle).objects.filter(pk=cycle.pk).update(shares_frozen_at=now, declared_on=now.date())

    assert set(fits(progress()).values()) == {""}


@pytest.mark.parametrize(
    ("traits", "label"),
    [
        ({}, "Valid until"),
        ({"ended": True}, "Expired on"),
        ({"voluntary": True}, "Voluntary cycle ends on"),
        ({"voluntary": True, "ended": True}, "Voluntary cycle ended on"),
    ],
)
def test_the_end_is_named_as_on_my_account(client, now, traits, label):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), **traits)
    client.force_login(HolderUserFactory(holder=cycle.holder))

    pages = [client.get(reverse(name)).content.decode() for name in ("account:dashboard", "education:progress")]

    assert [f"<dt>{label}</dt>" in page for page in pages] == [True, True]


def test_the_timeline_has_the_date_of_today(progress, cycle, today):
    assert progress().timeline.today_text == longdate(today)


@pytest.mark.parametrize(("days", "anchor"), [(0, "start"), (500, "middle"), (1000, "end")])
def test_label_of_today_stays_inside_the_drawing(cycle, days, anchor):
    assert timeline_of(cycle, on=cycle.starts_on + timedelta(days=days)).today.anchor == anchor


RECORD = "Record what is missing and allocate it, then"


@pytest.mark.parametrize(
    ("traits", "has_free", "told"),
    [
        ({"ending": True}, True, "Allocate what is missing, then submit the declaration."),
        ({"ending": True}, False, f"{RECORD} submit the declaration."),
        ({"ended": True}, True, "Allocate what is missing, then declare for reinstatement."),
        ({"ended": True}, False, f"{RECORD} declare for reinstatement."),
    ],
)
def test_what_is_missing_is_to_be_allocated_or_recorded_first(client, now, traits, has_free, told):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), **traits)
    client.force_login(HolderUserFactory(holder=cycle.holder))
    if has_free:
        CreditFactory(holder=cycle.holder, subjects=["chemistry"])

    page = client.get(reverse("education:progress")).context["page"]

    assert page.declare == DeclareLine(told)


@pytest.mark.parametrize(
    ("traits", "label"),
    [
        ({"ending": True}, "Start the declaration"),
        ({"ended": True}, "Declare for reinstatement"),
        ({"ended": True, "voluntary": True}, "Start the declaration"),
    ],
)
def test_who_has_allocated_everything_is_led_to_the_declaration(client, now, traits, label):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), **traits)
    allocate_all(cycle)
    Credit.objects.update(completed_on=now.date() - timedelta(days=30))
    client.force_login(HolderUserFactory(holder=cycle.holder))

    assert client.get(reverse("education:progress")).context["page"].declare.label == label


@pytest.mark.parametrize(
    ("days", "told"),
    [(91, "You can submit the declaration starting 11 March 2026."), (90, "Everything is allocated:")],
    ids=["the day before", "on the day"],
)
def test_the_declaration_is_offered_from_the_day_it_opens(progress, cycle, today, days, told):
    cycle.ends_on = today + timedelta(days=days)
    cycle.save()
    allocate_all(cycle)

    assert progress().declare.sentence.startswith(told)


def test_the_list_has_the_holders_credits_of_the_first_day_to_the_last(progress, cycle):
    last = cycle.ends_on
    CreditFactory(title="Withdrawn", holder=cycle.holder, withdrawn=True)
    CreditFactory(title="Somebody else's")
    for title, day in (
        ("Too early", date(2024, 11, 30)),
        ("First", date(2024, 12, 1)),
        ("Last", last),
        ("Too late", last + timedelta(days=1)),
    ):
        CreditFactory(title=title, holder=cycle.holder, completed_on=day)

    assert [row.title for row in progress().rows] == ["Last", "First"]


def test_revoked_credential_leads_to_the_board_and_to_no_declaration(client, now):
    held = {"hold": Hold.REVOKED, "hold_reason": "Fraud", "hold_by": UserFactory(), "hold_at": now}
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), ending=True)
    Credential.objects.filter(pk=cycle.credential_id).update(**held)
    client.force_login(HolderUserFactory(holder=cycle.holder))

    page = client.get(reverse("education:progress")).context["page"]

    assert page.declare == DeclareLine("This credential is revoked. Please write to the Board.")


@pytest.mark.parametrize(
    ("traits", "days"),
    [
        ({}, "1 December 2024 to 31 December 2027"),  # by month
        ({"ended": True}, "10 March 2023 to 10 March 2026"),
    ],
)
def test_the_days_that_count_are_told(client, now, traits, days):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), **traits)
    client.force_login(HolderUserFactory(holder=cycle.holder))

    assert client.get(reverse("education:progress")).context["page"].window_text == days


def test_the_days_that_count_are_not_repeated_where_they_are_the_cycles(progress, cycle):
    CredentialType.objects.update(window_by_month=False)

    assert progress().window_text == ""
