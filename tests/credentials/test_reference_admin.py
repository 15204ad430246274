"""Reference data in the back office."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from tests.factories import UserFactory


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("subject", "load_reference"),
        ("activitykind", "load_reference"),
        ("credentialtype", "load_reference"),
        ("requirementset", "load_requirements"),
    ],
)
def test_the_list_says_how_it_is_changed(db, client, name, command):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    page = client.get(reverse(f"admin:credentials_{name}_changelist")).text

    assert f"load it with “manage.py {command}”" in " ".join(page.split())
