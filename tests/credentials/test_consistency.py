import pytest

from tests.planting import Fault, each, found_in, planted, without
from tests.planting import found as everything

pytestmark = pytest.mark.django_db
NEVER_OVERLAP = without("credentials_cycle", "cycle_days_never_overlap")


def next_cycle(w):
    """The cycle after the renewed one: nothing is allocated in it yet."""
    return f"credential_id = {w.renewed.cycle.credential_id} AND closed_at IS NULL"


FAULTS = [
    Fault(
        "a cycle under another holder",
        {"cycles with a different holder or type than their credential"},
        lambda w: f"UPDATE credentials_cycle SET holder_id = {w.submitted.holder_id} WHERE {next_cycle(w)}",
    ),
    Fault(
        "a cycle under requirements that are not there",
        {"cycles with a different holder or type than their credential"},
        lambda w: f"UPDATE credentials_cycle SET requirement_set_id = 0 WHERE {next_cycle(w)}",
    ),
    Fault(
        "a cycle that begins too early",
        {"cycles that begin before the previous one has ended"},
        lambda w: NEVER_OVERLAP + f"UPDATE credentials_cycle SET starts_on = starts_on - 1 WHERE {next_cycle(w)}",
    ),
    Fault(
        "a cycle that begins too late",
        {"cycles that do not directly follow the previous one"},
        lambda w: f"UPDATE credentials_cycle SET starts_on = starts_on + 1 WHERE {next_cycle(w)}",
    ),
    Fault(
        "a renewed cycle that is open again",
        {"open cycles followed by a later one", "cycles that are wrongly closed or open"},
        lambda w: (
            "DROP INDEX cycle_one_open_per_credential;"
            f"UPDATE credentials_cycle SET closed_at = NULL WHERE id = {w.renewed.cycle_id}"
        ),
    ),
    Fault(
        "a cycle that ends before it begins",
        {"cycles that end before they begin"},
        lambda w: (
            NEVER_OVERLAP
            + without("credentials_cycle", "cycle_ends_after_start")
            + f"UPDATE credentials_cycle SET ends_on = starts_on - 1 WHERE {next_cycle(w)}"
        ),
    ),
    Fault(
        "a unit that is worth nothing",
        {"units that are unknown or worth nothing"},
        lambda w: (
            without("credentials_kindunit", "kind_unit_points_positive")
            + "UPDATE credentials_kindunit SET points_per_unit = 0"
        ),
    ),
    Fault(
        "a unit nobody knows",
        {"units that are unknown or worth nothing"},
        lambda w: (
            without("credentials_kindunit", "kind_unit_is_known") + "UPDATE credentials_kindunit SET unit = 'fortnight'"
        ),
    ),
    Fault(
        "a unit given twice",
        {"duplicate units"},
        lambda w: (
            without("credentials_kindunit", "kind_unit_once")
            + """INSERT INTO credentials_kindunit (kind_id, unit, points_per_unit)
                 SELECT kind_id, unit, 200 FROM credentials_kindunit"""
        ),
    ),
    Fault(
        "two areas of one code",
        {"duplicate area codes in a requirement set"},
        lambda w: (
            without("credentials_area", "area_code_once_per_set")
            + f"""UPDATE credentials_area SET code = 'rest'
                   WHERE requirement_set_id <> {w.submitted.requirement_set_id} AND code = 'safety'
                     AND id NOT IN (SELECT area_id FROM education_allocation)"""
        ),
    ),
    Fault(
        "requirements nobody took up",
        {"open cycles to which newer requirements apply"},
        lambda w: (
            "INSERT INTO credentials_requirementset"
            " (credential_type_id, version, title, applies_from, total, step, verified, source, note, changed_at)"
            " SELECT credential_type_id, '2', title, '2020-01-01', total, step, verified, source, note, now()"
            f" FROM credentials_requirementset WHERE id = {w.share.cycle.requirement_set_id}"
        ),
        notes=True,
    ),
]


@each(FAULTS)
def test_a_planted_fault_is_found(world, fault):
    assert found_in(fault, world) == fault.finds


@pytest.mark.parametrize(("days", "is_found"), [(-1, True), (0, True), (1, False)])
def test_a_gap_is_right_only_after_a_reinstatement(world, days, is_found):
    reinstated = Fault(
        "",
        set(),
        lambda w: (
            f"UPDATE credentials_cycle SET starts_on = starts_on + 40 WHERE {next_cycle(w)};"
            f"UPDATE credentials_cycle SET declared_on = ends_on + {days} WHERE id = {w.renewed.cycle_id}"
        ),
    )

    with planted(reinstated, world):
        found = everything()

    assert ("cycles that do not directly follow the previous one" in found) == is_found
