"""The two marks of a credential, always kept apart: its validity, and the holder's progress."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.conf import settings
from django.db.models import QuerySet

from cmp_portal.lib.prepared_statements import among, prepared
from credentials import rules as credential_rules
from credentials.enums import Hold, Validity
from credentials.models import Credential, Cycle
from credentials.queries import cycle_facts
from declarations import rules
from declarations.enums import Stage, State
from declarations.models import Declaration
from education.queries import Marks, label, standing_of

STAGE_TONES = {
    State.RETURNED: "warning",
    State.DENIED: "danger",
    State.ELIGIBLE: "success",
    State.RENEWED: "success",
    Stage.READY: "success",
}


def marks_of_cycles(cycles: Mapping[int, tuple[Cycle, bool]], *, on: date) -> dict[int, Marks]:
    """The marks of open cycles, by primary key, each given with whether everything is allocated; one query."""
    newest = newest_declarations(cycle for cycle, _complete in cycles.values())
    return {
        pk: marks_of(cycle, newest.get(pk), is_complete=is_complete, on=on)
        for pk, (cycle, is_complete) in cycles.items()
    }


def marks_of(cycle: Cycle, newest: Declaration | None, *, is_complete: bool, on: date) -> Marks:
    """The marks of a credential in a cycle, given that cycle's newest declaration."""
    kind = cycle.credential.credential_type
    stage = rules.stage(
        State(newest.state) if newest else None,
        is_complete=is_complete,
        opens_on=credential_rules.declaration_opens_on(cycle.ends_on, kind.declaration_opens_days),
        on=on,
    )
    validity = validity_of(cycle.credential, cycle, newest, on=on)
    return Marks(validity=validity, stage_label=label(stage), stage_tone=STAGE_TONES.get(stage, "info"))


def validity_of(credential: Credential, cycle: Cycle | None, newest: Declaration | None, *, on: date) -> Validity:
    """The validity of a credential as the public sees it; `cycle` is its newest cycle, None if it has none."""
    under_review = (
        settings.EXPIRED_UNDER_REVIEW
        and cycle is not None
        and newest is not None
        and rules.is_under_review(State(newest.state), newest.received_on, ends_on=cycle.ends_on)
    )
    facts = cycle_facts(cycle) if cycle is not None else None
    return credential_rules.validity(facts, on, hold=Hold(credential.hold), under_review=under_review)


def newest_declarations(cycles: Iterable[Cycle]) -> dict[int, Declaration]:
    """The live declaration of each cycle, or else its newest, with only state, uuid and date of receipt loaded.

    If fees are turned on, its fee is loaded too.
    """
    found = _charged_declarations_of if settings.FEES else _declarations_of
    rows = found([cycle.pk for cycle in cycles])
    return {one.cycle_id: one for one in sorted(rows, key=lambda one: (one.state in rules.LIVE, one.pk))}


@prepared
def _declarations_of(cycles: list[int]) -> QuerySet[Declaration]:
    return Declaration.objects.filter(among("cycle", cycles)).only("cycle_id", "state", "uuid", "received_on")


@prepared
def _charged_declarations_of(cycles: list[int]) -> QuerySet[Declaration]:
    of_the_fee = ("fee__state", "fee__number", "fee__amount", "fee__currency")
    found = Declaration.objects.filter(among("cycle", cycles)).select_related("fee")
    return found.only("cycle_id", "state", "uuid", "received_on", *of_the_fee)


def marks_in(cycle: Cycle, *, on: date, is_complete: bool | None = None) -> Marks:
    """The marks on a page about one cycle, past or present: the credential's validity, and that cycle's stage."""
    latest = Cycle.objects.filter(credential=cycle.credential_id).order_by("ends_on", "id").last() or cycle
    latest.credential = cycle.credential
    newest = newest_declarations([cycle, latest])
    own = newest.get(cycle.pk)
    if is_complete is None:
        is_complete = own is None and cycle.closed_at is None and standing_of(cycle, on=on).is_complete
    marks = marks_of(cycle, own, is_complete=is_complete, on=on)
    return replace(marks, validity=validity_of(cycle.credential, latest, newest.get(latest.pk), on=on))


@dataclass(frozen=True)
class Held:
    """A credential in one of the Board's lists."""

    validity: Validity
    stage: str


def held_marks(credentials: Iterable[Credential], *, on: date) -> dict[int, Held]:
    """The marks of several credentials, by primary key; completeness is read from the status rows."""
    known = {credential.pk: credential for credential in credentials}
    cycles: dict[int, Cycle] = {}
    for cycle in Cycle.objects.filter(credential__in=known).select_related("status").order_by("ends_on", "id"):
        cycle.credential = known[cycle.credential_id]
        cycles[cycle.credential_id] = cycle
    newest = newest_declarations(cycles.values())
    return {pk: _held(one, cycles.get(pk), newest, on=on) for pk, one in known.items()}


def _held(credential: Credential, cycle: Cycle | None, newest: Mapping[int, Declaration], *, on: date) -> Held:
    if cycle is None:
        return Held(validity_of(credential, None, None, on=on), "")
    status = getattr(cycle, "status", None)
    is_complete = bool(status and status.is_complete)
    marks = marks_of(cycle, newest.get(cycle.pk), is_complete=is_complete, on=on)
    return Held(marks.validity, marks.stage_label)
