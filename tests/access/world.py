"""A holder's record with a row behind every route, the visitors of the matrix, and how they make requests."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.enums import Role
from accounts.models import Holder, User
from accounts.queries import invitation_link, unsubscribe_path
from audits.enums import AuditState
from credentials.enums import ClaimState
from declarations.enums import Ruled, Shown, State
from tests import factories as make
from tests.access.rules import OWNERS, ROLES, Address, Visitor
from tests.access.sweep import filled
from tests.factories.api import SECRET

WRITES = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(?!django_session)\w+"')
API, PROVIDER = "/api/v1/", Visitor.PROVIDER
# Personal data that appears nowhere else, so that a leak to a visitor without access is detected.
NAME, NUMBER, EMAIL = "Quillfeather", "77003311", "quillfeather@example.org"


@dataclass
class World:
    """`rows` holds the arguments of routes, `sessions` the session cookies of signed-in visitors."""

    rows: dict[str, Any]
    sessions: dict[Visitor, str]
    owner: User
    client: Client = field(default_factory=Client)

    def path(self, address: Address) -> str:
        """The path of a line in this world; a route without a name is reversed by its pattern."""
        parts = [part[1:] if part.startswith("=") else self.rows[part] for part in address.of]
        return reverse(address.name, args=parts) if "/" not in address.name else filled(address.name, parts)

    def ask(self, visitor: Visitor, method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """The response with the writes it made (`wrote`) and the holder's data in it (`leaked`); rolled back."""
        client, wrote = self.client, list[str]()
        client.cookies.clear()
        cache.clear()  # so many requests would hit every rate limit
        if visitor in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[visitor]
        with transaction.atomic():
            if visitor == Visitor.OWN:
                User.objects.filter(pk=self.owner.pk).update(roles=sorted(ROLES[visitor] - {Role.HOLDER}))
            with connection.execute_wrapper(noting(wrote)):
                if path.startswith(API):
                    answer = ask_as_a_program(client, visitor, method, path)
                else:
                    answer = getattr(client, method.lower())(path, dict(data or {}))
            transaction.set_rollback(True)
        content = _content(answer)
        answer.wrote = tuple(wrote)
        answer.leaked = tuple(secret for secret in (NAME, NUMBER, EMAIL) if secret.encode() in content)
        return answer


def ask_as_a_program(client: Client, visitor: Visitor, method: str, path: str) -> Any:
    """The provider uses an API token, everyone else their cookies."""
    headers = {"Idempotency-Key": "a-key"} | ({"Authorization": f"Bearer {SECRET}"} if visitor == PROVIDER else {})
    return client.generic(method, path, b"{}" if method == "POST" else b"", "application/json", headers=headers)


def noting(wrote: list[str]) -> Any:
    """Record writes, except those to the visitor's own session."""

    def note(execute: Any, sql: Any, *rest: Any) -> Any:
        if written := WRITES.search(str(sql)):
            wrote.append(written.group())
        return execute(sql, *rest)

    return note


def _content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@contextmanager
def built() -> Iterator[World]:
    """Build the world in a transaction that is rolled back at the end."""
    with transaction.atomic():
        cache.clear()
        holder = make.HolderFactory(last_name=NAME, customer_number=NUMBER, email=EMAIL)
        owner = make.HolderUserFactory(holder=holder)
        users = {Visitor.HOLDER: owner, Visitor.OTHER: make.HolderUserFactory()}
        for visitor in set(Visitor) - OWNERS - {Visitor.OTHER, Visitor.ANONYMOUS}:
            users[visitor] = make.UserFactory(roles=sorted(ROLES[visitor]))
        sessions = {visitor: signed_in(user) for visitor, user in users.items()}
        rows = {**record(holder), **office(owner), **secrets(owner)}
        yield World(rows, {**sessions, Visitor.OWN: sessions[Visitor.HOLDER]}, owner)
        transaction.set_rollback(True)


def signed_in(user: User) -> str:
    """Session cookie of a user who has just signed in and reauthenticated."""
    client = Client()
    answer = client.post(reverse("account_login"), {"login": user.email, "password": make.PASSWORD})
    again = client.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    assert (answer.status_code, again.status_code) == (302, 302)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def record(holder: Holder) -> dict[str, Any]:
    """Rows behind the holder's own pages."""
    cycle = make.CycleFactory(holder=holder, requirement_set=make.MlsRequirementSetFactory())
    credit = make.CreditFactory(holder=holder, self_recorded=True, subjects=["chemistry"])
    make.AllocationFactory(cycle=cycle, credit=credit)
    asked = make.SynchronisationRequestFactory(holder=holder)
    make.AttestationFactory()
    asked_for = make.ChangeDocumentFactory(holder=holder)
    audited = make.audit_in(AuditState.MORE_NEEDED, holder=holder)
    proven = make.RulingFactory(declaration=audited.declaration, outcome=Ruled.REFUSED, reason="No date.").credit
    shared = f"secret-{holder.pk}"
    appealed = make.DeclarationFactory(holder=holder, state=State.APPEALED)
    damaged = make.AppealDocumentFactory(damaged=True, appeal=appealed.appeal)
    return {
        "audited": audited.declaration.uuid,
        "proven": proven.uuid,
        "cycle": cycle.pk,
        "credit": credit.uuid,
        "delivered": make.CreditFactory(holder=holder).uuid,
        "receipt": make.IntakeBatchFactory().uuid,
        "evidence": make.EvidenceFactory(credit=credit, preview=ContentFile(b"a picture", "scan.jpg")).uuid,
        "match": make.MatchFactory(recorded=credit).uuid,
        "synchronisation": asked.uuid,
        asked._meta.label: asked.pk,
        "declaration": make.DeclarationFactory(cycle=cycle).uuid,
        "proof": make.ProofFactory(holder=holder).uuid,
        "badges": make.BadgeFactory().number,
        "shared": make.ShareLinkFactory(
            credential=cycle.credential, shows=[Shown.CYCLES], sha256=sha256(shared.encode()).hexdigest()
        ).uuid,
        "shared_secret": shared,
        "appealed": appealed.uuid,
        "damaged": damaged.evidence.uuid,
        "charged": make.FeeFactory(
            declaration=make.DeclarationFactory(holder=holder, state=State.SUBMITTED)
        ).declaration.uuid,
        "drawn": make.RoundFactory(drawn=True).pk,
        "alert": make.AlertFactory(holder=holder).pk,
        "change": asked_for.change.uuid,
        "document": asked_for.uuid,
        "calendar": make.CalendarFeedFactory(holder=holder).uuid,
        "mailed": unsubscribe_path(f"alert-{make.AlertFactory().pk}").rstrip("/").rpartition("/")[2],
        "invitation": invitation_link(make.LetterFactory(sent=True)).rstrip("/").rpartition("/")[2],
    }


def office(owner: User) -> dict[str, Any]:
    """A pending row of each back-office model; the owner's where it belongs to someone."""
    holder = owner.holder
    declaration = make.DeclarationFactory(holder=holder, state=State.SUBMITTED)
    cycle, credit = declaration.cycle, make.CreditFactory(holder=holder)
    rows = [
        holder,
        owner,
        make.AlertFactory(holder=holder),
        make.ChangeFactory(holder=holder, address=True),
        make.LetterFactory(holder=holder),
        make.JobRunFactory(),
        make.SubjectFactory(),
        credit.kind,
        cycle.requirement_set,
        cycle.requirement_set.credential_type,
        cycle.credential,
        cycle,
        make.ClaimFactory(user=owner, holder=holder, state=ClaimState.LINKED),
        credit,
        credit.provider,
        make.DisputeFactory(credit=credit, raised_by=owner),
        make.MatchFactory(recorded=make.CreditFactory(holder=holder, self_recorded=True)),
        make.IntakeRowFactory(),
        make.IntakeBatchFactory(),
        make.ApiTokenFactory(provider=credit.provider, secret=SECRET),
        make.WebhookFactory(),
        make.WebhookNoticeFactory(),
        declaration,
        declaration.attestation,
        *charged(holder),
        make.RoundFactory(),
        make.ColleagueFactory(),
        make.AuditFactory(holder=holder),
    ]
    return {row._meta.label: row.pk for row in rows} | {"declared credit": credit.uuid}


def declared(holder: Holder) -> Any:
    return make.DeclarationFactory(holder=holder, state=State.SUBMITTED)


def charged(holder: Holder) -> list[Any]:
    """A paid fee, and the fee schedule."""
    fee = make.FeeFactory(declaration=declared(holder), paid=True)
    return [fee, fee.payments.get(), make.FeeRateFactory(), make.FeeFamilyFactory()]


def secrets(owner: User) -> dict[str, Any]:
    """Keys of allauth's links, and the owner's second factors."""
    newcomer = make.UserFactory(confirmed=False)
    address = EmailAddress.objects.create(user=newcomer, email=newcomer.email)
    TOTP.activate(owner, generate_totp_secret())
    RecoveryCodes.activate(owner)
    passkey = Authenticator.objects.create(
        user=owner, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": credential()}
    )
    return {
        "address_key": EmailConfirmationHMAC(address).key,
        "uidb36": user_pk_to_url_str(owner),
        "reset_key": default_token_generator.make_token(owner),
        "passkey": passkey.pk,
    }


def credential() -> dict[str, Any]:
    """A passkey's registration data."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    attested = AttestedCredentialData.create(bytes(16), b"a passkey", key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    seen = AuthenticatorData.create(sha256(b"localhost").digest(), flags, 0, attested)
    said = CollectedClientData.create(CollectedClientData.TYPE.CREATE, b"challenge", settings.SITE_URL)
    name = websafe_encode(b"a passkey")
    parts = {"clientDataJSON": said, "attestationObject": AttestationObject.create("none", seen, {})}
    response = {part: websafe_encode(value) for part, value in parts.items()}
    return {"id": name, "rawId": name, "type": "public-key", "response": response}
