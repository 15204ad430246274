from time import sleep

import pytest
from django.db import connection

from cmp_portal.lib.advisory_locks import job_lock, try_job_lock


def is_free(name):
    with try_job_lock(name) as is_ours:
        return is_ours


def test_second_one_is_turned_away(in_thread):
    with try_job_lock("a request") as is_ours:
        meanwhile = in_thread(lambda: is_free("a request")).result()

    assert (is_ours, meanwhile, in_thread(lambda: is_free("a request")).result()) == (True, False, True)


def test_names_do_not_meet(in_thread):
    with try_job_lock("a request"):
        assert in_thread(lambda: is_free("another")).result()


def test_names_of_the_same_32_bit_hash_do_not_meet(in_thread):
    one, another = "name 11391", "name 50622"
    with connection.cursor() as cursor:
        cursor.execute("SELECT hashtext(%s) = hashtext(%s)", [one, another])
        assert cursor.fetchone()[0]

    with try_job_lock(one):
        assert in_thread(lambda: is_free(another)).result()


def test_error_sets_it_free(in_thread):
    with pytest.raises(ZeroDivisionError), try_job_lock("a request"):
        raise ZeroDivisionError

    assert in_thread(lambda: is_free("a request")).result()


def test_who_waits_has_their_turn_next(in_thread, until_blocked):
    order = []

    def wait():
        with job_lock("a request"):
            order.append("second")

    with job_lock("a request"):
        waiting = in_thread(wait)
        until_blocked()
        order.append("first")
    waiting.result()

    assert order == ["first", "second"]


def test_who_waits_is_more_patient_than_a_page_and_only_then(in_thread, until_blocked):
    def wait():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10ms'")
            with job_lock("a request"):
                cursor.execute("SHOW lock_timeout")
                return cursor.fetchone()[0]

    with job_lock("a request"):
        waiting = in_thread(wait)
        until_blocked()
        sleep(0.1)

    assert waiting.result() == "10ms"


def test_error_ends_the_turn(in_thread):
    with pytest.raises(ZeroDivisionError), job_lock("a request"):
        raise ZeroDivisionError

    assert in_thread(lambda: is_free("a request")).result()
