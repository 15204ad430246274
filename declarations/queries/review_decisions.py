"""The decisions offered to a reviewer, and why one can't be made yet."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from declarations.enums import Move
from declarations.models import Declaration
from declarations.queries.fees import why_unpaid
from declarations.queries.rulings import why_not_approved
from education import rules as education_rules

REASON_NEEDED = frozenset({Move.RETURN, Move.DENY, Move.UPHOLD, Move.OVERTURN})


@dataclass(frozen=True)
class Decision:
    """A decision offered to the reviewer."""

    move: str
    url: str
    label: str
    key: str
    needs_reason: bool
    hint: str
    # Why the button is disabled for now.
    refusal: str = ""


def decisions(
    declaration: Declaration, moves: Collection[Move], standing: education_rules.Standing
) -> Iterable[Decision]:
    labels = {
        Move.APPROVE: (_("Approve"), "a"),
        Move.RETURN: (_("Return to the holder"), "r"),
        Move.DENY: (_("Deny"), "d"),
        Move.UPHOLD: (_("Uphold the denial"), "u"),
        Move.OVERTURN: (_("Overturn it and approve"), "o"),
    }
    hints = {Move.RETURN: _("The reasons for credits that were not accepted are included.")}
    for move, (label, key) in labels.items():
        if move in moves:
            url = reverse("admin:declarations_declaration_decide", args=[declaration.pk, move.value])
            yield Decision(
                move=move.value,
                url=url,
                label=label,
                key=key,
                needs_reason=move in REASON_NEEDED,
                hint=hints.get(move, ""),
                refusal=_refusal(declaration, move, standing),
            )


def _refusal(declaration: Declaration, move: Move, standing: education_rules.Standing) -> str:
    """Why an offered decision can't be made yet."""
    gap = why_not_approved(standing) if move == Move.APPROVE else ""
    unpaid = why_unpaid(declaration) if move in {Move.APPROVE, Move.OVERTURN} else ""
    return " ".join(filter(None, [gap, unpaid]))
