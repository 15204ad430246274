"""State machine test: the portal and the reference model take the same actions, and agree on results and refusals."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import count
from typing import Any, ClassVar
from uuid import uuid4

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from accounts.enums import Role
from cmp_portal.lib import clock
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.reading import Feed
from credentials.enums import Unit
from declarations import actions as declaring
from declarations.actions.moves import move
from declarations.enums import Grounds, Move
from declarations.models import Declaration
from education import actions
from education.actions import intake
from education.enums import MatchState
from education.models import Allocation, Credit, CycleStatus, Match
from education.queries import standing_of
from tests import factories
from tests.machine.model import ACCEPTS, STEP, Model, Refused

REFUSALS = (
    actions.AllocationRefused,
    actions.CreditRefused,
    declaring.NotReady,
    declaring.MoveRefused,
    actions.MatchRefused,
)
HEADER = "external_id,customer_number,title,kind,subjects,completed_on,points"
SUBJECTS = st.sampled_from(["chemistry", "safety", "management"])
POINTS = st.integers(1, 16).map(lambda quarters: quarters * STEP)
AREAS = st.sampled_from(sorted(ACCEPTS))
NAMES = count(1)
# Far enough apart that deliveries of their own don't match recorded credits.
RECORDED, DELIVERED = timedelta(days=60), timedelta(days=20)
COMPLETE = (("chemistry", "chemistry", 2), ("safety", "safety", 1), ("management", "rest", 1))


class Machine(RuleBasedStateMachine):
    """One holder, one cycle that can be declared now, and everyone who acts on it."""

    # States reached by any run: a run that reaches nothing proves nothing.
    reached: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.at: datetime = clock.now()
        self.cycle = factories.CycleFactory(ending=True)
        self.holder = self.cycle.holder
        self.user = factories.HolderUserFactory(holder=self.holder)
        self.reviewer, self.second = (factories.UserFactory(roles=[Role.REVIEWER]) for _one in range(2))
        self.provider = factories.ProviderFactory()
        self.kind = factories.KindUnitFactory(unit=Unit.POINTS, points_per_unit=Decimal(1)).kind
        self.attestation = factories.AttestationFactory()
        for code in ("chemistry", "safety", "management"):
            factories.SubjectFactory(code=code)
        self.areas = {area.code: area for area in self.cycle.requirement_set.areas.all()}

    # --- Actions on both sides ----------------------------------------------------------------------------------------

    def both(self, model: Callable[[], None], portal: Callable[[], object]) -> None:
        """Apply an action to the model, then to the portal; both must accept it or both refuse it."""
        try:
            model()
            is_refused = False
        except Refused:
            is_refused = True
        try:
            portal()
        except REFUSALS:
            assert is_refused, "the portal refuses what the model takes"
        else:
            assert not is_refused, "the portal takes what the model refuses"

    def said(self, title: str, subject: str, points: Decimal) -> actions.NewCredit:
        return actions.NewCredit(
            title=f"Course {title}",
            provider_name="County Hospital",
            kind=self.kind,
            subjects=[subject],
            completed_on=board_day(self.at) - RECORDED,
            unit=Unit.POINTS,
            quantity=points,
        )

    def credit(self, name: str) -> Credit:
        if self.model.credits[name].is_delivered:
            return Credit.objects.get(external_id=name)
        return Credit.objects.get(uuid=name)

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.user, "at": self.at}

    def picked(self, data: Any, *, delivered: bool | None = None) -> str:
        """Any existing credit, or only a delivered or a self-recorded one."""
        names = [
            name
            for name, credit in self.model.credits.items()
            if not credit.is_withdrawn and delivered in (None, credit.is_delivered)
        ]
        return str(data.draw(st.sampled_from(names)))

    def has(self, *, delivered: bool | None = None) -> bool:
        standing = [credit for credit in self.model.credits.values() if not credit.is_withdrawn]
        return any(delivered in (None, credit.is_delivered) for credit in standing)

    # --- The holder ---------------------------------------------------------------------------------------------------

    @rule(subject=SUBJECTS, points=POINTS)
    def record(self, subject: str, points: Decimal) -> None:
        uuid = uuid4()
        said = self.said(str(uuid), subject, points)
        actions.record(uuid=uuid, holder=self.holder, said=said, twice=True, **self.who)
        self.model.record(str(uuid), subject, points)

    @precondition(lambda self: self.has())
    @rule(data=st.data(), points=POINTS)
    def edit(self, data: Any, points: Decimal) -> None:
        name = self.picked(data)
        said = self.said(name, self.model.credits[name].subject, points)
        self.both(
            lambda: self.model.edit(name, points),
            lambda: actions.edit(credit=self.credit(name), said=said, twice=True, **self.who),
        )

    @precondition(lambda self: self.has())
    @rule(data=st.data())
    def withdraw(self, data: Any) -> None:
        name = self.picked(data)
        self.both(lambda: self.model.withdraw(name), lambda: actions.withdraw(credit=self.credit(name), **self.who))

    @precondition(lambda self: self.model.credits)
    @rule(data=st.data(), area=AREAS, points=POINTS)
    def allocate(self, data: Any, area: str, points: Decimal) -> None:
        name = data.draw(st.sampled_from(list(self.model.credits)))
        place = {"credit": self.credit(name), "cycle": self.cycle, "area": self.areas[area]}
        self.both(
            lambda: self.model.allocate(name, area, points),
            lambda: actions.allocate(points=points, **place, **self.who),
        )

    @precondition(lambda self: self.model.credits and not self.model.is_frozen)
    @rule()
    def complete(self) -> None:
        """Complete the cycle now and then, so that declarations are reached often enough."""
        for subject, area, points in (
            ("chemistry", "chemistry", 2),
            ("safety", "safety", 1),
            ("management", "rest", 1),
        ):
            self.record(subject, Decimal(points))
            name = list(self.model.credits)[-1]
            place = {"credit": self.credit(name), "cycle": self.cycle, "area": self.areas[area]}
            actions.allocate(points=Decimal(points), **place, **self.who)
            self.model.allocate(name, area, Decimal(points))

    @precondition(lambda self: self.model.credits)
    @rule(data=st.data(), area=AREAS)
    def release(self, data: Any, area: str) -> None:
        name = data.draw(st.sampled_from(list(self.model.credits)))
        place = {"credit": self.credit(name), "cycle": self.cycle, "area": self.areas[area]}
        self.both(lambda: self.model.release(name, area), lambda: actions.release(**place, **self.who))

    @precondition(lambda self: self.model.state != "renewed")
    @rule()
    def declare(self) -> None:
        self.both(
            self.model.declare,
            lambda: declaring.submit(cycle=self.cycle, attestation=self.attestation, **self.who),
        )

    @precondition(lambda self: self.model.credits and not self.model.is_frozen)
    @rule()
    def declare_all(self) -> None:
        """Declare everything at once: otherwise few runs would reach the Board's decisions."""
        self.complete()
        self.declare()

    # --- The provider -------------------------------------------------------------------------------------------------

    @rule(subject=SUBJECTS, points=POINTS)
    def deliver(self, subject: str, points: Decimal) -> None:
        name = f"M-{next(NAMES)}"
        self.feed(name, f"Delivered {name}", DELIVERED, subject, points)
        self.model.deliver(name, subject, points)

    @property
    def may_be_matched(self) -> list[str]:
        """Recorded credits that a provider may still deliver: once each."""
        own = self.model.credits.items()
        return [name for name, one in own if not (one.is_delivered or one.is_withdrawn or one.was_matched)]

    @precondition(lambda self: self.may_be_matched)
    @rule(data=st.data())
    def deliver_what_was_recorded(self, data: Any) -> None:
        name, key = data.draw(st.sampled_from(self.may_be_matched)), f"M-{next(NAMES)}"
        recorded = self.model.credits[name]
        self.feed(key, f"Course {name}", RECORDED, recorded.subject, recorded.points)
        self.model.match(name, key)

    @precondition(lambda self: any(one.recorded_as for one in self.model.credits.values()))
    @rule(data=st.data())
    def unmatch(self, data: Any) -> None:
        key = data.draw(st.sampled_from([key for key, one in self.model.credits.items() if one.recorded_as]))
        match = Match.objects.get(provider=self.provider, external_id=key, state=MatchState.MATCHED)
        self.both(lambda: self.model.unmatch(key), lambda: actions.unmatch(match=match, **self.who))

    @precondition(lambda self: self.has(delivered=True))
    @rule(data=st.data(), subject=SUBJECTS, points=POINTS)
    def correct(self, data: Any, subject: str, points: Decimal) -> None:
        name = self.picked(data, delivered=True)
        self.feed(name, f"Delivered {name}", DELIVERED, subject, points)
        self.model.correct(name, subject, points)

    def feed(self, name: str, title: str, ago: timedelta, subject: str, points: Decimal) -> None:
        day = board_day(self.at) - ago
        line = f"{name},{self.holder.customer_number},{title},{self.kind.code},{subject},{day},{points}"
        feed = Feed(BytesIO(f"{HEADER}\n{line}\n".encode()), intake.columns(on=board_day(self.at)))
        progress = Progress(0, StringIO())
        intake.receive(feed=feed, provider=self.provider, name="feed.csv", at=self.at, progress=progress)

    # --- The Board ----------------------------------------------------------------------------------------------------

    @property
    def declaration(self) -> Declaration:
        return Declaration.objects.filter(cycle=self.cycle).latest("id")

    @precondition(lambda self: self.model.state != "none")
    @rule(wanted=st.sampled_from(["audit", "return", "approve", "deny", "withdraw"]))
    def decide(self, wanted: str) -> None:
        decided = {"declaration": self.declaration, "by": self.reviewer, "at": self.at}
        portal: dict[str, Callable[[], object]] = {
            "audit": lambda: move(decided["declaration"], Move.AUDIT, by=self.reviewer, at=self.at),
            "return": lambda: declaring.send_back(note="Please mend it.", **decided),
            "approve": lambda: declaring.approve(**decided),
            "deny": lambda: declaring.deny(note="It does not count.", **decided),
            "withdraw": lambda: declaring.withdraw(declaration=self.declaration, **self.who),
        }
        if wanted == "withdraw" and self.model.state == "withdrawn":
            return  # taking it back again has no effect
        self.both(lambda: self.model.move(wanted), portal[wanted])

    @precondition(lambda self: self.model.state in {"denied", "appealed"})
    @rule()
    def appeal(self) -> None:
        said = {"grounds": Grounds.OTHER, "letter": "It was a misunderstanding."}
        self.both(self.model.appeal, lambda: declaring.appeal(declaration=self.declaration, **said, **self.who))

    @precondition(lambda self: self.model.state == "appealed")
    @rule(wanted=st.sampled_from(["uphold", "overturn"]), denier=st.booleans())
    def decide_on_appeal(self, wanted: str, denier: bool) -> None:
        """Only by someone other than who denied."""
        action = {"uphold": declaring.uphold, "overturn": declaring.overturn}[wanted]
        decided = {"declaration": self.declaration, "at": self.at, "note": "As the file shows."}

        def model() -> None:
            if denier:
                raise Refused("who denied does not decide again")
            self.model.move(wanted)

        self.both(model, lambda: action(by=self.reviewer if denier else self.second, **decided))

    @precondition(lambda self: self.model.state == "eligible")
    @rule()
    def renew(self) -> None:
        """The nightly job, in the month in which the cycle ends."""
        at = self.at + (self.cycle.ends_on - board_day(self.at))
        declaring.roll(on=self.cycle.ends_on, at=at)
        self.model.move("renew")

    # --- Comparisons --------------------------------------------------------------------------------------------------

    @invariant()
    def database_agrees_with_itself(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    @invariant()
    def credits_agree(self) -> None:
        rows = Credit.objects.filter(holder=self.holder).values_list("uuid", "external_id", "points", "withdrawn_at")
        found = {key or str(uuid): (points, withdrawn is not None) for uuid, key, points, withdrawn in rows}
        assert found == {name: (one.points, one.is_withdrawn) for name, one in self.model.credits.items()}

    @invariant()
    def shares_agree(self) -> None:
        rows = Allocation.objects.filter(cycle=self.cycle).order_by("id")
        found = rows.values_list("credit__uuid", "credit__external_id", "area__code", "points")
        assert {(key or str(uuid), area): points for uuid, key, area, points in found} == self.model.shares

    @invariant()
    def standing_agrees(self) -> None:
        """Also compares the status row, which exists once something was allocated."""
        standing = standing_of(self.cycle, on=board_day(self.at))
        if not self.model.is_frozen:
            assert (standing.total.counted, standing.shortfall) == (self.model.counted(), self.model.shortfall)
        status = CycleStatus.objects.filter(cycle=self.cycle).first()
        if status is not None and not self.model.is_frozen:
            assert (status.counted, status.missing) == (self.model.counted(), self.model.shortfall)

    @invariant()
    def declaration_agrees(self) -> None:
        self.cycle.refresh_from_db()
        states = list(Declaration.objects.filter(cycle=self.cycle).order_by("id").values_list("state", flat=True))
        assert (states[-1] if states else "none") == self.model.state
        assert (self.cycle.shares_frozen_at is not None) is self.model.is_frozen
        self.reached.add(self.model.state)
