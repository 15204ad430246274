"""Export of rows as JSON Lines."""

import json
from datetime import UTC, datetime

import pytest

from accounts.models import Holder
from cmp_portal.lib.exports import as_json, part
from education.models import Credit
from tests.factories import CreditFactory, HolderFactory

pytestmark = pytest.mark.django_db


def test_columns_are_told_by_their_names_or_by_another():
    holder = HolderFactory(first_name="Mara")

    found = part("people", Holder.objects.all(), "first_name", number="customer_number")

    assert list(found) == [{"first_name": "Mara", "number": holder.customer_number}]


def test_each_row_has_a_line_of_its_own():
    HolderFactory.create_batch(3, last_name="Ünal")

    lines = "".join(as_json({"made_at": "now"}, [part("people", Holder.objects.order_by("id"), "last_name")]))

    assert lines.splitlines() == [
        "{",
        ' "made_at": "now",',
        ' "people": [',
        '  {"last_name": "Ünal"},',
        '  {"last_name": "Ünal"},',
        '  {"last_name": "Ünal"}',
        " ]",
        "}",
    ]


@pytest.mark.parametrize("microsecond", [0, 400, 123_456])
def test_moments_are_told_as_they_are_held(microsecond):
    credit = CreditFactory(created_at=datetime(2026, 3, 10, 17, tzinfo=UTC).replace(microsecond=microsecond))

    text = "".join(as_json({"made_at": "now"}, [part("credits", Credit.objects.all(), "created_at")]))

    (told,) = json.loads(text)["credits"]
    assert datetime.fromisoformat(told["created_at"]) == credit.created_at


def test_what_there_is_none_of_is_an_empty_list():
    text = "".join(as_json({"made_at": "now"}, [part("people", Holder.objects.none(), "email")]))

    assert json.loads(text) == {"made_at": "now", "people": []}
