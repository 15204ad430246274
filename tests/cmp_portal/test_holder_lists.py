"""A holder's page in the back office leads to everything that is kept about that holder."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from accounts.queries import record_url
from declarations.enums import State
from tests.factories import CreditFactory, DeclarationFactory, HolderFactory, UserFactory

pytestmark = pytest.mark.django_db

LISTS = [
    "accounts_change",
    "accounts_letter",
    "credentials_claim",
    "credentials_credential",
    "credentials_cycle",
    "credentials_synchronisationrequest",
    "declarations_declaration",
    "education_credit",
    "education_dispute",
    "education_match",
]


def links_for(client, holder, *roles):
    client.force_login(UserFactory(roles=roles))
    return [one.url for one in client.get(record_url(holder.pk)).context["elsewhere"]]


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_a_record_leads_to_its_lists(client, role):
    holder = HolderFactory()

    found = links_for(client, holder, role)

    asked = {f"{reverse(f'admin:{name}_changelist')}?q={holder.customer_number}" for name in LISTS}
    assert asked <= set(found)


def test_a_list_that_is_not_searched_by_number_is_not_linked(client):
    assert not [url for url in links_for(client, HolderFactory(), Role.ADMINISTRATOR) if "/provider/" in url]


def test_each_list_shows_the_holder_alone(client):
    declaration = DeclarationFactory(cycle__mls=True, state=State.SUBMITTED)
    CreditFactory(holder=declaration.holder)
    other = DeclarationFactory(
        cycle__mls=True, state=State.SUBMITTED, cycle__requirement_set=declaration.requirement_set
    )

    pages = [client.get(url).content.decode() for url in links_for(client, declaration.holder, Role.REVIEWER)]

    number = other.holder.customer_number
    assert [number in page for page in pages] == [False] * len(pages)
    assert sum(str(declaration.holder) in page for page in pages) >= 4


def test_a_new_holder_has_no_lists_yet(client):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    assert "elsewhere" not in client.get(reverse("admin:accounts_holder_add")).context
