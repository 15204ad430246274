from decimal import Decimal

import pytest
from django.urls import reverse

from education import actions, queries
from education.models import Allocation, CycleStatus
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    allocate_all,
    close,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    """36 points of credits that fit exactly, none of them allocated."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    allocate_all(cycle)
    Allocation.objects.all().delete()
    return cycle


@pytest.fixture
def user(cycle):
    return HolderUserFactory(holder=cycle.holder)


def digest_of(cycle, today):
    return queries.proposal_for(cycle, on=today).digest


def test_applying_meets_every_requirement(cycle, user, now, today):
    actions.apply_suggestion(cycle=cycle, digest=digest_of(cycle, today), by=user, at=now)

    assert CycleStatus.objects.get(cycle=cycle).is_complete


def test_applying_twice_adds_nothing_more(cycle, user, now, today):
    digest = digest_of(cycle, today)

    added = [actions.apply_suggestion(cycle=cycle, digest=digest, by=user, at=now) for _time in range(2)]

    assert added == [Allocation.objects.count(), 0]


def test_what_the_holder_chose_stays(cycle, user, now, today):
    chemistry = cycle.holder.credits.get(subjects=["chemistry"])
    rest = cycle.requirement_set.areas.get(code="rest")
    chosen = AllocationFactory(cycle=cycle, credit=chemistry, area=rest, points=Decimal("0.50"))

    actions.apply_suggestion(cycle=cycle, digest=digest_of(cycle, today), by=user, at=now)

    chosen.refresh_from_db()
    assert chosen.area == rest
    assert chosen.points >= Decimal("0.50")


def test_what_the_holder_has_not_seen_is_not_applied(cycle, user, now, today):
    digest = digest_of(cycle, today)
    cycle.holder.credits.filter(subjects=["ethics"]).update(withdrawn_at=now)

    with pytest.raises(actions.AllocationRefused, match="have changed since"):
        actions.apply_suggestion(cycle=cycle, digest=digest, by=user, at=now)

    assert not Allocation.objects.exists()


def test_a_declared_cycle_takes_no_suggestion(cycle, user, now, today):
    cycle.declared_on, cycle.shares_frozen_at = today, now
    cycle.save()

    with pytest.raises(actions.AllocationRefused, match="declared"):
        actions.apply_suggestion(cycle=cycle, digest="", by=user, at=now)


def test_a_credit_of_another_cycle_of_the_credential_is_left_there(now, today):
    ended = CycleFactory(requirement_set=MlsRequirementSetFactory(), ended=True)
    share = AllocationFactory(cycle=ended, credit=CreditFactory(holder=ended.holder, subjects=["chemistry"]))
    close(ended)
    cycle = CycleFactory(credential=ended.credential, holder=ended.holder, requirement_set=ended.requirement_set)

    assert share.credit_id not in queries.proposal_for(cycle, on=today).credits


def test_the_page_says_what_would_be_gained(client, cycle, user):
    client.force_login(user)
    CreditFactory(holder=cycle.holder, subjects=["management"])

    page = client.get(reverse("education:suggestion", args=[cycle.pk])).context["page"]

    assert page.headline == "This meets every requirement."
    assert page.added_text == "It allocates 36 more points."
    assert page.spare_text.startswith("1 credit is not needed")


def test_the_page_says_what_stays_missing_and_why(client, cycle, user):
    client.force_login(user)
    cycle.holder.credits.filter(subjects=["ethics"]).delete()

    page = client.get(reverse("education:suggestion", args=[cycle.pk])).context["page"]

    assert page.headline == "You still need 1: 1 in medical ethics."
    assert page.proof


def test_the_form_applies_what_the_page_showed(client, cycle, user):
    client.force_login(user)
    page = client.get(reverse("education:suggestion", args=[cycle.pk])).context["page"]

    answers = [client.post(page.apply_url, {"digest": page.digest}, follow=True) for _time in range(2)]

    assert [str(message) for message in answers[0].context["messages"]] == [f"{len(page.added)} shares allocated."]
    assert [str(message) for message in answers[1].context["messages"]] == ["Everything suggested is allocated."]


def test_a_stale_form_leads_to_the_new_suggestion(client, cycle, user):
    client.force_login(user)

    answer = client.post(reverse("education:suggest_apply", args=[cycle.pk]), {"digest": "stale"}, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("education:suggestion", args=[cycle.pk])
