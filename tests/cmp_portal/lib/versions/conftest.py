"""A holder and their browser. Models are imported inside the fixtures, when settings are available."""

import pytest
from django.test import Client
from django.urls import reverse


@pytest.fixture(autouse=True)
def _release_is_read_again():
    from cmp_portal.lib import versions

    versions.release.cache_clear()
    yield
    versions.release.cache_clear()


@pytest.fixture
def user(transactional_db, now):
    from tests.factories import AllocationFactory, CycleFactory, HolderUserFactory, MlsRequirementSetFactory

    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    AllocationFactory(cycle=cycle, credit__subjects=["chemistry"])
    return HolderUserFactory(holder=cycle.holder)


@pytest.fixture
def visit(user):
    """A conditional GET, as sent by the holder's browser with a cached copy of the page."""
    client = Client()
    client.force_login(user)
    kept: dict[str, str] = {}

    def open_page(name="account:dashboard", **also):
        headers = {"If-None-Match": kept[name]} if name in kept else {}
        answer = client.get(reverse(name), headers=headers | also)
        kept[name] = answer.headers.get("ETag", "")
        return answer

    open_page.client = client
    return open_page
