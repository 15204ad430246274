"""Opening the URL of a button with GET shows an explanation and a link onward."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from tests.factories import HolderUserFactory

pytestmark = pytest.mark.django_db
HOLDERS = reverse("accounts:dismiss_all")
DESK = reverse("admin:declarations_declaration_approve_unflagged")


@pytest.mark.parametrize("address", [HOLDERS, DESK])
def test_address_of_a_button_has_a_page_with_a_way_on(client, address):
    client.force_login(HolderUserFactory(roles=[Role.REVIEWER]))

    answer = client.get(address)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "There is nothing to open here" in answer.content.decode()
    assert f'href="{reverse("guide")}"' in answer.content.decode()


def test_programs_read_their_problem(client):
    answer = client.delete("/api/v1/completions")

    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
