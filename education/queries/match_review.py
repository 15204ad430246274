"""The Board's page for a possible duplicate: both credits, field by field."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from credentials.models import ActivityKind, Subject
from education.enums import MatchState
from education.models import Allocation, Credit, Match
from education.queries.credits import provider_of
from education.queries.effects import Effect, effect_of_keeping, effect_of_matching, effect_of_undoing
from education.queries.evidence import Document, documents_of
from education.queries.matches import reasons_text
from education.queries.words import subject_words


@dataclass(frozen=True)
class Comparison:
    label: str
    recorded: str
    delivered: str


@dataclass(frozen=True)
class MatchDecision:
    """A button, and what it would do."""

    label: str
    url: str
    effect: Effect


@dataclass(frozen=True)
class MatchReview:
    """Everything the Board needs to decide about one pair."""

    title: str
    state_label: str
    holder: str
    reasons: str
    decided_text: str
    lines: tuple[Comparison, ...]
    documents: tuple[Document, ...]
    decisions: tuple[MatchDecision, ...]


def match_review(match: Match, *, decisions: Collection[MatchState]) -> MatchReview:
    """The review of one pair; `decisions` are those the user may make."""
    return MatchReview(
        title=_("“%(title)s”: recorded and delivered") % {"title": match.recorded.title},
        state_label=match.get_state_display(),
        holder=str(match.holder),
        reasons=reasons_text(match),
        decided_text=_decided(match),
        lines=tuple(_comparisons(match)),
        documents=documents_of(match.recorded_id, match.delivered_id),
        decisions=tuple(_decision(match, state) for state in decisions),
    )


def _decision(match: Match, state: MatchState) -> MatchDecision:
    url = reverse("admin:education_match_decide", args=[match.pk, state])
    if state == MatchState.MATCHED:
        return MatchDecision(_("They are the same"), url, effect_of_matching(match))
    if state == MatchState.DIFFERENT:
        return MatchDecision(_("They are different"), url, effect_of_keeping())
    return MatchDecision(_("Undo the match"), url, effect_of_undoing(match))


def _decided(match: Match) -> str:
    if match.decided_at is None:
        return ""
    words = {"day": longdate(board_day(match.decided_at)), "who": match.decided_by}
    return (_("Decided on %(day)s by %(who)s.") if match.decided_by else _("Matched automatically on %(day)s.")) % words


def _comparisons(match: Match) -> Iterator[Comparison]:
    """The fields of both credits; while matched, what the holder had entered next to the merged credit."""
    is_matched = match.state == MatchState.MATCHED
    recorded, delivered = (_as_said(match), match.recorded) if is_matched else (match.recorded, match.delivered)
    places, subjects = _places(match), dict(Subject.objects.values_list("code", "title"))
    there = _words(delivered, places, subjects) if delivered else {}
    for label, text in _words(recorded, places, subjects).items():
        if text or there.get(label):
            yield Comparison(label, text or "-", there.get(label) or "-")


def _as_said(match: Match) -> Credit:
    """The credit as its holder had recorded it, unsaved."""
    said: Any = match.said
    return Credit(
        title=said["title"],
        provider_name=said["provider_name"],
        kind=ActivityKind.objects.get(code=said["kind"]),
        subjects=said["subjects"],
        completed_on=date.fromisoformat(said["completed_on"]),
        points=Decimal(said["points"]),
    )


def _words(credit: Credit, places: Mapping[int, str], subjects: Mapping[str, str]) -> dict[str, str]:
    identity = f" ({credit.external_id})" if credit.external_id else ""
    return {
        _("Title"): credit.title,
        _("Provider"): f"{provider_of(credit)}{identity}",
        _("Completed on"): longdate(credit.completed_on),
        _("Kind of activity"): credit.kind.title,
        _("Subjects"): subject_words(credit.subjects, subjects),
        _("Points"): points_text(credit.points),
        _("Allocated to"): places.get(credit.pk, ""),
        _("Withdrawn on"): longdate(board_day(credit.withdrawn_at)) if credit.withdrawn_at else "",
    }


def _places(match: Match) -> dict[int, str]:
    """Where each credit of the pair is allocated."""
    places: dict[int, list[str]] = {}
    shares = Allocation.objects.filter(credit__in=[match.recorded_id, match.delivered_id])
    for share in shares.select_related("area", "cycle__credential__credential_type").order_by("id"):
        text = f"{share.cycle.credential.credential_type.code}: {share.area.title} ({points_text(share.points)})"
        places.setdefault(share.credit_id, []).append(text)
    return {credit: "; ".join(texts) for credit, texts in places.items()}
