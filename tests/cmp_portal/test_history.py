"""The history of a holder's record: what is shown, attributed to whom, in which order, and what is withheld."""

from datetime import date

import pghistory
import pytest
from django.urls import reverse

from accounts import actions
from accounts.enums import Role
from accounts.models import Holder, User
from cmp_portal import trail
from cmp_portal.history import SHOWN, TITLES, history_page, line_of
from cmp_portal.trail import SOURCES, Place, entries_of
from credentials import actions as claims
from credentials.enums import ClaimState
from declarations import actions as declarations
from tests.factories import (
    ChangeFactory,
    ClaimFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    DisputeFactory,
    HolderFactory,
    HolderUserFactory,
    SynchronisationRequestFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
URL = "account:history"


@pytest.fixture
def user(now):
    return HolderUserFactory(holder__first_name="Mara", holder__last_name="Holder", holder__email="old@example.org")


@pytest.fixture
def holder(user):
    return user.holder


@pytest.fixture
def registrar():
    return UserFactory(roles=[Role.REGISTRAR], email="staff@example.org")


def lines(holder, **asked):
    return history_page(holder, **asked).lines


def titles(holder, **asked):
    return [line.title for line in lines(holder, **asked)]


def told(holder, source):
    """What one table tells, newest first: a test is one moment, in which tables come as they are listed."""
    return [line_of(entry) for entry in entries_of(holder.pk, limit=100) if entry.source == source]


def rename(holder, by, name="Lind"):
    with pghistory.context(user=by.pk if by else None):
        Holder.objects.filter(pk=holder.pk).update(last_name=name)


# --- Who --------------------------------------------------------------------------------------------------------------


def test_staff_are_named_by_role(holder, registrar):
    rename(holder, registrar)

    line = told(holder, "holder")[0]
    assert (line.title, line.who, line.detail) == ("Your record was changed", "The Board", "Registrar")
    assert [(change.label, change.old, change.new) for change in line.changes] == [("Last name", "Holder", "Lind")]


def test_staff_are_named_by_address_where_a_setting_says_so(holder, registrar, settings):
    settings.NAME_STAFF_TO_HOLDERS = True
    rename(holder, registrar)

    assert told(holder, "holder")[0].detail == "staff@example.org (Registrar)"


def test_own_changes_the_systems_and_others_are_told_apart(holder, user, registrar):
    stranger = UserFactory()
    for number, by in enumerate((user, None, stranger, registrar)):
        rename(holder, by, f"Name{number}")

    assert [line.who for line in told(holder, "holder")[:4]] == [
        "The Board",
        "Another account",
        "Automatic",
        "You",
    ]


def test_login_that_was_linked_by_mistake_is_another_login(holder, user):
    rename(holder, user)
    User.objects.filter(pk=user.pk).update(holder=None)

    assert told(holder, "holder")[0].who == "Another account"


@pytest.mark.parametrize(("who", "name"), [("board", "Name3"), ("you", "Name0"), ("other", "Name2")])
def test_list_of_one_of_them_alone(holder, user, registrar, who, name):
    for number, by in enumerate((user, None, UserFactory(), registrar)):
        rename(holder, by, f"Name{number}")

    assert [[change.new for change in line.changes] for line in lines(holder, who=who)] == [[name]]


def test_request_of_a_browser_is_its_users(client, holder, registrar):
    client.force_login(registrar)
    change = ChangeFactory(holder=holder, first_name="Mara", last_name="Lind")

    address = reverse("admin:accounts_change_change", args=[change.pk])
    client.post(address, {"decision": "granted", "note": "As the passport shows."})

    found = [(line.title, line.detail, line.text) for line in lines(holder, who="board")]
    assert sorted(found) == [
        ("Name: the change was granted", "Registrar", "As the passport shows."),
        ("Your record was changed", "Registrar", ""),
    ]


# --- What -------------------------------------------------------------------------------------------------------------


def test_credit_is_told_with_its_points(holder):
    credit = CreditFactory(holder=holder, title="Troponin")
    type(credit).objects.filter(pk=credit.pk).update(points="1.5")

    first, second = told(holder, "credit")
    assert (first.title, second.title) == ("“Troponin” was changed", "“Troponin” was entered")
    assert [(change.label, change.old, change.new) for change in first.changes] == [("Points", "2", "1.5")]


def test_withdrawn_credit_is_told_so(holder, now):
    credit = CreditFactory(holder=holder, title="Troponin")
    for moment in (now, None):
        type(credit).objects.filter(pk=credit.pk).update(withdrawn_at=moment)

    assert [line.title for line in told(holder, "credit")[:2]] == [
        "“Troponin” was restored",
        "“Troponin” was withdrawn",
    ]


def test_cycle_and_certificate_are_told(holder):
    cycle = CycleFactory(holder=holder, ends_on=date(2027, 3, 31))
    type(cycle).objects.filter(pk=cycle.pk).update(ends_on=date(2026, 12, 31))

    found = titles(holder)
    assert "The cycle ending 31 December 2026 was changed" in found
    assert "A cycle ending 31 March 2027 was entered" in found
    assert f"Certificate {cycle.credential.certificate_number} was entered" in found


def test_closed_cycle_is_told_so(holder, now):
    cycle = CycleFactory(holder=holder, ends_on=date(2027, 3, 31))
    type(cycle).objects.filter(pk=cycle.pk).update(closed_at=now, shares_frozen_at=now)

    assert told(holder, "cycle")[0].title == "The cycle ending 31 March 2027 was closed"


def test_login_that_comes_and_goes_is_told(holder, user):
    User.objects.filter(pk=user.pk).update(holder=None)

    assert [line.title for line in told(holder, "login")] == [
        "An account was unlinked from your record",
        "An account was linked to your record",
    ]


@pytest.mark.parametrize(
    ("changed", "title"),
    [
        ({"email": "x@example.org"}, "The main email address of your account was changed"),
        ({"is_active": False}, "Your account was deactivated"),
        ({"roles": ["reviewer"]}, "The roles of your account were changed"),
    ],
)
def test_change_of_a_login_is_told_without_its_address(holder, user, changed, title):
    User.objects.filter(pk=user.pk).update(**changed)

    line = told(holder, "login")[0]
    assert (line.title, line.changes) == (title, ())


def test_login_is_nobodys_business_after_it_was_unlinked(holder, user):
    User.objects.filter(pk=user.pk).update(holder=None)
    before = titles(holder)

    User.objects.filter(pk=user.pk).update(email="elsewhere@example.org")

    assert titles(holder) == before


def test_claims_are_told_as_they_are_decided(holder, registrar, now):
    contested = ClaimFactory(holder=holder, state=ClaimState.CONTESTED)
    claims.turn_down(claim=contested, by=registrar, at=now, note="Another person.")

    assert [(line.title, line.text) for line in told(holder, "claim")] == [
        ("A claim to your record was turned down", ""),
        ("Another account claimed your record", ""),
    ]


def test_moves_of_a_declaration_are_told_without_private_words(holder, now):
    declaration = DeclarationFactory(cycle=CycleFactory(holder=holder, ending=True), state="submitted")
    reviewer = UserFactory(roles=[Role.REVIEWER])
    declarations.send_back(declaration=declaration, by=reviewer, at=now, note="See the day.")

    line = told(holder, "declaration")[0]
    assert (line.title, line.detail, line.text) == (
        f"Declaration {declaration.number} is now “Returned”",
        "Reviewer",
        "See the day.",
    )
    assert "private" not in trail.SQL


@pytest.mark.parametrize(
    ("make", "title"),
    [
        (lambda holder: DisputeFactory(holder=holder, raised_by=holder.user), "A credit was disputed"),
        (SynchronisationRequestFactory, "A request was made to end all cycles on the same day"),
        (ChangeFactory, "Name: a change was requested"),
    ],
)
def test_requests_are_told(holder, make, title):
    make(holder=holder)

    assert title in titles(holder)


def test_deleted_row_is_told_as_deleted(holder):
    credit = CreditFactory(holder=holder, title="Troponin")

    credit.delete()

    assert told(holder, "credit")[0].title == "“Troponin” was deleted"


def test_change_of_what_is_not_told_is_no_entry(holder, user):
    before = len(entries_of(holder.pk, limit=50))

    user.set_password("a rather different pass phrase")
    user.has_long_password = False
    user.save()

    assert len(entries_of(holder.pk, limit=50)) == before


def test_record_of_another_is_not_told(holder):
    CreditFactory(title="Of somebody else")
    rename(HolderFactory(), None)

    assert titles(holder) == ["An account was linked to your record", "Your record was created"]


def test_every_source_has_words():
    assert TITLES.keys() == SOURCES.keys()


# --- The list ---------------------------------------------------------------------------------------------------------


def test_pages_go_on_where_the_last_one_ended(holder):
    for number in range(2 * SHOWN):
        rename(holder, None, f"Name{number}")
    everything = entries_of(holder.pk, limit=1000)

    first = entries_of(holder.pk, limit=SHOWN)
    second = entries_of(holder.pk, before=first[-1].place, limit=SHOWN)
    third = entries_of(holder.pk, before=second[-1].place, limit=SHOWN)

    assert first + second + third == everything and len(everything) == 2 * SHOWN + 2


def test_page_links_to_older_and_newest(holder):
    for number in range(SHOWN):
        rename(holder, None, f"Name{number}")

    first = history_page(holder, who="")
    second = history_page(holder, before=first.older_url.partition("before=")[2])

    assert (first.newest_url, bool(first.older_url)) == ("", True)
    assert (second.newest_url, second.older_url, len(second.lines)) == (reverse(URL), "", 2)


BAD = ["", "x", "1-2", "1-2-x", "-1-2-3", "9" * 16 + "-1-1", "1-99-1", "²-1-1", "1-1-" + "9" * 30]


@pytest.mark.parametrize("text", BAD)
def test_address_that_makes_no_sense_is_no_error(client, user, text):
    client.force_login(user)

    assert client.get(reverse(URL), {"before": text, "who": text}).status_code == 200


def test_place_is_read_as_it_was_written(holder):
    place = entries_of(holder.pk, limit=1)[0].place

    assert Place.read(str(place)) == place


@pytest.mark.parametrize("count", [0, 1, 30])
def test_page_asks_as_many_questions_whatever_its_length(client, user, holder, django_assert_num_queries, count):
    for number in range(count):
        rename(holder, None, f"Name{number}")
    client.force_login(user)

    with django_assert_num_queries(3):
        client.get(reverse(URL))


def test_decided_address_change_names_old_and_new(holder, registrar, now):
    change = ChangeFactory(holder=holder, address=True)

    actions.grant_change(change=change, by=registrar, at=now, note="Fine.")

    changes = [change for line in lines(holder) for change in line.changes]
    assert ("Address on file", "old@example.org", "new@example.org") in [(c.label, c.old, c.new) for c in changes]


@pytest.mark.django_db(transaction=True)
def test_who_has_left_the_staff_since_was_the_board_then(now):
    holder, registrar = HolderFactory(), UserFactory(roles=[Role.REGISTRAR])
    rename(holder, registrar)

    User.objects.filter(pk=registrar.pk).update(roles=[])

    line = told(holder, "holder")[0]
    assert (line.who, line.detail) == ("The Board", "Registrar")
