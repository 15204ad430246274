"""From a filtered list to one of its rows, to the decision, and back to the list as it was filtered."""

from html import unescape
from re import findall
from urllib.parse import urljoin

import pytest
from django.urls import reverse

from accounts.enums import RequestState, Role
from credentials.enums import ClaimState
from education.enums import DisputeState, MatchState
from tests.declarations.reviews import submitted
from tests.factories import (
    ChangeFactory,
    ClaimFactory,
    DisputeFactory,
    HolderUserFactory,
    MatchFactory,
    SubjectFactory,
    SynchronisationRequestFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def contested():
    return ClaimFactory(holder=HolderUserFactory().holder, state=ClaimState.CONTESTED)


def disputed():
    SubjectFactory(code="chemistry")
    DisputeFactory()


# How a row is made, the filter that shows it, the decision's address if it has its own, and what is sent.
AT_ONCE = {
    "credentials_claim": (contested, ClaimState.CONTESTED, "", {"decision": "turn_down", "note": "No."}),
    "accounts_change": (
        ChangeFactory,
        RequestState.OPEN,
        "",
        {"decision": RequestState.DECLINED.value, "note": "No document."},
    ),
    "education_dispute": (
        disputed,
        DisputeState.OPEN,
        "decide/",
        {"outcome": "upheld", "answer": "It is as the provider says.", "subjects": ["chemistry"]},
    ),
}
BY_ITS_PAGE = {
    "education_match": (MatchFactory, MatchState.DOUBTFUL, "decide/different/", {}),
    "credentials_synchronisationrequest": (
        SynchronisationRequestFactory,
        RequestState.OPEN,
        "decline/",
        {"note": "Not now."},
    ),
}


@pytest.fixture
def desk(client):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))
    return client


def opened(desk, name, state):
    """The list as filtered, the address of its only row, and the row's page."""
    listed = f"{reverse(f'admin:{name}_changelist')}?state__exact={state}"
    (row,) = {unescape(link) for link in findall(r'href="([^"]+/change/[^"]*)"', desk.get(listed).text)}
    return listed, row, desk.get(row)


def sent(desk, row, page, action, said):
    """The form on the page that goes to this action, sent with what it is filled in with and what is entered."""
    forms = findall(r'<form method="post"(?:\s+action="([^"]*)")?', page.text)
    filled_in = getattr(page.context.get("form"), "initial", {})
    return desk.post(urljoin(row, next(unescape(one) for one in forms if action in one)), {**filled_in, **said})


@pytest.mark.parametrize("name", AT_ONCE)
def test_after_a_decision_the_list_is_as_it_was_filtered(desk, name):
    make, state, action, said = AT_ONCE[name]
    make()
    listed, row, page = opened(desk, name, state)

    answer = sent(desk, row, page, action, said)

    assert (answer.status_code, answer.url) == (302, listed)


@pytest.mark.parametrize("name", [*AT_ONCE, *BY_ITS_PAGE])
def test_the_page_of_a_row_leads_back_to_the_list_as_it_was_filtered(desk, name):
    make, state, _action, _said = (AT_ONCE | BY_ITS_PAGE)[name]
    make()

    listed, _row, page = opened(desk, name, state)

    assert f'<a href="{listed}">' in page.text


@pytest.mark.parametrize("name", BY_ITS_PAGE)
def test_the_page_after_a_decision_leads_back_to_it_too(desk, name):
    make, state, action, said = BY_ITS_PAGE[name]
    make()
    listed, row, page = opened(desk, name, state)

    answer = sent(desk, row, page, action, said)

    assert f'<a href="{listed}">' in desk.get(answer.url).text


def test_without_a_filter_it_is_the_whole_list(desk):
    claim = contested()

    answer = desk.post(reverse("admin:credentials_claim_change", args=[claim.pk]), AT_ONCE["credentials_claim"][3])

    assert answer.url == reverse("admin:credentials_claim_changelist")


def test_after_approving_several_the_queue_is_as_it_was_filtered(client, reviewer):
    declaration = submitted()
    client.force_login(reviewer)
    listed = f"{reverse('admin:declarations_declaration_changelist')}?state=submitted&flag=none"

    answer = client.post(client.get(listed).context["page"].approve_url, {"pk": [declaration.pk]})

    assert answer.url == listed
