"""The next step that My Account shows a holder, in every state of a cycle."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from audits.enums import AuditState
from cmp_portal import queries
from credentials.enums import Hold, Validity
from credentials.models import CredentialType
from declarations.enums import State
from education.queries import progress_url, ring_of
from tests.factories import (
    ActivityKindFactory,
    AlertFactory,
    AllocationFactory,
    CredentialFactory,
    CycleFactory,
    DeclarationFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
    audit_in,
)

pytestmark = pytest.mark.django_db


def noon(*day):
    return datetime(*day, 12, tzinfo=ZoneInfo("America/Chicago"))


@pytest.fixture
def cycle():
    return CycleFactory(
        requirement_set=MlsRequirementSetFactory(), starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31)
    )


@pytest.fixture
def card(cycle):
    user = HolderUserFactory(holder=cycle.holder)
    return lambda at: queries.dashboard(user, at=at).cards[0]


@pytest.mark.parametrize(
    ("day", "sentence", "label"),
    [
        ((2025, 12, 30), "The declaration opens on 31 December 2025.", "Check progress"),
        (
            (2025, 12, 31),
            "Submit your declaration by 28 February 2026.",
            "Start the declaration",
        ),
        (
            (2026, 2, 28),
            "Submit your declaration by 28 February 2026.",
            "Start the declaration",
        ),
        ((2026, 3, 1), "Submit your declaration now: the Board needs time to process it.", "Start the declaration"),
        ((2026, 4, 1), "Submit your declaration now: the Board needs time to process it.", "Declare for reinstatement"),
    ],
)
def test_a_complete_cycle_leads_to_its_declaration(cycle, card, day, sentence, label):
    allocate_all(cycle)

    told = card(noon(*day))

    assert sentence in told.next_sentence
    assert told.next_label == label


@pytest.mark.parametrize("day", [(2025, 12, 30), (2025, 12, 31)])
def test_a_card_leads_to_its_progress_once(cycle, card, day):
    allocate_all(cycle)

    told = card(noon(*day))

    assert [told.next_url, told.progress_url].count(progress_url(cycle)) == 1


@pytest.mark.parametrize(
    ("day", "days"), [((2023, 4, 1), "1,095"), ((2028, 12, 31), "1,006")], ids=["first day", "expired"]
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_many_days_are_counted_with_separators(card, day, days, language):
    with translation.override(language):
        assert days in card(noon(*day)).days_left_text


@pytest.mark.parametrize(("counted", "ends"), [("0", "round"), ("34", "round"), ("34.5", "butt"), ("36", "butt")])
def test_round_ends_never_close_a_ring(counted, ends):
    assert ring_of(Decimal(counted), Decimal("36"), False).ends == ends


def test_an_incomplete_cycle_says_what_is_missing_and_what_to_do(card):
    told = card(noon(2026, 3, 1))

    assert told.next_sentence.startswith("You still need 36 points: 2 in blood banking")
    assert told.next_label == "Allocate or record credits"


def test_what_exceeds_a_maximum_is_not_in_the_ring(cycle, card):
    _allocated(cycle, "20", credit__kind=ActivityKindFactory(code="college-course"))

    assert card(noon(2026, 3, 1)).ring.counted_text == "18"


def test_a_ring_follows_each_change_of_what_is_allocated(cycle, card):
    first, _second = _allocated(cycle, "1"), _allocated(cycle, "1")
    both = card(noon(2026, 3, 1)).ring.counted_text
    first.delete()

    assert (both, card(noon(2026, 3, 1)).ring.counted_text) == ("2", "1")


def _allocated(cycle, points, **of_the_share):
    """The share of a credit, all of it counted in any area."""
    all_of_it = {"points": Decimal(points), "credit__points": Decimal(points), "credit__completed_on": date(2025, 6, 1)}
    return AllocationFactory(
        cycle=cycle, area=cycle.requirement_set.areas.get(code="rest"), **all_of_it, **of_the_share
    )


def test_a_voluntary_cycle_that_ended_is_declared_and_not_reinstated(cycle, card):
    CredentialType.objects.update(mandatory_from=cycle.credential.certified_on + timedelta(days=1))
    allocate_all(cycle)

    assert card(noon(2026, 4, 1)).next_label == "Start the declaration"


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.SUBMITTED, "You don't need to do anything right now"),
        (State.UNDER_AUDIT, "Have your documents ready"),
        (State.RETURNED, "see what to change"),
        (State.ELIGIBLE, "renews the credential in the month it ends"),
        (State.DENIED, "The Board denied your declaration: see why, then allocate what is missing."),
        (State.WITHDRAWN, "You still need"),
    ],
)
def test_a_declaration_says_whose_turn_it_is(cycle, card, state, sentence):
    DeclarationFactory(cycle=cycle, state=state)

    assert sentence in card(noon(2026, 3, 1)).next_sentence


def test_a_denial_leads_to_why_and_to_the_appeal(cycle, card):
    declaration = DeclarationFactory(cycle=cycle, state=State.DENIED)

    told = card(noon(2026, 3, 1))

    assert (told.next_url, told.next_label) == (declaration.get_absolute_url(), "View the declaration")
    assert told.progress_url == progress_url(cycle)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ((2025, 3, 1), "what you can do."),
        ((2026, 2, 28), "declare again by 28 February 2026."),
        ((2026, 3, 1), "declare again as soon as you can."),
    ],
)
def test_a_denial_of_a_complete_cycle_asks_for_another_declaration(cycle, card, day, sentence):
    allocate_all(cycle)
    DeclarationFactory(cycle=cycle, state=State.DENIED)

    told = card(noon(*day)).next_sentence

    assert told == f"The Board denied your declaration: see why, and {sentence}"


def test_a_cycle_that_has_not_begun_asks_for_nothing(card):
    told = card(noon(2023, 3, 20))

    assert told.renewed_text == "Renewed until 31 March 2026; the next cycle opens on 1 April 2023."
    assert told.next_sentence == "You don't need to do anything until 1 April 2023."


def test_declared_in_time_and_undecided_is_under_review(cycle, card):
    with time_machine.travel(noon(2026, 3, 1)):
        DeclarationFactory(cycle=cycle, state=State.SUBMITTED)

    validities = [card(noon(*day)).validity for day in ((2026, 3, 31), (2026, 4, 1))]

    assert validities == [Validity.ACTIVE, Validity.UNDER_REVIEW]


def test_a_revoked_credential_leads_to_the_board(cycle, card):
    credential = cycle.credential
    credential.hold, credential.hold_reason = Hold.REVOKED, "Fraud"
    credential.hold_by, credential.hold_at = UserFactory(), noon(2026, 1, 1)
    credential.save()

    told = card(noon(2026, 3, 1))

    assert (told.validity, told.next_sentence) == (
        Validity.REVOKED,
        "This credential is revoked. Please write to the Board.",
    )


def test_a_credential_for_life_asks_for_nothing(cycle):
    user = HolderUserFactory(holder=CredentialFactory().holder)

    told = queries.dashboard(user, at=noon(2026, 3, 1)).cards[0]

    assert (told.validity, told.ring, told.next_sentence) == (Validity.LIFETIME, None, "")


@pytest.fixture
def first_of(cycle):
    """Which card is on top: that of `cycle`, or of another cycle of its holder, which ends a year later by default."""
    user = HolderUserFactory(holder=cycle.holder)

    def first(ends=2027, **of_its_credential):
        other = CycleFactory(
            requirement_set=cycle.requirement_set,
            holder=cycle.holder,
            starts_on=date(ends - 3, 4, 1),
            ends_on=date(ends, 3, 31),
            **of_its_credential,
        )
        top, _bottom = queries.dashboard(user, at=noon(2026, 3, 1)).cards
        owners = {cycle.credential.certificate_number: "own", other.credential.certificate_number: "other"}
        return next(owner for number, owner in owners.items() if top.title.endswith(number))

    return first


@pytest.mark.parametrize(("ends", "first"), [(2025, "other"), (2027, "own")])
def test_what_ends_sooner_comes_first(first_of, ends, first):
    assert first_of(ends) == first


def test_what_is_valid_for_life_comes_last(cycle):
    CredentialFactory(holder=cycle.holder, pk=1)
    user = HolderUserFactory(holder=cycle.holder)

    cards = queries.dashboard(user, at=noon(2026, 3, 1)).cards

    assert [card.validity for card in cards] == [Validity.ACTIVE, Validity.LIFETIME]


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (State.SUBMITTED, "other"),
        (State.UNDER_AUDIT, "other"),
        (State.ELIGIBLE, "other"),
        (State.RETURNED, "own"),
        (State.DENIED, "own"),
        (State.WITHDRAWN, "own"),
    ],
)
def test_what_the_holder_has_to_do_comes_before_what_waits_for_the_board(cycle, first_of, state, first):
    DeclarationFactory(cycle=cycle, state=state)

    assert first_of() == first


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (AuditState.SELECTED, "other"),
        (AuditState.REQUESTED, "own"),
        (AuditState.RECEIVED, "other"),
        (AuditState.MORE_NEEDED, "own"),
    ],
)
def test_an_audit_comes_first_while_it_waits_for_its_holder(cycle, first_of, state, first):
    audit_in(state, declaration=DeclarationFactory(cycle=cycle, state=State.UNDER_AUDIT))

    assert first_of() == first


@pytest.mark.parametrize(
    ("state", "first"), [(None, "other"), (State.RETURNED, "own")], ids=["nothing declared", "returned"]
)
def test_a_voluntary_cycle_comes_last_unless_the_board_asks(cycle, first_of, state, first):
    required_from = cycle.credential.certified_on + timedelta(days=1)
    CredentialType.objects.update(mandatory_from=required_from)
    if state:
        DeclarationFactory(cycle=cycle, state=state)

    assert first_of(credential__certified_on=required_from) == first


def test_a_sign_in_without_a_record_is_told_how_to_find_it(client):
    client.force_login(UserFactory())

    assert "Find your record" in client.get("/account/").content.decode()


@pytest.mark.parametrize("day", [(2026, 1, 1), (2026, 12, 31), (2028, 2, 29)])
def test_first_visit_shows_an_example_that_adds_up(day):
    page = queries.dashboard(UserFactory(), at=noon(*day))

    (card,) = page.example
    assert (card.code, card.ring.counted_text, card.validity) == ("MLS(ASCP)", "24", Validity.ACTIVE)
    assert card.next_sentence.startswith("You still need 12 points:")
    assert (card.progress_url, card.next_url) == ("", "")


def test_whoever_has_a_record_needs_no_example(cycle):
    assert queries.dashboard(HolderUserFactory(holder=cycle.holder), at=noon(2026, 3, 1)).example == ()


def test_record_without_a_credential_explains_itself(client):
    client.force_login(HolderUserFactory())

    page = client.get(reverse("account:dashboard")).content.decode()

    assert "The Board has your record, but no credential in it yet." in page


def test_the_newest_renewals_are_shown_and_lead_to_all(client, cycle):
    for year in range(2000, 2021, 3):
        CycleFactory(
            credential=cycle.credential,
            requirement_set=cycle.requirement_set,
            starts_on=date(year - 3, 4, 1),
            ends_on=date(year, 3, 31),
            shares_frozen_at=noon(year, 3, 1),
            closed_at=noon(year, 3, 1),
        )
    user = HolderUserFactory(holder=cycle.holder)
    client.force_login(user)

    told = queries.dashboard(user, at=noon(2025, 3, 1))

    assert [renewal.text[-4:] for renewal in told.past_renewals] == ["2018", "2015", "2012", "2009", "2006"]
    assert reverse("declarations:transcripts") in client.get(reverse("account:dashboard")).content.decode()


def test_links_of_different_cards_and_alerts_have_different_names(client, cycle):
    another = CycleFactory(holder=cycle.holder)
    CredentialType.objects.filter(pk=another.credential.credential_type_id).update(code="SBB(ASCP)")
    for title in ("One credit", "Another credit"):
        AlertFactory(holder=cycle.holder, title=title, link="/education/credits/")
    client.force_login(HolderUserFactory(holder=cycle.holder))

    page = client.get(reverse("account:dashboard")).content.decode()

    main = re.sub(r"<[^a/][^>]*>|</(?!a>)[^>]*>", "", page[page.index("<main") : page.index("</main>")])
    names = [" ".join(name.split()) for name in re.findall(r"<a [^>]*>([^<]*)</a>", main)]
    assert {name: names.count(name) for name in names if names.count(name) > 1} == {}
    assert "See more: One credit" in names
