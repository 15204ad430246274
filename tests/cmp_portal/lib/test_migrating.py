import pgtrigger
import pytest
from django.db.migrations import AddConstraint, AddField, AddIndex, RemoveConstraint, RemoveIndex
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import AutoField, CheckConstraint, Index, IntegerField, Q
from pgtrigger.migrations import AddTrigger, RemoveTrigger

POSITIVE = CheckConstraint(condition=Q(points__gt=0), name="positive")
BY_POINTS = Index(fields=["points"], name="by_points")
KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
LISTED = [
    ("constraints", "positive", AddConstraint("credit", POSITIVE), RemoveConstraint("credit", "positive")),
    ("indexes", "by_points", AddIndex("credit", BY_POINTS), RemoveIndex("credit", "by_points")),
    ("triggers", "kept", AddTrigger("credit", KEPT), RemoveTrigger("credit", "kept")),
]


@pytest.fixture
def state():
    """Of one model, with its class built."""
    fields = [("id", AutoField(primary_key=True)), ("points", IntegerField())]
    found = ProjectState()
    found.add_model(ModelState("education", "Credit", fields))
    assert found.apps
    return found


def class_of(state):
    return state.apps.get_model("education", "Credit")


def names(state, kind):
    return [one.name for one in getattr(class_of(state)._meta, kind, [])]


@pytest.mark.parametrize(("kind", "name", "add", "remove"), LISTED)
def test_what_is_listed_changes_the_class_without_building_it(state, kind, name, add, remove):
    before = class_of(state)

    add.state_forwards("education", state)
    added = names(state, kind)
    remove.state_forwards("education", state)

    assert (added, names(state, kind)) == ([name], [])
    assert class_of(state) is before


@pytest.mark.parametrize(("kind", "name", "add", "remove"), LISTED)
def test_a_class_built_later_has_what_was_listed(state, kind, name, add, remove):
    add.state_forwards("education", state)
    before = class_of(state)

    AddField("credit", "more", IntegerField(null=True)).state_forwards("education", state)

    assert class_of(state) is not before
    assert names(state, kind) == [name]


@pytest.mark.parametrize(("kind", "name", "add", "remove"), LISTED)
def test_a_state_without_classes_builds_none(state, kind, name, add, remove):
    del state.__dict__["apps"]

    add.state_forwards("education", state)

    assert "apps" not in state.__dict__
