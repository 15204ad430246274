"""Holders are reminded of an audit's deadlines: only the nearest step, and each once."""

from datetime import timedelta

import pytest

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from audits import actions
from audits.enums import AuditState
from audits.models import Audit
from declarations.actions import send_back
from tests.declarations.reviews import AT, submitted
from tests.factories import AlertFactory, UserFactory, audit_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def audit(settings, auditor):
    """Documents are asked for, in thirty days."""
    settings.AUDIT_DOCUMENTS_DAYS = 30
    audit = actions.select(declaration=submitted(), by=auditor, at=AT)
    return actions.request_documents(audit=audit, by=auditor, at=AT)


def reminded(audit, left):
    """How many are told when so many days are left."""
    on = audit.due_on - left * DAY
    return actions.remind(on=on, at=AT)


def shown():
    return Alert.objects.filter(kind=AlertKind.AUDIT_DUE, withdrawn_at=None)


@pytest.mark.parametrize(("left", "told"), [(15, 0), (14, 1), (8, 1), (7, 1), (1, 1), (0, 1), (-1, 1), (-400, 1)])
def test_a_step_is_told_once(audit, left, told):
    assert [reminded(audit, left) for _time in range(2)] == [told, 0]


def test_a_nearer_reminder_takes_the_place_of_the_one_before(audit):
    told = [reminded(audit, left) for left in range(20, -5, -1)]

    assert sum(told) == 4
    assert [alert.key.rpartition(":")[2] for alert in shown()] == ["-1"]


def test_an_older_day_by_hand_tells_nothing_farther(audit):
    reminded(audit, 1)

    assert (reminded(audit, 14), shown().count()) == (0, 1)


def test_what_is_said_names_the_day_and_leads_to_the_audit(audit):
    reminded(audit, 7)

    alert = shown().get()
    assert alert.title == "Audit of your declaration for MLS(ASCP): documents due by 12 March 2026"
    assert (alert.link, "by 12 March 2026" in alert.body) == (audit.get_absolute_url(), True)


def test_handing_in_takes_the_reminder_away(audit):
    reminded(audit, 7)

    actions.hand_in(audit=audit, by=audit.holder.user, at=AT + DAY)

    assert (shown().count(), reminded(audit, 1)) == (0, 0)


def test_handing_in_takes_no_reminder_of_another_audit_away(audit):
    key = f"{AlertKind.AUDIT_DUE}:{audit.pk}0:2026-04-01:7"
    other = AlertFactory(holder=audit.holder, kind=AlertKind.AUDIT_DUE, key=key)

    actions.hand_in(audit=audit, by=audit.holder.user, at=AT + DAY)

    assert shown().get() == other


def test_more_time_takes_it_away_and_brings_its_own(audit, auditor):
    reminded(audit, 7)
    later = actions.extend(audit=audit, until=audit.due_on + 30 * DAY, by=auditor, at=AT, note="You were ill.")

    assert (shown().count(), reminded(later, 30), reminded(later, 7)) == (0, 0, 1)


@pytest.mark.parametrize("state", list(AuditState))
def test_only_who_has_the_word_is_reminded(state):
    audit = audit_in(state)
    Audit.objects.filter(pk=audit.pk).update(due_on=AT.date())

    assert actions.remind(on=AT.date(), at=AT) == int(state in {AuditState.REQUESTED, AuditState.MORE_NEEDED})


def test_an_audit_that_rests_reminds_of_nothing(audit):
    send_back(declaration=audit.declaration, by=UserFactory(roles=[Role.REVIEWER]), at=AT, note="A page is missing.")

    assert reminded(audit, 1) == 0


def test_without_a_period_nobody_is_reminded(auditor):
    audit = actions.select(declaration=submitted(), by=auditor, at=AT)
    actions.request_documents(audit=audit, by=auditor, at=AT)

    assert actions.remind(on=AT.date() + 900 * DAY, at=AT) == 0
