from decimal import Decimal

import pytest
from django.db import connection, transaction

from education.models import Allocation
from tests.constraint_violations import delete, refused, run, update
from tests.education.shares import EXCEED, FROZEN, TWICE, credit_and_cycle, declared, share_of, shares_to_make
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    close,
)

# --- Two at once ------------------------------------------------------------------------------------------------------


def test_two_transactions_cannot_share_out_a_credit_twice(in_thread, until_blocked):
    credit, cycle = credit_and_cycle(points=Decimal("2.00"))

    with transaction.atomic():
        share_of(credit, cycle, code="chemistry", points=200)
        other = in_thread(lambda: share_of(credit, cycle, code="rest", points=1))
        until_blocked()

    assert EXCEED in str(other.exception())


def test_two_transactions_may_share_out_a_credit_that_lasts(in_thread, until_blocked):
    credit, cycle = credit_and_cycle(points=Decimal("2.00"))

    with transaction.atomic():
        share_of(credit, cycle, code="chemistry", points=100)
        other = in_thread(lambda: share_of(credit, cycle, code="rest", points=100))
        until_blocked()

    assert other.result() == 1


def test_share_waits_for_the_correction_of_its_credit(in_thread, until_blocked):
    credit, cycle = credit_and_cycle(points=Decimal("2.00"))

    with transaction.atomic():
        update(credit, "points = 100")
        other = in_thread(lambda: share_of(credit, cycle, points=200))
        until_blocked()

    assert EXCEED in str(other.exception())


def test_correction_waits_for_a_share(in_thread, until_blocked):
    credit, cycle = credit_and_cycle(points=Decimal("2.00"))

    with transaction.atomic():
        share_of(credit, cycle, points=200)
        other = in_thread(lambda: update(credit, "points = 100"))
        until_blocked()

    assert EXCEED in str(other.exception())


@pytest.mark.parametrize("change", [delete, lambda share: update(share, "points = 1")], ids=["removal", "change"])
def test_share_cannot_slip_away_while_its_cycle_is_declared(in_thread, until_blocked, change):
    share = AllocationFactory()

    with transaction.atomic():
        declared(share.cycle)
        other = in_thread(lambda: change(share))
        until_blocked()

    assert FROZEN in str(other.exception())


def test_credit_cannot_enter_two_cycles_of_a_credential_at_once(in_thread, until_blocked):
    earlier = CycleFactory(ended=True)
    credit = CreditFactory(holder=earlier.holder)

    with transaction.atomic():
        share_of(credit, earlier)
        close(earlier)
        other = in_thread(lambda: share_of(credit, CycleFactory(credential=earlier.credential)))
        until_blocked()

    assert TWICE in str(other.exception())


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_shares_change_where_the_others_are_seen(transactional_db, level):
    credit, cycle = credit_and_cycle()

    with refused("shares and credits change in read committed transactions only"):
        run(f"SET TRANSACTION ISOLATION LEVEL {level}")
        share_of(credit, cycle)


# --- By whatever means ------------------------------------------------------------------------------------------------


def test_bulk_create_cannot_exceed_a_credit(db):
    shares = shares_to_make(points="2.01")

    with refused(EXCEED):
        Allocation.objects.bulk_create(shares)


def test_upsert_cannot_exceed_a_credit(db):
    share = AllocationFactory()
    again = Allocation(
        holder=share.holder, cycle=share.cycle, credit=share.credit, area=share.area, points=Decimal("2.01")
    )

    with refused(EXCEED):
        Allocation.objects.bulk_create(
            [again], update_conflicts=True, unique_fields=["cycle", "credit", "area"], update_fields=["points"]
        )


def test_update_of_many_cannot_exceed_a_credit(db):
    Allocation.objects.bulk_create(shares_to_make())

    with refused(EXCEED):
        Allocation.objects.update(points=Decimal("2.01"))


def test_copied_rows_cannot_exceed_a_credit(db, copy_in):
    shares = shares_to_make(points="2.01")

    with refused(EXCEED):
        copy_in(shares)


def test_merge_cannot_exceed_a_credit(db):
    share = AllocationFactory()

    with refused(EXCEED):
        run(
            """MERGE INTO education_allocation a USING (SELECT %s::bigint AS id) s ON a.id = s.id
               WHEN MATCHED THEN UPDATE SET points = 201""",
            share.pk,
        )


def labels(share=None):
    events = Allocation.pgh_event_model.objects.order_by("pgh_id")
    return list(events.values_list("pgh_label", "points"))


def test_history_keeps_what_bulk_create_made(db):
    Allocation.objects.bulk_create(shares_to_make())

    assert labels() == [("insert", Decimal("1.00"))] * 3


def test_history_keeps_what_an_update_of_many_changed(db):
    Allocation.objects.bulk_create(shares_to_make())

    Allocation.objects.update(points=Decimal("0.50"))

    assert labels()[3:] == [("update", Decimal("0.50"))] * 3


def test_history_keeps_what_was_copied_in(db, copy_in):
    copy_in(shares_to_make())

    assert labels() == [("insert", Decimal("1.00"))] * 3


def test_history_keeps_what_a_raw_delete_removed(db):
    Allocation.objects.bulk_create(shares_to_make())

    run("DELETE FROM education_allocation")

    assert labels()[3:] == [("delete", Decimal("1.00"))] * 3


@pytest.fixture
def copy_in(tmp_path):
    """Copies shares in as psql's \\copy does."""

    def load(shares):
        lines = [f"{s.holder_id},{s.cycle_id},{s.credit_id},{s.area_id},{int(s.points * 100)}\n" for s in shares]
        (tmp_path / "shares.csv").write_text("".join(lines))
        columns = "holder_id, cycle_id, credit_id, area_id, points"
        with connection.cursor() as cursor, (tmp_path / "shares.csv").open() as file, connection.wrap_database_errors:
            cursor.copy_expert(f"COPY education_allocation ({columns}) FROM STDIN (FORMAT csv)", file)

    return load
