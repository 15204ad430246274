"""Renewal: the old cycle closes, and the next one starts the day after."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions import Failures, report, tell_all
from accounts.enums import AlertKind
from accounts.models import Alert, User
from accounts.queries import in_language_of_each
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.outages import is_away
from credentials import rules as credential_rules
from credentials.models import CredentialType, Cycle, RequirementSet
from credentials.queries import cycle_facts
from declarations import queries
from declarations.actions.moves import MoveRefused, move_all
from declarations.enums import Move
from declarations.models import Declaration, Proof, Step

BATCH = 1000
NOBODY = "00000000-0000-0000-0000-000000000000"
# The only columns a renewal reads: for a thousand declarations at once, loading the others would double the cost.
COLUMNS = (
    "uuid",
    "number",
    "holder_id",
    "state",
    "received_on",
    "cycle__starts_on",
    "cycle__ends_on",
    "cycle__requirement_set",
    "cycle__credential__anchor_on",
    "cycle__credential__certified_on",
    "cycle__credential__credential_type_id",
    "cycle__credential__certificate_number",
    "holder__first_name",
    "holder__last_name",
)
MOVE_ANCHORS = """
    UPDATE credentials_credential c SET anchor_on = moved.ends_on
      FROM unnest(%s::bigint[], %s::date[]) moved (id, ends_on) WHERE c.id = moved.id
"""


def roll(*, on: date, at: datetime, by: User | None = None, only: Iterable[int] | None = None) -> int:
    """Renew every eligible declaration whose month of expiration has begun; returns how many. Idempotent.

    One that can't be renewed keeps no other waiting, and makes the job fail at the end. If only some are asked for,
    its error is raised at once.
    """
    total, due = 0, queries.renewable(on=on).filter(Q() if only is None else Q(pk__in=list(only)))
    try:
        while renewed := _roll_batch(due, at=at, by=by):
            total += renewed
            report(total)
    except (DatabaseError, ArithmeticError, ValueError) as error:
        if only is not None or is_away(error):
            raise
        return _one_by_one(due, total, at=at, by=by)
    return total


def renew_if_due(declaration: Declaration, *, by: User, at: datetime) -> None:
    """Renew one declaration just approved, if its month of expiration has begun.

    Raises MoveRefused if another cycle is in the place of its next one.
    """
    try:
        roll(on=board_day(at), at=at, by=by, only=[declaration.pk])
    except IntegrityError:
        other = _in_place_of_next(declaration)
        if other is None:
            raise
        raise MoveRefused(
            _(
                "The next cycle of this credential would overlap the one from %(start)s to %(end)s, so it can't be"
                " renewed. Nothing was changed. Ask an operator to correct the cycles, then decide again."
            )
            % {"start": longdate(other.starts_on), "end": longdate(other.ends_on)}
        ) from None


def _in_place_of_next(declaration: Declaration) -> Cycle | None:
    new = _next_cycle(declaration, _sets_of([declaration]))
    others = Cycle.objects.filter(credential=new.credential, starts_on__lte=new.ends_on, ends_on__gte=new.starts_on)
    return others.order_by("starts_on", "id").first()


def _one_by_one(due: QuerySet[Declaration], total: int, *, at: datetime, by: User | None) -> int:
    failures = Failures()
    for pk, number in list(due.values_list("pk", "number")):
        with failures.kept_to(f"declaration {number or pk}"):
            total += _roll_batch(due.filter(pk=pk), at=at, by=by)
        report(total)
    return failures.told(total)


@transaction.atomic
def _roll_batch(due: QuerySet[Declaration], *, at: datetime, by: User | None) -> int:
    ids = list(due.values_list("pk", "cycle")[:BATCH])
    list(
        Cycle.objects.filter(pk__in=[cycle for _pk, cycle in ids]).order_by("id").select_for_update().values_list("pk")
    )
    locked = due.filter(pk__in=[pk for pk, _cycle in ids]).select_for_update(of=("self",))
    if declarations := list(locked.only(*COLUMNS)):
        _give_types(declarations)
        _renew(declarations, at=at, by=by)
    return len(declarations)


def _give_types(declarations: list[Declaration]) -> None:
    """Assign the credential types, reading each only once: there are few types for many credentials."""
    credentials = [one.cycle.credential for one in declarations]
    types = CredentialType.objects.in_bulk({one.credential_type_id for one in credentials})
    for one in credentials:
        one.credential_type = types[one.credential_type_id]


def _renew(declarations: list[Declaration], *, at: datetime, by: User | None) -> None:
    steps = move_all(declarations, Move.RENEW, by=by, at=at)
    Cycle.objects.filter(pk__in=[one.cycle_id for one in declarations]).update(closed_at=at, shares_frozen_at=at)
    sets = _sets_of(declarations)
    cycles = [_next_cycle(declaration, sets) for declaration in declarations]
    Cycle.objects.bulk_create(cycles)
    _move_anchors(cycles)
    Proof.objects.bulk_create(_proof(step, cycle) for step, cycle in zip(steps, cycles, strict=True))
    link = reverse("declarations:detail", args=[NOBODY])
    renewed = in_language_of_each(zip(steps, cycles, strict=True), lambda pair: pair[1].holder_id)
    tell_all(_alert(step, cycle, link) for step, cycle in renewed)


def _next_cycle(declaration: Declaration, sets: dict[int, list[RequirementSet]]) -> Cycle:
    old, credential = declaration.cycle, declaration.cycle.credential
    facts = cycle_facts(old)
    if queries.is_reinstatement(declaration) and declaration.received_on is not None:
        after = timedelta(days=settings.REINSTATED_CYCLE_STARTS_AFTER_DAYS)
        new = credential_rules.reinstated_cycle(facts, declaration.received_on + after)
    else:
        new = credential_rules.next_cycle(facts, credential.anchor_on or old.ends_on)
    own = sets[credential.credential_type_id]
    # If no version applies yet, the cycle follows the old one's, as it would if its version had been dated later.
    kept = next(one for one in own if one.pk == old.requirement_set_id)
    return Cycle(
        holder_id=declaration.holder_id,
        credential=credential,
        requirement_set=credential_rules.newest_for(own, new.ends_on) or kept,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
    )


def _sets_of(declarations: list[Declaration]) -> dict[int, list[RequirementSet]]:
    types = {one.cycle.credential.credential_type_id for one in declarations}
    sets: dict[int, list[RequirementSet]] = {}
    for one in RequirementSet.objects.filter(credential_type__in=types):
        sets.setdefault(one.credential_type_id, []).append(one)
    return sets


def _move_anchors(cycles: list[Cycle]) -> None:
    """Re-anchor credentials whose cycle end was moved by a reinstatement or shortening: later ends count from it."""
    moved = [cycle for cycle in cycles if not _counts_from(cycle.credential.anchor_on, cycle)]
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ANCHORS, [[one.credential_id for one in moved], [one.ends_on for one in moved]])


def _counts_from(anchor: date | None, cycle: Cycle) -> bool:
    years = cycle.credential.credential_type.cycle_years
    if anchor is None or (cycle.ends_on.year - anchor.year) % years:
        return False
    return credential_rules.cycle_end(anchor, (cycle.ends_on.year - anchor.year) // years, years) == cycle.ends_on


def _proof(step: Step, cycle: Cycle) -> Proof:
    declaration = step.declaration
    return Proof(
        holder_id=cycle.holder_id,
        declaration=declaration,
        cycle=cycle,
        content=queries.proven(declaration, cycle),
        issued_at=step.at,
    )


def _alert(step: Step, cycle: Cycle, link: str) -> Alert:
    code, end = cycle.credential.credential_type.code, longdate(cycle.ends_on)
    title = _("%(credential)s is renewed until %(day)s") % {"credential": code, "day": end}
    years = cycle.credential.credential_type.cycle_years
    body = ngettext(
        "Based on your declaration %(number)s, your credential is renewed for %(years)s year. The next cycle runs"
        " from %(start)s to %(end)s.",
        "Based on your declaration %(number)s, your credential is renewed for %(years)s years. The next cycle runs"
        " from %(start)s to %(end)s.",
        years,
    )
    words = {"number": step.declaration.number, "years": years, "start": longdate(cycle.starts_on), "end": end}
    return Alert(
        holder_id=cycle.holder_id,
        kind=AlertKind.RENEWED,
        key=f"renewed:{step.declaration.cycle_id}",
        title=title,
        body=body % words,
        link=link.replace(NOBODY, str(step.declaration.uuid)),
        created_at=step.at,
    )
