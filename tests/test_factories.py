"""Factories create rows that the database accepts, with consistent relations."""

from datetime import date

import pytest

from credentials.models import Cycle
from declarations.enums import State
from declarations.models import Declaration
from tests import factories
from tests.factories import (
    AllocationFactory,
    AuditFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    FindingFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    RequirementSetFactory,
    UserFactory,
    allocate_all,
    close,
)

FACTORIES = [made for name, made in sorted(vars(factories).items()) if name.endswith("Factory")]


@pytest.mark.parametrize("made", FACTORIES, ids=lambda made: made.__name__)
def test_factory_makes_a_second_row_beside_the_first(db, made):
    made()

    again = made()

    assert type(again).objects.filter(pk=again.pk).exists()


@pytest.mark.parametrize("state", State)
def test_declaration_reaches_every_state(db, state):
    declaration = DeclarationFactory(state=state)

    assert Declaration.objects.get(pk=declaration.pk).state == state


@pytest.mark.parametrize("kind", ["ending", "ended", "closed", "voluntary", "mls"])
def test_cycle_comes_in_every_kind(db, kind):
    cycle = CycleFactory(**{kind: True})

    assert cycle.credential.holder == cycle.holder


def test_cycle_of_a_credential_follows_its_holder_and_set(db):
    first = CycleFactory(closed=True)

    second = CycleFactory(credential=first.credential)

    assert (second.holder, second.requirement_set) == (first.holder, first.requirement_set)


def test_cycle_of_a_set_has_a_credential_of_its_type(db):
    requirements = MlsRequirementSetFactory()

    cycle = CycleFactory(requirement_set=requirements)

    assert cycle.credential.credential_type == requirements.credential_type


def test_ending_cycle_lasts_three_years(db, now):
    cycle = CycleFactory(ending=True)

    assert (cycle.starts_on, cycle.ends_on) == (date(2023, 5, 1), date(2026, 4, 30))


def test_share_follows_its_cycle(db):
    cycle = CycleFactory()

    share = AllocationFactory(cycle=cycle)

    assert (share.holder, share.credit.holder) == (cycle.holder, cycle.holder)


def test_share_follows_its_credit(db):
    credit = CreditFactory(subjects=["safety"])

    share = AllocationFactory(credit=credit)

    assert (share.cycle.holder, share.area.code) == (credit.holder, "safety")


def test_share_follows_its_area(db):
    area = RequirementSetFactory().areas.get(code="rest")

    share = AllocationFactory(area=area)

    assert share.cycle.requirement_set == area.requirement_set


@pytest.mark.parametrize("kind", [{}, {"mls": True}, {"ending": True}, {"ended": True}])
def test_allocate_all_adds_up_to_the_total(db, kind):
    cycle = CycleFactory(**kind)

    shares = allocate_all(cycle)

    assert sum(share.points for share in shares) == cycle.requirement_set.total


def test_mls_areas_add_up_to_thirty_six(db):
    requirements = MlsRequirementSetFactory()

    codes = list(requirements.areas.order_by("position").values_list("code", flat=True))

    assert (requirements.total, len(codes), codes[-1]) == (36, 7, "rest")


def test_close_freezes_the_shares(db):
    cycle = AllocationFactory().cycle

    close(cycle)

    assert Cycle.objects.filter(pk=cycle.pk, closed_at=None).count() == 0


def test_renewed_declaration_closes_its_cycle(db):
    cycle = DeclarationFactory(state=State.RENEWED).cycle

    assert (cycle.closed_at is None, cycle.shares_frozen_at is None) == (False, False)


def test_finding_is_about_a_credit_of_the_audited_declaration(db):
    finding = FindingFactory()

    assert finding.declared_credit.declaration == finding.audit.declaration


def test_audit_has_the_holder_of_its_declaration(db):
    declaration = DeclarationFactory(state=State.UNDER_AUDIT)

    audit = AuditFactory(declaration=declaration)

    assert audit.holder == declaration.holder


def test_user_has_the_given_roles(db):
    assert UserFactory(roles=["reviewer"]).all_roles == {"reviewer"}


def test_holder_user_signs_in_with_the_password_of_tests(client, db):
    user = HolderUserFactory()

    assert user.check_password(factories.PASSWORD)
