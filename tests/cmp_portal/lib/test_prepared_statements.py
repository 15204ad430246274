"""Queries that are compiled and prepared once."""

import pytest
from django.db import connection, transaction
from django.db.models import Count, F
from django.db.utils import DataError

from accounts.models import Alert, User
from cmp_portal.lib.prepared_statements import among, ask, prepared
from education.models import Credit
from tests.factories import AlertFactory, CreditFactory, HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db


@prepared
def users_at(email):
    return User.objects.select_related("holder__correspondence").filter(email=email, is_active=True)


@prepared
def credits_of(holder):
    return Credit.objects.filter(holder=holder).only("title", "subjects", "points").order_by("id")


@prepared
def credits_with_holders(holders):
    return Credit.objects.filter(among("holder", holders)).select_related("holder")


@prepared
def titles_among(holders):
    return Credit.objects.filter(among("holder", holders)).order_by("id").values_list("subjects", "title", "points")


@prepared
def counted(holder):
    return Alert.objects.filter(holder=holder).annotate(of=Count("holder__credentials"), twice=F("id") * 2)[:1]


def test_finds_what_the_queryset_finds(django_assert_num_queries):
    user = HolderUserFactory()
    HolderUserFactory()

    [found] = users_at(user.email)

    assert (found, found.roles, found.date_joined) == (user, user.roles, user.date_joined)
    with django_assert_num_queries(0):
        assert found.holder == user.holder


def test_objects_are_as_django_loads_them():
    user = HolderUserFactory()
    found, wanted = users_at(user.email), list(users_at.question(user.email))

    assert [everything_in(one) for one in found] == [everything_in(one) for one in wanted]


def everything_in(one):
    """An object's values and state, and those of what it refers to."""
    own = {name: value for name, value in vars(one).items() if name != "_state"}
    state = one._state
    related = {name: other and everything_in(other) for name, other in state.fields_cache.items() if name != "user"}
    return type(one), own, state.adding, state.db, related


def test_rows_that_refer_to_the_same_one_share_its_object():
    holders = [credit.holder for credit in CreditFactory.create_batch(2)]
    of_one, of_the_other = (CreditFactory.create_batch(2, holder=holder) for holder in holders)

    found = {credit.pk: credit.holder for credit in credits_with_holders([holder.pk for holder in holders])}

    assert [found[credit.pk] for credit in of_one + of_the_other] == [holders[0]] * 2 + [holders[1]] * 2
    assert len({id(holder) for holder in found.values()}) == 2


def test_nothing_is_related_where_there_is_nothing():
    user = UserFactory()

    [found] = users_at(user.email)

    assert found.holder is None


def test_finds_nothing_where_there_is_nothing():
    assert users_at("nobody@example.org") == []


def test_each_answer_is_to_its_own_values():
    users = HolderUserFactory.create_batch(3)

    assert [users_at(user.email) for user in users] == [[user] for user in users]


def test_what_was_not_asked_for_is_read_later(django_assert_num_queries):
    credit = CreditFactory()
    [found] = credits_of(credit.holder_id)

    with django_assert_num_queries(1):
        assert found.completed_on == credit.completed_on


def test_values_are_as_they_were_written():
    credit = CreditFactory(subjects=["chemistry", "ethics"])

    assert titles_among([credit.holder_id]) == [(["chemistry", "ethics"], credit.title, credit.points)]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_any_number_of_values_is_one_statement(count):
    credits = CreditFactory.create_batch(3)[:count]

    found = titles_among([credit.holder_id for credit in credits])

    assert [title for _subjects, title, _points in found] == [credit.title for credit in credits]


def test_planner_expects_the_same_for_any_number_of_values():
    """PostgreSQL keeps the plan for any values only where it is about as dear as those for the values at hand."""
    titles_among([1])

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        expected = set()
        for keys in ([1], [*range(1000)]):
            cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE {titles_among.name}(%s)", [keys])
            expected.add(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])

    assert len(expected) == 1


def test_what_was_annotated_is_there():
    alert = AlertFactory()

    [found] = counted(alert.holder_id)

    assert (found.of, found.twice) == (0, 2 * alert.pk)


def test_is_one_question_from_the_first_time_on(django_assert_num_queries):
    @prepared
    def asked_nowhere_else(holder):
        return Credit.objects.filter(holder=holder)

    with django_assert_num_queries(2):
        asked_nowhere_else(1)
        asked_nowhere_else(2)


def test_text_is_a_value_and_nothing_else():
    assert users_at("' OR 1 = 1 --") == users_at("%s $1") == []


def test_is_there_after_a_transaction_that_failed():
    with pytest.raises(DataError), transaction.atomic():
        ask("halves", "SELECT 1 / $1::int", [0])

    assert ask("halves", "SELECT 1 / $1::int", [1]) == [(1,)]


def test_table_may_change_beside_it():
    user = HolderUserFactory()
    users_at(user.email)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_user ADD COLUMN later integer")

    assert users_at(user.email) == [user]
