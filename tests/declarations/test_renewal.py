"""A batch of renewals: its queries, and the mail to each holder."""

from datetime import date

import pytest
from django.conf import settings
from django.core import mail

from accounts.actions import deliver
from accounts.enums import SUBJECTS, AlertKind, Role
from declarations import actions
from declarations.enums import State
from tests.declarations.reviews import LATER, submitted
from tests.factories import CycleFactory, DeclarationFactory, RequirementSetFactory, UserFactory

pytestmark = pytest.mark.django_db
MARCH = LATER.replace(month=3, day=1)


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_is_renewed_in_a_fixed_number_of_queries(now, count, django_assert_num_queries):
    for _declaration in range(count):
        DeclarationFactory(state=State.ELIGIBLE)

    # One batch, and the look that finds nothing more; four of them are savepoints.
    with django_assert_num_queries(18):
        assert actions.roll(on=date(2026, 12, 31), at=now) == count


def test_renewal_is_mailed_once_with_its_number_and_days(now):
    declaration = submitted()
    actions.approve(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)
    deliver(at=LATER)
    mail.outbox.clear()

    for _time in range(2):
        actions.roll(on=MARCH.date(), at=MARCH)
        deliver(at=MARCH)

    (sent,) = mail.outbox
    assert sent.to == [declaration.holder.email]
    for body in (sent.body, sent.alternatives[0].content):
        assert declaration.number in body
        assert "1 April 2026 to 31 March 2029" in body


def test_the_subject_of_that_mail_tells_nothing_of_its_holder(now):
    declaration = submitted()
    actions.approve(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)
    actions.roll(on=MARCH.date(), at=MARCH)
    deliver(at=MARCH)

    (renewed,) = [sent for sent in mail.outbox if "3 years" in sent.body]
    assert renewed.subject == f"{settings.BOARD_NAME}: {SUBJECTS[AlertKind.RENEWED]}"
    holder, code = declaration.holder, declaration.cycle.credential.credential_type.code
    for word in (holder.first_name, holder.last_name, holder.customer_number, declaration.number, code, "2029"):
        assert word not in renewed.subject


def test_a_cycle_that_no_version_applies_to_yet_follows_the_old_ones(now):
    cycle = CycleFactory(ending=True, requirement_set=RequirementSetFactory(applies_from=date(2099, 1, 1)))
    RequirementSetFactory(
        credential_type=cycle.requirement_set.credential_type, version="2", applies_from=date(2099, 7, 1)
    )
    DeclarationFactory(cycle=cycle, state=State.ELIGIBLE)

    renewed = actions.roll(on=date(2026, 12, 31), at=now)

    new = cycle.credential.cycles.get(closed_at=None)
    assert (renewed, new.requirement_set) == (1, cycle.requirement_set)
