"""A document to purge. Models are imported inside the fixture, when settings are available."""

import pytest


@pytest.fixture(autouse=True)
def _period(settings, now):
    settings.EVIDENCE_RETENTION_YEARS = 2


@pytest.fixture
def document(now):
    """Of a credit that served a cycle which is closed since long."""
    from tests.audits.purged.documents import ENDED, cycle_ending, documented

    return documented(cycle_ending(ENDED))
