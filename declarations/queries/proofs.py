"""Proofs of renewal: content, papers, and the holder's page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.codes import qr_svg
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.documents import pdf
from cmp_portal.lib.signing import can_sign
from credentials.models import Cycle
from declarations.enums import Move, Paper, State
from declarations.models import Declaration, Proof, Step
from declarations.queries.pages import Download, slug_of

# What the content of a proof says, all of it text.
PROVEN = ("holder", "credential", "title", "certificate_number", "declaration", "starts_on", "ends_on")


def proven(declaration: Declaration, cycle: Cycle) -> dict[str, str]:
    """What a renewal proves, as of that day; the holder, the credential and its type must be loaded."""
    credential = cycle.credential
    return {
        "holder": declaration.holder.name,
        "credential": credential.credential_type.code,
        "title": credential.credential_type.title,
        "certificate_number": credential.certificate_number,
        "declaration": declaration.number or "",
        "starts_on": cycle.starts_on.isoformat(),
        "ends_on": cycle.ends_on.isoformat(),
    }


def provable() -> QuerySet[Any]:
    """Renewed declarations without a proof, annotated with the cycle `opened` and the moment `renewed_at`."""
    return _unproven().filter(opened__isnull=False, renewed_at__isnull=False)


def unprovable() -> QuerySet[Any]:
    """Renewed declarations without a proof of which one of these is not on record, by number."""
    return _unproven().filter(Q(opened=None) | Q(renewed_at=None)).order_by("number", "id")


def _unproven() -> QuerySet[Any]:
    """Annotates `opened` (the cycle after the declared one) and `renewed_at`; each is None if not on record."""
    steps = Step.objects.filter(declaration=OuterRef("pk"), move=Move.RENEW).order_by("-id")
    after = Cycle.objects.filter(credential=OuterRef("cycle__credential"), starts_on__gt=OuterRef("cycle__starts_on"))
    opened = after.order_by("starts_on", "id").values("pk")
    return Declaration.objects.filter(state=State.RENEWED, proof=None).annotate(
        opened=Subquery(opened[:1]), renewed_at=Subquery(steps.values("at")[:1])
    )


def proofs_of(user: User) -> QuerySet[Proof]:
    """A holder's own proofs, the newest first, whatever else the user may see."""
    return Proof.objects.filter(holder=user.holder_key).select_related("cycle").order_by("-issued_at", "-id")


def is_readable(proof: Proof) -> bool:
    """Whether the proof says everything it is read for; one that was written elsewhere may not."""
    if not isinstance(proof.content, dict) or not all(isinstance(proof.content.get(name), str) for name in PROVEN):
        return False
    try:
        return bool(Days.proven(proof))
    except ValueError:
        return False


def proof_url(proof: Proof) -> str:
    """The URL in the QR code: whoever scans it gets the answer from us, not from the paper."""
    return f"{settings.SITE_URL}{reverse('verification:by_code', args=[proof.uuid])}"


@dataclass(frozen=True)
class Days:
    """The dates for which a proof shows a credential as valid; the end follows its cycle, which may be shortened."""

    starts_on: date
    ends_on: date

    @classmethod
    def of(cls, proof: Proof) -> "Days":
        return cls(cls.proven(proof).starts_on, proof.cycle.ends_on)

    @classmethod
    def proven(cls, proof: Proof) -> "Days":
        """The dates as proven on the day of renewal."""
        return cls(*(date.fromisoformat(proof.content[name]) for name in ("starts_on", "ends_on")))

    @property
    def words(self) -> dict[str, str]:
        return {"start": longdate(self.starts_on), "end": longdate(self.ends_on)}


def end_if_moved(proof: Proof) -> date | None:
    """The end of the proof's cycle if it differs from the proven one, else None."""
    ends_on = Cycle.objects.values_list("ends_on", flat=True).get(pk=proof.cycle_id)
    return ends_on if ends_on != Days.proven(proof).ends_on else None


# --- Papers -----------------------------------------------------------------------------------------------------------


def paper_name(proof: Proof, paper: Paper) -> str:
    """A portable ASCII file name with the paper, the credential and the end date."""
    return f"{paper.value}-{slug_of(proof.content['credential'])}-{Days.of(proof).ends_on}.pdf"


def paper_pdf(proof: Proof, paper: Paper) -> bytes:
    """The paper as tagged PDF; the same proof in the same language gives the same bytes."""
    content, on = proof.content, board_day(proof.issued_at)
    words = {"holder": content["holder"], "title": content["title"], "day": longdate(on), **Days.of(proof).words}
    data = {
        "title": str(paper.label),
        "footer": f"{content['holder']} · {content['certificate_number']} · {longdate(on)}",
        "holder": content["holder"],
        "citation": content["credential"],
        "facts": [[label, value] for label, value in _facts(proof)],
        "qr": qr_svg(proof_url(proof)),
        "qr_title": _("QR code: the page that shows whether this credential is valid"),
        "qr_text": _("Scan the code, or enter the certificate number and the last name at %(address)s.")
        % {"address": f"{settings.SITE_URL}{reverse('verification:verify')}"},
        "url": proof_url(proof),
        **WORDS[paper](words),
    }
    return pdf(paper.value, data, on=on)


def _facts(proof: Proof) -> list[tuple[str, str]]:
    content = proof.content
    return [
        (_("Credential"), f"{content['credential']}, {content['title']}"),
        (_("Certificate number"), content["certificate_number"]),
        (_("Valid"), _("%(start)s to %(end)s") % Days.of(proof).words),
        (_("Declaration"), content["declaration"]),
    ]


def _letter_words(words: dict[str, str]) -> dict[str, Any]:
    return {
        "day": words["day"],
        "greeting": _("Dear %(holder)s,") % words,
        "paragraphs": [
            _(
                "Based on your declaration, the Board has renewed your credential. It is valid from %(start)s to"
                " %(end)s."
            )
            % words,
            _("You may cite it as follows, with the superscript letters that stand for credential maintenance:"),
        ],
        "after": [
            _("By the end of that period, you must maintain it again. My Account shows what is missing."),
            _("Anyone who wants to know whether it is valid can scan the code, without asking you."),
        ],
        "signed": settings.BOARD_NAME,
    }


def _certificate_words(words: dict[str, str]) -> dict[str, Any]:
    return {
        "certifies": _("This certifies that"),
        "has": _("has maintained the credential"),
        "credential_title": words["title"],
        "valid": _("valid from %(start)s to %(end)s") % words,
        "issued": _("Issued on %(day)s") % words,
    }


WORDS: dict[Paper, Callable[[dict[str, str]], dict[str, Any]]] = {
    Paper.LETTER: _letter_words,
    Paper.CERTIFICATE: _certificate_words,
}


# --- The holder's page ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProofLine:
    """A renewal and its downloads."""

    citation: str
    title: str
    days: str
    downloads: tuple[Download, ...]


@dataclass(frozen=True)
class ProofsPage:
    lines: tuple[ProofLine, ...]


def proofs_page(user: User) -> ProofsPage:
    return ProofsPage(
        lines=tuple(_line(proof) if is_readable(proof) else _unreadable_line(proof) for proof in proofs_of(user))
    )


def _line(proof: Proof) -> ProofLine:
    return ProofLine(
        citation=proof.content["credential"],
        title=proof.content["title"],
        days=_("Valid from %(start)s to %(end)s") % Days.of(proof).words,
        downloads=tuple(_downloads(proof)),
    )


def _unreadable_line(proof: Proof) -> ProofLine:
    return ProofLine(
        citation=proof.cycle.credential.credential_type.code,
        title=_("The letter and certificate of this renewal can't be read. Write to the Board."),
        days=_("Renewed on %(day)s") % {"day": longdate(board_day(proof.issued_at))},
        downloads=(),
    )


def _downloads(proof: Proof) -> list[Download]:
    address = {paper: reverse("declarations:paper", args=[proof.uuid, paper.value]) for paper in Paper}
    papers = [Download(str(paper.label), address[paper]) for paper in Paper]
    if can_sign():
        papers.append(Download(_("Digital badge"), reverse("declarations:badge", args=[proof.uuid])))
    return papers
