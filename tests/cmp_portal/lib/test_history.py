"""Every change to a tracked row, by whatever means, is recorded with author and reason, immutably."""

import pghistory
import pytest
from django.apps import apps
from django.db import connection, transaction

from accounts.models import Holder, User
from cmp_portal.lib.history import keep_history
from tests import factories
from tests.constraint_violations import refused, run, update
from tests.factories import HolderFactory, UserFactory

TRACKED = sorted((model for model in apps.get_models() if "pgh_event_model" in vars(model)), key=lambda m: m.__name__)
EVENTS = [model.pgh_event_model for model in TRACKED]
CHANGES = {
    "Allocation": "points = 1",
    "ApiToken": "name = 'Another platform'",
    "Area": "title = 'Coagulation'",
    "Audit": "due_on = '2026-06-30'",
    "Change": "words = 'Married.'",
    "ChangeDocument": "name = 'renamed.pdf'",
    "Claim": "note = 'Saw the passport.'",
    "Colleague": "note = 'The same laboratory.'",
    "Credential": "certificate_number = '4711'",
    "Credit": "title = 'Renamed'",
    "Cycle": "ends_on = ends_on - 1",
    "Declaration": "created_at = created_at - interval '1 day'",
    "Dispute": "note = 'Three hours, not two.'",
    "Evidence": "name = 'renamed.pdf'",
    "Fee": "state = 'dropped'",
    "FeeFamily": "family = 'another'",
    "FeeRate": "amount = amount + 1",
    "Finding": "reason = 'Legible'",
    "Holder": "last_name = 'Okafor-Brooks'",
    "NotAvailable": "reason = 'Burnt'",
    "Match": "similarity = 0.5",
    "Refund": "said = 're_1'",
    "RequirementSet": "note = 'Checked'",
    "Rule": "title = 'At most half'",
    "StaffIdentity": "subject = 'another'",
    "SynchronisationRequest": "ends_on = ends_on - 1",
    "Webhook": "url = 'https://example.org'",
    "User": "is_active = FALSE",
}
# Nobody deletes them, by whatever means.
KEPT = {"Declaration", "Fee", "Refund"}
each_model = pytest.mark.parametrize("model", TRACKED, ids=lambda model: model.__name__)
each_event = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)


def labels(model, row):
    return list(
        model.pgh_event_model.objects.filter(pgh_obj=row.pk).order_by("pgh_id").values_list("pgh_label", flat=True)
    )


def made(model):
    return getattr(factories, f"{model.__name__}Factory")()


@each_model
def test_insert_is_kept(db, model):
    row = made(model)

    assert labels(model, row) == ["insert"]


# An appeal's document is refused every change.
@pytest.mark.parametrize("model", [model for model in TRACKED if model.__name__ != "AppealDocument"])
def test_raw_update_is_kept(db, model):
    row = made(model)

    update(row, CHANGES[model.__name__])

    assert labels(model, row) == ["insert", "update"]


@pytest.mark.parametrize("model", [model for model in TRACKED if model.__name__ not in KEPT])
def test_raw_delete_is_kept(db, model):
    row = made(model)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id = %s", [row.pk])
        kept = labels(model, row)
        transaction.set_rollback(True)

    assert kept == ["insert", "delete"]


@each_model
def test_tracked_table_is_never_truncated(db, model):
    made(model)

    with pytest.raises(Exception, match=r"append-only|never truncated"), transaction.atomic():
        run(f"TRUNCATE {model._meta.db_table} CASCADE")


@each_event
def test_history_cannot_change(db, event):
    made(event.pgh_tracked_model)

    with refused(f"pgtrigger: Cannot update or delete rows from {event._meta.db_table} table"):
        run(f"UPDATE {event._meta.db_table} SET pgh_label = 'nothing'")


@each_event
def test_history_cannot_be_removed(db, event):
    made(event.pgh_tracked_model)

    with refused(f"pgtrigger: Cannot update or delete rows from {event._meta.db_table} table"):
        run(f"DELETE FROM {event._meta.db_table}")


@each_event
def test_history_is_never_truncated(db, event):
    with refused("history is append-only"):
        run(f"TRUNCATE {event._meta.db_table}")


def test_change_without_a_difference_is_not_history(db):
    holder = HolderFactory()

    update(holder, "last_name = last_name")

    assert labels(Holder, holder) == ["insert"]


def test_history_says_what_was(db):
    holder = HolderFactory(last_name="Okafor")

    update(holder, "last_name = 'Brooks'")

    events = Holder.pgh_event_model.objects.filter(pgh_obj=holder.pk).order_by("pgh_id")
    assert list(events.values_list("last_name", flat=True)) == ["Okafor", "Brooks"]


def test_history_says_who_and_why(db):
    user, holder = UserFactory(), HolderFactory()

    with pghistory.context(user=user.pk, why="Married"):
        Holder.objects.filter(pk=holder.pk).update(last_name="Holder-Sample")

    event = Holder.pgh_event_model.objects.get(pgh_obj=holder.pk, pgh_label="update")
    assert event.pgh_context.metadata == {"user": user.pk, "why": "Married"}


def test_history_of_sign_ins_has_no_password(db):
    columns = {field.name for field in User.pgh_event_model._meta.get_fields()}

    assert {"password", "last_login"} & columns == set()


def test_signing_in_is_not_history(db):
    user = UserFactory()

    update(user, "last_login = now(), password = 'another'")

    assert labels(User, user) == ["insert"]


def test_keep_history_can_be_taken_back():
    operations = keep_history("accounts_holderevent")

    assert [operation.reversible for operation in operations] == [True, True]
