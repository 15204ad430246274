"""What the public is told about a credential: its validity and dates, and nothing else.

An unknown number, a name that isn't the holder's, and a holder who has opted out all run the same query and get the
same empty answer, so that they can't be told apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from credentials.enums import Validity
from credentials.models import Credential, Cycle
from credentials.queries import cycles_of, requirements_by_id
from credentials.rules import Requirements
from credentials.rules.claims import is_last_name
from declarations.models import Hidden
from declarations.queries.marks import newest_declarations, validity_of

TONES = {
    Validity.ACTIVE: "success",
    Validity.LIFETIME: "success",
    Validity.UNDER_REVIEW: "warning",
    Validity.EXPIRED: "danger",
    Validity.SUSPENDED: "danger",
    Validity.REVOKED: "danger",
}
# For these, the end of the cycle is the date that matters.
ENDING = {Validity.ACTIVE, Validity.UNDER_REVIEW, Validity.EXPIRED}


@dataclass(frozen=True)
class PublicCredential:
    """A credential as shown to the public."""

    code: str
    title: str
    validity: Validity
    certified_on: date
    ends_on: date | None
    years: int
    requirements: Requirements | None

    @property
    def tone(self) -> str:
        return TONES[self.validity]

    @property
    def certified_text(self) -> str:
        return longdate(self.certified_on)

    @property
    def ends_label(self) -> str:
        return _("Expired on") if self.validity != Validity.ACTIVE else _("Valid until")

    @property
    def ends_text(self) -> str:
        return longdate(self.ends_on) if self.ends_on else ""


class Found(NamedTuple):
    """The minimum needed to decide whether to answer; nothing else is read before that."""

    pk: int
    last_name: str
    is_hidden: bool


def answers_by_name(*, certificate_number: str, last_name: str, on: date) -> tuple[PublicCredential, ...]:
    """Credentials with this number whose holder has this last name, ignoring diacritics and case."""
    found = _asked_for(Credential.objects.filter(certificate_number=certificate_number))
    return _answers([one for one in found if is_last_name(last_name, one.last_name)], on=on)


def answers_by_code(uuid: UUID, *, on: date) -> tuple[PublicCredential, ...]:
    """The credential whose renewal is proven by the paper or badge with this code."""
    return _answers(_asked_for(Credential.objects.filter(cycles__proof__uuid=uuid)), on=on)


def answers_by_digest(sha256: str, *, on: date) -> tuple[PublicCredential, ...]:
    """The credential of an issued paper with exactly these bytes."""
    return _answers(_asked_for(Credential.objects.filter(cycles__proof__prints__sha256=sha256)), on=on)


def answer_about(credential: Credential, *, on: date) -> PublicCredential:
    """The same answer for a credential whose holder has consented to show more; its type must be loaded."""
    (answer,) = _told([credential], on=on)
    return answer


def _asked_for(credentials: QuerySet[Credential]) -> list[Found]:
    """The same single query whether or not there is anything to find."""
    is_hidden = Exists(Hidden.objects.filter(holder=OuterRef("holder")))
    return [Found(*row) for row in credentials.order_by("id").values_list("pk", "holder__last_name", is_hidden)]


def _answers(found: Iterable[Found], *, on: date) -> tuple[PublicCredential, ...]:
    if shown := [one.pk for one in found if not one.is_hidden]:
        credentials = Credential.objects.filter(pk__in=shown).select_related("credential_type").order_by("id")
        return tuple(_told(list(credentials), on=on))
    return ()


def _told(credentials: list[Credential], *, on: date) -> Iterable[PublicCredential]:
    newest: dict[int, Cycle] = {}
    for known in cycles_of(credentials):
        newest.setdefault(known.credential_id, known)
    declarations = newest_declarations(newest.values())
    sets = requirements_by_id(known.requirement_set for known in newest.values())
    for one in credentials:
        cycle = newest.get(one.pk)
        validity = validity_of(one, cycle, declarations.get(cycle.pk) if cycle else None, on=on)
        yield PublicCredential(
            code=one.credential_type.code,
            title=one.credential_type.title,
            validity=validity,
            certified_on=one.certified_on,
            ends_on=cycle.ends_on if cycle and validity in ENDING else None,
            years=one.credential_type.cycle_years,
            requirements=sets[cycle.requirement_set_id] if cycle else None,
        )


# --- JSON-LD ----------------------------------------------------------------------------------------------------------

# As plain JSON, these are simple names; as JSON-LD, terms of schema.org and CTDL.
CONTEXT = {
    "@vocab": "https://schema.org/",
    "credentials": "@graph",
    "status": "creativeWorkStatus",
    "requires": "https://purl.org/ctdl/terms/requires",
}


def as_linked_data(answers: Iterable[PublicCredential]) -> dict[str, Any]:
    """The answers as JSON that is also valid JSON-LD; the list may be empty."""
    return {"@context": CONTEXT, "credentials": [_linked(answer) for answer in answers]}


def _linked(answer: PublicCredential) -> dict[str, Any]:
    days = {"validFrom": answer.certified_on.isoformat()}
    if answer.ends_on:
        days["expires"] = answer.ends_on.isoformat()
    return {
        "@type": "EducationalOccupationalCredential",
        "name": answer.title,
        "alternateName": answer.code,
        "recognizedBy": {"@type": "Organization", "name": settings.BOARD_NAME, "url": settings.SITE_URL},
        "status": answer.validity.value,
        **days,
        "validFor": f"P{answer.years}Y",
        "requires": list(required(answer.requirements)),
    }


def required(requirements: Requirements | None) -> Iterable[dict[str, Any]]:
    """Points required to maintain the credential: in total, and the minimum in each area."""
    if requirements is None:
        return
    yield _points("total", requirements.title, requirements.total)
    for area in requirements.areas:
        yield _points(area.code, area.title, area.minimum)


def _points(code: str, title: str, least: Any) -> dict[str, Any]:
    return {
        "@type": "PropertyValue",
        "propertyID": code,
        "name": title,
        "minValue": float(least),
        "unitText": "points",
    }
