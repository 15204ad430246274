from time import sleep

import pytest
from django.db import connection

from cmp_portal.lib.alone import in_turn, only_one


def is_free(name):
    with only_one(name) as is_ours:
        return is_ours


def test_second_one_is_turned_away(in_thread):
    with only_one("a request") as is_ours:
        meanwhile = in_thread(lambda: is_free("a request")).result()

    assert (is_ours, meanwhile, in_thread(lambda: is_free("a request")).result()) == (True, False, True)


def test_names_do_not_meet(in_thread):
    with only_one("a request"):
        assert in_thread(lambda: is_free("another")).result()


def test_error_sets_it_free(in_thread):
    with pytest.raises(ZeroDivisionError), only_one("a request"):
        raise ZeroDivisionError

    assert in_thread(lambda: is_free("a request")).result()


def test_who_waits_has_their_turn_next(in_thread, until_blocked):
    order = []

    def wait():
        with in_turn("a request"):
            order.append("second")

    with in_turn("a request"):
        waiting = in_thread(wait)
        until_blocked()
        order.append("first")
    waiting.result()

    assert order == ["first", "second"]


def test_who_waits_is_more_patient_than_a_page_and_only_then(in_thread, until_blocked):
    def wait():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10ms'")
            with in_turn("a request"):
                cursor.execute("SHOW lock_timeout")
                return cursor.fetchone()[0]

    with in_turn("a request"):
        waiting = in_thread(wait)
        until_blocked()
        sleep(0.1)

    assert waiting.result() == "10ms"


def test_error_ends_the_turn(in_thread):
    with pytest.raises(ZeroDivisionError), in_turn("a request"):
        raise ZeroDivisionError

    assert in_thread(lambda: is_free("a request")).result()
