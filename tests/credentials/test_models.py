from datetime import date, timedelta
from itertools import count

import pytest
from django.db import transaction

from cmp_portal.lib import clock
from credentials.models import Credential, Cycle
from tests.breaking import Break, copy, delete, each, refused, run, same, tries, update
from tests.factories import (
    ActivityKindFactory,
    AreaFactory,
    CredentialFactory,
    CredentialTypeFactory,
    CycleFactory,
    HolderFactory,
    KindUnitFactory,
    RequirementSetFactory,
    RuleFactory,
    SubjectFactory,
    SynchronisationRequestFactory,
    UserFactory,
    close,
)

NUMBERS = count()


def new_set(**fields):
    """Another version of one and the same credential type."""
    n = next(NUMBERS)
    kind = CredentialTypeFactory(code="HT(ASCP)")
    return RequirementSetFactory(
        credential_type=kind, version=f"v{n}", applies_from=date(2000, 1, 1 + n % 28), **fields
    )


def area_of_one_set():
    return AreaFactory(requirement_set=RequirementSetFactory(credential_type=CredentialTypeFactory(code="HT(ASCP)")))


def rule_of_one_set(**fields):
    requirements = RequirementSetFactory(credential_type=CredentialTypeFactory(code="HT(ASCP)"))
    return RuleFactory(requirement_set=requirements, **fields)


def credential_of_one_type():
    UserFactory()
    return CredentialFactory(credential_type=CredentialTypeFactory(code="HT(ASCP)"))


ON_HOLD = "hold_at = now(), hold_by_id = (SELECT max(id) FROM accounts_user), hold_reason = 'Under investigation'"
DECIDED = "decided_at = now(), decided_by_id = requested_by_id"
BREAKS = [
    Break(
        "credentials_synchronisationrequest_uuid_key",
        SynchronisationRequestFactory,
        same("uuid"),
        "uuid = gen_random_uuid()",
    ),
    Break(
        "synchronisation_state_is_known",
        SynchronisationRequestFactory,
        f"state = 'lost', {DECIDED}",
        f"state = 'granted', {DECIDED}",
    ),
    Break(
        "synchronisation_decision_says_who_when",
        SynchronisationRequestFactory,
        "state = 'granted', decided_at = now()",
        f"state = 'withdrawn', {DECIDED}",
    ),
    Break(
        "synchronisation_declined_says_why",
        SynchronisationRequestFactory,
        f"state = 'declined', {DECIDED}",
        f"state = 'declined', note = 'w', {DECIDED}",
    ),
    Break(
        "credentials_subject_code_key",
        lambda: SubjectFactory(code=f"subject-{next(NUMBERS)}"),
        same("code"),
        "code = 'virology'",
    ),
    Break(
        "credentials_activitykind_code_key",
        lambda: ActivityKindFactory(code=f"kind-{next(NUMBERS)}"),
        same("code"),
        "code = 'webinar'",
    ),
    Break(
        "kind_unit_once",
        lambda: KindUnitFactory(kind=ActivityKindFactory(code=f"kind-{next(NUMBERS)}")),
        same("kind_id"),
        same("kind_id") + ", unit = 'ceu'",
    ),
    Break("kind_unit_points_positive", KindUnitFactory, "points_per_unit = 0", "points_per_unit = 1"),
    Break("kind_unit_is_known", KindUnitFactory, "unit = 'fortnight'", "unit = 'quarter-hour'"),
    Break("credentials_credentialtype_code_key", CredentialTypeFactory, same("code"), "code = 'HT(ASCP)'"),
    Break("credential_type_cycle_has_years", CredentialTypeFactory, "cycle_years = 0", "cycle_years = 1"),
    Break("requirement_set_version_once", new_set, same("version"), "version = '9.1'"),
    Break("requirement_set_one_per_day", new_set, same("applies_from"), "applies_from = NULL"),
    Break("requirement_set_total_positive", new_set, "total = 0", "total = step"),
    Break("requirement_set_step_positive", new_set, "step = 0", "step = 1"),
    Break("requirement_set_total_in_whole_steps", new_set, "total = 410", "total = 425"),
    Break("area_code_once_per_set", area_of_one_set, same("code"), "code = 'coagulation'"),
    Break("area_minimum_not_negative", AreaFactory, "minimum = -1", "minimum = 0"),
    Break("area_maximum_not_below_minimum", AreaFactory, "maximum = minimum - 1", "maximum = minimum"),
    Break("area_accepts_something", AreaFactory, "accepts = '{{}}'", "accepts = '{{*}}'"),
    Break("rule_code_once_per_set", rule_of_one_set, same("code"), "code = 'yearly-floor'"),
    Break("rule_limits_something", RuleFactory, "maximum = NULL", "maximum = NULL, minimum = 0"),
    Break("rule_limits_not_negative", RuleFactory, "maximum = -1", "maximum = 0"),
    Break("rule_maximum_not_below_minimum", RuleFactory, "minimum = maximum + 1", "minimum = maximum"),
    Break("rule_per_is_known", RuleFactory, "per = 'decade'", "per = 'year'"),
    Break("rule_per_item_has_no_minimum", RuleFactory, "per = 'item', minimum = 1", "per = 'year', minimum = 1"),
    Break(
        "certificate_number_once", credential_of_one_type, same("certificate_number"), "certificate_number = 'HT-0042'"
    ),
    Break(
        "credential_has_certificate_number", CredentialFactory, "certificate_number = ''", "certificate_number = '1'"
    ),
    Break(
        "credential_hold_says_who_when_why",
        credential_of_one_type,
        "hold = 'suspended'",
        f"hold = 'suspended', {ON_HOLD}",
    ),
    Break("cycle_ends_after_start", CycleFactory, "ends_on = starts_on - 1", "ends_on = starts_on"),
    Break(
        "cycle_closed_has_frozen_shares",
        CycleFactory,
        "closed_at = now()",
        "closed_at = now(), shares_frozen_at = now()",
    ),
    Break(
        "cycle_frozen_was_declared_or_closed",
        CycleFactory,
        "shares_frozen_at = now()",
        "shares_frozen_at = now(), declared_on = ends_on",
    ),
]


@each(BREAKS)
def test_constraint_refuses(db, case):
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)


@each(BREAKS)
def test_constraint_accepts_the_nearest_legal_value(db, case):
    row = case.row()

    assert update(row, case.accepted) == 1


def test_two_sets_cannot_both_apply_since_ever(db):
    requirements = new_set(areas=[])
    update(requirements, "applies_from = NULL")

    with refused("requirement_set_one_per_day"):
        update(new_set(areas=[]), "applies_from = NULL")


# --- Cycles do not overlap ----------------------------------------------------------------------------------------


@tries("cycle_days_never_overlap")
def test_cycle_cannot_begin_on_the_last_day_of_another(db):
    cycle = CycleFactory(closed=True)

    with refused("cycle_days_never_overlap"):
        copy(cycle, starts_on=cycle.ends_on, ends_on=cycle.ends_on + timedelta(days=9))


def test_cycle_may_begin_on_the_day_after_another(db):
    cycle = CycleFactory(closed=True)

    assert copy(cycle, starts_on=cycle.ends_on + timedelta(days=1), ends_on=cycle.ends_on + timedelta(days=9)) == 1


def test_cycles_of_two_credentials_may_overlap(db):
    cycle = CycleFactory()

    other = CycleFactory(holder=cycle.holder, starts_on=cycle.starts_on, ends_on=cycle.ends_on)

    assert (other.starts_on, other.ends_on) == (cycle.starts_on, cycle.ends_on)


@tries("cycle_one_open_per_credential")
def test_credential_has_one_open_cycle(db):
    cycle = CycleFactory()

    with refused("cycle_one_open_per_credential"):
        copy(cycle, starts_on=cycle.ends_on + timedelta(days=1), ends_on=cycle.ends_on + timedelta(days=9))


def test_credential_with_an_open_cycle_may_have_closed_ones(db):
    cycle = CycleFactory()
    at = clock.now()

    assert copy(cycle, starts_on=date(2000, 1, 1), ends_on=date(2002, 12, 31), closed_at=at, shares_frozen_at=at) == 1


# --- What belongs together -----------------------------------------------------------------------------------------


@tries("Cycle.belongs_together")
@pytest.mark.parametrize("column", ["holder_id", "requirement_set_id"])
def test_cycle_has_the_holder_and_the_set_of_its_credential(db, column):
    cycle, stranger = CycleFactory(), CycleFactory()

    with refused("cycle, credential and requirement set do not belong together"):
        update(cycle, f"{column} = {getattr(stranger, column)}")


def test_cycle_of_another_holder_cannot_be_inserted(db):
    cycle = CycleFactory(closed=True)

    with refused("cycle, credential and requirement set do not belong together"):
        copy(cycle, holder_id=HolderFactory().pk, starts_on=date(2000, 1, 1), ends_on=date(2002, 12, 31))


def test_cycle_may_take_another_set_of_its_type(db):
    cycle = CycleFactory()
    newer = RequirementSetFactory(
        credential_type=cycle.credential.credential_type, version="2", applies_from=date(2020, 1, 1)
    )

    assert update(cycle, f"requirement_set_id = {newer.pk}") == 1


@tries("Credential.cycles_follow")
@pytest.mark.parametrize("column", ["holder_id", "credential_type_id"])
def test_credential_with_a_cycle_keeps_holder_and_type(db, column):
    cycle, other = CycleFactory(), CredentialFactory()

    with refused("cycle, credential and requirement set do not belong together"):
        update(cycle.credential, f"{column} = {getattr(other, column)}")


def test_credential_without_a_cycle_may_change_its_holder(db):
    credential = CredentialFactory()

    assert update(credential, f"holder_id = {HolderFactory().pk}") == 1


def test_credential_and_cycle_may_change_their_holder_together(db):
    cycle, heir = CycleFactory(), HolderFactory()

    with transaction.atomic():
        Credential.objects.filter(pk=cycle.credential_id).update(holder=heir)
        Cycle.objects.filter(pk=cycle.pk).update(holder=heir)

    assert run("SELECT 1") == 1


@tries("Cycle.keeps_its_credential")
def test_cycle_keeps_its_credential(db):
    cycle = CycleFactory()
    other = CredentialFactory(holder=cycle.holder, credential_type=cycle.credential.credential_type)

    with refused("pgtrigger: Cannot update rows from credentials_cycle table"):
        update(cycle, f"credential_id = {other.pk}")


# --- Days -----------------------------------------------------------------------------------------------------------


@tries("Cycle.keeps_its_days")
def test_cycle_is_never_lengthened(db):
    cycle = CycleFactory()

    with refused("a cycle may be shortened, never lengthened"):
        update(cycle, "ends_on = ends_on + 1")


def test_cycle_may_be_shortened(db):
    cycle = CycleFactory()

    assert update(cycle, "ends_on = ends_on - 1") == 1


@pytest.mark.parametrize(
    "change", ["ends_on = ends_on - 1", "starts_on = starts_on - 1", "requirement_set_id = {newer}"]
)
@pytest.mark.parametrize("kind", ["declared", "closed"])
def test_declared_cycle_keeps_its_days_and_set(db, change, kind):
    cycle = CycleFactory(declared_on=clock.today(), shares_frozen_at=clock.now())
    newer = RequirementSetFactory(
        credential_type=cycle.credential.credential_type, version="2", applies_from=date(2020, 1, 1)
    )
    cycle = close(cycle) if kind == "closed" else cycle

    with refused("a declared cycle keeps its days and its requirement set"):
        update(cycle, change.replace("{newer}", str(newer.pk)))


@pytest.mark.parametrize(
    "change", ["closed_at = NULL", "closed_at = now() + interval '1 day'", "declared_on = '2026-01-01'"]
)
def test_closed_cycle_stays_closed(db, change):
    cycle = CycleFactory(closed=True)

    with refused("a closed cycle stays closed"):
        update(cycle, change)


@tries("Cycle.is_kept")
def test_closed_cycle_is_kept(db):
    cycle = CycleFactory(closed=True)

    with refused("pgtrigger: Cannot delete rows from credentials_cycle table"):
        delete(cycle)


def test_open_cycle_may_be_removed(db):
    cycle = CycleFactory()

    assert delete(cycle) == 1


# --- Requests to synchronise ------------------------------------------------------------------------------------------


@tries("synchronisation_one_open_per_holder")
def test_holder_has_one_open_request(db):
    request = SynchronisationRequestFactory()

    with refused("synchronisation_one_open_per_holder"):
        copy(request)


def test_holder_may_ask_again_once_answered(db):
    request = SynchronisationRequestFactory(declined=True)

    assert SynchronisationRequestFactory(holder=request.holder).pk


@tries("SynchronisationRequest.is_decided_once")
@pytest.mark.parametrize("change", ["state = 'open', decided_at = NULL, decided_by_id = NULL", "note = 'Otherwise'"])
def test_an_answer_stands(db, change):
    request = SynchronisationRequestFactory(declined=True)

    with refused("pgtrigger: Cannot update rows from credentials_synchronisationrequest table"):
        update(request, change)


@tries("credential_hold_is_known")
def test_credential_begins_with_a_hold_that_is_known(db):
    """A later change of the hold is stopped by its table of moves before."""
    with refused("credential_hold_is_known"):
        copy(CredentialFactory(), certificate_number="4711", hold="paused")
