"""Disputes as shown to their holder and to the Board."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.deciding import Fact
from cmp_portal.lib.formatting import points_text
from credentials.models import Subject
from education.enums import DisputeState
from education.models import Allocation, Credit, Dispute
from education.queries.credits import provider_of
from education.queries.effects import Effect, effect_of_correcting, effect_of_withdrawing
from education.queries.evidence import Document, documents_of
from education.queries.ledger import shares_by_credit
from education.queries.versions import Versions, versions_of
from education.queries.words import decided_words, subject_words

TONES = {DisputeState.OPEN: "info", DisputeState.UPHELD: "success", DisputeState.DECLINED: "neutral"}


def disputes_visible_to(user: User) -> QuerySet[Dispute]:
    """A holder's own disputes, newest first; all disputes for the Board."""
    rows = ("credit__kind", "credit__provider", "holder", "decided_by")
    disputes = Dispute.objects.select_related(*rows).order_by("-id")
    if user.may(Permission.SEE_RECORDS):
        return disputes
    return disputes.filter(holder_id=user.holder_key)


@dataclass(frozen=True)
class DisputeLine:
    """One dispute: the objection and the answer, each with its date."""

    state_label: str
    tone: str
    note: str
    raised_text: str
    answer: str
    answered_text: str


@dataclass(frozen=True)
class DisputePage:
    title: str
    intro: str
    credit_url: str
    lines: tuple[DisputeLine, ...]
    may_raise: bool


def dispute_page(credit: Credit) -> DisputePage:
    """A holder's disputes of a credit, newest first, and whether a new one can be raised now."""
    disputes = list(Dispute.objects.filter(credit=credit).order_by("-id"))
    is_waiting = any(dispute.state == DisputeState.OPEN for dispute in disputes)
    return DisputePage(
        title=credit.title,
        intro=_intro(credit),
        credit_url=reverse("education:credit", args=[credit.uuid]),
        lines=tuple(map(dispute_line, disputes)),
        may_raise=not credit.is_self_recorded and not is_waiting,
    )


def _intro(credit: Credit) -> str:
    if credit.is_self_recorded:
        return _("You recorded this credit yourself. Correct or withdraw it on its page.")
    return _(
        "Its provider delivered it, so only the provider or the Board can correct it. Tell the Board what is"
        " wrong. The Board reviews it and answers here."
    )


def dispute_line(dispute: Dispute) -> DisputeLine:
    answered = longdate(board_day(dispute.decided_at)) if dispute.decided_at else ""
    return DisputeLine(
        state_label=dispute.get_state_display(),
        tone=TONES[DisputeState(dispute.state)],
        note=dispute.note,
        raised_text=_("Sent on %(day)s") % {"day": longdate(board_day(dispute.raised_at))},
        answer=dispute.answer,
        answered_text=_("Answered on %(day)s") % {"day": answered} if answered else "",
    )


@dataclass(frozen=True)
class DisputeReview:
    """Everything the Board needs to decide one dispute."""

    title: str
    holder: str
    line: DisputeLine
    decided_text: str
    facts: tuple[Fact, ...]
    files: tuple[Document, ...]
    versions: Versions
    decide_url: str
    withdrawing: Effect
    correcting: Effect | None


def dispute_review(dispute: Dispute, *, may_decide: bool, points: Decimal | None = None) -> DisputeReview:
    """The page for deciding a dispute; `decide_url` is empty for users who may only look.

    With `points`, it also shows the effect of correcting the credit to them.
    """
    credit = dispute.credit
    titles = dict(Subject.objects.values_list("code", "title"))
    return DisputeReview(
        title=_("Dispute about “%(title)s”") % {"title": credit.title},
        holder=str(dispute.holder),
        line=dispute_line(dispute),
        decided_text=decided_words(dispute.decided_at, dispute.decided_by),
        facts=tuple(_facts(credit, shares_by_credit([credit])[credit.pk], titles)),
        files=documents_of(credit.pk),
        versions=versions_of(credit, titles),
        decide_url=reverse("admin:education_dispute_decide", args=[dispute.pk]) if may_decide else "",
        withdrawing=effect_of_withdrawing(credit),
        correcting=None if points is None else effect_of_correcting(credit, points=points),
    )


def _facts(credit: Credit, shares: Iterable[Allocation], titles: dict[str, str]) -> Iterable[Fact]:
    places = [f"{share.cycle.credential.credential_type.code}: {share.area.title}" for share in shares]
    yield Fact(_("Provider"), f"{provider_of(credit)} ({credit.external_id or '-'})")
    yield Fact(_("Completed on"), longdate(credit.completed_on))
    yield Fact(_("Kind of activity"), credit.kind.title)
    yield Fact(_("Subjects"), subject_words(credit.subjects, titles))
    yield Fact(_("Points"), points_text(credit.points))
    yield Fact(_("Allocated to"), "; ".join(places) or _("Nowhere yet."))
    if credit.withdrawn_at is not None:
        yield Fact(_("Withdrawn on"), longdate(board_day(credit.withdrawn_at)))
