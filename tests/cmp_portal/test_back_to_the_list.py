"""From a filtered list to one of its rows, to the decision, and back to the list as it was filtered."""

from datetime import timedelta
from html import unescape
from re import findall
from urllib.parse import urljoin

import pytest
from django.urls import reverse

from accounts.enums import RequestState, Role
from cmp_portal.lib import clock
from credentials.enums import ClaimState
from education.enums import DisputeState, MatchState
from tests.declarations.reviews import submitted
from tests.factories import (
    ApiTokenFactory,
    ChangeFactory,
    ClaimFactory,
    DisputeFactory,
    HolderUserFactory,
    IntakeBatchFactory,
    MatchFactory,
    RoundFactory,
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


def to_draw():
    cutoff = clock.now() - timedelta(hours=1)
    return RoundFactory(opened_at=cutoff - timedelta(days=7), cutoff_at=cutoff, is_rolling=True)


# How a row is made, the filter that shows it, and the pages below its own, each of which leads back as well.
WITH_PAGES_BELOW = {
    "audits_round": (to_draw, lambda _round: "stage=to_draw", ["draw/", "report/"]),
    "education_intakebatch": (
        lambda: IntakeBatchFactory(ended_at=clock.now()),
        lambda batch: f"provider__id__exact={batch.provider_id}",
        ["undo/"],
    ),
    "education_apitoken": (ApiTokenFactory, lambda token: f"provider__id__exact={token.provider_id}", []),
}
# The address that each is acted on by.
SENT_FROM = {"audits_round": "draw/", "education_intakebatch": "undo/", "education_apitoken": "revoke/"}


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


@pytest.fixture
def office(client):
    client.force_login(UserFactory(roles=[Role.AUDITOR, Role.REGISTRAR]))
    return client


def links(page, *parts):
    """The links on the page to the addresses with these parts."""
    found = [unescape(link) for link in findall(r'(?:href|action)="([^"]*)"', page.text)]
    return [next(link for link in found if part in link) for part in parts]


@pytest.mark.parametrize("name", WITH_PAGES_BELOW)
def test_all_pages_below_a_list_lead_back_to_it_as_it_was_filtered(office, name):
    make, chosen, below = WITH_PAGES_BELOW[name]
    listed = f"{reverse(f'admin:{name}_changelist')}?{chosen(make())}"
    own = office.get(*links(office.get(listed), "/change/"))

    pages = [own, *(office.get(link) for link in links(own, *below))]

    assert [f'<a href="{listed}">' in page.text for page in pages] == [True] * len(pages)


@pytest.mark.parametrize(("name", "action"), SENT_FROM.items())
def test_what_is_done_there_leads_back_to_it_too(office, name, action):
    make, chosen, _below = WITH_PAGES_BELOW[name]
    listed = f"{reverse(f'admin:{name}_changelist')}?{chosen(make())}"
    (sent_to,) = links(office.get(*links(office.get(listed), "/change/")), action)

    answer = office.post(sent_to, follow=True)

    assert f'<a href="{listed}">' in answer.text


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
