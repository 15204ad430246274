"""Who may see the review of a declaration, and who may act on it."""

import pytest
import time_machine

from accounts.enums import Role
from declarations.models import AtWork, Note, Ruling
from tests.declarations.reviews import LATER, address, credit_in, submitted
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def declaration(db):
    return submitted()


@pytest.fixture
def reviewer(client, declaration):
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR, Role.ADMINISTRATOR])
def test_other_staff_look_only(client, declaration, role):
    client.force_login(UserFactory(roles=[role]))

    page = client.get(address("change", declaration)).context["page"]

    assert (page.banner, page.decisions, {row.rule_url for row in page.rows}) == (None, (), {""})
    assert bool(page.note_url) is (role == Role.AUDITOR)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR, Role.ADMINISTRATOR])
@pytest.mark.parametrize("name", ["claim", "take_over"])
def test_other_staff_take_nothing(client, declaration, role, name):
    client.force_login(UserFactory(roles=[role]))

    client.post(address(name, declaration))

    assert not AtWork.objects.exists()


NAMES = ["rule", "claim", "release", "take_over", "note", "decide"]


def path_of(name, declaration):
    more = {"rule": [credit_in(declaration, "ethics").uuid], "decide": ["approve"]}.get(name, [])
    return address(name, declaration, *more)


@pytest.mark.parametrize("name", NAMES)
def test_what_changes_something_is_not_a_link(client, reviewer, declaration, name):
    assert client.get(path_of(name, declaration)).status_code == 405


@pytest.mark.parametrize("name", [*NAMES, "next", "change"])
def test_holders_are_refused_and_strangers_sent_to_the_sign_in(client, declaration, name):
    for user in (declaration.holder.user, None):
        if user:
            client.force_login(user)
        else:
            client.logout()
        send = client.get if name in {"next", "change"} else client.post
        assert send(path_of(name, declaration)).status_code == (403 if user else 302)
    assert (Ruling.objects.count(), AtWork.objects.count(), Note.objects.count()) == (0, 0, 0)
