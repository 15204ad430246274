"""Real lock contention between two connections."""

from threading import Barrier, BrokenBarrierError

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse

from accounts.models import Holder
from cmp_portal.lib.contention import Busy, BusyMiddleware, retry_on_conflict
from tests.factories import HolderFactory

SAID = "Something else was changing your record, so nothing was saved. Please try again."


@pytest.fixture
def two(transactional_db):
    return HolderFactory(first_name=""), HolderFactory(first_name="")


@pytest.fixture
def meeting():
    """Both have their first row before either asks for its second; later attempts meet nobody."""
    barrier = Barrier(2)

    def wait():
        try:
            barrier.wait(5)
        except BrokenBarrierError:
            return
        barrier.abort()

    return wait


def adds_to(first, second, word, meeting):
    """Adds a letter to two rows, in this order."""
    with transaction.atomic():
        _add(first, word)
        meeting()
        _add(second, word)


def _add(holder, word):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_holder SET first_name = first_name || %s WHERE id = %s", [word, holder.pk])


def names():
    return [set(name) for name in Holder.objects.order_by("id").values_list("first_name", flat=True)]


def test_two_in_a_deadlock_both_get_through(two, in_thread, meeting):
    one, other = two

    both = [
        in_thread(lambda: retry_on_conflict(adds_to)(one, other, "a", meeting)),
        in_thread(lambda: retry_on_conflict(adds_to)(other, one, "b", meeting)),
    ]

    assert [deed.exception() for deed in both] == [None, None]
    assert names() == [{"a", "b"}, {"a", "b"}]


def test_inside_a_transaction_the_one_who_opened_it_decides(two, in_thread):
    one, _other = two
    tried = []

    @retry_on_conflict
    def asks_at_once():
        tried.append(one)
        Holder.objects.select_for_update(nowait=True).get(pk=one.pk)

    def inside():
        with transaction.atomic():
            asks_at_once()

    with transaction.atomic():
        Holder.objects.select_for_update().get(pk=one.pk)
        deed = in_thread(inside)
        assert isinstance(deed.exception(), OperationalError)

    assert len(tried) == 1


def test_the_deadlock_is_real(two, in_thread, meeting):
    one, other = two

    both = [
        in_thread(lambda: adds_to(one, other, "a", meeting)),
        in_thread(lambda: adds_to(other, one, "b", meeting)),
    ]

    assert sorted(type(deed.exception()).__name__ for deed in both) == ["NoneType", "OperationalError"]


@retry_on_conflict
def impatient_update(holder):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '20ms'")
        cursor.execute("UPDATE accounts_holder SET first_name = 'late' WHERE id = %s", [holder.pk])


def test_who_never_gets_the_lock_is_told_that_others_are_busy(two, in_thread):
    with transaction.atomic():
        _add(two[0], "a")
        other = in_thread(lambda: impatient_update(two[0]))
        assert isinstance(other.exception(), Busy)


def test_inside_a_transaction_the_error_is_left_to_its_owner(two, in_thread):
    def inside():
        with transaction.atomic():
            impatient_update(two[0])

    with transaction.atomic():
        _add(two[0], "a")
        other = in_thread(inside)
        assert isinstance(other.exception(), OperationalError)


def test_another_error_is_not_tried_again():
    times = []

    @retry_on_conflict
    def fail():
        times.append(1)
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError):
        fail()

    assert len(times) == 1


@pytest.fixture
def sent(rf):
    """A form sent from a page, with a place for messages."""

    def send(**headers):
        request = rf.post("/education/progress/1/clear/", **headers)
        request.session = {}
        request._messages = FallbackStorage(request)
        return request

    return send


def answer_of(request, error):
    return BusyMiddleware(lambda _request: HttpResponse()).process_exception(request, error)


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        ({"HTTP_REFERER": "http://testserver/education/progress/?credential=1"}, "/education/progress/?credential=1"),
        ({"HTTP_REFERER": "https://elsewhere.example/"}, "/"),
        ({}, "/"),
    ],
    ids=["from a page", "from another site", "from nowhere"],
)
def test_a_busy_record_is_a_message_on_the_page_one_came_from(sent, headers, page):
    request = sent(**headers)

    answer = answer_of(request, Busy())

    assert (answer.status_code, answer.url.removeprefix("http://testserver")) == (302, page)
    assert [str(message) for message in get_messages(request)] == [SAID]


def test_a_page_that_is_only_looked_at_is_not_sent_round_in_circles(rf):
    assert answer_of(rf.get("/education/progress/"), Busy()) is None


def test_any_other_error_stays_one(sent):
    assert answer_of(sent(), OperationalError("the disk is full")) is None
