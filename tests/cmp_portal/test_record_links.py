"""Pages on which staff decide lead to the record of the holder they decide about."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from audits.enums import AuditState
from credentials.enums import ClaimState
from declarations.enums import State
from tests.factories import (
    ChangeFactory,
    ClaimFactory,
    CredentialFactory,
    DeclarationFactory,
    DisputeFactory,
    HolderUserFactory,
    MatchFactory,
    SynchronisationRequestFactory,
    UserFactory,
    audit_in,
)

pytestmark = pytest.mark.django_db

PAGES = {
    "accounts_change": ChangeFactory,
    "audits_audit": lambda: audit_in(AuditState.SELECTED),
    "credentials_claim": lambda: ClaimFactory(holder=HolderUserFactory().holder, state=ClaimState.CONTESTED),
    "credentials_credential": CredentialFactory,
    "credentials_synchronisationrequest": SynchronisationRequestFactory,
    "declarations_declaration": lambda: DeclarationFactory(state=State.SUBMITTED),
    "education_dispute": DisputeFactory,
    "education_match": MatchFactory,
}


@pytest.mark.parametrize("page", PAGES)
def test_whoever_decides_gets_to_the_record(client, page):
    row = PAGES[page]()
    client.force_login(UserFactory(roles=[Role.AUDITOR if page == "audits_audit" else Role.REGISTRAR]))

    shown = client.get(reverse(f"admin:{page}_change", args=[row.pk])).content.decode()

    url = reverse("admin:accounts_holder_change", args=[row.holder_id])
    assert f'<a href="{url}">{row.holder}</a>' in shown
    assert client.get(url).status_code == 200


def test_a_claim_to_no_record_leads_to_none(client):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    shown = client.get(reverse("admin:credentials_claim_change", args=[ClaimFactory().pk])).content.decode()

    assert "none that matches" in shown
    assert "/admin/accounts/holder/" not in shown
