import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal

import factory
from django.core.files.base import ContentFile

from cmp_portal.lib import clock
from credentials.enums import Unit
from credentials.models import Cycle
from education.actions import refresh_status
from education.enums import DisputeState, MatchReason, RowCode, RowOutcome
from education.models import (
    Allocation,
    AllocationUndo,
    Credit,
    CycleStatus,
    Dispute,
    Evidence,
    IntakeBatch,
    IntakeChunk,
    IntakeRow,
    Match,
    Provider,
)
from tests.factories.accounts import HolderFactory, HolderUserFactory, UserFactory
from tests.factories.credentials import ActivityKindFactory, CycleFactory, MlsRequirementSetFactory
from tests.factories.following import FollowingFactory

TITLES = {
    "blood-banking": "Resolving ABO discrepancies in massive transfusion",
    "chemistry": "High-sensitivity troponin: from assay to decision",
    "hematology": "Reading the peripheral smear: blasts and their mimics",
    "microbiology": "Carbapenemase detection in the routine laboratory",
    "safety": "Sharps, splashes and spills: laboratory safety update",
    "ethics": "Confidentiality and disclosure in laboratory medicine",
    "management": "Writing a staffing plan for the core laboratory",
    "molecular-biology": "Contamination control in amplification laboratories",
}
CERTIFICATE = b"%PDF-1.7\n% Certificate of participation\n%%EOF\n"


class ProviderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Provider
        django_get_or_create = ["code"]

    code = "laboratory-education"
    title = factory.LazyAttribute(lambda o: o.code.replace("-", " ").title() + " Network")


class CreditFactory(factory.django.DjangoModelFactory):
    """2.00 points in chemistry, delivered by a provider, completed 30 days ago; or `self_recorded`, `withdrawn`."""

    class Meta:
        model = Credit

    class Params:
        self_recorded = factory.Trait(provider=None, external_id=None, provider_name="County Hospital Laboratory")
        withdrawn = factory.Trait(withdrawn_at=factory.LazyFunction(clock.now))

    holder = factory.SubFactory(HolderFactory)
    provider = factory.SubFactory(ProviderFactory)
    external_id = factory.Sequence(lambda n: f"LE-{n:06}")
    title = factory.LazyAttribute(lambda o: TITLES.get(o.subjects[0], "Laboratory medicine grand rounds"))
    kind = factory.SubFactory(ActivityKindFactory)
    subjects = ["chemistry"]
    completed_on = factory.LazyFunction(lambda: clock.today() - timedelta(days=30))
    unit = Unit.CONTACT_HOUR
    points = Decimal("2.00")
    quantity = factory.SelfAttribute("points")


class EvidenceFactory(FollowingFactory):
    class Meta:
        model = Evidence

    _follows = {"holder": ["credit.holder"]}

    holder = factory.SubFactory(HolderFactory)
    credit = factory.SubFactory(CreditFactory, holder=factory.SelfAttribute("..holder"), self_recorded=True)
    name = "certificate.pdf"
    file = factory.LazyAttribute(lambda o: ContentFile(CERTIFICATE, name=o.name))
    media_type = "application/pdf"
    size = len(CERTIFICATE)
    sha256 = hashlib.sha256(CERTIFICATE).hexdigest()
    uploaded_at = factory.LazyFunction(clock.now)


class AllocationFactory(FollowingFactory):
    """A credit allocated in full to the first area of the cycle that accepts it; holder, credit and cycle match."""

    class Meta:
        model = Allocation

    _follows = {
        "holder": ["cycle.holder", "credit.holder"],
        "cycle__requirement_set": ["area.requirement_set"],
        "cycle__credential__credential_type": ["area.requirement_set.credential_type"],
    }

    holder = factory.SubFactory(HolderFactory)
    cycle = factory.SubFactory(CycleFactory, holder=factory.SelfAttribute("..holder"))
    credit = factory.SubFactory(CreditFactory, holder=factory.SelfAttribute("..holder"))
    area = factory.LazyAttribute(lambda o: _area_for(o.cycle, o.credit))
    points = factory.SelfAttribute("credit.points")


def _area_for(cycle: Cycle, credit: Credit):
    areas = cycle.requirement_set.areas.order_by("position", "id")
    return next(area for area in areas if {"*", *credit.subjects} & set(area.accepts))


def complete_cycle(*, at: datetime | None = None, **of) -> Cycle:
    """A fully allocated cycle ending on 31 March 2026; with `at`, its status is computed as of that time."""
    days = {"starts_on": date(2023, 4, 1), "ends_on": date(2026, 3, 31)}
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), **days, **of)
    allocate_all(cycle)
    if at:
        refresh_status([cycle.pk], at=at)
    return cycle


def allocate_all(cycle: Cycle) -> list[Allocation]:
    """Credits and shares that meet every requirement of the cycle exactly, written in one statement per table."""
    needed = {area: area.minimum for area in cycle.requirement_set.areas.order_by("position", "id")}
    rest = cycle.requirement_set.total - sum(needed.values())
    needed[next(area for area in reversed(needed) if area.maximum is None)] += rest
    areas = [area for area, points in needed.items() if points]
    alike = {"holder": cycle.holder, "provider": ProviderFactory(), "kind": ActivityKindFactory()}
    alike["completed_on"] = _day_in(cycle)
    credits = Credit.objects.bulk_create(
        CreditFactory.build(subjects=_subjects_of(area), points=needed[area], **alike) for area in areas
    )
    return Allocation.objects.bulk_create(
        Allocation(holder=cycle.holder, cycle=cycle, credit=credit, area=area, points=credit.points)
        for area, credit in zip(areas, credits, strict=True)
    )


def _subjects_of(area) -> list[str]:
    return ["management"] if "*" in area.accepts else area.accepts[:1]


def _day_in(cycle: Cycle):
    return min(cycle.ends_on, max(cycle.starts_on, clock.today() - timedelta(days=30)))


class CycleStatusFactory(FollowingFactory):
    class Meta:
        model = CycleStatus

    _follows = {"holder": ["cycle.holder"]}

    holder = factory.SubFactory(HolderFactory)
    cycle = factory.SubFactory(CycleFactory, holder=factory.SelfAttribute("..holder"))
    counted = Decimal("1.00")
    missing = Decimal("3.00")
    is_complete = factory.LazyAttribute(lambda o: o.missing == 0)
    computed_at = factory.LazyFunction(clock.now)


class AllocationUndoFactory(FollowingFactory):
    """The release of the only share."""

    class Meta:
        model = AllocationUndo

    _follows = {"holder": ["cycle.holder"]}

    holder = factory.SubFactory(HolderFactory)
    cycle = factory.SubFactory(CycleFactory, holder=factory.SelfAttribute("..holder"))
    what = "released 2 from Chemistry"
    shares = [[1, "chemistry", 200]]
    result = hashlib.sha256(b"[]").hexdigest()
    made_at = factory.LazyFunction(clock.now)
    made_by = factory.SubFactory(UserFactory)


class IntakeBatchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = IntakeBatch

    provider = factory.SubFactory(ProviderFactory)
    name = "completions-2026-03.csv"
    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"completions {n}".encode()).hexdigest())
    started_at = factory.LazyFunction(clock.now)


class IntakeChunkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = IntakeChunk

    batch = factory.SubFactory(IntakeBatchFactory, lines=1, accepted=1, chunk_lines=20_000)
    number = 0
    taken_at = factory.LazyFunction(clock.now)
    accepted = 1
    outcomes = "a"


class IntakeRowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = IntakeRow

    batch = factory.SubFactory(IntakeBatchFactory)
    line = factory.Sequence(lambda n: n + 2)
    outcome = RowOutcome.UNMATCHED
    code = RowCode.NO_HOLDER
    reason = "No holder has the customer number 99999999"
    external_id = factory.Sequence(lambda n: f"LE-9{n:05}")
    record = factory.LazyAttribute(lambda o: {"external_id": o.external_id, "customer_number": "99999999"})


class DisputeFactory(FollowingFactory):
    """A dispute open since yesterday; or `upheld`, `declined`, both decided now."""

    class Meta:
        model = Dispute

    class Params:
        answered = factory.Trait(
            answer="The provider has confirmed what it delivered.",
            decided_at=factory.LazyFunction(clock.now),
            decided_by=factory.SubFactory(UserFactory),
        )
        upheld = factory.Trait(answered=True, state=DisputeState.UPHELD)
        declined = factory.Trait(answered=True, state=DisputeState.DECLINED)

    _follows = {"holder": ["credit.holder"]}

    holder = factory.SubFactory(HolderFactory)
    credit = factory.SubFactory(CreditFactory, holder=factory.SelfAttribute("..holder"))
    note = "The certificate says three hours, not two."
    raised_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=1))
    raised_by = factory.SubFactory(HolderUserFactory, holder=factory.SelfAttribute("..holder"))


class MatchFactory(FollowingFactory):
    """A possible match: recorded by hand, and delivered for the following day."""

    class Meta:
        model = Match

    _follows = {"holder": ["recorded.holder", "delivered.holder"]}

    holder = factory.SubFactory(HolderFactory)
    recorded = factory.SubFactory(CreditFactory, holder=factory.SelfAttribute("..holder"), self_recorded=True)
    delivered = factory.SubFactory(
        CreditFactory,
        holder=factory.SelfAttribute("..holder"),
        title=factory.SelfAttribute("..recorded.title"),
        completed_on=factory.LazyAttribute(lambda o: o.factory_parent.recorded.completed_on + timedelta(days=1)),
    )
    provider = factory.SelfAttribute("delivered.provider")
    external_id = factory.SelfAttribute("delivered.external_id")
    reasons = [MatchReason.NEAR_DAY, MatchReason.SAME_TITLE, MatchReason.SAME_POINTS]
    similarity = Decimal("1.000")
    created_at = factory.LazyFunction(clock.now)
