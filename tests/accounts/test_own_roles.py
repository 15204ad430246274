"""Administrators can't change their own roles, and deactivating one ends their session at once."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from tests.factories import HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db
FORM = {"email": "", "roles": [Role.ADMINISTRATOR, Role.REGISTRAR], "is_active": "on"}


@pytest.fixture
def administrator(client):
    user = UserFactory(roles=[Role.ADMINISTRATOR])
    client.force_login(user)
    return user


def test_own_role_is_not_given(client, administrator):
    answer = client.post(reverse("admin:accounts_user_change", args=[administrator.pk]), FORM)

    administrator.refresh_from_db()
    assert (answer.status_code, administrator.roles) == (403, [Role.ADMINISTRATOR])


def test_own_roles_are_shown_without_a_form(client, administrator):
    page = client.get(reverse("admin:accounts_user_change", args=[administrator.pk])).content.decode()

    assert ('name="roles"' in page, 'name="_save"' in page) == (False, False)


def test_roles_of_others_are_given(client, administrator):
    colleague = UserFactory(roles=[Role.REVIEWER])

    client.post(reverse("admin:accounts_user_change", args=[colleague.pk]), FORM)

    colleague.refresh_from_db()
    assert colleague.roles == [Role.ADMINISTRATOR, Role.REGISTRAR]


def test_each_box_is_told_what_is_wrong_with_the_roles(client, administrator):
    colleague = UserFactory(roles=[Role.REVIEWER])

    page = client.post(reverse("admin:accounts_user_change", args=[colleague.pk]), FORM | {"roles": "king"}).text

    assert 'class="errorlist" id="id_roles_error"' in page
    assert 'id="id_roles_helptext"' in page
    described = 'aria-describedby="id_roles_helptext id_roles_error"'
    assert page.count('name="roles"') == page.count(described) == len(Role)


def test_roles_are_changed_in_no_list(client, administrator):
    page = client.get(reverse("admin:accounts_user_changelist")).content.decode()

    assert ("form-0-" in page, 'name="action"' in page) == (False, False)


def test_login_that_an_administrator_switches_off_is_out_at_once(client, administrator):
    holder, browser = HolderUserFactory(), Client()
    browser.force_login(holder)
    assert browser.get(reverse("account:dashboard")).status_code == 200

    client.post(reverse("admin:accounts_user_change", args=[holder.pk]), {"roles": holder.roles})

    assert browser.get(reverse("account:dashboard")).status_code == 302
