"""What aligning a holder's cycles to the earliest end would change, cycle by cycle."""

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Permission, RequestState
from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from credentials.models import Cycle, RequirementSet, SynchronisationRequest
from credentials.queries import cycle_facts, cycles_to_synchronise, requirements_by_id
from credentials.rules import CycleFacts, newest_for, requirements_day, synchronised
from education import rules
from education.queries.standing import Facts, facts_by_cycle, window_of
from education.queries.words import credit_words, decided_words, gap_words


@dataclass(frozen=True)
class AlignedCycle:
    """One cycle before and after: its end, its window, what is still to earn, and what would no longer count."""

    credential: str
    ends_text: str
    earlier_text: str
    window_text: str
    gap_text: str
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """The cycles aligned to the earliest end, or `why_not` if there is nothing to align."""

    ends_on: date | None
    ends_text: str
    cycles: tuple[AlignedCycle, ...]
    why_not: str


def preview_for(holder: int, *, on: date) -> Preview:
    """The effect of aligning the holder's cycles on the Board's day `on`."""
    cycles = cycles_to_synchronise(holder, on=on)
    ends_on = earliest_end(cycles)
    if ends_on is None:
        return Preview(None, "", (), _why_not(cycles))
    return Preview(ends_on, longdate(ends_on), tuple(_aligned(cycles, ends_on, on=on)), "")


def earliest_end(cycles: Iterable[Cycle]) -> date | None:
    """The end to align to; None if all cycles already end on the same day."""
    ends = {cycle.ends_on for cycle in cycles}
    return min(ends) if len(ends) > 1 else None


def _why_not(cycles: list[Cycle]) -> str:
    if len(cycles) > 1:
        return _("All your cycles already end on %(day)s.") % {"day": longdate(cycles[0].ends_on)}
    return _("Cycles can be aligned when two or more of them are running, mandatory and not yet declared.")


def _aligned(cycles: list[Cycle], ends_on: date, *, on: date) -> Iterator[AlignedCycle]:
    shortened, before = _shortened(cycles, on=on), facts_by_cycle(cycles, on=on)
    requirements = requirements_by_id(after.requirement_set for after in shortened)
    for cycle, after in zip(cycles, shortened, strict=True):
        asked, window = requirements[after.requirement_set_id], window_of(after, on=on)
        changed = replace(before[cycle.pk], requirements=asked, window=window)
        yield _aligned_cycle(cycle, ends_on, before[cycle.pk], _with_known_areas(changed))


def _shortened(cycles: list[Cycle], *, on: date) -> list[Cycle]:
    """The cycles as they would be, each with the requirements that apply to its new end."""
    types = [cycle.credential.credential_type_id for cycle in cycles]
    sets = list(RequirementSet.objects.filter(credential_type__in=types).select_related("credential_type"))
    aligned = synchronised(cycle_facts(cycle) for cycle in cycles)
    return [_ending(cycle, facts, sets, on=on) for cycle, facts in zip(cycles, aligned, strict=True)]


def _ending(cycle: Cycle, facts: CycleFacts, sets: list[RequirementSet], *, on: date) -> Cycle:
    after = copy(cycle)
    own = [one for one in sets if one.credential_type_id == cycle.credential.credential_type_id]
    after.ends_on = facts.ends_on
    after.requirement_set = newest_for(own, requirements_day(facts, on)) or cycle.requirement_set
    return after


def _with_known_areas(facts: Facts) -> Facts:
    """Leaves out shares whose area no longer exists, since they would be released."""
    codes = {area.code for area in facts.requirements.areas}
    return replace(facts, shares=tuple(share for share in facts.shares if share.area in codes))


def _aligned_cycle(cycle: Cycle, ends_on: date, before: Facts, after: Facts) -> AlignedCycle:
    days = (cycle.ends_on - ends_on).days
    earlier = ngettext("%(days)s day earlier", "%(days)s days earlier", days) % {"days": days}
    tally = after.count()
    standing = rules.standing_of(tally)
    window = {"start": longdate(after.window.starts_on), "end": longdate(after.window.ends_on)}
    return AlignedCycle(
        credential=cycle.credential.credential_type.code,
        ends_text=longdate(cycle.ends_on),
        earlier_text=earlier if days else _("unchanged"),
        window_text=_("%(start)s to %(end)s") % window,
        gap_text=_("All requirements are allocated.") if standing.is_complete else gap_words(standing),
        lost=tuple(_lost(before.evaluate(), standing, after, tally)),
    )


def _lost(before: rules.Standing, standing: rules.Standing, after: Facts, tally: rules.Tally) -> Iterator[str]:
    """Credits of which less would count than now, with the reason."""
    titles = {credit.id: credit.title for credit in after.credits}
    counted = {line.id: line.counted for line in before.credits}
    for line in standing.credits:
        if line.counted < counted[line.id]:
            words = {"title": titles[line.id], "why": credit_words(line, tally.compiled)}
            yield _("%(title)s: %(why)s") % words


@dataclass(frozen=True)
class RequestLine:
    """A holder's latest request and its outcome."""

    state: str
    state_label: str
    text: str
    note: str
    withdraw_url: str


@dataclass(frozen=True)
class SynchronisationPage:
    preview: Preview
    request: RequestLine | None
    ask_url: str
    progress_url: str


def synchronisation_page(user: User, *, on: date) -> SynchronisationPage:
    """The holder's page: what aligning would change, and the state of the request."""
    newest = SynchronisationRequest.objects.filter(holder_id=user.holder_key).order_by("-requested_at", "-id").first()
    preview = preview_for(user.holder_key, on=on)
    is_open = newest is not None and newest.state == RequestState.OPEN
    return SynchronisationPage(
        preview=preview,
        request=None if newest is None else _request_line(newest),
        ask_url=reverse("education:synchronise") if preview.ends_on and not is_open else "",
        progress_url=reverse("education:progress"),
    )


def _request_line(request: SynchronisationRequest) -> RequestLine:
    state = RequestState(request.state)
    day = request.decided_at or request.requested_at
    texts = {
        RequestState.OPEN: _("On %(day)s you asked for all cycles to end on %(end)s. The Board will answer."),
        RequestState.GRANTED: _("Granted on %(day)s: your cycles end on %(end)s."),
        RequestState.DECLINED: _("Declined on %(day)s."),
        RequestState.WITHDRAWN: _("You withdrew your request on %(day)s."),
    }
    is_open = state is RequestState.OPEN
    return RequestLine(
        state=state.value,
        state_label=str(state.label),
        text=texts[state] % {"day": longdate(board_day(day)), "end": longdate(request.ends_on)},
        note=request.note,
        withdraw_url=reverse("education:synchronisation_withdraw", args=[request.uuid]) if is_open else "",
    )


@dataclass(frozen=True)
class DecidePage:
    """The registrar's page: the request, its effect today while it is open, and the possible decisions."""

    title: str
    state_label: str
    holder: str
    asked_text: str
    decided_text: str
    note: str
    warnings: tuple[str, ...]
    preview: Preview
    can_grant: bool
    can_decline: bool


def decide_page(request: SynchronisationRequest, *, may: bool, on: date) -> DecidePage:
    """One request on the Board's day `on`; `may`: the user may decide it."""
    is_open = request.state == RequestState.OPEN
    preview = preview_for(request.holder_id, on=on) if is_open else Preview(None, "", (), "")
    asked = {"day": longdate(board_day(request.requested_at)), "end": longdate(request.ends_on)}
    return DecidePage(
        title=_("Align the cycles of %(holder)s") % {"holder": request.holder.name},
        state_label=str(RequestState(request.state).label),
        holder=str(request.holder),
        asked_text=_("Requested on %(day)s, to end on %(end)s.") % asked,
        decided_text=_decided(request),
        note=request.note,
        warnings=tuple(_warnings(request, preview)),
        preview=preview,
        can_grant=may and preview.ends_on is not None,
        can_decline=may,
    )


def _decided(request: SynchronisationRequest) -> str:
    is_withdrawn = request.state == RequestState.WITHDRAWN
    return "" if is_withdrawn else decided_words(request.decided_at, request.decided_by)


def _warnings(request: SynchronisationRequest, preview: Preview) -> Iterator[str]:
    if request.state != RequestState.OPEN:
        return
    if preview.ends_on is None:
        yield _("There is nothing left to align: %(why)s") % {"why": preview.why_not}
    elif preview.ends_on != request.ends_on:
        words = {"asked": longdate(request.ends_on), "now": preview.ends_text}
        yield _("The earliest end has changed in the meantime: it was %(asked)s and is now %(now)s.") % words


def requests_visible_to(user: User) -> QuerySet[SynchronisationRequest]:
    """A holder's own requests; all requests for the Board."""
    requests = SynchronisationRequest.objects.select_related("holder").order_by("requested_at", "id")
    if user.may(Permission.SEE_RECORDS):
        return requests
    return requests.filter(holder_id=user.holder_key)
