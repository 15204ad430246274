from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from accounts.enums import AlertKind
from accounts.models import Alert
from cmp_portal.lib.dates import longdate
from credentials.enums import Hold
from declarations import actions
from declarations.enums import State
from tests.factories import CycleFactory, DeclarationFactory, UserFactory, complete_cycle

pytestmark = pytest.mark.django_db
BOARD = ZoneInfo("America/Chicago")


def noon(*day):
    return datetime(*day, 12, tzinfo=BOARD)


@pytest.fixture
def ending(today):
    """Gives a cycle that ends in so many days, with whatever else is asked for."""
    return lambda days, **more: CycleFactory(
        starts_on=today - timedelta(days=1000), ends_on=today + timedelta(days=days), **more
    )


def test_an_alert_asks_for_the_declaration_once_it_opens():
    with time_machine.travel(noon(2025, 10, 1), tick=False):
        complete_cycle(at=noon(2025, 10, 1))

    told = [
        actions.alert_ready(on=day, at=noon(2025, 12, 31)) for day in (date(2025, 12, 30), *[date(2025, 12, 31)] * 2)
    ]

    assert told == [0, 1, 0]
    assert [alert.kind for alert in Alert.objects.order_by("id")] == [
        AlertKind.ALL_ALLOCATED,
        AlertKind.READY_TO_DECLARE,
    ]


@pytest.mark.parametrize(
    ("days_left", "key"),
    [(181, None), (180, "180"), (91, "180"), (90, "90"), (60, "60"), (31, "60"), (30, "30"), (7, "7"), (0, "7")],
)
def test_a_reminder_is_the_nearest_step(now, today, days_left, key):
    cycle = CycleFactory(ends_on=today + timedelta(days=days_left), starts_on=today - timedelta(days=700))

    actions.remind(on=today, at=now)

    told = [alert.key for alert in Alert.objects.all()]
    assert told == ([f"expires_soon:{cycle.pk}:{key}"] if key else [])


@pytest.mark.parametrize(
    ("days_left", "words"), [(60, "submit your declaration by 9 April 2026"), (7, "as soon as it is complete")]
)
def test_a_reminder_asks_for_nothing_that_is_past(now, today, ending, days_left, words):
    ending(days_left)

    actions.remind(on=today, at=now)

    told = Alert.objects.get()
    assert told.title.endswith(f"expires on {longdate(today + timedelta(days=days_left))}")
    assert words in told.body


def test_a_nearer_reminder_takes_the_place_of_the_one_before(now, today):
    CycleFactory(ends_on=today + timedelta(days=60), starts_on=today - timedelta(days=700))

    for days in (0, 30, 61):
        actions.remind(on=today + timedelta(days=days), at=now + timedelta(days=days))

    assert [alert.kind for alert in Alert.objects.shown()] == [AlertKind.EXPIRED]
    assert Alert.objects.count() == 3


def test_an_expired_holder_is_told_once(now, today):
    CycleFactory(ends_on=today - timedelta(days=1), starts_on=today - timedelta(days=1000))

    assert [actions.remind(on=today, at=now) for _time in range(2)] == [1, 0]


def test_reminders_of_one_credential_leave_those_of_another(now, today, ending):
    first = ending(60)
    actions.remind(on=today, at=now)
    ending(30, holder=first.holder)

    actions.remind(on=today, at=now + timedelta(hours=1))

    assert Alert.objects.shown().count() == 2


@pytest.mark.parametrize("change", [{"voluntary": True}, {"closed": True}])
def test_nobody_is_reminded_without_need(now, today, change):
    CycleFactory(**{"starts_on": today - timedelta(days=1000), "ends_on": today + timedelta(days=60)} | change)

    assert actions.remind(on=today, at=now) == 0


def test_nobody_is_reminded_of_what_was_revoked(now, today, ending):
    said = {"hold_by": UserFactory(), "hold_at": now, "hold_reason": "By decision of the Board."}
    ending(60, **{f"credential__{name}": value for name, value in ({"hold": Hold.REVOKED} | said).items()})

    assert actions.remind(on=today, at=now) == 0


@pytest.mark.parametrize(("state", "told"), [(State.DRAFT, 1), (State.SUBMITTED, 0), (State.RETURNED, 1)])
def test_who_has_declared_is_reminded_when_it_was_returned(now, today, ending, state, told):
    DeclarationFactory(cycle=ending(60), state=state)

    assert actions.remind(on=today, at=now) == told


def test_a_second_run_uses_up_no_keys(now, today, ending):
    ending(60)
    actions.remind(on=today, at=now)
    (before,) = numbers()

    actions.remind(on=today, at=now)

    assert numbers() == (before,)


def numbers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM accounts_alert_id_seq")
        return cursor.fetchone()
