"""Proofs as Open Badges 3.0, and their status lists."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import DateField, F, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from cmp_portal.lib.bitstrings import encoded
from cmp_portal.lib.signing import own_did, signed, statement_in
from credentials.enums import Hold
from credentials.queries import requirements_by_id
from declarations.models import Badge, Proof
from declarations.queries.pages import slug_of
from declarations.queries.proofs import Days, proof_url
from declarations.queries.public import PublicCredential, answers_by_code, answers_by_digest, required

VC = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
# How long a copy of a status list is valid; after that, verifiers must fetch it again.
LIST_VALID = timedelta(days=1)


class Purpose(StrEnum):
    REVOCATION = "revocation"
    SUSPENSION = "suspension"


# The end date stated on a badge. If its cycle now ends on another day, the badge is superseded and therefore revoked.
SAID = Coalesce("ends_on", Cast(KeyTextTransform("ends_on", "proof__content"), DateField()))
HOLDS = {Purpose.REVOCATION: Hold.REVOKED, Purpose.SUSPENSION: Hold.SUSPENDED}


def signed_badge(badge: Badge) -> str:
    """The badge as a VC-JWT; identical as long as the signing key is the same.

    A reissued badge has the same id and a later validFrom, by which wallets recognize the newer one.
    """
    proof, did = badge.proof, own_did()
    ends_on = badge.ends_on or Days.proven(proof).ends_on
    starts_at, ends_at = badge.at if badge.ends_on else proof.issued_at, _end_of(ends_on)
    subject = _subject(proof, ends_on)
    return signed(
        {
            "@context": [VC, OPEN_BADGES],
            "id": proof_url(proof),
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": proof.content["title"],
            "issuer": {"id": did, "type": ["Profile"], "name": settings.BOARD_NAME, "url": settings.SITE_URL},
            "validFrom": _moment(starts_at),
            "validUntil": _moment(ends_at),
            "credentialSubject": subject,
            "credentialStatus": [_status(badge, purpose) for purpose in Purpose],
            "iss": did,
            "sub": subject["id"],
            "jti": proof_url(proof),
            "nbf": int(starts_at.timestamp()),
            "exp": int(ends_at.timestamp()),
        }
    )


def badge_name(proof: Proof) -> str:
    return f"badge-{slug_of(proof.content['credential'])}-{Days.of(proof).ends_on}.jwt"


def _end_of(ends_on: date) -> datetime:
    """The moment at which the last day ends in the Board's time zone."""
    after = ends_on + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(settings.BOARD_TIME_ZONE))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _subject(proof: Proof, ends_on: date) -> dict[str, Any]:
    content = proof.content
    name = {"type": "IdentityObject", "hashed": False, "identityHash": content["holder"], "identityType": "name"}
    return {
        "id": _urn(content["credential"], content["certificate_number"]),
        "type": ["AchievementSubject"],
        "identifier": [name],
        "licenseNumber": content["certificate_number"],
        "achievement": {
            "id": _urn(content["credential"]),
            "type": ["Achievement"],
            "achievementType": "Certification",
            "name": f"{content['credential']}, {content['title']}",
            "description": f"{content['title']}, maintained from {content['starts_on']} to {ends_on}",
            "criteria": {"narrative": _narrative(proof)},
        },
    }


def _urn(*names: str) -> str:
    """An identifier of what has these names in this portal, the same in every badge."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, settings.SITE_URL + '/'.join(names))}"


def _narrative(proof: Proof) -> str:
    """The requirements in words; the requirement set was frozen with the declaration."""
    requirements = proof.declaration.requirement_set
    if requirements is None:
        return ""
    known = requirements_by_id([requirements])[requirements.pk]
    least = [(one["name"], one["minValue"]) for one in required(known) if one["minValue"]]
    return "; ".join(f"{name}: {points:g} {'point' if points == 1 else 'points'}" for name, points in least)


def _status(badge: Badge, purpose: Purpose) -> dict[str, str]:
    address = list_url(badge.number, purpose)
    return {
        "id": f"{address}#{badge.place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose.value,
        "statusListIndex": str(badge.place),
        "statusListCredential": address,
    }


# --- Status lists -----------------------------------------------------------------------------------------------------


def list_url(number: int, purpose: Purpose) -> str:
    return f"{settings.SITE_URL}{reverse('verification:status_list', args=[number, purpose.value])}"


def status_list(number: int, purpose: Purpose, *, at: datetime) -> str | None:
    """The signed status list as of `at`; None if it contains no badges."""
    badges = Badge.objects.filter(number=number)
    if not badges.exists():
        return None
    is_held = Q(proof__cycle__credential__hold=HOLDS[purpose])
    if purpose == Purpose.REVOCATION:
        is_held |= ~Q(said=F("proof__cycle__ends_on"))
    held = badges.alias(said=SAID).filter(is_held).order_by("place")
    return signed(_listed(list_url(number, purpose), purpose, held.values_list("place", flat=True), at=at))


def _listed(address: str, purpose: Purpose, places: Iterable[int], *, at: datetime) -> dict[str, Any]:
    did = own_did()
    return {
        "@context": [VC],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did,
        "validFrom": _moment(at),
        "validUntil": _moment(at + LIST_VALID),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose.value,
            "encodedList": encoded(places),
        },
        "iss": did,
        "jti": address,
        "nbf": int(at.timestamp()),
        "exp": int((at + LIST_VALID).timestamp()),
    }


def proof_in(content: bytes) -> UUID | None:
    """The uuid of the proof in a badge signed by us; None for any other file."""
    try:
        stated = statement_in(content.decode("ascii").strip()) or {}
        return UUID(str(stated.get("id", "")).rstrip("/").rpartition("/")[2])
    except ValueError:
        return None


def answers_by_file(content: bytes, *, on: date) -> tuple[PublicCredential, ...]:
    """The credential of an issued file: a badge is recognized by its signature, a paper by its digest."""
    if uuid := proof_in(content):
        return answers_by_code(uuid, on=on)
    return answers_by_digest(hashlib.sha256(content).hexdigest(), on=on)
