"""Load the Board's published requirement sets into the database."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction

from credentials import queries, rules
from credentials.models import ActivityKind, Area, CredentialType, RequirementSet, Rule, Subject
from credentials.rules.problems import Problem, RequirementsError, suggestion
from credentials.rules.versions import check_versions

FILTERS = ("kinds", "subjects", "providers", "areas")
DEFINED_IN = {
    "credential": "types.toml",
    "accepts": "subjects.toml",
    "subjects": "subjects.toml",
    "kinds": "kinds.toml",
    "providers": "providers.toml",
}


class FrozenRequirements(Exception):
    """These versions can't change any more: something was declared under them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One version of a requirement set: the wanted values, the stored ones, and the version that applied before."""

    wanted: rules.Requirements
    kept: rules.Requirements | None
    row: RequirementSet | None
    former: rules.Requirements | None = None

    @property
    def is_needed(self) -> bool:
        return self.wanted != self.kept

    @property
    def name(self) -> str:
        return f"{self.wanted.credential} version {self.wanted.version}"

    def differences(self) -> list[str]:
        """A diff, one line each: added (+), removed (-), and changed (~) with old and new value.

        A new version is compared with the version that applied before.
        """
        base = self.kept or self.former
        before, after = _told(base) if base else {}, _told(self.wanted)
        lines = []
        for key in dict.fromkeys([*before, *after]):
            if key not in before:
                lines.append(f"+ {key}: {_whole(after[key])}")
            elif key not in after:
                lines.append(f"- {key}: {_whole(before[key])}")
            else:
                lines += _changed(key, before[key], after[key])
        return lines


def changes_of(wanted: Mapping[str, rules.Requirements], *, providers: Collection[str]) -> list[Change]:
    """The changes that bring the tables in line with the files.

    Locks the rows of the sets. Raises RequirementsError for invalid files, and FrozenRequirements for a change to a
    version that something was declared under.
    """
    rows = RequirementSet.objects.select_related("credential_type").order_by("id")
    # Lock the sets before anything else: this serializes with declarations made under a set that may still change.
    rows = rows.select_for_update(of=("self",), no_key=True)
    kept = {(row.credential_type.code, row.version): row for row in rows}
    values = queries.requirements_by_id(kept.values())
    changes = []
    for requirements in wanted.values():
        row = kept.pop((requirements.credential, requirements.version), None)
        changes.append(Change(requirements, values[row.pk] if row else None, row))
    others = {f"{row} in the database": values[row.pk] for row in kept.values()}
    check_versions({**others, **wanted})
    _check_codes(wanted, providers=providers)
    _refuse_frozen(changes)
    every = [*wanted.values(), *(values[row.pk] for row in kept.values())]
    return [replace(each, former=_former(each.wanted, every)) for each in changes]


@transaction.atomic
def load(changes: Iterable[Change]) -> list[RequirementSet]:
    """Write what has changed; shares in areas about to be removed must have been released before."""
    return [_write(change) for change in changes if change.is_needed]


def removed_areas(changes: Iterable[Change]) -> list[int]:
    """The IDs of the areas that the changes remove."""
    gone: list[int] = []
    for change in changes:
        if change.row is not None and change.is_needed:
            codes = [area.code for area in change.wanted.areas]
            gone += change.row.areas.exclude(code__in=codes).values_list("pk", flat=True)
    return gone


def _former(requirements: rules.Requirements, every: Iterable[rules.Requirements]) -> rules.Requirements | None:
    """The version that applies until this one does."""
    earlier = [
        each
        for each in every
        if each.credential == requirements.credential
        and (each.applies_from or date.min) < (requirements.applies_from or date.min)
    ]
    return max(earlier, key=lambda each: each.applies_from or date.min, default=None)


def _write(change: Change) -> RequirementSet:
    wanted = change.wanted
    row, _created = RequirementSet.objects.update_or_create(
        credential_type=CredentialType.objects.get(code=wanted.credential),
        version=wanted.version,
        defaults={
            "title": wanted.title,
            "applies_from": wanted.applies_from,
            "total": wanted.total,
            "step": wanted.step,
            "verified": wanted.verified,
            "source": wanted.source,
            "note": wanted.note,
        },
    )
    row.areas.exclude(code__in=[area.code for area in wanted.areas]).delete()
    row.rules.exclude(code__in=[rule.code for rule in wanted.rules]).delete()
    Area.objects.bulk_create(
        [_area(row, area, position) for position, area in enumerate(wanted.areas, start=1)],
        update_conflicts=True,
        unique_fields=["requirement_set", "code"],
        update_fields=["title", "minimum", "maximum", "accepts", "position"],
    )
    Rule.objects.bulk_create(
        [_rule(row, rule, position) for position, rule in enumerate(wanted.rules, start=1)],
        update_conflicts=True,
        unique_fields=["requirement_set", "code"],
        update_fields=[
            "title", "kinds", "subjects", "providers", "areas", "minimum", "maximum", "per", "position",
        ],
    )  # fmt: skip
    return row


def _area(row: RequirementSet, area: rules.Area, position: int) -> Area:
    return Area(
        requirement_set=row,
        code=area.code,
        title=area.title,
        minimum=area.minimum,
        maximum=area.maximum,
        accepts=sorted(area.accepts),
        position=position,
    )


def _rule(row: RequirementSet, rule: rules.Rule, position: int) -> Rule:
    return Rule(
        requirement_set=row,
        code=rule.code,
        title=rule.title,
        kinds=sorted(rule.kinds or ()),
        subjects=sorted(rule.subjects or ()),
        providers=sorted(rule.providers or ()),
        areas=sorted(rule.areas or ()),
        minimum=rule.minimum,
        maximum=rule.maximum,
        per=rule.per,
        position=position,
    )


# --- Refusals -----------------------------------------------------------------------------------------------------


def _check_codes(wanted: Mapping[str, rules.Requirements], *, providers: Collection[str]) -> None:
    """Raise RequirementsError for unknown codes: a misspelled filter would silently change a limit."""
    known = {
        "credential": set(CredentialType.objects.values_list("code", flat=True)),
        "accepts": {rules.ANY, *Subject.objects.values_list("code", flat=True)},
        "subjects": set(Subject.objects.values_list("code", flat=True)),
        "kinds": set(ActivityKind.objects.values_list("code", flat=True)),
        "providers": set(providers),
    }
    problems = [
        Problem(name, f"{place}{key}", f'"{word}" is not known; {_remedy(word, known[key], DEFINED_IN[key])}')
        for name, requirements in wanted.items()
        for place, key, word in _words(requirements)
        if word not in known[key]
    ]
    if problems:
        raise RequirementsError(problems)


def _remedy(word: str, known: Collection[str], file: str) -> str:
    if not known:
        return "run load_reference first"
    return f"{suggestion(word, sorted(known))} (if it is new, add it to {file} and run load_reference first)"


def _words(requirements: rules.Requirements) -> list[tuple[str, str, str]]:
    """The codes in a set: where each stands, the key, and the code."""
    found = [("", "credential", requirements.credential)]
    found += [(f'area "{area.code}".', "accepts", word) for area in requirements.areas for word in sorted(area.accepts)]
    for rule in requirements.rules:
        for key in ("kinds", "subjects", "providers"):
            found += [(f'rule "{rule.code}".', key, word) for word in sorted(getattr(rule, key) or ())]
    return found


def _refuse_frozen(changes: Iterable[Change]) -> None:
    frozen = [each.name for each in changes if each.is_needed and each.row is not None and each.row.frozen_at]
    if frozen:
        raise FrozenRequirements(f"declarations exist under {', '.join(frozen)}; publish the change as a new version")


# --- Differences --------------------------------------------------------------------------------------------------


Told = dict[str, str]


def _told(requirements: rules.Requirements) -> dict[str, Told]:
    """All values of a version, by section and name; a section's own value has the empty name."""
    fields = ("title", "applies_from", "total", "step", "verified", "source", "note")
    told = {key: {"": str(value)} for key in fields if (value := getattr(requirements, key)) not in (None, "")}
    told["order of areas"] = {"": ", ".join(area.code for area in requirements.areas)}
    told |= {f"area {area.code}": _told_area(area) for area in requirements.areas}
    if len(requirements.rules) > 1:
        told["order of rules"] = {"": ", ".join(rule.code for rule in requirements.rules)}
    return told | {f"rule {rule.code}": _told_rule(rule) for rule in requirements.rules}


def _told_area(area: rules.Area) -> Told:
    most = {} if area.maximum is None else {"maximum": str(area.maximum)}
    return {"": area.title, "minimum": str(area.minimum), **most, "accepts": " ".join(sorted(area.accepts))}


def _told_rule(rule: rules.Rule) -> Told:
    limits = {key: str(value) for key in ("minimum", "maximum") if (value := getattr(rule, key)) is not None}
    filters = {key: " ".join(sorted(words)) for key in FILTERS if (words := getattr(rule, key)) is not None}
    return {"": rule.title, **limits, **filters, "per": str(rule.per)}


def _whole(told: Told) -> str:
    return ", ".join(f"{name} {value}".lstrip() for name, value in told.items())


def _changed(key: str, before: Told, after: Told) -> list[str]:
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return [f"~ {f'{key} {name}'.rstrip()}: {_value(before, name)} -> {_value(after, name)}" for name in names]


def _value(told: Told, name: str) -> str:
    return told.get(name, "all" if name in FILTERS else "none")
