"""Every row that a page may show affects its version, and no page reads a table that is left out."""

from contextlib import closing

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from accounts.models import User
from cmp_portal.lib import versions
from credentials.models import Credential, RequirementSet
from tests import factories
from tests.access.world import record
from tests.factories import (
    AlertFactory,
    CreditFactory,
    HolderUserFactory,
)
from tests.fixtures import NOON
from tests.world import build

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
    "credentials.KindUnit": "on the form that records a credit",
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
    "education.Dispute": "on the pages of a credit and its disputes",
    "education.Evidence": "on the pages of a credit and of credits",
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
PAGES = ["account:dashboard", "education:progress"]
OURS = ("accounts", "credentials", "education", "declarations", "audits")


def view_of(page):
    return resolve(reverse(page)).func


def marks(user, *pages):
    """Of these pages or all, together."""
    return [versions.marks(user, view_of(page)) for page in pages or PAGES]


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
CHANGES = {"education.Credit": changed(title="A different title"), "education.Allocation": changed(created_at=NOON)}


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
        before = marks(known.pk)
        change = CHANGES.get(model._meta.label, touch)
        change(model, row.pk)
        if marks(known.pk) == before:
            missed.append(model.__name__)

    assert (missed, set(tables) - set(rows)) == ([], set())


@pytest.mark.parametrize("name", versions.REFERENCE)
def test_reference_data_counts(user, name):
    model = apps.get_model(name)
    row = model.objects.first() or getattr(factories, f"{model.__name__}Factory")()
    before = marks(user.pk)
    touch(model, row.pk)

    assert marks(user.pk) != before


@pytest.mark.parametrize("part", ["areas", "rules"])
def test_part_of_a_requirement_set_counts_by_the_stamp_of_the_set(user, part):
    rows = getattr(RequirementSet.objects.filter(frozen_at=None).exclude(**{part: None}).first(), part)
    before = marks(user.pk)
    rows.update(title="A different title")

    assert marks(user.pk) != before


def test_row_that_is_gone_counts(user):
    alert = AlertFactory(holder=user.holder)
    before = marks(user.pk)
    alert.delete()

    assert marks(user.pk) != before


@pytest.mark.parametrize("name, history", versions.COUNTED.items())
def test_history_that_is_counted_keeps_every_column(name, history):
    columns = {field.column for field in apps.get_model(name)._meta.concrete_fields}

    assert columns <= {field.column for field in apps.get_model(history)._meta.concrete_fields}


def test_credit_that_goes_as_another_comes_counts(user):
    credit = CreditFactory(holder=user.holder)
    before = marks(user.pk)
    credit.delete()
    CreditFactory(holder=user.holder)

    assert marks(user.pk) != before


def test_change_that_began_before_another_and_ended_after_it_counts(user):
    """Its row of history has the lower number, so that the newest row alone would not tell of it."""
    late, early = CreditFactory.create_batch(2, holder=user.holder)
    change = "UPDATE education_credit SET title = 'Changed' WHERE id = %s"
    with closing(connection.copy()) as slow:
        slow.set_autocommit(False)
        slow.cursor().execute(change, [late.pk])
        connection.cursor().execute(change, [early.pk])
        before = marks(user.pk)
        slow.commit()

    assert marks(user.pk) != before


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
    read = {page: set() for page in PAGES}
    for each in User.objects.exclude(holder=None):
        client.force_login(each)
        credentials = Credential.objects.filter(holder=each.holder).values_list("pk", flat=True)
        read["account:dashboard"] |= tables_read(reverse("account:dashboard"), client)
        for pk in credentials:
            read["education:progress"] |= tables_read(f"{reverse('education:progress')}?credential={pk}", client)

    assert {"education.Credit", "credentials.Cycle", "declarations.Declaration"} <= set.intersection(*read.values())
    assert [(versions.UNREAD | view_of(page).unread) & read[page] for page in PAGES] == [set(), set()]


@pytest.mark.parametrize(("page", "tables"), [("account:dashboard", 3), ("education:progress", 2)])
def test_what_a_page_does_not_read_is_no_part_of_its_version(user, page, tables):
    models = [apps.get_model(name) for name in view_of(page).unread]
    rows = [getattr(factories, f"{model.__name__}Factory")(**_owner(model, user)) for model in models]
    before = marks(user.pk, page)
    for row in rows:
        touch(type(row), row.pk)

    assert (len(rows), marks(user.pk, page)) == (tables, before)


def _owner(model, user):
    return {} if model._meta.label in versions.REFERENCE else {"holder": user.holder}
