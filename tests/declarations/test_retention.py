from datetime import date, timedelta

import pytest
from django.core.management import call_command

from accounts.actions import run_job
from accounts.enums import AlertKind
from accounts.models import Alert, JobRun
from declarations import actions
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    EvidenceFactory,
    MlsRequirementSetFactory,
    close,
)

pytestmark = pytest.mark.django_db

ENDED = date(2022, 3, 31)
# With two years of retention the first day on which documents may go.
FREE = date(2024, 4, 1)


@pytest.fixture
def cycle(settings, now):
    """A renewed cycle with a document behind its share."""
    settings.EVIDENCE_RETENTION_YEARS = 2
    return documented(cycle_ending(ENDED))


def cycle_ending(day, **more):
    return CycleFactory(
        requirement_set=MlsRequirementSetFactory(), starts_on=day - timedelta(days=1095), ends_on=day, **more
    )


def documented(cycle):
    credit = CreditFactory(
        holder=cycle.holder, subjects=["chemistry"], completed_on=cycle.starts_on, self_recorded=True
    )
    AllocationFactory(cycle=cycle, credit=credit)
    EvidenceFactory(credit=credit)
    return cycle


@pytest.mark.parametrize(("on", "told"), [(FREE - timedelta(days=1), 0), (FREE, 1), (FREE + timedelta(days=900), 1)])
def test_documents_may_go_when_their_time_is_over_and_it_is_told_once(cycle, now, on, told):
    close(cycle)

    assert [actions.tell_discardable(on=on, at=now) for _time in range(2)] == [told, 0]


def test_the_alert_says_which_cycle_and_how_long(cycle, now):
    close(cycle)

    actions.tell_discardable(on=FREE, at=now)

    alert = Alert.objects.get()
    assert (alert.kind, alert.title) == (
        AlertKind.EVIDENCE_DISCARDABLE,
        "Documents from a past cycle of MLS(ASCP) can be discarded",
    )
    assert "ended on 31 March 2022, and documents are kept for 2 years" in alert.body


def test_nothing_is_told_where_the_board_has_not_said_how_long(cycle, now, settings):
    settings.EVIDENCE_RETENTION_YEARS = None
    close(cycle)

    assert actions.tell_discardable(on=FREE, at=now) == 0


def test_an_open_cycle_keeps_its_documents(cycle, now):
    assert actions.tell_discardable(on=FREE, at=now) == 0


@pytest.mark.parametrize("year", [2023, 2022], ids=["later", "never renewed"])
def test_a_credit_that_serves_another_cycle_keeps_its_documents(cycle, now, year):
    close(cycle)
    days = {"starts_on": date(year - 3, 4, 1), "ends_on": date(year, 3, 31)}
    other = CycleFactory(holder=cycle.holder, mls=True, **days)
    share = cycle.allocations.get()
    AllocationFactory(cycle=other, credit=share.credit)

    assert actions.tell_discardable(on=FREE, at=now) == 0


def test_a_cycle_without_documents_is_not_told_of(cycle, now):
    share = cycle.allocations.get()
    share.credit.evidence.update(removed_at=now)
    close(cycle)

    assert actions.tell_discardable(on=FREE, at=now) == 0


def test_the_command_tells_of_both(cycle, now):
    close(cycle)
    CycleFactory(starts_on=FREE - timedelta(days=1000), ends_on=FREE + timedelta(days=60))

    assert actions.send_reminders(on=FREE, at=now) == 2


def test_dry_run_tells_how_many_and_tells_nobody(cycle, now, capsys):
    close(cycle)
    CycleFactory(starts_on=FREE - timedelta(days=1000), ends_on=FREE + timedelta(days=60))

    call_command("send_reminders", "--dry-run", "--on", FREE.isoformat())

    assert (capsys.readouterr().out, Alert.objects.count(), JobRun.objects.count()) == ("2 would be reminded\n", 0, 0)


def test_who_sends_them_by_hand_sees_how_many_are_reminded(cycle, now):
    close(cycle)
    CycleFactory(starts_on=FREE - timedelta(days=1000), ends_on=FREE + timedelta(days=60))
    shown = []

    run_job("send_reminders", lambda at: actions.send_reminders(on=FREE, at=at), show=shown.append)

    assert shown == [1]
