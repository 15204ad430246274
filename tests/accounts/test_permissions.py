import pytest
from django.apps import apps

from accounts.enums import Permission, Role
from accounts.models import User

CODES = [
    f"{model._meta.app_label}.{verb}_{model._meta.model_name}"
    for model in apps.get_models()
    for verb in ("view", "add", "change", "delete", "export", "import")
]


@pytest.mark.parametrize("role", Role)
def test_no_role_holds_a_permission_in_djangos_words(role):
    user = User(roles=[role])

    assert [code for code in CODES if user.has_perm(code)] == []
    assert [config.label for config in apps.get_app_configs() if user.has_module_perms(config.label)] == []


@pytest.mark.parametrize("role", Role)
def test_role_holds_its_own_permissions_in_either_word(role):
    user = User(roles=[role])

    assert [one for one in Permission if user.has_perm(one)] == [one for one in Permission if user.may(one)]


def test_inactive_user_holds_none():
    user = User(roles=list(Role), is_active=False)

    assert [one for one in Permission if user.may(one)] == []
