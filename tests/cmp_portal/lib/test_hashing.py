import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event, get_native_id
from time import sleep

import pytest
from django.test import RequestFactory

from accounts.middleware import PasswordsBusyMiddleware
from cmp_portal.lib import hashing
from cmp_portal.lib.hashing import NICENESS, WAITING, GentleArgon2PasswordHasher, PasswordsBusy, gently


@pytest.fixture
def hasher():
    return GentleArgon2PasswordHasher()


def test_hash_is_argon2id_at_owasps_minimum(hasher):
    assert hasher.encode("ten tubes of citrate", "salt-of-the-earth").startswith(
        "argon2$argon2id$v=19$m=19456,t=2,p=1$"
    )


def test_hash_knows_its_password(hasher):
    encoded = hasher.encode("ten tubes of citrate", hasher.salt())

    assert hasher.verify("ten tubes of citrate", encoded) and not hasher.verify("nine tubes of citrate", encoded)


def test_hashing_yields_to_everything_else():
    assert gently(lambda: os.getpriority(os.PRIO_PROCESS, get_native_id())) == NICENESS


def test_who_comes_to_a_long_queue_is_asked_to_come_back():
    go_on = Event()
    _thread, room = hashing._thread(os.getpid())

    with ThreadPoolExecutor(WAITING) as threads:
        waiting = [threads.submit(gently, lambda: go_on.wait(10)) for _place in range(WAITING)]
        while room._value:
            sleep(0.01)
        with pytest.raises(PasswordsBusy):
            gently(int)
        go_on.set()
        assert [one.result(10) for one in waiting] == [True] * WAITING
    assert gently(int) == 0


def test_flood_is_answered_with_a_page_that_says_when_to_come_back():
    answer = PasswordsBusyMiddleware(lambda _: None).process_exception(RequestFactory().get("/"), PasswordsBusy())

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_other_errors_go_their_way():
    assert PasswordsBusyMiddleware(lambda _: None).process_exception(RequestFactory().get("/"), ValueError()) is None
