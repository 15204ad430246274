from accounts.models import User
from tests.breaking import Break, each, refused, same, update
from tests.factories import (
    AlertFactory,
    CalendarFeedFactory,
    CorrespondenceFactory,
    DigestFactory,
    HolderFactory,
    HolderUserFactory,
    JobRunFactory,
    PreferenceFactory,
    UserFactory,
)

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
        "job_run_ends_after_start",
        JobRunFactory,
        "ended_at = started_at - interval '1 millisecond'",
        "ended_at = started_at",
    ),
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
