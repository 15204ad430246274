"""Data cached from a requirement set is valid only while the set's stamp is unchanged."""

import pytest

from credentials.models import RequirementSet
from credentials.queries import requirements_by_id
from tests.constraint_violations import delete, tries, update
from tests.factories import AreaFactory, RequirementSetFactory, RuleFactory

pytestmark = pytest.mark.django_db


def stamp_of(requirement_set):
    return RequirementSet.objects.values_list("changed_at", flat=True).get(pk=requirement_set.pk)


@tries(
    "Area.stamps_its_set_insert",
    "Area.stamps_its_set_update",
    "Area.stamps_its_set_delete",
    "Rule.stamps_its_set_insert",
    "Rule.stamps_its_set_update",
    "Rule.stamps_its_set_delete",
)
@pytest.mark.parametrize("factory", [AreaFactory, RuleFactory])
def test_every_change_of_areas_and_rules_stamps_their_set(factory):
    requirement_set = RequirementSetFactory()
    stamps = [stamp_of(requirement_set)]

    row = factory(requirement_set=requirement_set, code="added")
    stamps.append(stamp_of(requirement_set))
    update(row, "title = 'Another title'")
    stamps.append(stamp_of(requirement_set))
    delete(row)
    stamps.append(stamp_of(requirement_set))

    assert stamps == sorted(set(stamps))
    assert len(stamps) == 4


def test_what_was_cached_before_a_change_is_read_again():
    requirement_set = RequirementSetFactory()
    before = requirements_by_id([requirement_set])[requirement_set.pk].title

    update(requirement_set, "title = 'Another title'")
    requirement_set.refresh_from_db()

    assert before != requirements_by_id([requirement_set])[requirement_set.pk].title == "Another title"


@tries("RequirementSet.is_stamped")
def test_a_change_of_the_set_itself_stamps_it():
    requirement_set = RequirementSetFactory()
    before = stamp_of(requirement_set)

    update(requirement_set, "total = 800")

    assert stamp_of(requirement_set) > before
