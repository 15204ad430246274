from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory

from accounts.enums import RequestState
from cmp_portal.lib import clock
from credentials.enums import ClaimState, Hold, Per, Unit
from credentials.models import (
    ActivityKind,
    Area,
    Claim,
    Credential,
    CredentialType,
    Cycle,
    HoldDecision,
    KindUnit,
    RequirementSet,
    Rule,
    Subject,
    SynchronisationRequest,
)
from tests.factories.accounts import HolderFactory, UserFactory
from tests.factories.following import FollowingFactory

ANY = "Laboratory specialty, management, education or other related"
# (code, title, minimum, accepts)
SMALL_AREAS = [
    ("chemistry", "Clinical chemistry", "2", ["chemistry"]),
    ("safety", "Laboratory or patient safety", "1", ["safety"]),
    ("rest", ANY, "0", ["*"]),
]
MLS_AREAS = [
    ("blood-banking", "Blood banking", "2", ["blood-banking"]),
    ("chemistry", "Chemistry", "2", ["chemistry"]),
    ("hematology", "Hematology", "2", ["hematology"]),
    ("microbiology", "Microbiology", "2", ["microbiology"]),
    ("safety", "Laboratory or patient safety", "1", ["safety"]),
    ("ethics", "Medical ethics", "1", ["ethics"]),
    ("rest", ANY, "0", ["*"]),
]
COLLEGE_AT_MOST_HALF = {
    "code": "college-at-most-half",
    "title": "College courses count for at most half",
    "kinds": ["college-course"],
    "maximum": Decimal("18.00"),
}


class SubjectFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Subject
        django_get_or_create = ["code"]

    code = "chemistry"
    title = factory.LazyAttribute(lambda o: o.code.replace("-", " ").capitalize())


class ActivityKindFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ActivityKind
        django_get_or_create = ["code"]

    code = "ce-course"
    title = factory.LazyAttribute(lambda o: o.code.replace("-", " ").capitalize())
    evidence = "Certificate of participation: date, title, provider, participant, contact hours"
    verified = True


class KindUnitFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = KindUnit
        django_get_or_create = ["kind", "unit"]

    kind = factory.SubFactory(ActivityKindFactory)
    unit = Unit.CONTACT_HOUR
    points_per_unit = Decimal("1.00")


class CredentialTypeFactory(factory.django.DjangoModelFactory):
    """A small generated type, whose first cycle creates its requirement set."""

    class Meta:
        model = CredentialType
        django_get_or_create = ["code"]

    code = factory.Sequence(lambda n: f"QX{n}(ASCP)")
    title = factory.LazyAttribute(lambda o: f"Qualification {o.code}")
    mandatory_from = date(2004, 1, 1)


class MlsCredentialTypeFactory(CredentialTypeFactory):
    code = "MLS(ASCP)"
    title = "Medical Laboratory Scientist"


def _rows(areas: list[tuple[str, str, str, list[str]]], rules: list[dict[str, Any]]) -> Any:
    def make(requirement_set: RequirementSet, create: bool, extracted: Any) -> None:
        chosen = areas if extracted is None else extracted
        if not create or requirement_set.areas.exists():
            return
        for position, (code, title, minimum, accepts) in enumerate(chosen):
            AreaFactory(
                requirement_set=requirement_set,
                code=code,
                title=title,
                minimum=Decimal(minimum),
                accepts=accepts,
                position=position,
            )
        for position, rule in enumerate(rules):
            RuleFactory(requirement_set=requirement_set, position=position, **rule)

    return factory.PostGeneration(make)


class RequirementSetFactory(factory.django.DjangoModelFactory):
    """4.00 points: chemistry 2, safety 1, the rest anywhere; or `areas=[(code, title, minimum, accepts), …]`."""

    class Meta:
        model = RequirementSet
        django_get_or_create = ["credential_type", "version"]
        skip_postgeneration_save = True

    credential_type = factory.SubFactory(CredentialTypeFactory)
    version = "1"
    title = factory.SelfAttribute("credential_type.title")
    total = Decimal("4.00")
    step = Decimal("0.25")
    areas = _rows(SMALL_AREAS, [])


class MlsRequirementSetFactory(RequirementSetFactory):
    """36.00 points: the areas of a Medical Laboratory Scientist, college courses at most half."""

    credential_type = factory.SubFactory(MlsCredentialTypeFactory)
    total = Decimal("36.00")
    areas = _rows(MLS_AREAS, [COLLEGE_AT_MOST_HALF])


class AreaFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Area

    requirement_set = factory.SubFactory(RequirementSetFactory, areas=[])
    code = factory.Sequence(lambda n: f"hematology-{n}")
    title = "Hematology"
    minimum = Decimal("2.00")
    accepts = ["hematology"]
    position = factory.Sequence(lambda n: 100 + n % 30_000)


class RuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Rule

    requirement_set = factory.SubFactory(RequirementSetFactory)
    code = factory.Sequence(lambda n: f"college-at-most-{n}")
    title = "College courses count for at most half"
    kinds = ["college-course"]
    maximum = Decimal("2.00")
    per = Per.CYCLE
    position = factory.Sequence(lambda n: n % 30_000)


def freeze(requirement_set: RequirementSet, at: datetime | None = None) -> RequirementSet:
    """Freeze a requirement set, as its first declaration does."""
    RequirementSet.objects.filter(pk=requirement_set.pk, frozen_at=None).update(frozen_at=at or clock.now())
    requirement_set.refresh_from_db()
    return requirement_set


def _certified_on(*, is_voluntary: bool) -> date:
    return date(1998, 5, 4) if is_voluntary else date(clock.today().year - 7, 1, 1)


class CredentialFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Credential

    holder = factory.SubFactory(HolderFactory)
    credential_type = factory.SubFactory(CredentialTypeFactory)
    certificate_number = factory.Sequence(lambda n: f"{200_000 + n}")
    certified_on = factory.LazyFunction(lambda: _certified_on(is_voluntary=False))


def _set_of(credential: Credential) -> RequirementSet:
    newest = credential.credential_type.requirement_sets.order_by("id").last()
    if newest:
        return newest
    if credential.credential_type.code == MlsCredentialTypeFactory.code:
        return MlsRequirementSetFactory(credential_type=credential.credential_type)
    return RequirementSetFactory(credential_type=credential.credential_type)


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


class CycleFactory(FollowingFactory):
    """A running cycle, from last January to next December; or `ending`, `ended`, `closed`, `voluntary`, `mls`."""

    class Meta:
        model = Cycle

    class Params:
        # Ends in 30 to 61 days, so that it can be declared.
        ending = factory.Trait(
            ends_on=factory.LazyFunction(lambda: _month_end(clock.today() + timedelta(days=30))),
            starts_on=factory.LazyAttribute(
                lambda o: (o.ends_on + timedelta(days=1)).replace(year=(o.ends_on + timedelta(days=1)).year - 3)
            ),
        )
        ended = factory.Trait(
            starts_on=factory.LazyFunction(lambda: date(clock.today().year - 4, 1, 1)),
            ends_on=factory.LazyFunction(lambda: date(clock.today().year - 2, 12, 31)),
        )
        closed = factory.Trait(
            ended=True,
            shares_frozen_at=factory.LazyFunction(clock.now),
            closed_at=factory.LazyFunction(clock.now),
        )
        voluntary = False
        mls = False

    _follows = {"holder": ["credential.holder"], "credential__credential_type": ["requirement_set.credential_type"]}

    holder = factory.SubFactory(HolderFactory)
    credential = factory.SubFactory(
        CredentialFactory,
        holder=factory.SelfAttribute("..holder"),
        credential_type=factory.Maybe(
            "..mls", factory.SubFactory(MlsCredentialTypeFactory), factory.SubFactory(CredentialTypeFactory)
        ),
        certified_on=factory.LazyAttribute(lambda o: _certified_on(is_voluntary=o.factory_parent.voluntary)),
    )
    requirement_set = factory.LazyAttribute(lambda o: _set_of(o.credential))
    starts_on = factory.LazyFunction(lambda: date(clock.today().year - 1, 1, 1))
    ends_on = factory.LazyFunction(lambda: date(clock.today().year + 1, 12, 31))


def close(cycle: Cycle, at: datetime | None = None) -> Cycle:
    """Close a cycle, as a renewal does; allocate its shares before."""
    at = at or clock.now()
    Cycle.objects.filter(pk=cycle.pk).update(shares_frozen_at=cycle.shares_frozen_at or at, closed_at=at)
    cycle.refresh_from_db()
    return cycle


class HoldDecisionFactory(factory.django.DjangoModelFactory):
    """A suspension on record."""

    class Meta:
        model = HoldDecision

    credential = factory.SubFactory(CredentialFactory)
    before = Hold.NONE
    after = Hold.SUSPENDED
    by = factory.SubFactory(UserFactory)
    at = factory.LazyFunction(clock.now)
    reason = "The licence is being looked into."


class ClaimFactory(factory.django.DjangoModelFactory):
    """A failed claim; successful with `holder=…` and `state=…`."""

    class Meta:
        model = Claim

    user = factory.SubFactory(UserFactory)
    certificate_number = factory.Sequence(lambda n: f"{900_000 + n}")
    state = ClaimState.REFUSED
    made_at = factory.LazyFunction(clock.now)


class SynchronisationRequestFactory(factory.django.DjangoModelFactory):
    """An open request; or `declined`."""

    class Meta:
        model = SynchronisationRequest

    class Params:
        declined = factory.Trait(
            state=RequestState.DECLINED,
            decided_at=factory.LazyFunction(clock.now),
            decided_by=factory.SubFactory(UserFactory),
            note="Your second credential is about to be renewed.",
        )

    holder = factory.SubFactory(HolderFactory)
    ends_on = factory.LazyFunction(lambda: date(clock.today().year + 1, 12, 31))
    requested_at = factory.LazyFunction(clock.now)
    requested_by = factory.SubFactory(UserFactory)
