"""Thousands of generated holders: deterministic by seed, complete, and never mixed with real ones by accident."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from accounts.models import Holder
from cmp_portal import scale
from education.models import Allocation, Credit, CycleStatus
from tests.factories import CreditFactory, CycleFactory, CycleStatusFactory, HolderFactory

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 10)


@pytest.fixture
def loaded(now):
    for command in ("load_reference", "load_requirements"):
        call_command(command, verbosity=0)


@pytest.fixture
def gained(loaded, now):
    return scale.seed(scale.Order(holders=40, seed=7, on=ON, at=now))


def checksum():
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5(string_agg(md5(c::text), '' ORDER BY id)) FROM education_credit c")
        return cursor.fetchone()


def test_what_is_seeded_is_whole(gained):
    assert list(scale.differences(dict.fromkeys(scale.COUNTED, 0), gained, on=ON)) == []
    assert gained["accounts_holder"] == Holder.objects.count() == 40


def test_one_holder_in_5000_has_5000_credits_and_12_credentials(gained):
    first = Holder.objects.order_by("id").first()

    assert (first.credits.count(), first.credentials.count()) == (5000, 12)
    for rows in (Credit.objects, Allocation.objects):
        history = rows.model.pgh_event_model.objects
        assert set(history.values_list("pgh_obj_id", "points")) == set(
            rows.filter(holder=first).values_list("pk", "points")
        )


def test_the_triggers_are_back(gained):
    share = Allocation.objects.filter(cycle__shares_frozen_at=None).order_by("id").first()

    with pytest.raises(IntegrityError, match="exceed its points"):
        Credit.objects.filter(pk=share.credit_id).update(points="0.01")


def test_the_choices_for_the_last_holder_have_room(gained):
    with connection.cursor() as cursor:
        cursor.execute("SELECT (9999999 - n + n) * 10000 FROM plan WHERE n = 1")

        assert cursor.fetchone() == (99_999_990_000,)


def test_a_false_status_is_found(gained):
    CycleStatus.objects.update(counted="999")

    found = list(scale.differences(dict.fromkeys(scale.COUNTED, 0), gained, on=ON))

    assert [line.split(maxsplit=1)[1] for line in found] == [
        "status rows of declared cycles that differ from what was signed",
        "of 500 status rows differ from what the engine computes",
    ]


def test_a_lost_credit_is_found(gained):
    Credit.objects.filter(pk=Credit.objects.filter(allocations=None).order_by("id").first().pk).delete()

    found = list(scale.differences(dict.fromkeys(scale.COUNTED, 0), gained, on=ON))

    assert found == [
        f"education_credit gained {Credit.objects.count():,} rows instead of {Credit.objects.count() + 1:,}"
    ]


@pytest.mark.parametrize(("seed", "is_same"), [(7, True), (8, False)])
def test_the_same_seed_gives_the_same_rows(loaded, now, seed, is_same):
    found = []
    for one in (7, seed):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
            scale.seed(scale.Order(holders=3, seed=one, on=ON, at=now))
            found.append(checksum())
            cursor.execute("ROLLBACK TO SAVEPOINT before")

    assert (found[0] == found[1]) == is_same


def test_holders_of_others_are_left_alone(loaded, now):
    HolderFactory()

    with pytest.raises(CommandError, match="--into-existing"):
        call_command("seed_scale", holders=1)


@pytest.mark.parametrize("on", [date(1960, 3, 10), ON, date(2029, 3, 10)])
def test_what_was_there_before_is_not_tried_by_that_day(loaded, now, on):
    """Neither somebody erased, of whose cycle there is no row, nor what was completed after that day."""
    CycleFactory()
    CreditFactory(completed_on=date(2026, 3, 9))
    CycleStatusFactory()
    before, known = scale.counts(scale.COUNTED), scale.last_cycle()

    gained = scale.seed(scale.Order(holders=2, seed=7, on=on, at=now), into_existing=True)

    assert list(scale.differences(before, gained, on=on, today=ON, known=known)) == []


@pytest.mark.parametrize("on", ["0001-01-01", "1949-12-31", "2101-01-01", "9999-12-31"])
def test_day_that_is_too_far_away_is_refused(loaded, on):
    with pytest.raises(CommandError, match="--on must be a day from 1950-01-01 to 2100-12-31") as refusal:
        call_command("seed_scale", "--on", on, holders=1)

    assert refusal.value.returncode == 2
    assert not Holder.objects.exists()


def test_seed_that_is_too_long_is_refused(loaded):
    with pytest.raises(CommandError, match="--seed must be a number of up to 15 digits"):
        call_command("seed_scale", holders=1, seed=9223372036854775807)


def test_production_is_refused(settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="production"):
        call_command("seed_scale", holders=1)


def test_it_needs_the_reference_data():
    with pytest.raises(CommandError, match="load_reference"):
        call_command("seed_scale", holders=1)
