"""The model of the demo's stories: people, their credentials, and what happened how many days ago."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from cmp_portal.demo.days import ago, month_end
from credentials.enums import Hold
from credentials.rules import anniversary, cycle_end
from declarations.enums import Move

DAY = timedelta(days=1)
# An earlier cycle was declared and approved this many days before its end, the latter in the month it ended.
DECLARED_BEFORE_END, APPROVED_BEFORE_END = 50, 12
ALLOCATED_BEFORE_DECLARED = 4
# Nothing is used that will leave a window of the last three years within this time.
MARGIN = timedelta(days=100)
FIRST_MANDATORY_YEAR = 2006


@dataclass(frozen=True)
class Act:
    """A transition of the declaration, this many days ago."""

    move: Move
    days_ago: int
    note: str = ""


@dataclass(frozen=True)
class Story:
    """One credential, its current cycle ending with the month `ends_in` days ahead; None for a lifetime one."""

    credential: str
    ends_in: int | None = None
    filled: str = "1"  # the share of the total that is allocated
    lacks: str = ""  # an area left empty while all others are full
    acts: tuple[Act, ...] = ()
    certified_ago: int | None = None  # days, for the newly certified
    voluntary: bool = False
    renewed_before: bool = False
    unallocated: int = 0
    college: bool = False
    hold: Hold = Hold.NONE
    hold_reason: str = ""


@dataclass(frozen=True)
class Person:
    """An invented person; only those with an email address can log in to the demo."""

    first_name: str
    last_name: str
    stories: tuple[Story, ...]
    email: str = ""

    @property
    def address(self) -> str:
        return self.email or f"{self.first_name}.{self.last_name}@example.org".lower().replace("'", "").replace(" ", "")


@dataclass(frozen=True)
class Chapter:
    """One cycle of a story, in dates."""

    starts_on: date
    ends_on: date
    learned_from: date
    allocated_on: date
    filled: Decimal
    lacks: str = ""
    acts: tuple[tuple[Act, date], ...] = ()


def chapters_of(story: Story, on: date) -> list[Chapter]:
    """The cycles of a story, oldest first; none for a lifetime credential."""
    if story.certified_ago is not None:
        certified_on = ago(on, story.certified_ago)
        return [_running(story, certified_on, month_end(anniversary(certified_on, 3)), on)]
    if story.ends_in is None:
        return []
    ends_on = month_end(on + timedelta(days=story.ends_in))
    running = _running(story, cycle_end(ends_on, -1) + DAY, ends_on, on)
    return [_earlier(running), running] if story.renewed_before else [running]


def _running(story: Story, starts_on: date, ends_on: date, on: date) -> Chapter:
    first_act = max((act.days_ago for act in story.acts), default=6)
    return Chapter(
        starts_on=starts_on,
        ends_on=ends_on,
        learned_from=max(starts_on, anniversary(on, -3) + MARGIN),
        allocated_on=ago(on, first_act + ALLOCATED_BEFORE_DECLARED),
        filled=Decimal(story.filled),
        lacks=story.lacks,
        acts=tuple((act, ago(on, act.days_ago)) for act in story.acts),
    )


def _earlier(chapter: Chapter) -> Chapter:
    """The previous cycle, declared and renewed in time."""
    ends_on, starts_on = cycle_end(chapter.ends_on, -1), cycle_end(chapter.ends_on, -2) + DAY
    declared_on = ago(ends_on, DECLARED_BEFORE_END)
    return Chapter(
        starts_on=starts_on,
        ends_on=ends_on,
        learned_from=starts_on,
        allocated_on=ago(declared_on, ALLOCATED_BEFORE_DECLARED),
        filled=Decimal(1),
        acts=(
            (Act(Move.SUBMIT, 0), declared_on),
            (Act(Move.APPROVE, 0), ago(ends_on, APPROVED_BEFORE_END)),
        ),
    )


def certified_on(story: Story, chapters: list[Chapter], cycles_before: int) -> date:
    """The certification date; before maintenance became mandatory for lifetime and voluntary credentials."""
    if story.voluntary or not chapters:
        return date(2003 - cycles_before * 2, 5 + cycles_before, 17)
    first = chapters[0].starts_on
    if story.certified_ago is not None:
        return first
    earlier = anniversary(first, -3 * cycles_before)
    return earlier if earlier.year >= FIRST_MANDATORY_YEAR else first
