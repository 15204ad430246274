"""The bridge from rows to the Board's rules as pure values."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet, prefetch_related_objects

from accounts.enums import Permission
from accounts.models import User
from credentials import rules
from credentials.enums import Per
from credentials.models import Area, Credential, Cycle, RequirementSet, Rule

# The values of each set, kept for the life of the process and good as long as the set's stamp is the same.
_known: dict[int, tuple[datetime, rules.Requirements]] = {}


def credentials_visible_to(user: User) -> QuerySet[Credential]:
    """A holder's own credentials; all of them for the Board."""
    if user.may(Permission.SEE_RECORDS):
        return Credential.objects.order_by("id")
    return Credential.objects.filter(holder_id=user.holder_key).order_by("id")


def cycles_visible_to(user: User) -> QuerySet[Cycle]:
    """The cycles of one's own credentials, newest first; all of them for the Board."""
    cycles = Cycle.objects.select_related("credential__credential_type", "requirement_set__credential_type").order_by(
        "-ends_on", "id"
    )
    if user.may(Permission.SEE_RECORDS):
        return cycles
    return cycles.filter(holder_id=user.holder_key)


def cycle_facts(cycle: Cycle) -> rules.CycleFacts:
    """A cycle as the rules see it; expects credential and credential type to be loaded."""
    kind = cycle.credential.credential_type
    return rules.CycleFacts(
        starts_on=cycle.starts_on,
        ends_on=cycle.ends_on,
        voluntary=not rules.is_mandatory(cycle.credential.certified_on, kind.mandatory_from),
        by_month=kind.window_by_month,
        years=kind.cycle_years,
    )


def requirements_by_id(sets: Iterable[RequirementSet]) -> dict[int, rules.Requirements]:
    """The values of several requirement sets whose credential types are loaded, in two queries or, once known, none."""
    wanted = {one.pk: one for one in sets}
    unknown = [row for row in wanted.values() if row.pk not in _known or _known[row.pk][0] != row.changed_at]
    prefetch_related_objects(unknown, "areas", "rules")
    _known.update({row.pk: (row.changed_at, _lift(row)) for row in unknown})
    return {pk: _known[pk][1] for pk in wanted}


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
