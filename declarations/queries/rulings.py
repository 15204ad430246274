"""Rulings on declared credits, and a declaration's standing given the rulings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.clock import board_day
from credentials.models import Area
from declarations.enums import Move, Ruled, State
from declarations.models import Declaration, Ruling
from declarations.rules import IN_REVIEW, UNDECIDED
from education import rules
from education.models import Credit
from education.queries import Facts, facts_of, gap_words, reason_words


def newest_submission(declaration: Declaration) -> int:
    """The number of the newest submission; 0 before the first."""
    return declaration.declared.aggregate(newest=Max("submission"))["newest"] or 0


def rulings_of(declaration: Declaration, submission: int) -> dict[int, Ruling]:
    """The newest ruling on each credit of a submission, by credit."""
    rulings = Ruling.objects.filter(declaration=declaration, submission=submission).order_by("credit", "-id")
    return {one.credit_id: one for one in rulings.distinct("credit").select_related("area", "credit", "by")}


def newest_rulings(declaration: Declaration) -> dict[int, Ruling]:
    """The newest ruling on each credit of the newest submission, by credit."""
    return rulings_of(declaration, newest_submission(declaration))


def rulings_by_submission(declaration: Declaration) -> dict[int, dict[int, Ruling]]:
    """The newest ruling on each credit, by submission."""
    found: dict[int, dict[int, Ruling]] = defaultdict(dict)
    for ruling in Ruling.objects.filter(declaration=declaration).select_related("area", "by").order_by("id"):
        found[ruling.submission][ruling.credit_id] = ruling
    return found


def judged(facts: Facts, rulings: Mapping[int, Ruling]) -> Facts:
    """The facts of a declared cycle with the rulings applied; what was signed is unchanged."""
    refused = {pk: one.reason for pk, one in rulings.items() if one.outcome == Ruled.REFUSED}
    moved = {pk: one.area.code for pk, one in rulings.items() if one.area is not None}
    return replace(
        facts,
        credits=tuple(_refused(credit, refused) for credit in facts.credits),
        shares=tuple(replace(share, area=moved.get(_key(share.credit), share.area)) for share in facts.shares),
    )


def _refused(credit: rules.CreditFacts, refused: Mapping[int, str]) -> rules.CreditFacts:
    key = _key(credit.id)
    return replace(credit, refused=refused[key]) if key in refused else credit


def _key(credit: rules.CreditId) -> int:
    return int(credit)


def judged_standing(declaration: Declaration) -> rules.Standing:
    """A declaration's standing given the rulings on its newest submission."""
    return judged(facts_as_declared(declaration), newest_rulings(declaration)).evaluate()


def why_not_approved(standing: rules.Standing) -> str:
    """Why a declaration can't be found eligible; empty if every requirement is met."""
    if standing.is_complete:
        return ""
    return _("Not complete, so it can only be returned or denied. %(gap)s") % {"gap": gap_words(standing)}


def facts_as_declared(declaration: Declaration) -> Facts:
    """The facts of its cycle, judged as of the first receipt."""
    return facts_of(declaration.cycle, on=declaration.received_on or board_day(declaration.created_at))


def why_not_there(declaration: Declaration, credit: Credit, area: Area) -> str:
    """Why all declared points of a credit can't count in another area; empty if they can."""
    rulings = newest_rulings(declaration)
    rulings.pop(credit.pk, None)
    facts = judged(facts_as_declared(declaration), rulings)
    fits = places_instead(facts, credit.pk)
    fit, points = fits.get(area.code), declared_points(facts, credit.pk)
    if fit is None:
        return _("There is no such area in the declared requirements.")
    if fit.points >= points:
        return ""
    compiled = facts.count().compiled
    return reason_words(fit.reason, compiled) if fit.reason else _("Not all of it would count there.")


def declared_points(facts: Facts, credit: int) -> Decimal:
    """The declared points of a credit."""
    return sum((share.points for share in facts.shares if share.credit == credit), Decimal(0))


def places_instead(facts: Facts, credit: int) -> dict[str, rules.Fit]:
    """How much of a credit would count in each area if none of it were allocated yet."""
    others = replace(facts, shares=tuple(share for share in facts.shares if share.credit != credit))
    return {fit.area: fit for fit in others.count().fits(credit)}


@dataclass(frozen=True)
class Said:
    """A ruling on a credit, worded for its holder."""

    title: str
    text: str
    tone: str


def said_to_holder(declaration: Declaration) -> tuple[Said, ...]:
    """Rulings against credits of the newest submission, once the Board has decided or returned the declaration."""
    if declaration.state in UNDECIDED or declaration.state == State.DRAFT:
        return ()
    return tuple(Said(one.credit.title, ruling_words(one), _tone(one)) for one in told_against(declaration))


def said_of_credit(user: User, uuid: UUID) -> tuple[Said, ...]:
    """The newest ruling against one of the user's own credits in each of their declarations."""
    own = Ruling.objects.filter(holder_id=user.holder_key, credit__uuid=uuid)
    told = own.exclude(declaration__state__in=UNDECIDED).exclude(declaration__steps__move=Move.OVERTURN)
    told = told.order_by("declaration", "-submission", "-id")
    newest = told.distinct("declaration").select_related("area", "credit", "declaration")
    return tuple(Said(one.declaration.number or "", ruling_words(one), _tone(one)) for one in _against(newest))


def refusals(declaration: Declaration) -> list[Ruling]:
    """Rulings that refuse credits of the newest submission."""
    return [one for one in newest_rulings(declaration).values() if one.outcome == Ruled.REFUSED]


def told_against(declaration: Declaration) -> list[Ruling]:
    """Rulings against credits of the newest submission after the review; none once an appeal has been granted."""
    if declaration.state in IN_REVIEW or declaration.steps.filter(move=Move.OVERTURN).exists():
        return []
    return _against(newest_rulings(declaration).values())


def _against(rulings: Iterable[Ruling]) -> list[Ruling]:
    return [one for one in rulings if one.outcome != Ruled.ACCEPTED]


def ruling_words(ruling: Ruling) -> str:
    """A ruling in a sentence for its holder."""
    if ruling.outcome == Ruled.REFUSED:
        return _("The Board did not accept this. Reason: %(reason)s") % {"reason": ruling.reason}
    if ruling.area is not None:
        words = {"area": ruling.area.title, "reason": ruling.reason}
        return _("The Board counts this in %(area)s. Reason: %(reason)s") % words
    return _("The Board accepted this.")


def _tone(ruling: Ruling) -> str:
    return "danger" if ruling.outcome == Ruled.REFUSED else "info"
