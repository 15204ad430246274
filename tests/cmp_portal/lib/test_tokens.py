from functools import reduce
from operator import and_, or_
from uuid import uuid4

import pytest

from cmp_portal.lib.tokens import secret_uuid, token_of, uuid_in


def test_token_names_the_row_it_was_made_for():
    uuid = uuid4()

    assert uuid_in(token_of(uuid, purpose="a"), purpose="a") == uuid


def test_token_is_good_for_one_purpose():
    assert uuid_in(token_of(uuid4(), purpose="a"), purpose="b") is None


def test_token_of_another_installation_is_none_of_ours(settings):
    token = token_of(uuid4(), purpose="a")
    settings.SECRET_KEY = "another" * 8

    assert uuid_in(token, purpose="a") is None


@pytest.mark.parametrize("text", ["", ":", "x", "\x00", "é" * 50, "0" * 32, "0" * 32 + ":x"])
def test_what_was_not_signed_names_nothing(text):
    assert uuid_in(text, purpose="a") is None


def test_every_bit_of_a_secret_uuid_is_of_chance():
    """Of one that is made as such, six never change."""
    made = [secret_uuid().int for _time in range(200)]

    always, never = reduce(and_, made), reduce(or_, made) ^ (2**128 - 1)
    assert (always, never, len(set(made))) == (0, 0, 200)
