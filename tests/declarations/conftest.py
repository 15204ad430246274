"""A fee that is paid at a payment service of ours; what knows models is imported once settings are there."""

import pytest


@pytest.fixture
def stripe(settings):
    from tests.declarations.charging import by_stripe, switch_on

    switch_on(settings)
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
