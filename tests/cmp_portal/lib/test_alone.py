import pytest

from cmp_portal.lib.alone import only_one


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
