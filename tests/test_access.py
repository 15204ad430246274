"""Every address as owner, other holder, reviewer and nobody; an address without a line here fails."""

import pytest
from django.core.files.base import ContentFile
from django.urls import get_resolver, reverse

from accounts.enums import Role
from tests.factories import (
    AlertFactory,
    AllocationFactory,
    AttestationFactory,
    ChangeDocumentFactory,
    ChangeFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    EvidenceFactory,
    HolderUserFactory,
    MatchFactory,
    MlsRequirementSetFactory,
    SynchronisationRequestFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

PUBLIC = ["guide", "healthz", "readyz"]
OWN = {
    "account:dashboard": (),
    "education:progress": (),
    "education:credits": (),
    "education:credit_add": (),
    "education:credit": ("credit",),
    "education:credit_edit": ("credit",),
    "education:credit_withdraw": ("credit",),
    "education:credit_restore": ("credit",),
    "education:dispute": ("credit",),
    "education:everywhere": ("credit",),
    "education:apply_everywhere": ("credit",),
    "education:evidence_add": ("credit",),
    "education:evidence_file": ("evidence",),
    "education:evidence_picture": ("evidence",),
    "education:evidence_remove": ("evidence",),
    "education:match": ("match",),
    "education:tell_apart": ("match",),
    "education:unmatch": ("match",),
    "education:allocate": ("cycle", "credit"),
    "education:release": ("cycle", "credit", "area"),
    "education:change": ("cycle",),
    "education:clearing": ("cycle",),
    "education:clear": ("cycle",),
    "education:undo": ("cycle",),
    "education:plan": ("cycle",),
    "education:suggestion": ("cycle",),
    "education:suggest_apply": ("cycle",),
    "education:synchronisation": (),
    "education:synchronise": (),
    "education:synchronisation_withdraw": ("synchronisation",),
    "declarations:start": (),
    "declarations:transcripts": (),
    "declarations:transcript": ("cycle",),
    "declarations:transcript_file": ("cycle", "form"),
    "declarations:declare": ("cycle",),
    "declarations:submit": ("cycle",),
    "declarations:detail": ("declaration",),
    "declarations:withdraw": ("declaration",),
    "accounts:alerts": (),
    "accounts:dismiss_alert": ("alert",),
    "calendar_settings": (),
    "calendar_make": (),
    "calendar_forget": (),
    "accounts:dismiss_all": (),
    "accounts:mark_read": ("alert",),
    "accounts:mark_unread": ("alert",),
    "accounts:mail_again": (),
    "accounts:preferences": (),
    "accounts:record": (),
    "accounts:change": ("kind",),
    "accounts:withdraw_change": ("change",),
    "accounts:change_document": ("document",),
    "account:history": (),
}
POST_ONLY = {
    "education:credit_withdraw",
    "education:credit_restore",
    "education:apply_everywhere",
    "education:evidence_add",
    "education:evidence_remove",
    "education:match",
    "education:tell_apart",
    "education:unmatch",
    "education:allocate",
    "education:release",
    "education:change",
    "education:clear",
    "education:undo",
    "education:suggest_apply",
    "education:synchronise",
    "education:synchronisation_withdraw",
    "declarations:submit",
    "declarations:withdraw",
    "accounts:dismiss_alert",
    "calendar_make",
    "calendar_forget",
    "accounts:dismiss_all",
    "accounts:mark_read",
    "accounts:mark_unread",
    "accounts:mail_again",
    "accounts:withdraw_change",
}
# The Board sees documents; everything else of a holder it sees in the back office.
BOARD_SEES = {
    "education:evidence_file",
    "education:evidence_picture",
    "accounts:change_document",
    "declarations:transcript",
    "declarations:transcript_file",
}
STAFF = {"gallery"}
# For whoever knows the address.
SECRET = {"calendar"}
# Closed but for whom the settings name: tests/cmp_portal/operations/test_metrics.py.
OPERATORS = {"metrics"}
STAFF = {"gallery", "mail"}
# Open to whoever holds a mail of ours; tests/accounts/test_unsubscribe.py has who gets what.
SIGNED = {"accounts:unsubscribe"}
# For whoever is signed in.
ANYBODY = ["credentials:claim", "account_email"]
# Opened by the link in a mail, whoever has it; tests/accounts/test_invitation_views.py tries it.
BY_LINK = {"accounts:invitation"}
# One of the holder's own pages, the same for all: there is nothing of others behind it.
SAME_FOR_ALL = {"accounts:change"}
OURS = {"account", "accounts", "credentials", "education", "declarations", ""}


@pytest.fixture
def record(now, settings):
    """One holder's record with a row behind every address."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    credit = CreditFactory(holder=cycle.holder, self_recorded=True, subjects=["chemistry"])
    AllocationFactory(cycle=cycle, credit=credit)
    AttestationFactory()
    return {
        "owner": HolderUserFactory(holder=cycle.holder),
        "cycle": cycle.pk,
        "credit": credit.uuid,
        "area": "chemistry",
        "form": "csv",
        "evidence": EvidenceFactory(credit=credit, preview=ContentFile(b"a picture", "scan.jpg")).uuid,
        "match": MatchFactory(recorded=credit).uuid,
        "synchronisation": SynchronisationRequestFactory(holder=cycle.holder).uuid,
        "declaration": DeclarationFactory(cycle=cycle).uuid,
        "alert": AlertFactory(holder=cycle.holder).pk,
        "kind": "address",
        "change": ChangeFactory(holder=cycle.holder).uuid,
        "document": ChangeDocumentFactory(holder=cycle.holder, change__address=True).uuid,
    }


def status(client, name, record):
    address = reverse(name, args=[record[part] for part in OWN[name]])
    return (client.post if name in POST_ONLY else client.get)(address).status_code


@pytest.mark.parametrize("name", OWN)
def test_the_owner_gets_in(client, record, name):
    client.force_login(record["owner"])

    assert status(client, name, record) in {200, 302, 422}


@pytest.mark.parametrize("name", [name for name, parts in OWN.items() if parts and name not in SAME_FOR_ALL])
def test_another_holder_finds_nothing(client, record, name):
    client.force_login(HolderUserFactory())

    assert status(client, name, record) == 404


@pytest.mark.parametrize("name", [name for name in OWN if name != "account:dashboard"])
def test_a_reviewer_uses_the_back_office(client, record, name):
    client.force_login(UserFactory(roles=[Role.REVIEWER]))

    assert status(client, name, record) == (200 if name in BOARD_SEES else 403)


@pytest.mark.parametrize("name", OWN)
def test_nobody_is_sent_to_the_sign_in(client, record, name):
    assert status(client, name, record) == 302


@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages_are_public(client, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ANYBODY)
def test_whoever_is_signed_in_may_link_a_record(client, name):
    client.force_login(UserFactory())

    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ANYBODY)
def test_nobody_links_a_record_without_signing_in(client, name):
    assert client.get(reverse(name)).status_code == 302


@pytest.mark.parametrize("name", sorted(POST_ONLY))
def test_what_changes_something_is_not_a_link(client, record, name):
    client.force_login(record["owner"])

    assert client.get(reverse(name, args=[record[part] for part in OWN[name]])).status_code == 405


def test_every_address_has_a_line_here():
    names = set(_names(get_resolver()))

    assert names - set(OWN) - set(PUBLIC) - set(ANYBODY) - STAFF - SECRET == set()
    assert names - set(OWN) - set(PUBLIC) - set(ANYBODY) - STAFF - OPERATORS == set()
    assert names - set(OWN) - set(PUBLIC) - set(ANYBODY) - STAFF - SIGNED == set()
    assert names - set(OWN) - set(PUBLIC) - set(ANYBODY) - BY_LINK - STAFF == set()


def _names(resolver, space=""):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = pattern.namespace or ""
            if inner in OURS and "allauth" not in str(getattr(pattern, "urlconf_name", "")):
                yield from _names(pattern, inner)
        elif pattern.name:
            yield f"{space}:{pattern.name}" if space else pattern.name
