"""What is erased with the account, with the record, and after its retention period; nothing else, and only once."""

from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Holder, User
from cmp_portal.export import export_file
from cmp_portal.privacy.erasing import GONE, Depth, StillNeeded, erase, keeps_until
from declarations.enums import State
from declarations.queries import verification_of
from education.models import Credit, Evidence
from tests.access.world import record
from tests.cmp_portal.privacy.searching import columns_with
from tests.declarations.reviews import submitted
from tests.factories import (
    AlertFactory,
    CalendarFeedFactory,
    ClaimFactory,
    ColleagueFactory,
    CredentialFactory,
    CycleFactory,
    FeeFactory,
    HolderFactory,
    HolderUserFactory,
    IntakeRowFactory,
    LetterFactory,
    PaymentFactory,
    ProofFactory,
    RefundFactory,
    ShareLinkFactory,
    UserFactory,
    in_state,
)
from tests.full_record import known_holder

pytestmark = pytest.mark.django_db
MARK = "zyxmara"
PASSWORD = "correct-horse-battery-staple"


@pytest.fixture
def holder(now):
    """Everything that can be marked is."""
    person = {"first_name": f"{MARK}-first", "last_name": f"{MARK}-last", "customer_number": MARK, "birth_month": 7}
    holder = known_holder(**person, email=f"{MARK}@example.org")
    user = holder.user
    user.email = f"login-{MARK}@example.org"
    user.save()
    EmailAddress.objects.filter(user=user).update(email=user.email)
    AlertFactory(holder=holder, title=f"{MARK} alert")
    LetterFactory(holder=holder, email=holder.email)
    CalendarFeedFactory(holder=holder)
    ClaimFactory(user=user)
    IntakeRowFactory(record={"customer_number": MARK, "last_name": f"{MARK}-last"})
    ColleagueFactory(colleague=holder, note=f"{MARK} shares a desk")
    of_holder = ContentType.objects.get_for_model(Holder)
    LogEntry.objects.create(
        user=UserFactory(),
        content_type=of_holder,
        object_id=str(holder.pk),
        object_repr=str(holder),
        action_flag=CHANGE,
    )
    Evidence.objects.filter(holder=holder, credit__isnull=False).update(name=f"{MARK}.pdf")
    return holder


@pytest.fixture
def renewed(holder):
    """The holder once more, with what came of a renewal and its fee."""
    proof = ProofFactory(holder=holder)
    ShareLinkFactory(credential=proof.cycle.credential, note=f"{MARK} hospital")
    payment = PaymentFactory(
        fee=FeeFactory(declaration=proof.declaration, paid=True), reference=f"cheque of {MARK}", note=MARK
    )
    RefundFactory(payment=payment, reason=f"{MARK} paid twice.")
    return holder


def marked():
    return columns_with(MARK)


REGISTER = {
    f"accounts_holder{event}.{column}"
    for event in ("", "event")
    for column in ("customer_number", "first_name", "last_name")
}
ON_FILE = {"accounts_holder.email", "accounts_holderevent.email"}


def test_the_mark_is_found_where_it_was_planted(renewed):
    assert {
        "accounts_user.email",
        "accounts_userevent.email",
        "education_evidence.name",
        "declarations_proof.content",
        "declarations_sharelink.note",
        "declarations_payment.reference",
        "declarations_refund.reason",
        *REGISTER,
        *ON_FILE,
    } <= marked()


def test_with_the_account_the_login_goes(holder):
    erase(holder, Depth.CLOSED)

    left = marked()
    assert [one for one in left if one.startswith(("accounts_user", "account_", "mfa_", "usersessions_"))] == []
    assert left >= REGISTER | ON_FILE


def test_a_closed_login_lets_nobody_in(client, holder):
    client.force_login(holder.user)
    erase(holder, Depth.CLOSED)

    assert client.get(reverse("account:dashboard")).status_code == 302
    assert (
        client.post(reverse("account_login"), {"login": f"login-{MARK}@example.org", "password": PASSWORD}).status_code
        == 200
    )
    assert not User.objects.filter(holder=holder).exists()


def test_whoever_closed_an_account_may_come_back(holder):
    erase(holder, Depth.CLOSED)

    again = HolderUserFactory(holder=holder, email=f"login-{MARK}@example.org")
    assert Holder.objects.get(user=again) == holder


def test_with_the_record_goes_what_no_declaration_needs(holder):
    signed = set(holder.declarations.get().declared.values_list("content__credit", flat=True))

    erase(holder, Depth.ERASED)

    assert {str(one) for one in Credit.objects.filter(holder=holder).values_list("uuid", flat=True)} == signed
    assert not ON_FILE & marked()
    assert marked() >= REGISTER


def test_what_was_signed_stays_as_it_was_signed(holder):
    number = holder.declarations.get().number
    assert verification_of(number).differences == ()

    erase(holder, Depth.FORGOTTEN)

    assert verification_of(number).differences == ()


def test_when_its_time_is_over_nothing_says_who_it_was(renewed, holder):
    erase(holder, Depth.FORGOTTEN)

    assert marked() == set()


@pytest.mark.parametrize("depth", Depth)
def test_a_second_time_there_is_nothing_to_erase(holder, depth):
    assert sum(erase(holder, depth).values()) > 0
    assert dict(erase(holder, depth)) == {}


@pytest.mark.parametrize("name", [f"Ann Other (9{MARK})", f"Ann Other ({MARK}-2)", f"my.login-{MARK}@example.org"])
def test_what_was_done_to_a_longer_name_stays_in_the_log(holder, name):
    other = LogEntry.objects.create(
        user=UserFactory(), content_type=ContentType.objects.get_for_model(Holder), object_repr=name, action_flag=CHANGE
    )

    erase(holder, Depth.FORGOTTEN)

    other.refresh_from_db()
    assert other.object_repr == name


@pytest.mark.parametrize("named", ["{}", "Claimed by {}.", "{} at https://login.example.org"])
def test_wherever_the_log_names_the_login_it_is_emptied(holder, named):
    of_login = ContentType.objects.get_for_model(User)
    entry = LogEntry.objects.create(
        user=UserFactory(), content_type=of_login, object_repr=named.format(holder.user.email), action_flag=CHANGE
    )

    erase(holder, Depth.CLOSED)

    entry.refresh_from_db()
    assert entry.object_repr == GONE


@pytest.mark.parametrize("depth", Depth)
def test_nobody_else_loses_anything(holder, now, depth):
    other = HolderUserFactory().holder
    record(other)
    before = "".join(export_file(other, at=now))

    erase(holder, depth)

    assert "".join(export_file(other, at=now)) == before


@pytest.mark.parametrize("depth", Depth)
def test_questions_do_not_grow_with_what_there_is(holder, django_assert_max_num_queries, depth):
    with django_assert_max_num_queries(160):
        erase(holder, depth)


def test_files_go_when_it_is_for_good(holder, django_capture_on_commit_callbacks):
    signed = holder.declarations.get().declared.values_list("content__credit", flat=True)
    spare = Evidence.objects.filter(holder=holder, credit__isnull=False).exclude(credit__uuid__in=list(signed)).first()
    storage, name = spare.file.storage, spare.file.name

    with django_capture_on_commit_callbacks(execute=True):
        erase(holder, Depth.ERASED)
        assert storage.exists(name)

    assert not storage.exists(name)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.UNDER_AUDIT, State.RETURNED, State.ELIGIBLE, State.APPEALED])
@pytest.mark.parametrize("depth", Depth)
def test_what_is_under_way_keeps_everything(now, state, depth):
    declaration = submitted()
    in_state(declaration, state)

    with pytest.raises(StillNeeded, match=declaration.number):
        erase(declaration.holder, depth)

    assert User.objects.filter(holder=declaration.holder).exists()


# --- How long -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("years", "until"),
    [pytest.param(None, None, id="no period"), pytest.param(7, date(2033, 3, 31), id="seven years")],
)
def test_record_is_kept_since_the_last_end(now, settings, years, until):
    settings.RECORD_RETENTION_YEARS = years
    cycle = CycleFactory(mls=True, starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))

    assert keeps_until(cycle.holder) == until


def test_what_has_no_end_is_kept_for_good(now, settings):
    settings.RECORD_RETENTION_YEARS = 7
    cycle = CycleFactory(mls=True)
    cycle.delete()

    assert keeps_until(cycle.holder) is None


def test_end_that_stands_for_none_is_kept_until_the_last_date_there_is(now, settings):
    settings.RECORD_RETENTION_YEARS = 7
    cycle = CycleFactory(mls=True, starts_on=date(2023, 4, 1), ends_on=date.max)

    assert keeps_until(cycle.holder) == date.max


def test_who_was_granted_nothing_is_kept_for_nothing(now, settings):
    settings.RECORD_RETENTION_YEARS = 7

    assert keeps_until(HolderFactory()) == date.min


# --- By an operator -------------------------------------------------------------------------------------------------


def test_command_says_what_it_did(holder, capsys):
    call_command("erase_holder", MARK)

    said = capsys.readouterr().out.splitlines()
    assert "Credit: 3" in said
    assert said[-1].endswith("were erased; the record is kept: RECORD_RETENTION_YEARS is not set")
    assert not ON_FILE & marked()


def test_command_says_that_a_lifetime_credential_keeps_the_record(holder, settings, capsys):
    settings.RECORD_RETENTION_YEARS = 7
    CredentialFactory(holder=holder)

    call_command("erase_holder", MARK)

    assert capsys.readouterr().out.splitlines()[-1].endswith("were erased; the record is kept: a credential has no end")


def test_dry_run_says_the_same_and_does_nothing(holder, capsys):
    before = marked()
    call_command("erase_holder", MARK, "--dry-run")
    assert marked() == before
    would = capsys.readouterr().out

    call_command("erase_holder", MARK)
    assert capsys.readouterr().out == would.replace("would be erased", "were erased")


def test_command_forgets_whose_time_is_over(holder, settings, capsys):
    settings.RECORD_RETENTION_YEARS = 0
    holder.cycles.update(ends_on=date(2026, 3, 1))

    call_command("erase_holder", MARK)

    assert marked() == set()


@pytest.mark.parametrize(("number", "code"), [("0", 2), ("", 2)])
def test_command_knows_whom_it_does_not_know(db, number, code):
    with pytest.raises(CommandError) as refusal:
        call_command("erase_holder", number)

    assert refusal.value.returncode == code


def test_command_refuses_while_something_is_under_way(now):
    declaration = submitted()

    with pytest.raises(CommandError, match=declaration.number) as refusal:
        call_command("erase_holder", declaration.holder.customer_number)

    assert refusal.value.returncode == 1
