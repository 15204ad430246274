"""Maps database rows to the pure values that the rules work on."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from accounts.enums import Permission
from accounts.models import User
from cmp_portal.lib.prepared_statements import among, prepared
from credentials import rules
from credentials.enums import Per
from credentials.models import Area, Credential, Cycle, RequirementSet, Rule

# A cycle without the long texts of its requirement set, whose values are usually cached.
LEAN = (*(field.name for field in Cycle._meta.concrete_fields), "requirement_set__changed_at")

# How many closed cycles are among the newest ones, since they become more with each renewal.
PAST = 5


class Known(NamedTuple):
    """Values of a requirement set, cached in the process while `stamp` equals the set's `changed_at`."""

    stamp: datetime
    requirements: rules.Requirements
    area_codes: dict[int, str]


_known: dict[int, Known] = {}


def own_credentials(user: User) -> list[Credential]:
    """A user's own credentials with their types, whatever else they may see."""
    return _credentials_of(user.holder_key)


@prepared
def _credentials_of(holder: int) -> QuerySet[Credential]:
    return Credential.objects.filter(holder=holder).select_related("credential_type").order_by("id")


def cycles_visible_to(user: User) -> QuerySet[Cycle]:
    """The cycles of the user's own credentials, newest first; all cycles for the Board."""
    cycles = Cycle.objects.select_related("credential__credential_type", "requirement_set__credential_type").order_by(
        "-ends_on", "id"
    )
    if user.may(Permission.SEE_RECORDS):
        return cycles
    return cycles.filter(holder_id=user.holder_key)


def cycles_to_synchronise(holder: int, *, on: date) -> list[Cycle]:
    """A holder's cycles that can be synchronized on the Board's day `on`: mandatory, running and undeclared."""
    undeclared = Cycle.objects.filter(holder_id=holder, closed_at=None, declared_on=None, shares_frozen_at=None)
    related = ("credential__credential_type", "requirement_set__credential_type")
    cycles = undeclared.select_related(*related).order_by("ends_on", "id")
    return [cycle for cycle in cycles if rules.may_synchronise(cycle_facts(cycle), on)]


def cycles_of(credentials: Iterable[Credential]) -> list[Cycle]:
    """All cycles of already loaded credentials, newest first; the given credential objects are attached."""
    return _attached(credentials, _cycles_of)


def newest_cycles(credentials: Iterable[Credential]) -> list[Cycle]:
    """All open cycles of already loaded credentials, and the newest PAST of those that are closed; as `cycles_of`."""
    return _attached(credentials, _newest_cycles)


def _attached(credentials: Iterable[Credential], ask: Callable[[list[int]], list[Cycle]]) -> list[Cycle]:
    known = {credential.pk: credential for credential in credentials}
    cycles = ask(list(known))
    for cycle in cycles:
        cycle.credential = known[cycle.credential_id]
    return cycles


@prepared
def _cycles_of(credentials: list[int]) -> QuerySet[Cycle]:
    return _lean(Cycle.objects.filter(among("credential", credentials)))


@prepared
def _newest_cycles(credentials: list[int]) -> QuerySet[Cycle]:
    found = Cycle.objects.filter(among("credential", credentials))
    past = found.filter(closed_at__isnull=False).order_by("-ends_on", "id")[:PAST]
    return _lean(found.filter(Q(closed_at=None) | Q(pk__in=past.values("pk"))))


def _lean(cycles: QuerySet[Cycle]) -> QuerySet[Cycle]:
    return cycles.select_related("requirement_set").only(*LEAN).order_by("-ends_on", "id")


def cycle_facts(cycle: Cycle) -> rules.CycleFacts:
    """A cycle as the rules see it; expects credential and credential type to be loaded."""
    kind = cycle.credential.credential_type
    return rules.CycleFacts(
        starts_on=cycle.starts_on,
        ends_on=cycle.ends_on,
        voluntary=is_voluntary(cycle),
        by_month=kind.window_by_month,
        years=kind.cycle_years,
    )


def is_voluntary(cycle: Cycle) -> bool:
    """Whether its holder need not take part; expects credential and credential type to be loaded."""
    credential = cycle.credential
    return not rules.is_mandatory(credential.certified_on, credential.credential_type.mandatory_from)


def requirements_by_id(sets: Iterable[RequirementSet]) -> dict[int, rules.Requirements]:
    """The values of several requirement sets."""
    return {pk: known.requirements for pk, known in known_sets(sets).items()}


def known_sets(sets: Iterable[RequirementSet]) -> dict[int, Known]:
    """Values and area codes of several requirement sets: three queries, or none if cached."""
    wanted = {one.pk: one.changed_at for one in sets}
    unknown = [pk for pk, stamp in wanted.items() if pk not in _known or _known[pk].stamp != stamp]
    if unknown:
        rows = RequirementSet.objects.filter(pk__in=unknown).select_related("credential_type")
        _known.update({row.pk: _read(row) for row in rows.prefetch_related("areas", "rules")})
    return {pk: _known[pk] for pk in wanted}


def requirements_afresh(pk: int) -> rules.Requirements:
    """The values of a set as stored now, bypassing the cache: for code that looks for changes."""
    rows = RequirementSet.objects.select_related("credential_type").prefetch_related("areas", "rules")
    return _lift(rows.get(pk=pk))


def _read(row: RequirementSet) -> Known:
    return Known(row.changed_at, _lift(row), {area.pk: area.code for area in row.areas.all()})


def _lift(row: RequirementSet) -> rules.Requirements:
    return rules.Requirements(
        credential=row.credential_type.code,
        title=row.title,
        version=row.version,
        applies_from=row.applies_from,
        total=row.total,
        step=row.step,
        verified=row.verified,
        source=row.source,
        areas=tuple(map(_lift_area, sorted(row.areas.all(), key=lambda area: area.position))),
        rules=tuple(map(_lift_rule, sorted(row.rules.all(), key=lambda rule: rule.position))),
        note=row.note,
    )


def _lift_area(row: Area) -> rules.Area:
    return rules.Area(
        code=row.code, title=row.title, minimum=row.minimum, maximum=row.maximum, accepts=frozenset(row.accepts)
    )


def _lift_rule(row: Rule) -> rules.Rule:
    return rules.Rule(
        code=row.code,
        title=row.title,
        kinds=frozenset(row.kinds) or None,
        subjects=frozenset(row.subjects) or None,
        providers=frozenset(row.providers) or None,
        areas=frozenset(row.areas) or None,
        minimum=row.minimum,
        maximum=row.maximum,
        per=Per(row.per),
    )
