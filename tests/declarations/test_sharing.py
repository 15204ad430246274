"""What a holder shares: by consent, until a date, revocable; and that nothing need be public."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from declarations import actions, queries
from declarations.enums import Shown
from declarations.models import Hidden, ShareLink
from tests.factories import CredentialFactory, CycleFactory, HolderUserFactory, ShareLinkFactory

pytestmark = pytest.mark.django_db
SHARING = reverse("declarations:sharing")


@pytest.fixture
def user(client, now):
    user = HolderUserFactory(holder__first_name="Maren", holder__last_name="Quillfeather")
    CycleFactory(holder=user.holder, mls=True, credential__certificate_number="4711")
    client.force_login(user)
    return user


@pytest.fixture
def fill(client, user):
    """The form as its page has it, filled in."""

    def filled(**changed):
        secret = re.search(r'name="secret" value="([^"]+)"', client.get(SHARING).content.decode())[1]
        credential = user.holder.credentials.get().pk
        return {"credential": credential, "shows": ["name"], "days": "30", "agreed": "on", "secret": secret, **changed}

    return filled


def address_in(answer):
    return re.search(r"readonly>([^<]+)<", answer.content.decode())[1].partition("8000")[2]


def seen(address):
    return Client().get(address)


def link_to(user, *shows, **more):
    """An open link, and the address it has."""
    credential = user.holder.credentials.get()
    wanted = {"holder": user.holder, "credential": credential, "days": 30, "secret": "a-secret", **more}
    return actions.share(shows=shows, **wanted), reverse("verification:shared", args=["a-secret"])


def test_link_is_made_and_shown_once(client, user, fill):
    answer = client.post(SHARING, fill())
    address = address_in(answer)

    assert "Maren Quillfeather" in seen(address).content.decode()
    assert address not in client.get(SHARING).content.decode()
    assert address.rstrip("/").rpartition("/")[2] not in str(ShareLink.objects.values().get())


def test_form_sent_twice_makes_one_link(client, user, fill):
    form = fill()

    first, second = (address_in(client.post(SHARING, form)) for _time in range(2))

    assert first == second
    assert ShareLink.objects.count() == 1


@pytest.mark.parametrize("changed", [{"shows": ["name", "points"]}, {"days": "7"}, {"note": "For the hospital"}])
def test_form_sent_again_with_other_choices_is_not_taken_for_the_first(client, user, fill, changed):
    form = fill()
    client.post(SHARING, form)

    again = client.post(SHARING, {**form, **changed})

    assert again.status_code == 422
    assert "readonly" not in again.text
    assert ShareLink.objects.get().shows == ["name"]


def test_other_choices_sent_once_more_make_another_link(client, user, fill):
    form = fill()
    client.post(SHARING, form)
    again = client.post(SHARING, {**form, "shows": ["points"]}).context["form"]

    client.post(SHARING, {**form, "shows": ["points"], "secret": again["secret"].value()})

    assert sorted(link.shows for link in ShareLink.objects.all()) == [["name"], ["points"]]


@pytest.mark.parametrize(
    "changed", [{"agreed": ""}, {"shows": []}, {"days": "3650"}, {"secret": "mine"}, {"credential": "0"}]
)
def test_nothing_is_shared_without_consent_or_without_an_end(client, user, fill, changed):
    assert client.post(SHARING, fill(**changed)).status_code == 422
    assert not ShareLink.objects.exists()


def test_secret_of_another_is_not_taken(client, user, fill):
    form, other = fill(), HolderUserFactory()
    client.post(SHARING, form)
    credential = CredentialFactory(holder=other.holder)
    client.force_login(other)

    assert client.post(SHARING, {**form, "credential": credential.pk}).status_code == 422
    assert not ShareLink.objects.filter(holder=other.holder).exists()


def test_credential_of_another_is_not_shared(client, user, fill):
    assert client.post(SHARING, fill(credential=CredentialFactory().pk)).status_code == 422


WORDS = {
    Shown.NAME: ["Maren Quillfeather", "4711"],
    Shown.CYCLES: ["1 January 2025 to 31 December 2027"],
    Shown.POINTS: ["Points by area"],
}


@pytest.mark.parametrize("shown", Shown)
def test_link_shows_what_was_agreed_and_nothing_else(user, now, shown):
    _link, address = link_to(user, shown, at=now)
    page = seen(address).content.decode()

    assert "Active" in page and "31 December 2027" in page
    assert {word for words in WORDS.values() for word in words if word in page} == set(WORDS[shown])


def test_link_shows_the_cycles_of_its_credential_alone(user, now):
    link, _address = link_to(user, Shown.CYCLES, at=now)
    CycleFactory(holder=user.holder, starts_on=date(2024, 7, 1), ends_on=date(2027, 6, 30))

    assert queries.shared_page(link, at=now).cycles == ("1 January 2025 to 31 December 2027",)


def test_links_of_others_are_not_listed(user, now):
    ShareLinkFactory()
    link_to(user, Shown.NAME, at=now, note="For Mercy")

    assert [line.note for line in queries.sharing_page(user, at=now).links] == ["For Mercy"]


def test_expired_revoked_and_unknown_links_lead_nowhere_alike(client, user, now):
    link, address = link_to(user, Shown.NAME, at=now)
    with time_machine.travel(now + timedelta(days=31), tick=False):
        expired = seen(address)
    client.post(reverse("declarations:revoke_link", args=[link.uuid]))
    revoked, unknown = seen(address), seen(reverse("verification:shared", args=["another"]))

    assert {answer.status_code for answer in (expired, revoked, unknown)} == {404}
    assert expired.content == revoked.content == unknown.content
    assert "Ask that person for a new link." in revoked.text


def test_revoked_twice_is_revoked_when_it_was(client, user, now):
    link, _address = link_to(user, Shown.NAME, at=now)
    for moment in (now, now + timedelta(minutes=5)):
        actions.revoke_link(link=link, at=moment)

    assert ShareLink.objects.get().revoked_at == now


def test_open_links_have_a_limit(client, user, fill, now):
    for _one in range(20):
        ShareLinkFactory(credential=user.holder.credentials.get())

    assert client.post(SHARING, fill()).status_code == 422
    ShareLink.objects.update(revoked_at=now)
    assert client.post(SHARING, fill()).status_code == 200


def test_holder_hides_and_is_found_again(client, user):
    given = {"certificate_number": "4711", "last_name": "Quillfeather"}

    def found():
        answer = Client().post(reverse("verification:verify"), given, headers={"Accept": "application/json"})
        return len(answer.json()["credentials"])

    counts = [found()]
    for name in ("hide", "hide", "show", "show"):
        client.post(reverse(f"declarations:{name}"))
        counts.append(found())

    assert counts == [1, 0, 0, 1, 1]
    assert not Hidden.objects.exists()


def test_link_shows_what_was_agreed_though_the_public_is_told_nothing(client, user, now):
    _link, address = link_to(user, Shown.NAME, at=now)
    client.post(reverse("declarations:hide"))

    assert "Maren Quillfeather" in seen(address).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_the_same_for_few_and_many_links(client, user, count, django_assert_num_queries):
    for _one in range(count):
        ShareLinkFactory(credential=user.holder.credentials.get())

    with django_assert_num_queries(5):
        client.get(SHARING)
