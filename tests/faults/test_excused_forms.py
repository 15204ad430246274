"""Routes that F4 excludes have no effect, whoever sends the request."""

import logging

import pytest
from django.test import override_settings

from faults.cases.f4.excused import excuses_of
from faults.cases.f4.posts import line_of
from tests.access.rules import Visitor
from tests.access.table import ADDRESSES

EXCUSED = [one for one in ADDRESSES if one.post and excuses_of(line_of(one))]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    from tests.access.world import built  # there were no settings when this module was read

    logging.disable(logging.WARNING)
    with override_settings(FEES=True), django_db_blocker.unblock(), built() as made:
        yield made
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("address", EXCUSED, ids=str)
def test_nothing_is_written(world, address):
    # allauth notes that codes were looked at before it refuses to show them.
    noted = {"mfa_download_recovery_codes": ('UPDATE "mfa_authenticator"',)}.get(address.name, ())

    wrote = {world.ask(who, "POST", world.path(address), address.data).wrote for who in Visitor}

    assert wrote <= {(), noted}
