"""The providers that every installation starts with."""

from pathlib import Path

from cmp_portal.lib.reference import Loaded, rows_of, upsert
from education.models import Provider

FOLDER = Path(__file__).parent


def load() -> list[Loaded]:
    """Upserts the providers from the file in this folder."""
    return [upsert(Provider, rows_of(FOLDER / "providers.toml", "provider"))]
