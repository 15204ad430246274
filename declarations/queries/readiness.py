from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import QuerySet

from accounts.enums import Permission
from accounts.models import User
from credentials import rules as credential_rules
from credentials.enums import Hold
from credentials.models import Cycle
from credentials.queries import cycles_visible_to, is_voluntary
from declarations import rules
from declarations.enums import State
from declarations.models import Attestation, Declaration
from education import queries as education_queries
from education.rules import Standing


def declarations_visible_to(user: User) -> QuerySet[Declaration]:
    """A holder's own declarations, newest first; all of them for the Board."""
    declarations = Declaration.objects.select_related(
        "cycle__credential__credential_type", "requirement_set", "attestation", "holder"
    ).order_by("-id")
    if user.may(Permission.SEE_RECORDS):
        return declarations
    return declarations.filter(holder_id=user.holder_key)


def standing_declaration(cycle: Cycle) -> Declaration | None:
    """The live declaration of a cycle that is already with the Board, so that nothing is left to submit."""
    live = Declaration.objects.filter(cycle=cycle, state__in=rules.LIVE - {State.DRAFT, State.RETURNED})
    return live.first()


@dataclass(frozen=True)
class Start:
    """Where declaring starts: a cycle with its readiness, and its live declaration, if any."""

    cycle: Cycle
    readiness: "Readiness"
    declaration: Declaration | None


def where_to_start(user: User, *, credential: int | None, on: date) -> Start | None:
    """The open cycle of the requested credential; else one that can be declared now; else the one that ends first."""
    own = cycles_visible_to(user).filter(holder_id=user.holder_key, closed_at=None).order_by("ends_on", "id")
    cycles = list(own if credential is None else own.filter(credential=credential))
    standings = education_queries.standings_of(cycles, on=on)
    live = {one.cycle_id: one for one in Declaration.objects.filter(cycle__in=cycles, state__in=rules.LIVE)}
    starts = [
        Start(cycle, readiness_of(cycle, on=on, standing=standings[cycle.pk]), live.get(cycle.pk)) for cycle in cycles
    ]
    can_open = (start for start in starts if not start.readiness.blockers and start.declaration is None)
    return next(can_open, starts[0] if starts else None)


def current_attestation(*, on: date) -> Attestation | None:
    """The attestation in force on `on`, a date in the Board's time zone."""
    return Attestation.objects.filter(applies_from__lte=on).order_by("-applies_from", "-id").first()


@dataclass(frozen=True)
class Readiness:
    """Whether a cycle may be declared, and what is needed to explain why not."""

    standing: Standing
    opens_on: date
    advised_until: date
    blockers: list[rules.Blocker]
    timing: rules.Timing


def readiness_of(cycle: Cycle, *, on: date, standing: Standing | None = None) -> Readiness:
    """Readiness of a cycle on `on`, a date in the Board's time zone; used for the preview and the decision alike."""
    standing = standing or education_queries.standing_of(cycle, on=on)
    kind = cycle.credential.credential_type
    facts = rules.DeclarationFacts(
        opens_on=credential_rules.declaration_opens_on(cycle.ends_on, kind.declaration_opens_days),
        is_open=cycle.closed_at is None,
        is_complete=standing.is_complete,
        is_revoked=cycle.credential.hold == Hold.REVOKED,
        reinstated_until=_reinstated_until(cycle),
    )
    advised = credential_rules.advised_until(cycle.ends_on, kind.advised_days)
    return Readiness(
        standing=standing,
        opens_on=facts.opens_on,
        advised_until=advised,
        blockers=rules.blockers(facts, on=on),
        timing=rules.timing(on, opens_on=facts.opens_on, advised_until=advised, ends_on=cycle.ends_on),
    )


def _reinstated_until(cycle: Cycle) -> date | None:
    """None for a voluntary cycle, which never expires, and for a declared one, which is judged by its receipt."""
    if is_voluntary(cycle) or cycle.declared_on is not None:
        return None
    own = cycle.credential.credential_type.reexamination_after_years
    return credential_rules.reinstated_until(cycle.ends_on, settings.REEXAMINATION_AFTER_YEARS if own is None else own)


def renewable(*, on: date) -> QuerySet[Declaration]:
    """Approved declarations that may be renewed on `on`, a date in the Board's time zone: from the first day of the
    month in which the cycle ends. Source: ascp.org, submit-cmp-declaration.
    """
    first_of_next_month = date(on.year + on.month // 12, on.month % 12 + 1, 1)
    eligible = Declaration.objects.filter(
        state=State.ELIGIBLE, cycle__ends_on__lt=first_of_next_month, decided_on__lte=on
    ).exclude(cycle__credential__hold=Hold.REVOKED)
    return eligible.select_related("cycle__credential", "holder").order_by("id")


def is_reinstatement(declaration: Declaration) -> bool:
    """Whether the first receipt was after the end of the cycle."""
    return declaration.received_on is not None and declaration.received_on > declaration.cycle.ends_on
