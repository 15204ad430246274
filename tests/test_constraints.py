"""Every database constraint and trigger is covered by a test."""

from importlib import import_module

import pgtrigger
import pytest
from django.apps import apps
from django.db import connection, models

from tests import factories
from tests.constraint_violations import TRIED, copy, refused

APPS = ["accounts", "credentials", "education", "declarations", "audits"]
GUARDS = [
    "tests.accounts.test_models",
    "tests.credentials.claims.test_models",
    "tests.credentials.test_cycle_models",
    "tests.credentials.test_frozen_sets",
    "tests.credentials.test_holds",
    "tests.credentials.test_models",
    "tests.credentials.test_stamps",
    "tests.education.test_models",
    "tests.education.test_api_models",
    "tests.education.test_guards",
    "tests.declarations.test_appeal_documents",
    "tests.declarations.test_models",
    "tests.declarations.test_signed_models",
    "tests.declarations.test_proof_models",
    "tests.declarations.test_review_models",
    "tests.audits.test_answers",
    "tests.audits.test_audit_models",
    "tests.declarations.test_fee_models",
    "tests.audits.test_models",
]
OURS = [model for app in APPS for model in apps.get_app_config(app).get_models()]
# Written by the database itself; tests/cmp_portal/lib/test_history.py tries them on every model there is.
EVENTS = {model.pgh_event_model for model in OURS if hasattr(model, "pgh_event_model")}
HISTORY = {"insert_insert", "update_update", "delete_delete"}
ROWS = [model for model in OURS if model not in EVENTS and not model._meta.proxy]
POSITIVE_FIELDS = models.PositiveIntegerField | models.PositiveSmallIntegerField | models.PositiveBigIntegerField
POSITIVE = [(row, field) for row in ROWS for field in row._meta.concrete_fields if isinstance(field, POSITIVE_FIELDS)]
# Where a named constraint, checked before, says more.
STRICTER = {
    "credentials_credentialtype_cycle_years_check": "credential_type_cycle_has_years",
    "education_apitoken_per_minute_check": "api_token_may_ask",
}


@pytest.fixture(scope="module")
def tried():
    for name in GUARDS:
        import_module(name)
    return TRIED


def constraints_of_the_database():
    tables = [model._meta.db_table for model in ROWS]
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT conname FROM pg_constraint
                WHERE conrelid = ANY(%(tables)s::regclass[]) AND contype IN ('c', 'x')
                UNION
               SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE i.indrelid = ANY(%(tables)s::regclass[]) AND i.indisunique AND NOT i.indisprimary""",
            {"tables": tables},
        )
        return {name for (name,) in cursor}


def signs():
    return {f"{model._meta.db_table}_{field.column}_check" for model, field in POSITIVE}


def test_every_constraint_is_tried(db, tried):
    assert sorted(constraints_of_the_database() - signs() - tried) == []


def test_every_trigger_is_tried(tried):
    triggers = {
        f"{model.__name__}.{trigger.name}"
        for model, trigger in pgtrigger.registered()
        if model not in EVENTS and trigger.name not in HISTORY
    }

    assert sorted(triggers - tried) == []


def test_nothing_is_tried_that_is_gone(db, tried):
    triggers = {f"{model.__name__}.{trigger.name}" for model, trigger in pgtrigger.registered()}

    assert sorted(tried - triggers - constraints_of_the_database()) == []


def test_every_registered_trigger_is_installed_and_enabled(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
        installed = {name for (name,) in cursor}

    assert sorted({trigger.get_pgid(model) for model, trigger in pgtrigger.registered()} - installed) == []


@pytest.mark.parametrize(("model", "field"), POSITIVE, ids=[f"{m.__name__}.{f.name}" for m, f in POSITIVE])
def test_a_count_is_not_negative(db, model, field):
    row = getattr(factories, f"{model.__name__}Factory")()
    automatic = f"{model._meta.db_table}_{field.column}_check"

    with refused(STRICTER.get(automatic, automatic)):
        copy(row, **{field.column: -1})
