"""A holder's declarations in the data export: as signed, with what the Board told them."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.db.models.fields.json import KT

from accounts.models import Holder
from cmp_portal.lib.exports import Part, part
from declarations.enums import State
from declarations.models import (
    Appeal,
    AppealDocument,
    Badge,
    Declaration,
    DeclaredCredit,
    Fee,
    Hidden,
    Note,
    Payment,
    Print,
    Proof,
    Refund,
    Ruling,
    Seal,
    ShareLink,
    Step,
    Terms,
)
from declarations.rules import UNDECIDED
from education.queries.export import AREA


def export_of(holder: Holder) -> Iterator[Part]:
    """Leaves out the staff's internal notes, and rulings until the Board has answered the declaration."""
    declarations = Declaration.objects.filter(holder=holder).order_by("id")
    told = "uuid number state created_at received_at received_on window_starts_on window_ends_on counted"
    decided = "decided_at decided_on"
    yield part(
        "declarations",
        declarations,
        f"{told} {decided}",
        cycle="cycle_id",
        attestation="attestation__text",
        requirements="requirement_set__version",
        requirements_for="requirement_set__credential_type__code",
    )
    yield from _signed(holder)
    steps = Step.objects.filter(declaration__holder=holder).order_by("id")
    yield part("steps", steps, "move from_state to_state at note", declaration="declaration__uuid")
    yield from _answered(holder)
    yield from _proven(holder)
    yield from _charged(holder)


def _signed(holder: Holder) -> Iterator[Part]:
    declared = DeclaredCredit.objects.filter(declaration__holder=holder).order_by("id")
    chained = "submission position content previous_hash hash"
    yield part("declared_credits", declared, chained, declaration="declaration__uuid")
    seals = Seal.objects.filter(declaration__holder=holder).order_by("id")
    yield part("seals", seals, "submission content previous_hash hash", declaration="declaration__uuid")
    sealed = [
        seals.order_by().values(digest=KT(f"content__{name}__sha256")) for name in ("attestation", "requirements")
    ]
    terms = Terms.objects.filter(Q(digest__in=sealed[0]) | Q(digest__in=sealed[1])).order_by("digest")
    yield part("terms", terms, "digest content")


def _answered(holder: Holder) -> Iterator[Part]:
    rulings = Ruling.objects.filter(holder=holder).order_by("id")
    told = rulings.exclude(declaration__state__in=UNDECIDED | {State.DRAFT})
    yield part(
        "rulings",
        told,
        "submission outcome reason at",
        declaration="declaration__uuid",
        credit="credit__uuid",
        **AREA,
    )
    notes = Note.objects.filter(holder=holder, is_shared=True).order_by("id")
    yield part("notes", notes, "uuid is_shared text at", declaration="declaration__uuid")
    appeals = Appeal.objects.filter(declaration__holder=holder).order_by("id")
    yield part("appeals", appeals, "grounds letter at", declaration="declaration__uuid")
    documents = AppealDocument.objects.filter(appeal__declaration__holder=holder).order_by("id")
    named = {"declaration": "appeal__declaration__uuid", "evidence": "evidence__uuid"}
    yield part("appeal_documents", documents, "replaces", **named)


def _proven(holder: Holder) -> Iterator[Part]:
    proofs = Proof.objects.filter(holder=holder).order_by("id")
    yield part("proofs", proofs, "uuid content issued_at", declaration="declaration__uuid")
    prints = Print.objects.filter(proof__holder=holder).order_by("id")
    yield part("prints", prints, "paper sha256 at", proof="proof__uuid")
    badges = Badge.objects.filter(proof__holder=holder).order_by("pk")
    yield part("badges", badges, "number place ends_on at", proof="proof__uuid")
    yield part("hidden", Hidden.objects.filter(holder=holder).order_by("pk"), "since")
    links = ShareLink.objects.filter(holder=holder).order_by("id")
    told = "uuid note shows made_at expires_at revoked_at"
    yield part("share_links", links, told, certificate_number="credential__certificate_number")


def _charged(holder: Holder) -> Iterator[Part]:
    """Includes past fees even where fees have since been turned off."""
    fees = Fee.objects.filter(holder=holder).order_by("id")
    if not settings.FEES and not fees.exists():
        return
    yield part("fees", fees, "number state amount currency lines charged_at paid_at", declaration="declaration__uuid")
    payments = Payment.objects.filter(fee__holder=holder).order_by("id")
    yield part("payments", payments, "gateway reference amount at", fee="fee__number")
    refunds = Refund.objects.filter(payment__fee__holder=holder).order_by("id")
    yield part("refunds", refunds, "amount reason reference at state settled_at", payment="payment__reference")
