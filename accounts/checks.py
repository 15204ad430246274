"""System checks of settings about people that must be consistent."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from accounts.enums import ROLE_PERMISSIONS, Permission


@register
def roles_of_the_provider_are_of_staff(**_kwargs: Any) -> list[Error]:
    """An identity provider may grant staff roles, but never make somebody a holder or provider."""
    staff = {role for role, permissions in ROLE_PERMISSIONS.items() if Permission.BACK_OFFICE in permissions}
    return [
        Error(
            f"OIDC_ROLES grants the role {role!r}", hint=f"Staff roles: {', '.join(sorted(staff))}.", id="accounts.E1"
        )
        for role in settings.OIDC_ROLES.values()
        if role not in staff
    ]


@register
def breached_passwords_can_be_read(**_kwargs: Any) -> list[Error]:
    """Check at startup, or it would only be noticed when somebody chooses a password."""
    file = settings.BREACHED_PASSWORDS
    if not file or os.access(file, os.R_OK):
        return []
    return [Error(f"BREACHED_PASSWORDS is {file!r}, which cannot be read", id="accounts.E2")]
