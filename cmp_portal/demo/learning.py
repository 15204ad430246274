"""Plans what a person learned in a cycle and how it is allocated, from a seeded random generator; no database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from cmp_portal.demo.activities import Activity, Catalogue, about
from cmp_portal.demo.stories import Chapter, Story
from credentials.rules import Area, Requirements

HALF = Decimal("0.5")
SELF_RECORDED = 0.2
PROVIDERS = ("ascp", "ascp", "ascp", "midwest-lab-society", "sample-transfusion-network", "atlantic-lab-academy",
             "sample-pathology-forum", "open-bench-learning")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Learned:
    """One activity completed by one person."""

    activity: Activity
    points: Decimal
    completed_on: date
    provider: str  # empty: self-recorded


@dataclass(frozen=True)
class Part:
    """Points of a completed activity, allocated to an area."""

    learned: Learned
    area: str
    points: Decimal


@dataclass
class Learner:
    """A person in one cycle; repeats a title only after all fitting ones have been used."""

    chance: Random
    catalogue: Catalogue
    first_day: date
    last_day: date
    known: set[str] = field(default_factory=set)

    def learn(self, subjects: Iterable[str], most: Decimal, *, own: bool = True) -> Learned:
        """Complete an activity about one of the subjects, worth at most `most` points."""
        wanted = list(subjects)
        source = self.catalogue.own if own and self.chance.random() < SELF_RECORDED else self.catalogue.courses
        fitting = about(source, wanted) or about(self.catalogue.courses, wanted)
        fresh = [activity for activity in fitting if activity.title not in self.known] or fitting
        return self.complete(self.chance.choice(fresh), most)

    def complete(self, activity: Activity, most: Decimal) -> Learned:
        self.known.add(activity.title)
        return Learned(
            activity=activity,
            points=min(activity.points, most),
            completed_on=self._some_day(),
            provider="" if activity.organiser else self.chance.choice(PROVIDERS),
        )

    def _some_day(self) -> date:
        """A random day, mostly a working day: Sundays move to Monday, or to Saturday at the end."""
        day = self.first_day + timedelta(days=self.chance.randint(0, max(0, (self.last_day - self.first_day).days)))
        if day.weekday() == 6:
            day += timedelta(days=1 if day < self.last_day else -1)
        return max(day, self.first_day)


def needs_of(requirements: Requirements, chapter: Chapter, chance: Random) -> dict[str, Decimal]:
    """Points to allocate to each area, in file order; the area without a minimum takes the rest."""
    left = requirements.total * chapter.filled // HALF * HALF
    needs = {}
    for area in requirements.areas:
        if area.minimum:
            wanted = Decimal(0) if area.code == chapter.lacks else _wanted(area, chapter, chance)
            left -= area.minimum if area.code == chapter.lacks else Decimal(0)
            needs[area.code] = min(wanted, left)
            left -= needs[area.code]
    return needs | {area.code: left for area in requirements.areas if not area.minimum}


def _wanted(area: Area, chapter: Chapter, chance: Random) -> Decimal:
    if chapter.filled < 1:
        return area.minimum * chance.choice((1, 1, HALF, 0)) // HALF * HALF
    return area.minimum + chance.choice((0, 0, HALF, 1))


def parts_of(
    requirements: Requirements, story: Story, chapter: Chapter, learner: Learner, at_hand: Iterable[Learned]
) -> list[Part]:
    """Everything allocated in a cycle; credits already used for the person's other credentials fill minimums first."""
    needs = needs_of(requirements, chapter, learner.chance)
    shared = [one for one in at_hand if learner.first_day <= one.completed_on <= learner.last_day]
    parts: list[Part] = []
    for area in requirements.areas:
        parts += _reused(area, needs, shared) if area.minimum else []
        college = story.college and not area.minimum
        interests = learner.catalogue.interests_of(story.credential)
        parts += _newly_learned(area, needs[area.code], learner, interests, college=college)
    return parts


def _reused(area: Area, needs: dict[str, Decimal], shared: list[Learned]) -> Iterator[Part]:
    """Use what fits among the shared credits, and lower the need."""
    for one in [one for one in shared if area.accepts_subjects(frozenset(one.activity.subjects))]:
        if points := min(one.points, needs[area.code]):
            shared.remove(one)
            needs[area.code] -= points
            yield Part(one, area.code, points)


def _newly_learned(
    area: Area, need: Decimal, learner: Learner, interests: list[str], *, college: bool
) -> Iterator[Part]:
    subjects = area.accepts if area.minimum else [one for one in interests if area.accepts_subjects(frozenset({one}))]
    while need > 0:
        if college and need >= learner.catalogue.college.points:
            one, college = learner.complete(learner.catalogue.college, need), False
        else:
            one = learner.learn(sorted(subjects), need, own=not area.minimum or area.minimum > 1)
        need -= one.points
        yield Part(one, area.code, one.points)
