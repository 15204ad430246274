"""A record and who claims it. Models are imported inside the fixtures, when settings are available."""

import pytest


@pytest.fixture
def credential(now):
    from tests.factories import CredentialFactory, HolderFactory

    holder = HolderFactory(first_name="Amara", last_name="Okafor", birth_month=4)
    return CredentialFactory(holder=holder, certificate_number="700101")


@pytest.fixture
def contested(credential, now):
    from tests.credentials.claims.claiming import claim
    from tests.factories import HolderUserFactory, UserFactory

    first, second = HolderUserFactory(holder=credential.holder), UserFactory()
    return first, second, claim(second, now)
