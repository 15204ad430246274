"""A provider, a holder and the office. Models are imported inside the fixtures, when settings are available."""

import pytest


@pytest.fixture
def ascp(db, now):
    from tests.education.feeds import ascp_with_reference

    return ascp_with_reference()


@pytest.fixture
def holder(ascp):
    from tests.factories import HolderFactory

    return HolderFactory(customer_number="100", first_name="Ann", last_name="Black", birth_month=4)


@pytest.fixture
def office(client, registrar):
    client.force_login(registrar)
    return client


@pytest.fixture
def reviewer(client, db):
    from tests.factories import UserFactory

    client.force_login(UserFactory(roles=["reviewer"]))
    return client


@pytest.fixture
def send(ascp, now):
    from tests.education.sending import send_to

    return lambda *rows, **named: send_to(ascp, *rows, **{"at": now, **named}).batch
