"""The reviewer's page: what was signed, beside what the engine says about it today."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.words import points_text
from credentials import rules as credential_rules
from declarations.enums import Move
from declarations.models import Declaration
from declarations.queries.pages import AreaLine, DetailPage, Fact, StepLine, detail_page
from declarations.rules import is_late
from education import rules as education_rules
from education.models import Evidence
from education.queries import credit_words, facts_of, gap_words, picture_url, released

REASON_NEEDED = frozenset({Move.RETURN, Move.DENY})


@dataclass(frozen=True)
class EvidenceLink:
    name: str
    url: str
    picture_url: str


@dataclass(frozen=True)
class ReviewRow:
    """A declared credit and what the engine says of it."""

    title: str
    provider: str
    completed: str
    points: str
    places: str
    sentence: str
    evidence: tuple[EvidenceLink, ...]


@dataclass(frozen=True)
class Decision:
    """One button of a reviewer."""

    move: str
    url: str
    label: str
    needs_reason: bool


@dataclass(frozen=True)
class ReviewPage:
    title: str
    state_label: str
    holder: str
    flags: tuple[str, ...]
    facts: tuple[Fact, ...]
    areas: tuple[AreaLine, ...]
    rows: tuple[ReviewRow, ...]
    steps: tuple[StepLine, ...]
    decisions: tuple[Decision, ...]


def review_page(declaration: Declaration, *, moves: Collection[Move], on: date) -> ReviewPage:
    """The review of one declaration on the Board's day `on`; `moves` are those its reader may make."""
    page = detail_page(declaration, moves=moves)
    tally = facts_of(declaration.cycle, on=on).count()
    return ReviewPage(
        title=f"{page.title}, {page.number}",
        state_label=page.state_label,
        holder=str(declaration.holder),
        flags=tuple(_flags(declaration, education_rules.standing_of(tally))),
        facts=(*page.facts, Fact(_("Received"), page.received_text)),
        areas=page.areas,
        rows=tuple(_rows(declaration, page, tally)),
        steps=page.steps,
        decisions=tuple(_decisions(declaration, moves)),
    )


def _flags(declaration: Declaration, standing: education_rules.Standing) -> Iterable[str]:
    """What a reviewer should not overlook."""
    kind, ends_on = declaration.cycle.credential.credential_type, declaration.cycle.ends_on
    received_on = declaration.received_on
    advised = credential_rules.advised_until(ends_on, kind.advised_days)
    if received_on is not None and received_on > ends_on:
        yield _("Reinstatement: received after the credential expired on %(day)s.") % {"day": longdate(ends_on)}
    elif received_on is not None and is_late(received_on, advised):
        yield _("Late: received after the advised last day, %(day)s.") % {"day": longdate(advised)}
    if declaration.requirement_set and not declaration.requirement_set.verified:
        yield _("The requirements are not verified with the Board.")
    if not standing.is_complete:
        yield _("Not complete: %(gap)s") % {"gap": gap_words(standing)}
    if _changed_since(declaration):
        yield _("A credit was changed by its provider since it was declared.")


def _changed_since(declaration: Declaration) -> bool:
    shares = declaration.cycle.allocations
    return shares.filter(credit__corrected_at__gt=declaration.received_at or declaration.created_at).exists()


def _rows(declaration: Declaration, page: DetailPage, tally: education_rules.Tally) -> Iterable[ReviewRow]:
    standing = education_rules.standing_of(tally)
    sentences = {str(line.id): credit_words(line, tally.compiled) for line in standing.credits}
    keys = _keys_by_uuid(declaration)
    documents = _documents(declaration)
    for row in page.rows:
        uuid = row.detail_url.rstrip("/").rpartition("/")[2]
        yield ReviewRow(
            title=row.title,
            provider=row.provider,
            completed=row.completed,
            points=points_text(row.counted),
            places=", ".join(f"{share.area_title} {points_text(share.points)}" for share in row.shares),
            sentence=sentences.get(keys.get(uuid, ""), ""),
            evidence=tuple(documents.get(uuid, ())),
        )


def _keys_by_uuid(declaration: Declaration) -> dict[str, str]:
    pairs = declaration.cycle.allocations.values_list("credit__uuid", "credit_id")
    return {str(uuid): str(pk) for uuid, pk in pairs}


def _documents(declaration: Declaration) -> dict[str, list[EvidenceLink]]:
    links: dict[str, list[EvidenceLink]] = {}
    shown = released(Evidence.objects.filter(credit__allocations__cycle=declaration.cycle_id).distinct())
    for document in shown.select_related("credit").order_by("id"):
        url = reverse("education:evidence_file", args=[document.uuid])
        link = EvidenceLink(document.name, url, picture_url(document))
        links.setdefault(str(document.credit.uuid), []).append(link)
    return links


def _decisions(declaration: Declaration, moves: Collection[Move]) -> Iterable[Decision]:
    labels = {Move.APPROVE: _("Approve"), Move.RETURN: _("Return to the holder"), Move.DENY: _("Deny")}
    for move, label in labels.items():
        if move in moves:
            url = reverse("admin:declarations_declaration_decide", args=[declaration.pk, move.value])
            yield Decision(move=move.value, url=url, label=label, needs_reason=move in REASON_NEEDED)
