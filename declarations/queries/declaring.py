"""The steps of declaring: check what would be signed, attest it, check the answers, submit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from credentials.models import Cycle
from credentials.queries import is_voluntary
from declarations.models import Attestation
from declarations.queries.fees import QuotePage, quote_page, seen_with_fee
from declarations.queries.marks import marks_in
from declarations.queries.pages import AreaLine, CreditLine, Fact, ShareLine, documents_text, without_documents
from declarations.queries.readiness import Readiness, current_attestation, readiness_of
from declarations.queries.sealing import to_sign
from declarations.rules import Blocker, Timing
from education.models import Allocation, Evidence
from education.queries import Marks, headline, progress_url, provider_of

STEPS = ("declare", "attest", "confirm")


@dataclass(frozen=True)
class TrailStep:
    """A step of declaring; completed ones have a URL to go back to."""

    label: str
    url: str
    state: str


@dataclass(frozen=True)
class CheckPage:
    """What is about to be signed, for the holder to check."""

    trail: tuple[TrailStep, ...]
    marks: Marks
    timing_text: str
    timing_tone: str
    blockers: tuple[str, ...]
    facts_title: str
    facts: tuple[Fact, ...]
    areas: tuple[AreaLine, ...]
    rows: tuple[CreditLine, ...]
    without_documents: str
    fee: QuotePage | None
    next_url: str
    progress_url: str


def check_page(cycle: Cycle, *, on: date) -> CheckPage:
    """The first step: the cycle's declaration as it would be submitted."""
    readiness = readiness_of(cycle, on=on)
    blockers = tuple(_all_blockers(readiness, current_attestation(on=on)))
    rows = tuple(_rows_before(cycle))
    return CheckPage(
        trail=_trail(cycle, "declare"),
        marks=marks_in(cycle, on=on, is_complete=readiness.standing.is_complete),
        timing_text="" if blockers else _timing_text(cycle, readiness),
        timing_tone="info" if readiness.timing == Timing.ADVISED else "warning",
        blockers=blockers,
        facts_title=cycle.credential.credential_type.code,
        facts=tuple(_cycle_facts(cycle, readiness)),
        areas=tuple(AreaLine(area.title, area.counted, area.needed) for area in readiness.standing.areas),
        rows=rows,
        without_documents=without_documents(rows),
        fee=None if blockers else quote_page(cycle, on=on),
        next_url="" if blockers else reverse("declarations:attest", args=[cycle.pk]),
        progress_url=progress_url(cycle),
    )


@dataclass(frozen=True)
class AttestPage:
    """The attestation that the holder is asked to make."""

    trail: tuple[TrailStep, ...]
    marks: Marks
    credential: str
    wording: str
    next_url: str
    back_url: str


def attest_page(cycle: Cycle, attestation: Attestation, readiness: Readiness, *, on: date) -> AttestPage:
    """The second step: the attestation in force on that day."""
    return AttestPage(
        trail=_trail(cycle, "attest"),
        marks=marks_in(cycle, on=on, is_complete=readiness.standing.is_complete),
        credential=cycle.credential.credential_type.code,
        wording=attestation.text,
        next_url=reverse("declarations:confirm", args=[cycle.pk]),
        back_url=reverse("declarations:declare", args=[cycle.pk]),
    )


@dataclass(frozen=True)
class AnswerLine:
    """An answer, and where it can be changed."""

    label: str
    value: str
    change_url: str
    change_label: str


@dataclass(frozen=True)
class ConfirmPage:
    """Summary of all answers; `seen` is the digest of everything about to be signed, and of the fee."""

    trail: tuple[TrailStep, ...]
    marks: Marks
    credential: str
    answers: tuple[AnswerLine, ...]
    fee: QuotePage | None
    submit_url: str
    back_url: str
    seen: str


def confirm_page(cycle: Cycle, attestation: Attestation, readiness: Readiness, *, on: date) -> ConfirmPage:
    """The last step before submission: check your answers."""
    signed = to_sign(cycle, attestation)
    evidence = {digest for content in signed.contents for digest in content["evidence"]}
    credits = len({content["credit"] for content in signed.contents})
    return ConfirmPage(
        trail=_trail(cycle, "confirm"),
        marks=marks_in(cycle, on=on, is_complete=readiness.standing.is_complete),
        credential=cycle.credential.credential_type.code,
        answers=tuple(_answers(cycle, readiness, credits=credits, documents=len(evidence))),
        fee=quote_page(cycle, on=on),
        submit_url=reverse("declarations:submit", args=[cycle.pk]),
        back_url=reverse("declarations:attest", args=[cycle.pk]),
        seen=seen_with_fee(signed.digest, cycle, on=on),
    )


def _answers(cycle: Cycle, readiness: Readiness, *, credits: int, documents: int) -> Iterable[AnswerLine]:
    check, change = reverse("declarations:declare", args=[cycle.pk]), _("Change")
    for fact in _cycle_facts(cycle, readiness):
        yield AnswerLine(fact.label, fact.value, "", "")
    counted = ngettext("%(count)s credit", "%(count)s credits", credits) % {"count": credits}
    yield AnswerLine(_("Credits you declare"), counted, progress_url(cycle), change)
    yield AnswerLine(_("Documents"), documents_text(documents) or _("None yet: keep your certificates."), "", "")
    yield AnswerLine(_("Read through"), _("yes"), check, _("Check again"))
    attest = reverse("declarations:attest", args=[cycle.pk])
    yield AnswerLine(_("Attested"), _("yes: every statement"), attest, _("Read again"))


def _trail(cycle: Cycle, current: str) -> tuple[TrailStep, ...]:
    labels = {"declare": _("Check"), "attest": _("Attest"), "confirm": _("Submit")}
    place = STEPS.index(current)
    return tuple(
        TrailStep(
            label=labels[name],
            url=reverse(f"declarations:{name}", args=[cycle.pk]) if number < place else "",
            state="done" if number < place else "current" if number == place else "",
        )
        for number, name in enumerate(STEPS)
    )


def _timing_text(cycle: Cycle, readiness: Readiness) -> str:
    days = {"advised": longdate(readiness.advised_until), "end": longdate(cycle.ends_on)}
    if is_voluntary(cycle) and readiness.timing in (Timing.LATE, Timing.REINSTATEMENT):
        return _voluntary_text(readiness.timing) % days
    if readiness.timing == Timing.LATE:
        return (
            _(
                "The advised last day to submit, %(advised)s, has passed. Submit now: the Board needs time to"
                " process your declaration before your credential expires on %(end)s."
            )
            % days
        )
    if readiness.timing == Timing.REINSTATEMENT:
        return _("Your credential expired on %(end)s. With this declaration you ask the Board to reinstate it.") % days
    return _("You are on time: the advised last day to submit is %(advised)s.") % days


def _voluntary_text(timing: Timing) -> str:
    """For a credential that is valid for life: only the voluntary cycle ends."""
    if timing == Timing.LATE:
        return _(
            "The advised last day to submit, %(advised)s, has passed. Submit now: the Board needs time to process"
            " your declaration before your voluntary cycle ends on %(end)s."
        )
    return _("Your voluntary cycle ended on %(end)s. You can still declare it: your credential is valid for life.")


def _all_blockers(readiness: Readiness, attestation: Attestation | None) -> Iterable[str]:
    yield from blocker_words(readiness)
    if attestation is None:
        yield _("The Board has not published the wording of the declaration yet. Please come back later.")


def blocker_words(readiness: Readiness) -> Iterable[str]:
    """Why a declaration can't be submitted now, in words, with what to do about it."""
    words = {
        Blocker.NOT_OPEN: _("The declaration opens on %(day)s.") % {"day": longdate(readiness.opens_on)},
        Blocker.INCOMPLETE: headline(readiness.standing),
        Blocker.CLOSED: _("This cycle has already been renewed."),
        Blocker.REVOKED: _("This credential is revoked. Please write to the Board."),
        Blocker.EXAMINATION: _("This credential expired too long ago for a declaration. Please write to the Board."),
    }
    return (words[blocker] for blocker in readiness.blockers)


def _cycle_facts(cycle: Cycle, readiness: Readiness) -> Iterable[Fact]:
    window = readiness.standing.window
    total = readiness.standing.total
    days = {"start": longdate(window.starts_on), "end": longdate(window.ends_on)}
    yield Fact(_("Certificate number"), cycle.credential.certificate_number)
    yield Fact(_("Cycle ends on"), longdate(cycle.ends_on))
    yield Fact(_("Activities completed between"), _("%(start)s and %(end)s") % days)
    points = {"counted": points_text(total.counted), "needed": points_text(total.needed)}
    yield Fact(_("Points"), _("%(counted)s of %(needed)s") % points)
    if readiness.timing != Timing.REINSTATEMENT:
        yield Fact(_("Advised last day to submit"), longdate(readiness.advised_until))


def _rows_before(cycle: Cycle) -> Iterable[CreditLine]:
    shares = Allocation.objects.filter(cycle=cycle).select_related("area", "credit__provider")
    documents = _documents(cycle)
    ordered = shares.order_by("credit__completed_on", "credit", "area__position")
    for credit, group in groupby(ordered, key=lambda share: share.credit):
        lines = tuple(ShareLine(share.area.title, share.points) for share in group)
        yield CreditLine(
            title=credit.title,
            provider=provider_of(credit),
            completed=longdate(credit.completed_on),
            counted=sum((line.points for line in lines), Decimal(0)),
            shares=lines,
            evidence_text=documents_text(documents.get(credit.pk, 0)),
            detail_url=reverse("education:credit", args=[credit.uuid]),
        )


def _documents(cycle: Cycle) -> dict[int, int]:
    counts: dict[int, int] = {}
    allocated = Allocation.objects.filter(cycle=cycle).values("credit")
    for credit in Evidence.objects.filter(credit__in=allocated, removed_at=None).values_list("credit", flat=True):
        counts[credit] = counts.get(credit, 0) + 1
    return counts
