import pytest


@pytest.fixture
def provider(db, now):
    import credentials.reference
    from tests.factories import HolderFactory, ProviderFactory  # settings aren't configured on import of this module

    credentials.reference.load()
    HolderFactory(customer_number="100", last_name="O’Neill", birth_month=7)
    return ProviderFactory()


@pytest.fixture
def token(provider):
    from tests.factories import ApiTokenFactory
    from tests.factories.api import SECRET

    return ApiTokenFactory(provider=provider, secret=SECRET)


@pytest.fixture
def system(token):
    from tests.education.api.system import System

    return System()


@pytest.fixture
def receiver():
    from tests.education.api.receiver import receiving

    with receiving() as server:
        yield server


@pytest.fixture
def webhook(provider, receiver, settings):
    from tests.factories import WebhookFactory

    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    return WebhookFactory(provider=provider, url=receiver.url)
