"""What `<things>_visible_to` gives: a holder their own, and nothing to who has no record."""

import pkgutil
from importlib import import_module
from inspect import getmembers, isfunction

import pytest
from django.apps import apps

from accounts.models import User
from accounts.queries import sessions_visible_to
from tests import factories
from tests.factories import HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db
APPS = ("accounts", "credentials", "education", "declarations", "audits")
# Sessions are of accounts, not of records.
OTHERS = {sessions_visible_to.__name__}


def modules():
    for app in APPS:
        package = import_module(f"{app}.queries")
        yield from (import_module(f"{package.__name__}.{one.name}") for one in pkgutil.iter_modules(package.__path__))


def lists():
    """Every such function, by name."""
    found = {name: each for module in modules() for name, each in getmembers(module, isfunction)}
    return [each for name, each in sorted(found.items()) if name.endswith("_visible_to") and name not in OTHERS]


@pytest.fixture(autouse=True)
def _fees(settings):
    settings.FEES = True


def made(visible_to):
    """One row of what is listed, and another holder's."""
    model = visible_to(User()).model
    factory = getattr(factories, f"{model.__name__}Factory")
    return factory(), factory()


def test_lists_are_found():
    models = {each(User()).model for each in lists()}
    assert {apps.get_model(name) for name in ("education.Credit", "audits.Audit", "accounts.Alert")} <= models


@pytest.mark.parametrize("visible_to", lists(), ids=lambda each: each.__name__)
def test_a_holder_sees_their_own_and_nobody_elses(visible_to):
    own, _theirs = made(visible_to)
    holder = own.holder

    user = User.objects.filter(holder=holder).first() or HolderUserFactory(holder=holder)

    assert {row.pk for row in visible_to(user)} == {own.pk}


@pytest.mark.parametrize("visible_to", lists(), ids=lambda each: each.__name__)
def test_who_has_no_record_sees_nothing(visible_to):
    made(visible_to)

    assert not visible_to(UserFactory()).exists()
