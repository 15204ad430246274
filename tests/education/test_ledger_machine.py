"""Holders, a provider and the Board do what they like: the ledger says what a few dicts say.

FAULTS_ROUNDS=100 makes it a hundred times as long.
"""

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.enums import Role
from cmp_portal import ledger
from cmp_portal.lib.differences import Scope
from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.reading import Feed
from credentials.enums import Unit
from credentials.models import ActivityKind
from declarations import actions as declaring
from declarations.models import Declaration
from education import actions
from education.actions import intake
from education.models import Allocation, Credit, CycleStatus
from faults.figures import rounds
from tests.education.ledger_model import AREAS, Ledger
from tests.education.ledger_model import Credit as Noted
from tests.factories import (
    ActivityKindFactory,
    AttestationFactory,
    CycleFactory,
    HolderUserFactory,
    KindUnitFactory,
    ProviderFactory,
    RuleFactory,
    SubjectFactory,
    UserFactory,
)
from tests.fixtures import NOON

KINDS = {False: "ce-course", True: "college-course"}
HEAD = "external_id,customer_number,title,kind,subjects,completed_on,points"
ON = NOON.date()
DAY = ON - timedelta(days=30)

points = st.sampled_from([Decimal(hundredths) / 100 for hundredths in (10, 25, 50, 110, 150, 200, 225, 400)])
subjects = st.sampled_from(["chemistry", "safety", "management"])
cycles = st.sampled_from(["capped", "free"])
areas = st.sampled_from(list(AREAS))


class World:
    """What stands before anything is recorded: one holder, two credentials, a provider, the Board."""

    def __init__(self):
        for code in ("chemistry", "safety", "management"):
            SubjectFactory(code=code)
        for code in KINDS.values():
            KindUnitFactory(kind=ActivityKindFactory(code=code))
        self.kinds = {is_college: ActivityKind.objects.get(code=code) for is_college, code in KINDS.items()}
        capped = CycleFactory(ending=True)
        RuleFactory(requirement_set=capped.requirement_set, kinds=["college-course"], maximum=Decimal(2))
        self.cycles = {"capped": capped, "free": CycleFactory(holder=capped.holder, ending=True)}
        self.user = HolderUserFactory(holder=capped.holder)
        self.reviewer = UserFactory(roles=[Role.REVIEWER])
        self.provider = ProviderFactory()
        self.attestation = AttestationFactory()

    def area(self, cycle, code):
        return self.cycles[cycle].requirement_set.areas.get(code=code)


class LedgerMachine(RuleBasedStateMachine):
    recorded = Bundle("recorded")
    delivered = Bundle("delivered")
    credits = st.one_of(recorded, delivered)
    world: World

    def __init__(self):
        super().__init__()
        self.paper = Ledger({"capped": True, "free": False})
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())

    def teardown(self):
        with self.undone:
            transaction.set_rollback(True)

    # --- The holder ---------------------------------------------------------------------------------------------------

    @rule(target=recorded, points=points, subject=subjects, is_college=st.booleans())
    def record(self, points, subject, is_college):
        uuid = uuid4()
        said = self._said(points, subject, is_college)
        actions.record(uuid=uuid, holder=self.world.user.holder, said=said, by=self.world.user, at=NOON)
        self.paper.credits[str(uuid)] = Noted(points, subject, is_college, is_delivered=False)
        return str(uuid)

    @rule(name=credits, points=points, subject=subjects, is_college=st.booleans())
    def edit(self, name, points, subject, is_college):
        is_allowed = self.paper.may_change(name) and points >= self.paper.most_allocated(name)
        said = self._said(points, subject, is_college)

        with refused_unless(is_allowed, actions.CreditRefused):
            actions.edit(credit=self._credit(name), said=said, by=self.world.user, at=NOON)

        if is_allowed:
            noted = self.paper.credits[name]
            noted.points, noted.subject, noted.is_college = points, subject, is_college

    @rule(name=credits)
    def withdraw(self, name):
        is_allowed = self.paper.may_change(name)

        with refused_unless(is_allowed, actions.CreditRefused):
            actions.withdraw(credit=self._credit(name), by=self.world.user, at=NOON)

        if is_allowed:
            self.paper.release_all(name)
            self.paper.credits[name].is_withdrawn = True

    @rule(name=credits, cycle=cycles, area=areas, points=points)
    def allocate(self, name, cycle, area, points):
        is_allowed = self.paper.may_allocate(cycle, name, area, points)

        with refused_unless(is_allowed, actions.AllocationRefused):
            actions.allocate(points=points, **self._share(name, cycle, area))

        if is_allowed:
            self.paper.shares[cycle, name, area] = points

    @rule(name=credits, cycle=cycles, area=areas)
    def release(self, name, cycle, area):
        is_allowed = cycle not in self.paper.frozen

        with refused_unless(is_allowed, actions.AllocationRefused):
            actions.release(**self._share(name, cycle, area))

        if is_allowed:
            self.paper.shares.pop((cycle, name, area), None)

    @rule(cycle=cycles)
    def declare(self, cycle):
        is_allowed = cycle in self.paper.frozen or not self.paper.standing(cycle)[1]
        given = {"attestation": self.world.attestation, "by": self.world.user, "at": NOON}

        with refused_unless(is_allowed, declaring.NotReady):
            declaring.submit(cycle=self.world.cycles[cycle], **given)

        if is_allowed:
            self.paper.frozen.add(cycle)

    @precondition(lambda self: self._complete())
    @rule()
    def declare_what_is_complete(self):
        self.declare(self._complete()[0])

    # --- The provider and the Board -----------------------------------------------------------------------------------

    @rule(target=delivered, points=points, subject=subjects, is_college=st.booleans())
    def deliver(self, points, subject, is_college):
        name = f"D-{len(self.paper.credits)}"
        self._take_in(name, points, subject, is_college)
        self.paper.credits[name] = Noted(points, subject, is_college, is_delivered=True)
        return name

    @rule(target=delivered, cycle=cycles)
    def deliver_what_is_missing(self, cycle):
        """And allocates it; without that, few cycles would ever be declared."""
        names = []
        for area, points in (("chemistry", Decimal(2)), ("safety", Decimal(1)), ("rest", Decimal(1))):
            names.append(self.deliver(points, "management" if area == "rest" else area, is_college=False))
            self.allocate(names[-1], cycle, area, points)
        return multiple(*names)

    @rule(name=delivered, points=points, subject=subjects)
    def correct(self, name, points, subject):
        noted = self.paper.credits[name]
        self._take_in(name, points, subject, noted.is_college)
        noted.points, noted.subject = points, subject
        for cycle in self.paper.cycles_of(name) - self.paper.frozen:
            self.paper.cut(cycle)

    @precondition(lambda self: self._declared())
    @rule(subject=subjects, choice=st.integers(min_value=0, max_value=9))
    def correct_what_is_declared(self, subject, choice):
        """The subject only, so that shares stay and may no longer count."""
        names = self._declared()
        name = names[choice % len(names)]
        self.correct(name, self.paper.credits[name].points, subject)

    @precondition(lambda self: self.paper.frozen)
    @rule()
    def send_back(self):
        cycle = min(self.paper.frozen)
        declaration = Declaration.objects.get(cycle=self.world.cycles[cycle])
        declaring.send_back(declaration=declaration, by=self.world.reviewer, at=NOON, note="Please look again.")
        self.paper.frozen.remove(cycle)
        self.paper.cut(cycle)

    # --- What must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def the_shares_are_those_on_paper(self):
        names = {cycle.pk: name for name, cycle in self.world.cycles.items()}
        rows = Allocation.objects.values_list("cycle", "credit__external_id", "credit__uuid", "area__code", "points")

        assert {(names[pk], external or str(uuid), area): of for pk, external, uuid, area, of in rows} == (
            self.paper.shares
        )

    @invariant()
    def the_status_of_open_cycles_is_that_on_paper(self):
        rows = {row.cycle_id: (row.counted, row.missing) for row in CycleStatus.objects.all()}

        for name, cycle in self.world.cycles.items():
            if name not in self.paper.frozen and cycle.pk in rows:
                assert rows[cycle.pk] == self.paper.standing(name)

    @rule()
    def the_ledger_has_no_difference(self):
        checks = ledger.checks(["education", "declarations"])

        assert [found for check in checks for found in check.look(Scope(on=ON)) if not found.is_note] == []

    def _complete(self):
        """The cycles that can be declared now."""
        return [one for one in self.world.cycles if one not in self.paper.frozen and not self.paper.standing(one)[1]]

    def _declared(self):
        """Delivered credits that are part of a declaration."""
        names = [name for cycle, name, _area in self.paper.shares if cycle in self.paper.frozen]
        return [name for name in names if self.paper.credits[name].is_delivered]

    def _said(self, points, subject, is_college):
        return actions.NewCredit(
            title="Case studies",
            provider_name="County Hospital",
            kind=self.world.kinds[is_college],
            subjects=[subject],
            completed_on=DAY,
            unit=Unit.CONTACT_HOUR,
            quantity=points,
        )

    def _credit(self, name):
        mine = {"external_id": name} if self.paper.credits[name].is_delivered else {"uuid": name}
        return Credit.objects.get(**mine)

    def _share(self, name, cycle, area):
        credit, of = self._credit(name), self.world.cycles[cycle]
        return {"credit": credit, "cycle": of, "area": self.world.area(cycle, area), "by": self.world.user, "at": NOON}

    def _take_in(self, name, points, subject, is_college):
        number = self.world.user.holder.customer_number
        line = f"{name},{number},Troponin in practice,{KINDS[is_college]},{subject},{DAY},{points}"
        feed = Feed(BytesIO(f"{HEAD}\n{line}\n".encode()), intake.columns(on=ON))
        progress = Progress(1, StringIO())
        counts = intake.take_in(feed=feed, provider=self.world.provider, name="feed.csv", at=NOON, progress=progress)
        assert (counts.rejected, counts.unmatched) == (0, 0)


def refused_unless(is_allowed, refusal):
    return transaction.atomic() if is_allowed else pytest.raises(refusal)


@pytest.mark.django_db
def test_the_ledger_says_what_its_model_says(now):
    LedgerMachine.world = World()

    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=rounds(6),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
