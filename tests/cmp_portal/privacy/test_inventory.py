"""The inventory lists all personal data, and its erasure rules hold."""

import pytest
from django.apps import apps

from cmp_portal.privacy.erasing import Depth, erase
from cmp_portal.privacy.inventory import Leaves, tables
from tests.cmp_portal.privacy.document import FILE, document
from tests.full_record import known_holder

TABLES = {table.label: table for table in tables()}
# A table of the package that is none: it reads all histories as one.
VIEWS = {"pghistory.Events"}


def stored():
    """Every table but histories, which have the columns of what they are the history of."""
    models = apps.get_models(include_auto_created=True)
    tables = [one for one in models if not one._meta.proxy and one._meta.label not in VIEWS]
    return [one for one in tables if not hasattr(one, "pgh_obj")]


@pytest.mark.parametrize("model", stored(), ids=lambda model: model._meta.label)
def test_every_column_is_on_the_list(model):
    table = TABLES[model._meta.label]

    assert sorted([*table.personal, *table.other]) == sorted(field.name for field in model._meta.fields)


def test_nothing_else_is_on_it():
    assert sorted(TABLES) == sorted(model._meta.label for model in stored())


def test_what_says_something_of_people_leaves_or_says_why():
    assert [table.label for table in TABLES.values() if table.personal and table.leaves == Leaves.NONE] == []


def test_a_history_has_the_columns_of_its_table():
    histories = [one for one in apps.get_models() if hasattr(one, "pgh_obj")]
    own = {"pgh_id", "pgh_created_at", "pgh_label", "pgh_obj", "pgh_context"}
    more = {
        one._meta.label: {field.name for field in one._meta.fields} - own
        - {field.name for field in one.pgh_tracked_model._meta.fields}
        for one in histories
    }  # fmt: skip

    assert {label: names for label, names in more.items() if names} == {}


@pytest.mark.parametrize(
    ("depth", "leaves"), [(Depth.CLOSED, {Leaves.CLOSED}), (Depth.ERASED, {Leaves.CLOSED, Leaves.ERASED})]
)
@pytest.mark.django_db
def test_whatever_leaves_by_erasing_was_on_the_list_as_such(now, depth, leaves):
    """The register and documents are emptied in part before they are forgotten."""
    touched = set(erase(known_holder(), depth))
    labels = {model.__name__: model._meta.label for model in stored()}

    in_part = {"accounts.Holder", "education.Evidence", "education.Dispute"} if depth == Depth.ERASED else set()
    wrong = {labels[name] for name in touched if name in labels and TABLES[labels[name]].leaves not in leaves}
    assert wrong == in_part


def test_page_is_as_the_list_says():
    assert FILE.read_text(encoding="utf-8") == document()
