"""The providers that every installation starts with."""

from pathlib import Path

from cmp_portal.lib.reference import Loaded, add_missing, rows_of
from education.models import Provider

FOLDER = Path(__file__).parent
LIMITS = {"provider_approval_ends_after_start": "approved_until must not be before approved_from"}


def load() -> list[Loaded]:
    """Adds the providers that are missing; the others stay as the Board keeps them in the back office."""
    return [add_missing(Provider, rows_of(FOLDER / "providers.toml", "provider"), key=("code",), limits=LIMITS)]
