"""System checks of settings that can only be tried out, run by `manage.py check` and before migrating."""

import os
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.core.checks import Error, register
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from cmp_portal.lib import signing

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@register
def email_backend_can_be_used(**_kwargs: Any) -> list[Error]:
    """Otherwise the first email of each process would fail."""
    name = settings.EMAIL_BACKEND
    try:
        found = import_string(name)
    except ImportError:
        found = None
    if isinstance(found, type) and issubclass(found, BaseEmailBackend):
        return []
    hint = f"Set it to {SMTP}, or leave it empty to write email into the folder var/outbox."
    return [Error(f"EMAIL_BACKEND is {name!r}, which is no email backend", hint=hint, id="cmp_portal.E1")]


@register
def badge_keys_can_sign(**_kwargs: Any) -> list[Error]:
    """Otherwise the first badge would fail; what is wrong is said without the keys, which are secret."""
    if not settings.BADGE_KEYS:
        return []
    try:
        signing.keys()
    except signing.NoKey as refusal:
        words = str(refusal)
    except (ValueError, UnsupportedAlgorithm):
        words = "BADGE_KEYS has a key that cannot be read"
    else:
        return []
    hint = "Make one with: openssl genpkey -algorithm ed25519; keep earlier ones after it, or leave it empty."
    return [Error(words, hint=hint, id="cmp_portal.E2")]


@register
def authority_can_be_read(**_kwargs: Any) -> list[Error]:
    """Otherwise each service would seem to be down."""
    file = settings.SERVICES_CA
    if not file or os.access(file, os.R_OK):
        return []
    return [Error(f"SERVICES_CA is {file!r}, which cannot be read", id="cmp_portal.E3")]


@register
def fonts_are_in_folders(**_kwargs: Any) -> list[Error]:
    """Otherwise names in other scripts would be printed as empty boxes."""
    missing = [folder for folder in settings.DOCUMENT_FONTS if not os.path.isdir(folder)]
    return [Error(f"DOCUMENT_FONTS has {folder!r}, which is no folder", id="cmp_portal.E4") for folder in missing]
