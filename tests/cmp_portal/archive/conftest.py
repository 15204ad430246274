"""Holders and their archives. Models are imported inside the fixtures, when settings are available."""

import pytest


@pytest.fixture
def holder(db, now):
    from tests.factories import HolderUserFactory

    return HolderUserFactory(holder__last_name="Ünal").holder


@pytest.fixture
def packed(db, now):
    from tests.cmp_portal.archive.archives import packed_up
    from tests.full_record import known_holder

    return packed_up(known_holder, now)


@pytest.fixture
def waiting(db, now):
    """The archive of a holder whose declaration waits for the Board."""
    from tests.cmp_portal.archive.archives import packed_up
    from tests.declarations.reviews import submitted

    return packed_up(lambda: submitted(spare=True).holder, now)[1]
