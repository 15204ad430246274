import pytest
from django.db import DatabaseError, connection, transaction

from cmp_portal.lib.consistency import SHOWN, Difference, Scope, gathered, in_sql, snapshot
from tests.factories import SubjectFactory
from tests.fixtures import NOON

ON = NOON.date()


def look(statement, **values):
    return list(in_sql("lab", "odd numbers", statement, **values).look(Scope(on=ON)))


def test_a_statement_that_finds_nothing_tells_nothing(db):
    assert look("SELECT 1, 'one' WHERE FALSE") == []


def test_what_a_statement_finds_is_counted_and_told_in_order(db):
    [findings] = look("SELECT * FROM (VALUES (3, 'three'), (1, 'one')) v")

    assert (findings.total, findings.is_note) == (2, False)
    assert list(map(str, findings.first)) == ["lab: odd numbers: 1: one", "lab: odd numbers: 3: three"]


def test_only_the_first_of_many_are_told(db):
    [findings] = look("SELECT n, '' FROM generate_series(1, 250) n")

    assert (findings.total, len(findings.first), findings.first[-1].key) == (250, SHOWN, SHOWN)


def test_a_statement_knows_the_day_and_its_values(db):
    [findings] = look("SELECT %(code)s, %(on)s::text", code="a%b")

    assert str(findings.first[0]) == f"lab: odd numbers: a%b: {ON}"


def test_differences_are_gathered_by_kind():
    found = [Difference("lab", what, key, "") for key, what in enumerate(["odd", "even"] * 150)]

    kinds = gathered(found)

    assert [(one.what, one.total, len(one.first)) for one in kinds] == [("odd", 150, SHOWN), ("even", 150, SHOWN)]


def test_a_snapshot_sees_one_moment(transactional_db, in_thread):
    with snapshot():
        before = count()
        in_thread(SubjectFactory).result()

        assert count() == before


def test_nothing_is_written_in_a_snapshot(transactional_db):
    with pytest.raises(DatabaseError, match="read-only transaction"), snapshot():
        SubjectFactory()


def test_a_snapshot_leaves_the_connection_as_it_was(transactional_db):
    with snapshot():
        pass

    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def test_a_snapshot_is_not_taken_halfway(db):
    count()

    with pytest.raises(DatabaseError, match="before any query"), transaction.atomic(), snapshot():
        pass


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM credentials_subject")
        return cursor.fetchone()[0]
