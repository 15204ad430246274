from datetime import date
from itertools import count

import pytest

from tests.constraint_violations import Break, copy, each, refused, same, tries, update
from tests.factories import (
    ActivityKindFactory,
    AreaFactory,
    CredentialFactory,
    CredentialTypeFactory,
    CycleFactory,
    KindUnitFactory,
    RequirementSetFactory,
    RuleFactory,
    SubjectFactory,
    SynchronisationRequestFactory,
    UserFactory,
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
