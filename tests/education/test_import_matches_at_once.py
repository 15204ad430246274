"""Concurrent use of one recorded credit by a feed and by the rules, a holder or another feed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from education import actions
from education.enums import MatchState
from education.models import Credit, Match, Provider
from education.rules import matching
from tests.education.feeds import DAY, LINE, ascp_with_reference, deliver_from, recorded_of
from tests.factories import HolderFactory, HolderUserFactory
from tests.importing import counts


@pytest.fixture
def ascp(db, now):
    return ascp_with_reference()


@pytest.fixture
def user(ascp):
    return HolderUserFactory(holder=HolderFactory(customer_number="100"))


@pytest.fixture
def holder(user):
    return user.holder


@pytest.fixture
def recorded(holder):
    return recorded_of(holder)


@pytest.fixture
def deliver(ascp, tmp_path):
    return deliver_from(tmp_path)


# --- The rules in SQL -------------------------------------------------------------------------------------------------

TITLES = ["Troponin in practice", "Troponin in practise, part 2", "Troponin", "Practice", "Ethics at the bench"]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("provider", ["ASCP", "County Hospital"])
@pytest.mark.parametrize("days", [0, 1, -7, 8])
@pytest.mark.parametrize("points", ["2.00", "2.01"])
def test_feed_decides_as_the_rules_do(deliver, holder, title, provider, days, points):
    recorded_of(
        holder,
        title=title,
        provider_name=provider,
        completed_on=DAY + timedelta(days=days),
        points=Decimal(points),
    )
    pair = matching.Pair(
        days_apart=days,
        title_similarity=similarity(title, "Troponin in practice"),
        provider_similarity=max(similarity(provider, "ascp"), similarity(provider, "ASCP")),
        has_same_points=points == "2.00",
        has_same_numbering="2" not in title,
    )

    deliver(LINE)

    reasons = matching.match_reasons(pair)
    states = {"certain": [MatchState.MATCHED], "doubtful": [MatchState.DOUBTFUL], "different": []}
    assert [match.state for match in Match.objects.all()] == states[matching.likeness(reasons)]
    assert [match.reasons for match in Match.objects.all()] in ([], [list(reasons)])


def similarity(one, other):
    with connection.cursor() as cursor:
        cursor.execute("SELECT round(similarity(%s, %s)::numeric, 3)", [one, other])
        return cursor.fetchone()[0]


# --- At once ----------------------------------------------------------------------------------------------------------


def test_feed_waits_for_the_holder_who_withdraws(deliver, recorded, user, now, in_thread, until_blocked):
    with transaction.atomic():
        actions.withdraw(credit=recorded, by=user, at=now)
        feed = in_thread(lambda: deliver(LINE))
        until_blocked()

    assert feed.result().counts == counts(accepted=1)
    assert (Match.objects.count(), Credit.objects.standing().get().external_id) == (0, "A-1")


def test_feed_sees_what_the_holder_has_just_corrected(deliver, recorded, now, in_thread, until_blocked):
    with transaction.atomic():
        Credit.objects.filter(pk=recorded.pk).update(points=Decimal("1.00"))
        feed = in_thread(lambda: deliver(LINE))
        until_blocked()

    assert feed.result().counts == counts(accepted=1)
    assert " ".join(Match.objects.get().reasons) == "same_day same_title other_points"


def test_holder_who_withdraws_waits_for_the_feed(deliver, recorded, user, now, in_thread, until_blocked):
    with transaction.atomic():
        deliver(LINE)
        other = in_thread(lambda: actions.withdraw(credit=recorded, by=user, at=now))
        until_blocked()

    assert isinstance(other.exception(), actions.CreditRefused)
    assert Credit.objects.get().withdrawn_at is None


def test_two_feeds_deliver_match_one_credit_once(deliver, recorded, tmp_path, in_thread, until_blocked):
    Provider.objects.create(code="state-society", title="State Society")
    theirs = deliver_from(tmp_path, provider="state-society")

    with transaction.atomic():
        deliver(LINE)
        other = in_thread(lambda: theirs(LINE.replace("A-1", "S-1")))
        until_blocked()

    assert other.result().counts == counts(accepted=1)
    assert set(Credit.objects.values_list("pk", "external_id")) > {(recorded.pk, "A-1")}
    assert Match.objects.get().external_id == "A-1"
