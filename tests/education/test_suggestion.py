from decimal import Decimal

import pytest
from django.urls import reverse

from education import actions, queries
from education.models import Allocation, CycleStatus
from tests.education.shares import declared
from tests.factories import (
    ActivityKindFactory,
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    RequirementSetFactory,
    RuleFactory,
    allocate_all,
    close,
)
from tests.pages import words_of

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


def test_what_is_suggested_is_added_to_what_is_allocated_there(cycle, user, now, today):
    chemistry = cycle.holder.credits.get(subjects=["chemistry"])
    begun = AllocationFactory(cycle=cycle, credit=chemistry, points=Decimal("0.50"))

    actions.apply_suggestion(cycle=cycle, digest=digest_of(cycle, today), by=user, at=now)

    begun.refresh_from_db()
    assert begun.points == chemistry.points


def test_what_the_holder_has_not_seen_is_not_applied(cycle, user, now, today):
    digest = digest_of(cycle, today)
    cycle.holder.credits.filter(subjects=["ethics"]).update(withdrawn_at=now)

    with pytest.raises(actions.AllocationRefused, match="have changed in the meantime"):
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
    assert page.added_text == "It allocates 36 points more."
    assert page.spares.text.startswith("1 credit is not needed")


def test_the_page_says_what_stays_missing_and_why(client, cycle, user):
    client.force_login(user)
    cycle.holder.credits.filter(subjects=["ethics"]).delete()

    page = client.get(reverse("education:suggestion", args=[cycle.pk])).context["page"]

    assert page.headline == "You still need 1 point in medical ethics."
    assert page.proof


def test_what_would_stay_missing_is_not_said_as_if_it_were_so_now(client, cycle, user, now, today):
    client.force_login(user)
    cycle.holder.credits.filter(subjects=["ethics"]).delete()
    address = reverse("education:suggestion", args=[cycle.pk])
    before = client.get(address).text
    actions.apply_suggestion(cycle=cycle, digest=digest_of(cycle, today), by=user, at=now)

    after = client.get(address).text

    assert ("With this suggestion:" in before, "With this suggestion:" in after) == (True, False)


def test_the_form_applies_what_the_page_showed(client, cycle, user):
    client.force_login(user)
    page = client.get(reverse("education:suggestion", args=[cycle.pk])).context["page"]

    answers = [client.post(page.apply_url, {"digest": page.digest}, follow=True) for _time in range(2)]

    assert words_of(answers[0]) == [f"{len(page.added)} allocations made."]
    assert words_of(answers[1]) == ["Everything suggested is allocated."]


def test_a_stale_form_leads_to_the_new_suggestion(client, cycle, user):
    client.force_login(user)

    answer = client.post(reverse("education:suggest_apply", args=[cycle.pk]), {"digest": "stale"}, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("education:suggestion", args=[cycle.pk])


def suggestion_of(client, cycle):
    return client.get(reverse("education:suggestion", args=[cycle.pk])).context["page"]


def test_each_share_says_what_it_is_for(client, cycle, user):
    client.force_login(user)

    found = {line.area_title: line.why for line in suggestion_of(client, cycle).added}

    assert found["Chemistry"] == "Fills this area: 2 still needed."
    assert found["Laboratory specialty, management, education or other related"] == (
        "Counts toward the total: 26 still needed."
    )


def test_what_is_not_needed_has_no_purpose(client, cycle, user):
    client.force_login(user)
    CreditFactory(holder=cycle.holder, subjects=["management"])

    [line] = suggestion_of(client, cycle).spares.shares

    assert (line.points, line.why) == (2, "")


def test_a_share_counts_for_a_rule(client, now):
    rule = {"code": "posters", "title": "Posters", "kinds": ["poster"], "maximum": None, "minimum": Decimal(1)}
    cycle = CycleFactory(requirement_set=RequirementSetFactory(areas=[("rest", "Any", "0", ["*"])]))
    RuleFactory(requirement_set=cycle.requirement_set, **rule)
    CreditFactory(holder=cycle.holder, kind=ActivityKindFactory(code="poster"))
    client.force_login(HolderUserFactory(holder=cycle.holder))

    assert [line.why for line in suggestion_of(client, cycle).added] == ["Counts for “Posters”: 1 still needed."]


def test_many_spares_are_not_all_listed(client, cycle, user):
    client.force_login(user)
    for _one in range(12):
        CreditFactory(holder=cycle.holder, subjects=["management"])

    spares = suggestion_of(client, cycle).spares

    assert (len(spares.shares), spares.more_text) == (10, "and 2 more")


def test_a_credit_that_counts_nowhere_is_no_spare(client, now):
    cycle = CycleFactory(requirement_set=RequirementSetFactory(areas=[("ethics", "Ethics", "0", ["ethics"])]))
    CreditFactory(holder=cycle.holder, subjects=["chemistry"])
    client.force_login(HolderUserFactory(holder=cycle.holder))

    assert suggestion_of(client, cycle).spares is None


def test_spares_are_allocated_too_when_asked_for(client, cycle, user):
    client.force_login(user)
    spare = CreditFactory(holder=cycle.holder, subjects=["management"])
    page = suggestion_of(client, cycle)

    for _time in range(2):
        client.post(page.apply_url, {"digest": page.spares.digest, "spares": "1"})

    assert spare.allocations.get().points == 2
    assert Allocation.objects.count() == len(page.added) + 1


def test_spares_can_be_allocated_once_everything_is_met(client, cycle, user, now, today):
    client.force_login(user)
    actions.apply_suggestion(cycle=cycle, digest=digest_of(cycle, today), by=user, at=now)
    CreditFactory(holder=cycle.holder, subjects=["management"])

    page = suggestion_of(client, cycle)
    client.post(page.apply_url, {"digest": page.spares.digest, "spares": "1"})

    assert page.spares.label == "Allocate these too"
    assert suggestion_of(client, cycle).spares is None


def test_the_digest_without_spares_does_not_allocate_them(client, cycle, user):
    client.force_login(user)
    CreditFactory(holder=cycle.holder, subjects=["management"])
    page = suggestion_of(client, cycle)

    client.post(page.apply_url, {"digest": page.digest, "spares": "1"})

    assert not Allocation.objects.exists()


def test_a_declared_cycle_has_no_suggestion(client, cycle, user, today, now):
    client.force_login(user)
    cycle.declared_on, cycle.shares_frozen_at = today, now
    cycle.save()

    answer = client.get(reverse("education:suggestion", args=[cycle.pk]), follow=True)

    assert [str(one) for one in answer.context["messages"]] == [
        "This cycle has been declared, so its allocation stays as it is."
    ]


def test_one_suggestion_leads_to_the_next_credential_and_back(client, cycle, user):
    client.force_login(user)
    second = CycleFactory(holder=cycle.holder)

    pages = [suggestion_of(client, one).following for one in (cycle, second)]

    assert [page.url for page in pages] == [reverse("education:suggestion", args=[one.pk]) for one in (second, cycle)]


def test_the_suggestions_of_three_credentials_follow_each_other_round(client, cycle, user):
    client.force_login(user)
    three = [cycle, *(CycleFactory(holder=cycle.holder) for _one in range(2))]

    urls = [suggestion_of(client, one).following.url for one in three]

    assert urls == [reverse("education:suggestion", args=[one.pk]) for one in (*three[1:], cycle)]


def test_check_progress_leads_to_the_next_suggestion(client, cycle, user):
    client.force_login(user)
    second = CycleFactory(holder=cycle.holder)

    page = client.get(reverse("education:progress")).context["page"]

    assert page.following.url == reverse("education:suggestion", args=[second.pk])


@pytest.mark.parametrize("kind", ["complete", "declared", "closed"])
def test_a_credential_that_lacks_nothing_is_passed_over(client, cycle, user, now, today, kind):
    client.force_login(user)
    second = CycleFactory(holder=cycle.holder)
    if kind == "complete":
        allocate_all(second)
        actions.refresh_status([second.pk], at=now)
    else:
        {"declared": declared, "closed": close}[kind](second)

    assert suggestion_of(client, cycle).following is None


@pytest.mark.parametrize("credits", [1, 30])
def test_the_page_asks_the_same_number_of_questions(client, cycle, user, django_assert_num_queries, credits):
    client.force_login(user)
    for _one in range(credits):
        CreditFactory(holder=cycle.holder, subjects=["management"])
    suggestion_of(client, cycle)

    with django_assert_num_queries(6):
        suggestion_of(client, cycle)
