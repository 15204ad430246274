"""The demo's events, executed in chronological order by the portal's own actions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction

from accounts.models import User
from audits import actions as auditing
from audits.models import Entry, Round, Stratum
from audits.rules import rank, seed_digest
from cmp_portal.demo.days import ago, moment
from cmp_portal.demo.register import Register, Told
from cmp_portal.demo.signins import AUDITOR, REVIEWER
from cmp_portal.demo.stories import Act, Chapter
from cmp_portal.demo.studies import Plan, Studies
from cmp_portal.lib.clock import board_day
from credentials.models import Area, Cycle
from declarations import actions
from declarations.enums import Move
from declarations.models import Declaration
from declarations.queries import current_attestation
from declarations.rules import LIVE
from education.actions import refresh_status
from education.models import Allocation, Credit

SWEPT_WEEKS = 26
AUDIT_RATE = "0.1"


@dataclass
class History:
    """A schedule of events."""

    events: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)

    def add(self, at: datetime, call: Callable[[], object]) -> None:
        """Schedule an event; ties are executed in order of addition."""
        self.events.append((at, len(self.events), call))

    def happen(self, say: Callable[[str], None]) -> None:
        """Execute all events in chronological order."""
        for number, (_at, _order, call) in enumerate(sorted(self.events, key=lambda event: event[:2]), start=1):
            call()
            say(f"{number} of {len(self.events)} steps")


def history_of(register: Register, studies: Studies, *, on: date, at: datetime) -> History:
    """The schedule of allocations, declaration steps and half a year of weekly jobs."""
    history = History()
    for plan in studies.plans:
        allocated_at = moment(plan.chapter.allocated_on, 17)
        history.add(allocated_at, partial(allocate_all, plan, studies, at=allocated_at))
    for told in register.told:
        for chapter in told.chapters:
            for act, day in chapter.acts:
                done_at = moment(day, *_hour(act, told))
                history.add(done_at, partial(perform, act, told, chapter, register, at=done_at))
    for week in range(SWEPT_WEEKS, 0, -1):
        day = ago(on, 7 * week)
        history.add(moment(day, 6), partial(sweep, on=day, at=moment(day, 6)))
    history.add(at, partial(sweep, on=on, at=at))
    return history


def _hour(act: Act, told: Told) -> tuple[int, int]:
    """Holders act in the evening, the Board in the morning."""
    return (19 if act.move == Move.SUBMIT else 9), int(told.credential.certificate_number) % 60


def sweep(*, on: date, at: datetime) -> None:
    """Run the scheduled jobs of a day."""
    actions.roll(on=on, at=at)
    actions.alert_ready(on=on, at=at)
    actions.remind(on=on, at=at)


def allocate_all(plan: Plan, studies: Studies, *, at: datetime) -> None:
    """Insert all shares of a cycle at once, then compute its status."""
    cycle = plan.told.cycle(plan.chapter)
    areas = {area.code: area for area in Area.objects.filter(requirement_set=cycle.requirement_set_id)}
    sums: dict[tuple[Credit, str], Allocation] = {}
    for part in plan.parts:
        credit = studies.credits[part.learned]
        sums[credit, part.area] = Allocation(
            holder_id=cycle.holder_id,
            cycle=cycle,
            credit=credit,
            area=areas[part.area],
            points=part.points,
            created_at=at,
        )
    Allocation.objects.bulk_create(sums.values())
    refresh_status([cycle.pk], at=at)


def perform(act: Act, told: Told, chapter: Chapter, register: Register, *, at: datetime) -> None:
    """Perform one transition of a declaration, as somebody entitled to it."""
    cycle = told.cycle(chapter)
    if act.move == Move.SUBMIT:
        submit(cycle, told.user, at=at)
        return
    declaration = Declaration.objects.get(cycle=cycle, state__in=LIVE)
    reviewer = register.staff[REVIEWER]
    if act.move == Move.APPROVE:
        actions.approve(declaration=declaration, by=reviewer, at=at, note=act.note)
    elif act.move == Move.RETURN:
        actions.send_back(declaration=declaration, by=reviewer, at=at, note=act.note)
    elif act.move == Move.DENY:
        actions.deny(declaration=declaration, by=reviewer, at=at, note=act.note)
    else:
        audit(declaration, act, by=register.staff[AUDITOR], at=at)


def submit(cycle: Cycle, user: User | None, *, at: datetime) -> None:
    attestation = current_attestation(on=board_day(at))
    if attestation is None or user is None:
        raise LookupError(f"{cycle} has no one to declare it, or no wording to sign")
    actions.submit(cycle=cycle, attestation=attestation, by=user, at=at)


@transaction.atomic
def audit(declaration: Declaration, act: Act, *, by: User, at: datetime) -> None:
    """Select a declaration in an audit round of its own; after some weeks its documents are under review."""
    audit = auditing.select(declaration=declaration, round=_round(declaration, at), by=by, at=at)
    auditing.request_documents(audit=audit, by=by, at=at + timedelta(hours=1))
    holder = User.objects.filter(holder=declaration.holder_id).first()
    if act.days_ago > 20 and holder is not None:
        auditing.hand_in(audit=audit, by=holder, at=at + timedelta(days=10))
        auditing.begin(audit=audit, by=by, at=at + timedelta(days=14))


def _round(declaration: Declaration, at: datetime) -> Round:
    """An audit round with this declaration only."""
    seed = f"sample round of {board_day(at)}"
    round = Round.objects.create(
        opened_at=at - timedelta(days=30),
        cutoff_at=at - timedelta(days=1),
        drawn_at=at,
        rate=AUDIT_RATE,
        seed=seed,
        seed_sha256=seed_digest(seed),
    )
    kind = declaration.cycle.credential.credential_type
    sizes = {"rate": AUDIT_RATE, "population": 1, "drawn": 1}
    lists = Stratum.objects.create(round=round, credential_type=kind, is_late=False, has_findings=False, **sizes)
    rank_of_it = rank(seed, declaration.number or "")
    Entry.objects.create(declaration=declaration, stratum=lists, rank=rank_of_it, is_drawn=True)
    return round
