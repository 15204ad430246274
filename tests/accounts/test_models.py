import pytest

from accounts.models import User
from tests.constraint_violations import Break, copy, each, refused, run, same, tries, update
from tests.factories import (
    AlertFactory,
    CalendarFeedFactory,
    ChangeDocumentFactory,
    ChangeFactory,
    CorrespondenceFactory,
    DigestFactory,
    HolderFactory,
    HolderUserFactory,
    JobRunFactory,
    LetterFactory,
    PreferenceFactory,
    StaffIdentityFactory,
    UserFactory,
)


def addressed():
    return LetterFactory(kind="address_changed")


BREAKS = [
    Break("accounts_holder_customer_number_key", HolderFactory, same("customer_number"), "customer_number = 'X1'"),
    Break("holder_has_customer_number", HolderFactory, "customer_number = ''", "customer_number = '1'"),
    Break("holder_birth_month_is_a_month", HolderFactory, "birth_month = 13", "birth_month = 12"),
    Break("accounts_user_email_key", UserFactory, same("email"), "email = 'another@example.org'"),
    Break(
        "user_email_unique_whatever_case",
        UserFactory,
        "email = (SELECT upper(o.email) FROM {table} o WHERE o.{pk} <> t.{pk})",
        "email = upper(email)",
    ),
    Break("accounts_user_holder_id_key", HolderUserFactory, same("holder_id"), "holder_id = NULL"),
    Break("user_roles_are_known", UserFactory, "roles = '{{pilot}}'", "roles = '{{reviewer, auditor}}'"),
    Break("staff_identity_is_of_one_user", StaffIdentityFactory, same("issuer", "subject"), same("issuer")),
    Break("staff_identity_has_a_subject", StaffIdentityFactory, "subject = ''", "subject = 'a'"),
    Break("accounts_staffidentity_user_id_key", StaffIdentityFactory, same("user_id"), "user_id = user_id"),
    Break("alert_told_once", AlertFactory, same("holder_id", "key"), same("holder_id")),
    Break("alert_kind_is_known", AlertFactory, "kind = 'gossip'", "kind = 'renewed'"),
    Break(
        "alert_sent_or_failed",
        AlertFactory,
        "emailed_at = created_at, failed_at = created_at",
        "failed_at = created_at",
    ),
    Break(
        "alert_withdrawn_for_a_known_reason",
        AlertFactory,
        "withdrawn_because = 'declared'",
        "withdrawn_because = 'declared', withdrawn_at = created_at",
    ),
    Break("digest_once_a_day", DigestFactory, same("holder_id", "day"), same("day")),
    Break("digest_sent_or_failed", DigestFactory, "emailed_at = now(), failed_at = now()", "emailed_at = now()"),
    Break(
        "correspondence_unreachable_since",
        CorrespondenceFactory,
        "unreachable_email = 'gone@example.org'",
        "unreachable_email = 'gone@example.org', unreachable_at = now()",
    ),
    Break("preference_channel_is_known", PreferenceFactory, "channel = 'pigeon'", "channel = 'daily'"),
    Break("preference_some_mail_stays", PreferenceFactory, "kind = 'expired'", "kind = 'renewed'"),
    Break(
        "preference_some_mail_is_urgent",
        PreferenceFactory,
        "kind = 'security', channel = 'daily'",
        "kind = 'security', channel = 'at_once'",
    ),
    Break("preference_once_per_kind", PreferenceFactory, same("holder_id", "kind"), same("kind")),
    Break("preference_kind_is_known", PreferenceFactory, "kind = 'gossip'", "kind = 'renewed'"),
    Break(
        "accounts_calendarfeed_holder_id_key",
        CalendarFeedFactory,
        same("holder_id"),
        "uuid = gen_random_uuid()",
    ),
    Break("accounts_calendarfeed_uuid_key", CalendarFeedFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break(
        "job_run_reports_after_start",
        JobRunFactory,
        "reported_at = started_at - interval '1 millisecond'",
        "reported_at = started_at",
    ),
    Break(
        "job_run_ends_after_start",
        JobRunFactory,
        "ended_at = started_at - interval '1 millisecond'",
        "ended_at = started_at",
    ),
    Break("accounts_letter_uuid_key", LetterFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break("letter_kind_is_known", LetterFactory, "kind = 'gossip'", "kind = 'address_changed'"),
    Break("letter_has_an_address", LetterFactory, "email = ''", "email = 'a@example.org'"),
    Break("letter_accepted_is_an_invitation", addressed, "accepted_at = written_at", "emailed_at = written_at"),
    Break("letter_is_sent_or_withdrawn", addressed, "emailed_at = now(), withdrawn_at = now()", "withdrawn_at = now()"),
    Break("letter_sent_or_failed", addressed, "emailed_at = now(), failed_at = now()", "emailed_at = now()"),
    Break(
        "letter_one_waiting_invitation",
        LetterFactory,
        same("holder_id"),
        "(holder_id, emailed_at) = (SELECT o.holder_id, now() FROM {table} o WHERE o.{pk} <> t.{pk})",
    ),
    Break("accounts_change_uuid_key", ChangeFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break(
        "change_state_is_known",
        ChangeFactory,
        "state = 'odd', decided_at = requested_at, decided_by_id = requested_by_id",
        "state = 'withdrawn', decided_at = requested_at, decided_by_id = requested_by_id",
    ),
    Break("change_says_what_is_wanted", ChangeFactory, "last_name = ''", "first_name = ''"),
    Break("change_decision_says_who_and_when", ChangeFactory, "decided_at = requested_at", "words = 'x'"),
    Break(
        "change_decision_says_why",
        ChangeFactory,
        "state = 'granted', decided_at = requested_at, decided_by_id = requested_by_id",
        "state = 'granted', decided_at = requested_at, decided_by_id = requested_by_id, note = 'x'",
    ),
    Break("change_one_open_per_kind", ChangeFactory, same("holder_id"), "words = 'x'"),
    Break("accounts_changedocument_uuid_key", ChangeDocumentFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break("change_document_digest_is_sha256", ChangeDocumentFactory, "sha256 = 'x'", "sha256 = repeat('a', 64)"),
    Break("change_document_not_empty", ChangeDocumentFactory, "size = 0", "size = 1"),
    Break(
        "change_document_condition_is_known",
        ChangeDocumentFactory,
        "condition = 'odd', checked_at = now()",
        "condition = 'fine', checked_at = now()",
    ),
    Break("change_document_condition_says_when", ChangeDocumentFactory, "checked_at = now()", "name = 'x'"),
]


@each(BREAKS)
def test_constraint_refuses(db, case):
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)


@each(BREAKS)
def test_constraint_accepts_the_nearest_legal_value(db, case):
    row = case.row()

    assert update(row, case.accepted) == 1


@tries("change_document_kept_once")
def test_document_is_kept_once_with_its_change(db):
    document = ChangeDocumentFactory()

    with refused("change_document_kept_once"):
        copy(document)
    assert copy(document, sha256="a" * 64) == 1


@tries("ChangeDocument.follows_its_change")
def test_document_is_of_the_holder_of_its_change(db):
    document = ChangeDocumentFactory()

    with refused("document and change have different holders"):
        update(document, f"holder_id = {HolderFactory().pk}")


@tries("Change.is_decided_once")
def test_change_is_decided_once(db):
    change = ChangeFactory(declined=True)

    with refused("pgtrigger: Cannot update rows from accounts_change table"):
        update(change, "note = 'x'")


@tries("Change.never_truncated", "ChangeDocument.never_truncated", "Letter.never_truncated")
@pytest.mark.parametrize("table", ["change", "changedocument", "letter"])
def test_requests_and_letters_are_never_truncated(db, table):
    with refused("this table is never truncated"):
        run(f"TRUNCATE accounts_{table} CASCADE")


@tries("StaffIdentity.never_truncated")
def test_identities_of_staff_are_never_truncated(db):
    with refused("this table is never truncated"):
        run("TRUNCATE accounts_staffidentity CASCADE")


def test_create_user_keeps_the_address_in_lower_case(db):
    user = User.objects.create_user("Amara.Okafor@Example.ORG")

    assert (user.email, user.has_usable_password()) == ("amara.okafor@example.org", False)


def test_superuser_may_enter_the_back_office(db):
    user = User.objects.create_superuser("registrar@example.org", "x" * 20)

    assert (user.is_staff, user.may("review"), user.may("audit")) == (True, True, False)


def test_inactive_user_may_nothing(db):
    user = UserFactory(roles=["administrator"], is_active=False)

    assert (user.may("administer"), user.is_staff) == (False, False)


def test_claiming_a_record_makes_a_holder(db):
    user = HolderUserFactory()

    assert (user.all_roles, user.may("declare")) == ({"holder"}, True)
