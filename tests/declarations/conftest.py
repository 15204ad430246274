"""Fees and a fake payment service. Models are imported inside the fixtures, when settings are available."""

import pytest


@pytest.fixture
def fees_on(settings):
    from tests.declarations.charging import switch_on

    switch_on(settings)


@pytest.fixture
def stripe(settings, fees_on):
    from tests.declarations.charging import by_stripe

    with by_stripe(settings) as server:
        yield server


@pytest.fixture
def fee(stripe):
    from tests.declarations.charging import charged

    return charged()


@pytest.fixture
def holder(client, fee):
    client.force_login(fee.holder.user)
    return client


@pytest.fixture
def payment(holder, fee, stripe):
    from tests.declarations.charging import comes_back, pays

    pays(holder, fee)
    stripe.pay()
    comes_back(holder, fee)
    return fee.payments.get()
