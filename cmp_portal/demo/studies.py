"""The demo's credits and documents, and where the credits are allocated."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Holder
from cmp_portal.demo.activities import Catalogue, read_catalogue
from cmp_portal.demo.days import moment
from cmp_portal.demo.documents import certificate
from cmp_portal.demo.learning import Learned, Learner, Part, parts_of
from cmp_portal.demo.register import Register, Told, newest
from cmp_portal.demo.stories import Chapter
from credentials.enums import Unit
from credentials.models import ActivityKind, RequirementSet
from credentials.queries import requirements_by_id
from education.actions import attach
from education.models import Credit, Provider

# What was allocated on a day had been completed this long before.
REST = timedelta(days=3)
UNITS = {"in-service": Unit.CONTACT_HOUR, "college-course": Unit.SEMESTER_HOUR}
WORTH = {Unit.SEMESTER_HOUR: Decimal(15)}


@dataclass(frozen=True)
class Plan:
    """The shares of one cycle."""

    told: Told
    chapter: Chapter
    parts: list[Part]


@dataclass
class Studies:
    """Everybody's credits, as planned and as rows."""

    plans: list[Plan] = field(default_factory=list)
    credits: dict[Learned, Credit] = field(default_factory=dict)


def write_studies(register: Register) -> Studies:
    """Plan with a seeded random generator, then insert all credits in one statement."""
    planner = _Planner(read_catalogue())
    for holder, stories in register.holders().items():
        planner.plan(holder, stories)
    studies = Studies(planner.plans, planner.credits)
    Credit.objects.bulk_create(studies.credits.values(), batch_size=500)
    return studies


@dataclass
class _Planner:
    catalogue: Catalogue
    plans: list[Plan] = field(default_factory=list)
    credits: dict[Learned, Credit] = field(default_factory=dict)
    sets: list[RequirementSet] = field(default_factory=lambda: list(RequirementSet.objects.all()))
    kinds: dict[str, ActivityKind] = field(
        default_factory=lambda: {one.code: one for one in ActivityKind.objects.all()}
    )
    providers: dict[str, Provider] = field(default_factory=lambda: {one.code: one for one in Provider.objects.all()})

    def plan(self, holder: Holder, stories: Iterable[Told]) -> None:
        """Plan a person's credentials in turn; credits of one can be reused for the next."""
        chance = Random(holder.customer_number)  # noqa: S311 (a story, not a secret)
        at_hand: list[Learned] = []
        for told in stories:
            learned = [
                one for chapter in told.chapters for one in self._chapter(holder, told, chapter, chance, at_hand)
            ]
            at_hand += [one for one in learned if one.provider]

    def _chapter(
        self, holder: Holder, told: Told, chapter: Chapter, chance: Random, at_hand: list[Learned]
    ) -> list[Learned]:
        requirement_set = newest(self.sets, told.credential.credential_type_id, chapter.ends_on)
        requirements = requirements_by_id([requirement_set])[requirement_set.pk]
        learner = Learner(chance, self.catalogue, chapter.learned_from, chapter.allocated_on - REST)
        learner.known = {one.activity.title for one in at_hand}
        parts = parts_of(requirements, told.story, chapter, learner, at_hand)
        if parts:
            self.plans.append(Plan(told, chapter, parts))
        spare = told.story.unallocated if chapter is told.chapters[-1] else 0
        subjects = self.catalogue.interests_of(told.story.credential)
        learned = [part.learned for part in parts] + [
            learner.learn(subjects, Decimal(6), own=False) for _ in range(spare)
        ]
        fresh = [one for one in learned if one not in self.credits]
        for one in fresh:
            self.credits[one] = self._credit(holder, one, chapter, chance)
        return fresh

    def _credit(self, holder: Holder, one: Learned, chapter: Chapter, chance: Random) -> Credit:
        unit = UNITS.get(one.activity.kind, Unit.POINTS)
        known_on = min(one.completed_on + timedelta(days=chance.randint(1, 9)), chapter.allocated_on)
        number = f"{one.provider.upper()}-{one.completed_on.year}-{len(self.credits) + 400001}"
        return Credit(
            holder=holder,
            provider=self.providers.get(one.provider),
            provider_name=one.activity.organiser,
            external_id=number if one.provider else None,
            title=one.activity.title,
            kind=self.kinds[one.activity.kind],
            subjects=sorted(one.activity.subjects),
            completed_on=one.completed_on,
            unit=unit,
            quantity=one.points / WORTH.get(unit, 1),
            points=one.points,
            created_at=moment(known_on, 10),
        )


def write_documents(studies: Studies) -> int:
    """Attach certificates to what people with an account recorded in their newest cycle; returns how many."""
    documents = [
        (plan, plan.told.user, learned)
        for plan in studies.plans
        for learned in {part.learned: None for part in plan.parts}
        if plan.told.user and plan.chapter is plan.told.chapters[-1] and not learned.provider
    ]
    for plan, user, learned in documents:
        content = certificate(learned, plan.told.credential.holder.name)
        upload = SimpleUploadedFile(f"certificate-{learned.completed_on}.pdf", content, "application/pdf")
        attach(credit=studies.credits[learned], upload=upload, by=user, at=moment(plan.chapter.allocated_on, 16))
    return len(documents)
