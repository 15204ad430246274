import pytest

from faults.cases import f11
from faults.web import start_web


@pytest.fixture
def port(world):
    return start_web(world)


def test_guesses_come_to_nothing(port):
    user, first = f11.prepare()

    found = f11.guess_all(f11.Guesser(port, user), 2_500, first)

    assert (found.errors, found.marked, found.unlike) == ([], [], [])


def test_a_wrong_name_and_a_certificate_of_nobody_are_told_the_same(port):
    f11.prepare()

    tried, said = f11.claim_answers(port, 120, f11.newcomers(120))

    assert tried == 120
    assert [status for status, _page in said] == [422]
