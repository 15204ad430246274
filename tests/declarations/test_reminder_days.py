"""Reminder dates: the Board's day for everyone, each step once, only the nearest."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.enums import AlertKind, Withdrawal
from accounts.models import Alert
from cmp_portal.lib.clock import board_day
from credentials.rules import advised_until
from declarations import actions
from declarations.actions.reminders import STEPS
from declarations.queries import readiness_of
from declarations.rules import Blocker
from declarations.tasks import send_reminders
from education.models import CycleStatus
from tests.factories import CorrespondenceFactory, CredentialTypeFactory, CycleFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LEAP_DAY = date(2028, 2, 29)


def cycle_ending(day, **more):
    return CycleFactory(starts_on=day - timedelta(days=1000), ends_on=day, **more)


@pytest.fixture
def complete():
    """Says that everything of a cycle is allocated."""

    def say(cycle, at=datetime(2027, 1, 1, tzinfo=UTC)):
        status = {"counted": 36, "missing": 0, "is_complete": True, "times_completed": 1, "version": 1}
        CycleStatus.objects.create(cycle=cycle, holder=cycle.holder, computed_at=at, **status)
        return cycle

    return say


def remind(on):
    """Tells on a day; what came of it, as (kind, step)."""
    before = set(Alert.objects.values_list("pk", flat=True))
    actions.remind(on=on, at=datetime(on.year, on.month, on.day, 18, tzinfo=UTC))
    new = Alert.objects.exclude(pk__in=before).order_by("id")
    return [(alert.kind, alert.key.split(":")[2:]) for alert in new]


# --- Whose day it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "there", "left"),
    [
        # 23:30 in Honolulu is the next morning of the Board: the day on which 60 are left.
        ("Pacific/Honolulu", datetime(2027, 4, 30, 23, 30), 60),
        ("Pacific/Honolulu", datetime(2027, 4, 30, 18, 59), 61),
        ("America/Chicago", datetime(2027, 4, 30, 23, 59), 61),
        ("America/Chicago", datetime(2027, 5, 1, 0, 0), 60),
        ("Pacific/Kiritimati", datetime(2027, 5, 1, 12, 0), 61),
    ],
)
def test_the_day_is_the_boards_wherever_the_holder_is(zone, there, left):
    cycle = cycle_ending(date(2027, 6, 30))
    CorrespondenceFactory(holder=cycle.holder, time_zone=zone)
    at = there.replace(tzinfo=ZoneInfo(zone))

    with time_machine.travel(at, tick=False):
        send_reminders()

    assert (cycle.ends_on - board_day(at)).days == left
    assert [alert.key for alert in Alert.objects.all()] == [f"expires_soon:{cycle.pk}:{60 if left == 60 else 90}"]


# --- Each step --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ends_on", [LEAP_DAY, date(2027, 2, 28), date(2027, 3, 31), date(2027, 12, 31)])
def test_every_step_is_told_on_its_day_and_the_end_the_day_after(ends_on):
    cycle_ending(ends_on)

    told = {left: remind(ends_on - left * DAY) for left in range(200, -3, -1)}

    expected = {step: [("expires_soon", [str(step)])] for step in STEPS} | {-1: [("expired", [])]}
    assert {left: found for left, found in told.items() if found} == expected


def test_after_missed_nights_only_the_nearest_step_is_told():
    cycle_ending(LEAP_DAY)

    assert remind(LEAP_DAY - 200 * DAY) == []
    assert remind(LEAP_DAY - 29 * DAY) == [("expires_soon", ["30"])]


@pytest.mark.parametrize("back", [1, 31, 90])
def test_a_clock_that_goes_back_tells_nothing_farther_and_keeps_the_nearest(back):
    cycle_ending(LEAP_DAY)
    remind(LEAP_DAY - 60 * DAY)

    assert remind(LEAP_DAY - (60 + back) * DAY) == []
    assert remind(LEAP_DAY - 60 * DAY) == []
    assert [alert.key.split(":")[2] for alert in Alert.objects.shown()] == ["60"]


def test_a_clock_a_day_forward_and_back_skips_nothing():
    cycle_ending(LEAP_DAY)
    days = [61, 60, 61, 60, 31, 30, 31, 7, 8, 7, 0, -1, 0, -1]

    told = [step for left in days for _kind, step in remind(LEAP_DAY - left * DAY)]

    assert told == [["90"], ["60"], ["30"], ["7"], []]


def test_who_has_expired_is_not_told_that_it_will():
    cycle_ending(LEAP_DAY)
    remind(LEAP_DAY + DAY)

    assert remind(LEAP_DAY) == []


def test_no_cycle_is_told_twice_on_a_day(complete):
    cycles = [cycle_ending(LEAP_DAY), complete(cycle_ending(LEAP_DAY))]

    for left in range(200, -3, -1):
        on = LEAP_DAY - left * DAY
        assert len(remind(on) + remind(on)) in {0, len(cycles)}


def test_what_a_nearer_step_took_the_place_of_says_so():
    cycle_ending(LEAP_DAY)

    for left in (90, 60):
        remind(LEAP_DAY - left * DAY)

    overtaken = Alert.objects.exclude(withdrawn_at=None).get()
    assert (overtaken.key.split(":")[2], overtaken.withdrawn_because) == ("90", Withdrawal.OVERTAKEN)


# --- One month left to submit -----------------------------------------------------------------------------------------


def test_who_is_complete_is_asked_to_submit_around_the_last_advised_day(complete):
    complete(cycle_ending(LEAP_DAY))

    told = [kind for left in (180, 90, 60, 30, 7, -1) for kind, _step in remind(LEAP_DAY - left * DAY)]

    month, soon = AlertKind.ONE_MONTH_LEFT, AlertKind.EXPIRES_SOON
    assert told == [soon, soon, month, month, soon, AlertKind.EXPIRED]


@pytest.mark.parametrize(
    ("ends_on", "advised"),
    [(LEAP_DAY, "29 January 2028"), (date(2026, 3, 31), "28 February 2026"), (date(2027, 6, 30), "30 May 2027")],
)
def test_the_last_advised_day_is_the_one_of_the_rules(complete, ends_on, advised):
    complete(cycle_ending(ends_on))

    remind(ends_on - 60 * DAY)

    day = advised_until(ends_on, 30)
    assert f"{day:%-d %B %Y}" == advised
    assert Alert.objects.get().title.endswith(f": submit your declaration by {advised}")


def test_after_the_last_advised_day_it_says_now(complete):
    complete(cycle_ending(LEAP_DAY, credential__credential_type__advised_days=45))

    remind(LEAP_DAY - 40 * DAY)

    assert Alert.objects.get().title.endswith(": submit your declaration now")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (100, "you can declare starting 1 December 2027"),
        (90, "submit your declaration now"),
        (7, "submit your declaration now"),
    ],
)
def test_who_is_complete_is_not_told_to_look_for_what_is_missing(complete, left, words):
    complete(cycle_ending(LEAP_DAY))

    remind(LEAP_DAY - left * DAY)

    assert words in Alert.objects.get().body


def test_a_reminder_told_before_completion_is_not_told_again_as_another(complete):
    cycle = cycle_ending(LEAP_DAY)
    remind(LEAP_DAY - 60 * DAY)
    complete(cycle)

    assert remind(LEAP_DAY - 59 * DAY) == []


# --- Expired ----------------------------------------------------------------------------------------------------------


def test_who_has_expired_learns_how_to_be_reinstated(settings):
    cycle_ending(LEAP_DAY)
    settings.REEXAMINATION_AFTER_YEARS = 5

    remind(LEAP_DAY + DAY)

    body = Alert.objects.get().body
    for words in (
        "expired on 29 February 2028",
        "more than 3 years ago",
        "reinstatement fee",
        "After 1 March 2033,",
    ):
        assert words in body


@pytest.mark.parametrize(
    ("of_all", "of_type", "last"),
    [(5, None, "1 March 2033"), (5, 4, "29 February 2032"), (None, 1, "1 March 2029"), (None, None, "")],
)
def test_who_has_expired_learns_the_last_day_that_applies_to_the_credential(settings, of_all, of_type, last):
    kind = CredentialTypeFactory(reexamination_after_years=of_type, cycle_years=1)
    settings.REEXAMINATION_AFTER_YEARS = of_all
    cycle = cycle_ending(LEAP_DAY, credential__credential_type=kind)

    remind(LEAP_DAY + DAY)

    body = Alert.objects.get().body
    assert "no more than 1 year ago" in body
    assert ("examination" in body, f"After {last}," in body) == (bool(last), bool(last))
    assert readiness_of(cycle, on=LEAP_DAY + DAY).blockers == [Blocker.INCOMPLETE]


@pytest.mark.parametrize(("left", "told"), [(0, "To be reinstated"), (1, "too long ago for a declaration")])
def test_who_expired_too_long_ago_is_not_told_to_declare(settings, left, told):
    settings.REEXAMINATION_AFTER_YEARS = 5
    cycle = cycle_ending(LEAP_DAY)
    on = date(2033, 3, 1) + left * DAY

    remind(on)

    assert told in Alert.objects.get().body
    assert (Blocker.EXAMINATION in readiness_of(cycle, on=on).blockers) == bool(left)


@pytest.mark.parametrize(("days", "advised"), [(30, "29 January 2028"), (75, "16 December 2027")])
def test_a_reminder_names_the_day_that_is_advised(days, advised):
    cycle_ending(LEAP_DAY, credential__credential_type=CredentialTypeFactory(advised_days=days))

    remind(LEAP_DAY - 90 * DAY)

    assert f"submit your declaration by {advised}." in Alert.objects.get().body


def test_years_the_board_has_not_published_are_not_told():
    cycle_ending(LEAP_DAY)

    remind(LEAP_DAY + DAY)

    assert "examination" not in Alert.objects.get().body
