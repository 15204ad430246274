from contextlib import closing
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Correspondence, User
from cmp_portal.lib import versions
from credentials.models import Credential, RequirementSet, Subject
from education.models import Credit
from tests import factories
from tests.access.world import record
from tests.factories import (
    AlertFactory,
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
)
from tests.fixtures import NOON
from tests.world import build

PAGES = ["account:dashboard", "education:progress"]
# What neither page shows, with its reason.
APART = {
    "accounts.CalendarFeed": "on the page of the calendar",
    "accounts.Change": "on the page of one's own record",
    "accounts.ChangeDocument": "on the page of one's own record",
    "accounts.Digest": "a mail",
    "accounts.JobRun": "for operators",
    "accounts.Letter": "a mail",
    "accounts.Preference": "on the page of preferences",
    "accounts.StaffIdentity": "asked for at each log-in",
    "credentials.Area": "inside a requirement set, whose stamp moves with it",
    "credentials.Rule": "inside a requirement set, whose stamp moves with it",
    "credentials.Claim": "who may see a record at all is told by the user's row",
    "credentials.SynchronisationRequest": "on the page that synchronises",
    "credentials.HoldDecision": "behind a hold, which the credential itself carries",
    "declarations.Checkout": "on the page of a fee, which neither page shows",
    "declarations.FeeFamily": "on the page that is signed",
    "declarations.FeeRate": "on the page that is signed",
    "declarations.Payment": "inside a fee, whose state moves with it",
    "declarations.PaymentEvent": "for the Board",
    "declarations.Refund": "inside a fee",
    "declarations.Hidden": "for whoever verifies",
    "declarations.Note": "for the Board's reviewers",
    "declarations.Proof": "on the page of letters and certificates",
    "declarations.Ruling": "inside a declaration",
    "declarations.ShareLink": "on the page of what is shared",
    "declarations.Waiting": "for the Board's reviewers",
    "declarations.AtWork": "for the Board's reviewers",
    "declarations.Badge": "inside a proof",
    "declarations.Print": "on the page that verifies",
    "declarations.Seal": "inside a declaration",
    "declarations.Terms": "inside a declaration",
    "audits.Colleague": "for the Board",
    "audits.Entry": "for the Board; who is drawn is told by the declaration's state",
    "audits.AuditStep": "inside an audit, whose state moves with it",
    "audits.Finding": "inside an audit",
    "audits.NotAvailable": "inside an audit",
    "audits.Round": "for the Board",
    "audits.Stratum": "for the Board",
    "audits.TypeRate": "for the Board",
    "declarations.Appeal": "inside a declaration, whose state moves with it",
    "declarations.AppealDocument": "inside a declaration, whose state moves with it",
    "declarations.Attestation": "on the page that is signed",
    "declarations.DeclaredCredit": "inside a declaration",
    "declarations.Step": "inside a declaration, whose state moves with it",
    "education.Match": "on the page of credits",
    "education.ApiToken": "for providers and the Board",
    "education.KeyedRequest": "for providers",
    "education.Webhook": "for providers and the Board",
    "education.WebhookAttempt": "for the Board",
    "education.WebhookNotice": "for providers and the Board",
    "education.IntakeBatch": "for the Board",
    "education.IntakeChunk": "for the Board",
    "education.IntakeRow": "for the Board until it is a credit",
}
# What an answer says of itself alone.
OF_ONE_ANSWER = {"X-Request-ID", "Content-Type", "Content-Length"}
ENDS = {
    "the session was ended elsewhere": lambda user: Session.objects.all().delete(),
    "the login was closed": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "the password was changed elsewhere": lambda user: User.objects.filter(pk=user.pk).update(password="another"),
}
OURS = ("accounts", "credentials", "education", "declarations", "audits")


@pytest.fixture(autouse=True)
def _release_is_read_again():
    versions.release.cache_clear()
    yield
    versions.release.cache_clear()


@pytest.fixture
def user(transactional_db, now):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    AllocationFactory(cycle=cycle, credit__subjects=["chemistry"])
    return HolderUserFactory(holder=cycle.holder)


@pytest.fixture
def visit(user):
    """Opens a page as the holder's browser does that has kept it."""
    client = Client()
    client.force_login(user)
    kept: dict[str, str] = {}

    def open_page(name="account:dashboard", **also):
        headers = {"If-None-Match": kept[name]} if name in kept else {}
        answer = client.get(reverse(name), headers=headers | also)
        kept[name] = answer.headers.get("ETag", "")
        return answer

    open_page.client = client
    return open_page


def touch(model, pk):
    """A row written again, as any change writes it."""
    name = model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE {model._meta.db_table} SET {name} = {name} WHERE {name} = %s", [pk])
        cursor.execute("RESET session_replication_role")


def changed(**values):
    """A row that is counted in its history has to be changed, and its history kept."""
    return lambda model, pk: model.objects.filter(pk=pk).update(**values)


# How a row of a table is changed whose rows are counted instead of marked.
CHANGES = {"education.Credit": changed(title="Another title"), "education.Allocation": changed(created_at=NOON)}


@pytest.mark.parametrize("page", PAGES)
def test_unchanged_page_is_not_sent_again(visit, page):
    first = visit(page)

    again = visit(page)

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("page", PAGES)
def test_page_with_news_is_sent(visit, user, page):
    visit(page)
    CreditFactory(holder=user.holder, subjects=["chemistry"])
    AlertFactory(holder=user.holder)

    assert visit(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_page_of_another_holder_changes_nothing(visit, page):
    stranger = HolderUserFactory()
    visit(page)  # what the factories add to the reference data is everybody's
    AlertFactory(holder=stranger.holder)

    assert visit(page).status_code == 304


def test_every_table_of_a_holder_counts(user):
    made = [getattr(factories, name) for name in factories.__all__ if name.endswith("Factory")]
    tables = {model: column for model, column in versions._tables_of_a_holder()}
    rows = {make._meta.model: make() for make in made if make._meta.model in tables}
    missed = []
    for model, row in rows.items():
        holder = getattr(row, "holder_id", None) if tables[model] != "id" else row.pk
        if holder is None:  # a sign-in without a record
            continue
        known = User.objects.filter(holder=holder).first() or HolderUserFactory(holder_id=holder)
        before = versions.marks(known.pk)
        change = CHANGES.get(model._meta.label, touch)
        change(model, row.pk)
        if not before or versions.marks(known.pk) == before:
            missed.append(model.__name__)

    assert (missed, set(tables) - set(rows)) == ([], set())


@pytest.mark.parametrize("name", versions.REFERENCE)
def test_reference_data_counts(user, name):
    model = apps.get_model(name)
    row = model.objects.first() or getattr(factories, f"{model.__name__}Factory")()
    before = versions.marks(user.pk)
    touch(model, row.pk)

    assert versions.marks(user.pk) != before


@pytest.mark.parametrize("part", ["areas", "rules"])
def test_part_of_a_requirement_set_counts_by_the_stamp_of_the_set(user, part):
    rows = getattr(RequirementSet.objects.filter(frozen_at=None).exclude(**{part: None}).first(), part)
    before = versions.marks(user.pk)
    rows.update(title="Another title")

    assert versions.marks(user.pk) != before


def test_row_that_is_gone_counts(user):
    alert = AlertFactory(holder=user.holder)
    before = versions.marks(user.pk)
    alert.delete()

    assert versions.marks(user.pk) != before


@pytest.mark.parametrize("name, history", versions.COUNTED.items())
def test_history_that_is_counted_keeps_every_column(name, history):
    columns = {field.column for field in apps.get_model(name)._meta.concrete_fields}

    assert columns <= {field.column for field in apps.get_model(history)._meta.concrete_fields}


def test_credit_that_is_given_to_another_counts_with_both(user):
    credit, other = CreditFactory(holder=user.holder), HolderUserFactory()
    before = versions.marks(user.pk), versions.marks(other.pk)
    Credit.objects.filter(pk=credit.pk).update(holder=other.holder)

    assert [was == versions.marks(each.pk) for was, each in zip(before, (user, other), strict=True)] == [False, False]


def test_credit_that_goes_as_another_comes_counts(user):
    credit = CreditFactory(holder=user.holder)
    before = versions.marks(user.pk)
    credit.delete()
    CreditFactory(holder=user.holder)

    assert versions.marks(user.pk) != before


def test_change_that_began_before_another_and_ended_after_it_counts(user):
    """Its row of history has the lower number, so that the newest row alone would not tell of it."""
    late, early = CreditFactory.create_batch(2, holder=user.holder)
    change = "UPDATE education_credit SET title = 'Changed' WHERE id = %s"
    with closing(connection.copy()) as slow:
        slow.set_autocommit(False)
        slow.cursor().execute(change, [late.pk])
        connection.cursor().execute(change, [early.pk])
        before = versions.marks(user.pk)
        slow.commit()

    assert versions.marks(user.pk) != before


def test_every_model_is_watched_or_apart():
    """A new table without a holder has to say whether it is shown."""
    watched = {model._meta.label for model, _column in versions._tables_of_a_holder()} | set(versions.REFERENCE)
    events = {model._meta.label for model in apps.get_models() if "pgh_id" in {one.name for one in model._meta.fields}}
    ours = {one._meta.label for app in OURS for one in apps.get_app_config(app).get_models() if not one._meta.proxy}

    assert ours - events - watched == set(APART)


def tables_read(page, client):
    """By all questions of a page; a prepared one is looked up by its name."""
    with CaptureQueriesContext(connection) as found:
        assert client.get(page).status_code == 200
        said = " ".join(one["sql"] for one in found.captured_queries)
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, statement FROM pg_prepared_statements")
            said += " ".join(statement for name, statement in cursor.fetchall() if f"EXECUTE {name}" in said)
    return {model._meta.label for model in apps.get_models() if f'"{model._meta.db_table}"' in said}


@pytest.mark.parametrize("fees", [False, True])
def test_no_page_reads_a_table_that_is_left_out(user, client, settings, fees):
    """Neither of whoever has a row of everything, nor of anybody in any stage."""
    settings.FEES = fees
    record(user.holder)
    build(NOON)
    read = set()
    for each in User.objects.exclude(holder=None):
        client.force_login(each)
        credentials = Credential.objects.filter(holder=each.holder).values_list("pk", flat=True)
        progress = [f"{reverse('education:progress')}?credential={pk}" for pk in credentials]
        for page in [reverse("account:dashboard"), *progress]:
            read |= tables_read(page, client)

    assert {"education.Credit", "credentials.Cycle", "declarations.Declaration", "audits.Audit"} <= read
    assert versions.UNREAD & read == set()


def test_the_next_day_is_another_page(visit, user, now, settings):
    settings.SESSION_IDLE_SECONDS = settings.SESSION_COOKIE_AGE = 3 * 24 * 60 * 60
    visit.client.force_login(user)
    visit()
    with time_machine.travel(now.replace(day=11), tick=False):
        assert visit().status_code == 200


def test_other_language_is_another_page(visit, settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Spanish")]
    visit()

    assert visit(**{"Accept-Language": "es"}).status_code == 200


def test_other_settings_are_another_page(visit, settings):
    visit()
    versions.release.cache_clear()
    settings.BOARD_NAME = "Another Board"

    assert visit().status_code == 200


def test_changed_file_is_another_release(tmp_path, settings):
    (tmp_path / "templates").mkdir()
    page = tmp_path / "templates" / "page.html"
    settings.BASE_DIR = tmp_path
    releases = set()
    for text in ("one", "two"):
        page.write_text(text)
        versions.release.cache_clear()
        releases.add(versions.release())

    assert len(releases) == 2


def test_page_with_a_message_has_no_version(visit, user):
    alert = AlertFactory(holder=user.holder)
    visit()
    visit.client.post(reverse("accounts:dismiss_alert", args=[alert.pk]))
    credential = Credential.objects.get(holder=user.holder)
    visit.client.get(f"{reverse('declarations:start')}?credential={credential.pk}")

    answer = visit()

    assert list(get_messages(answer.wsgi_request))
    assert "ETag" not in answer


def test_whoever_has_no_record_gets_the_page_in_full(client, transactional_db):
    client.force_login(UserFactory())

    answer = client.get(reverse("account:dashboard"))

    assert (answer.status_code, "ETag" in answer) == (200, False)


def test_after_another_sign_in_the_page_is_another_one(visit, user):
    visit()
    visit.client.force_login(user)

    assert visit().status_code == 200


def test_version_says_nothing_about_the_holder(visit, user):
    version = visit()["ETag"].strip('"')

    assert len(version) == 32
    assert int(version, 16)


def test_new_subject_reaches_the_pages(visit):
    visit("education:progress")
    Subject.objects.create(code="toxicology", title="Toxicology", position=99)

    assert visit("education:progress").status_code == 200


def begun_by(user, session):
    """What a login by the form leaves beside the session."""
    return UserSession.objects.create(user=user, session_key=session.session_key, ip="127.0.0.1", user_agent="")


def test_unchanged_page_costs_one_question(visit, user, django_assert_num_queries):
    begun_by(user, visit.client.session)
    visit()

    with django_assert_num_queries(1):
        assert visit().status_code == 304


def test_unchanged_page_costs_two_where_nobody_noted_the_login(visit, django_assert_num_queries):
    visit()

    with django_assert_num_queries(2):
        assert visit().status_code == 304


def test_page_is_of_whoever_is_logged_in_whoever_began_the_session(visit, user):
    stranger = HolderUserFactory()
    begun_by(stranger, visit.client.session)
    visit()
    AlertFactory(holder=stranger.holder)
    unchanged = visit().status_code
    AlertFactory(holder=user.holder)

    assert (unchanged, visit().status_code) == (304, 200)


@pytest.mark.parametrize("page", PAGES)
def test_unchanged_page_is_as_guarded_as_the_whole_one(visit, page):
    visit(page)
    whole, unchanged = visit(page, **{"If-None-Match": ""}), visit(page)
    told = [
        {name: sorted(value.split(", ")) for name, value in answer.headers.items() if name not in OF_ONE_ANSWER}
        for answer in (whole, unchanged)
    ]

    assert (whole.status_code, unchanged.status_code) == (200, 304)
    assert told[0] == told[1]
    assert {"Content-Security-Policy", "Permissions-Policy", "X-Frame-Options", "Referrer-Policy"} <= set(told[1])


def test_unchanged_page_is_told_as_a_request_for_it(visit, user, log_lines):
    visit()
    visit()

    told = [(line["route"], line["status"], line["user"]) for line in log_lines() if line["event"] == "request"]
    assert told == [("account:dashboard", 200, user.pk), ("account:dashboard", 304, user.pk)]


def test_version_that_a_proxy_made_weak_is_known(visit):
    version = visit()["ETag"]

    assert visit(**{"If-None-Match": f'"another", W/{version}'}).status_code == 304


def test_version_is_of_one_session_alone(visit, user):
    version = visit()["ETag"]
    other = Client()
    other.force_login(user)
    other.cookies["csrftoken"] = visit.client.cookies["csrftoken"].value

    assert other.get(reverse("account:dashboard"), headers={"If-None-Match": version}).status_code == 200


def test_version_opens_nothing_to_whoever_is_not_signed_in(visit):
    version = visit()["ETag"]

    assert Client().get(reverse("account:dashboard"), headers={"If-None-Match": version}).status_code == 302


@pytest.mark.parametrize("happened", ENDS)
def test_login_that_has_ended_asks_to_log_in(visit, user, happened):
    visit()
    ENDS[happened](user)

    assert visit().status_code == 302


def test_session_left_alone_asks_to_log_in(visit, now, settings):
    visit()
    with time_machine.travel(now + timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1), tick=False):
        assert visit().status_code == 302


def test_use_of_an_unchanged_page_keeps_the_session(visit, now, settings):
    visit()
    for step in (1, 2, 3):
        with time_machine.travel(now + step * timedelta(seconds=settings.SESSION_IDLE_SECONDS - 60), tick=False):
            assert visit().status_code == 304


def test_role_that_was_given_is_another_page(visit, user):
    visit()
    User.objects.filter(pk=user.pk).update(roles=[Role.REVIEWER])

    assert visit().status_code == 200


def test_record_that_was_taken_away_leaves_no_version(visit, user):
    visit("education:progress")
    User.objects.filter(pk=user.pk).update(holder=None)

    assert visit("education:progress").status_code == 403


def test_second_factor_that_is_missing_now_is_asked_for(visit, user, settings):
    settings.STAFF_SECOND_FACTOR = True
    versions.release.cache_clear()
    User.objects.filter(pk=user.pk).update(roles=[Role.REVIEWER])
    factor = Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    visit()
    unchanged = visit().status_code
    factor.delete()

    assert (unchanged, visit().headers["Location"]) == (304, reverse("mfa_index"))


def test_language_wished_for_is_another_page(visit, user, settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Spanish")]
    visit()
    Correspondence.objects.update_or_create(holder=user.holder, defaults={"language": "es"})
    answer = visit()

    assert (answer.status_code, answer["Content-Language"]) == (200, "es")
