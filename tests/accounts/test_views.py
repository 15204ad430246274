import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.enums import Withdrawal
from accounts.models import Alert
from tests.factories import AlertFactory, CorrespondenceFactory, HolderUserFactory

pytestmark = pytest.mark.django_db

PAGE = "/account/alerts/"


@pytest.fixture
def user(client, now):
    user = HolderUserFactory()
    client.force_login(user)
    return user


def alerts(user, number, now):
    return [
        AlertFactory(holder=user.holder, title=f"Alert {place}.", created_at=now + place * timedelta(minutes=1))
        for place in range(number)
    ]


def titles(page):
    return re.findall(r"<h3>\s*(Alert \d+\.)", page.content.decode())


def test_my_account_shows_the_newest_few_and_how_many_there_are(client, user, now):
    alerts(user, 7, now)

    page = client.get("/account/")

    assert titles(page) == [f"Alert {place}." for place in (6, 5, 4, 3, 2)]
    assert "View all: 7 not dismissed" in page.content.decode()


def logins(user, *moments):
    return [AlertFactory(holder=user.holder, title="Someone logged in", created_at=moment) for moment in moments]


def lines(page):
    return [(line.title, line.when, line.note) for line in page.context["page"].alerts]


def test_alerts_that_say_the_same_on_one_day_are_one_line_of_my_account(client, user, now):
    AlertFactory(holder=user.holder, title="All is allocated", created_at=now - timedelta(days=2))
    logins(user, now - timedelta(days=1), *[now + place * timedelta(minutes=1) for place in range(6)])

    page = client.get("/account/")

    assert lines(page) == [
        ("Someone logged in", "10 March 2026", "6 times"),
        ("Someone logged in", "9 March 2026", ""),
        ("All is allocated", "8 March 2026", ""),
    ]
    assert "View all: 8 not dismissed" in page.text
    assert len(client.get(PAGE).context["page"].lines) == 8


def test_the_day_of_alerts_is_that_of_their_holder(client, user, now):
    CorrespondenceFactory(holder=user.holder, time_zone="Asia/Tokyo")
    logins(user, now.replace(hour=9, minute=59), now.replace(hour=10), now.replace(hour=11))

    assert lines(client.get("/account/")) == [
        ("Someone logged in", "11 March 2026", "2 times"),
        ("Someone logged in", "10 March 2026", ""),
    ]


def test_what_is_one_line_of_my_account_is_put_away_at_once(client, user, now):
    before, *_same = logins(user, now - timedelta(days=1), now, now)
    (line, _before) = client.get("/account/").context["page"].alerts
    (later,) = logins(user, now)

    client.post(line.dismiss_url)

    assert set(Alert.objects.shown()) == {before, later}


def test_among_all_alerts_each_is_put_away_alone(client, user, now):
    first, _newest = logins(user, now, now)

    client.post(client.get(PAGE).context["page"].lines[0].dismiss_url, {"back": PAGE})

    assert list(Alert.objects.shown()) == [first]


def test_buttons_of_alerts_with_the_same_title_are_told_apart(client, user, now):
    said = {"holder": user.holder, "title": "New login"}
    for hours, body in ((1, "By phone."), (2, "By tablet."), (48, "By phone.")):
        AlertFactory(**said, body=body, created_at=now - timedelta(hours=hours))
    AlertFactory(holder=user.holder, title="Renewed", created_at=now - timedelta(hours=50))

    page = client.get(reverse("account:dashboard"))

    names = [" ".join(name.split()) for name in re.findall(r">Dismiss:(.+?)</span>", page.content.decode(), re.DOTALL)]
    first, second, third, _last = (line.when for line in page.context["page"].alerts)
    assert first == second != third
    assert names == [f"New login ({first})", f"New login ({first}, 2)", f"New login ({third})", "Renewed"]


def test_an_alert_told_in_another_language_says_which(client, user):
    with translation.override("es"):
        AlertFactory(holder=user.holder, title="Su credencial caduca pronto", body="Envíe su declaración.")
    AlertFactory(holder=user.holder, title="Your credential expires soon")
    AlertFactory(holder=user.holder, title="Of old", language="")

    for path in ("/account/", PAGE):
        page = " ".join(client.get(path).text.split())
        assert '<span lang="es">Su credencial caduca pronto</span>' in page
        assert '<p lang="es">Envíe su declaración.</p>' in page
        assert page.count('lang="es"') == page.count(">Su credencial caduca pronto</span>") + 1


def test_my_account_leads_to_all_alerts_also_when_there_is_none(client, user):
    assert PAGE in client.get("/account/").content.decode()


def test_an_alert_is_on_my_account_as_soon_as_it_is_written_with_redis_down_too(client, user, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    AlertFactory(holder=user.holder, title="Alert 1.")

    assert titles(client.get("/account/")) == ["Alert 1."]


@pytest.mark.parametrize("number", [1, 3, 60])
@pytest.mark.parametrize(("path", "queries"), [(PAGE, 3), ("/account/", 5)])
def test_pages_ask_the_same_number_of_questions(client, user, now, django_assert_num_queries, path, queries, number):
    alerts(user, number, now)

    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200


def test_all_alerts_are_paged_by_position_there_and_back(client, user, now):
    alerts(user, 60, now)
    Alert.objects.update(created_at=now)  # all in the same moment: the number decides

    first = client.get(PAGE)
    second = client.get(first.context["page"].pager.next_url)
    third = client.get(second.context["page"].pager.next_url)
    back = client.get(third.context["page"].pager.previous_url)

    assert titles(first) + titles(second) + titles(third) == [f"Alert {place}." for place in range(59, -1, -1)]
    assert titles(back) == titles(second)
    assert (first.context["page"].pager.previous_url, third.context["page"].pager.next_url) == ("", "")


@pytest.mark.parametrize("at", ["x", "f", "f1-", "f99999999999999999999999999999-1", "f1-" + "9" * 30, "b٣-٣"])
def test_a_mangled_address_starts_at_the_beginning(client, user, now, at):
    alerts(user, 1, now)

    assert titles(client.get(PAGE, {"at": at})) == ["Alert 0."]


def test_history_says_what_became_of_each(client, user, now):
    AlertFactory(holder=user.holder, dismissed_at=now)
    AlertFactory(holder=user.holder, withdrawn_at=now, withdrawn_because=Withdrawal.DECLARED)
    AlertFactory(holder=user.holder, withdrawn_at=now)
    AlertFactory(holder=user.holder, failed_at=now)

    page = client.get(PAGE).content.decode()

    for words in (
        "Dismissed on 10 March 2026",
        "Withdrawn on 10 March 2026: You have submitted the declaration.",
        "Withdrawn on 10 March 2026: It is no longer true.",
        "Could not be emailed",
    ):
        assert words in page


def test_dismiss_all_puts_away_what_was_on_the_page(client, user, now):
    alerts(user, 3, now)
    until = client.get(PAGE).context["page"].until
    AlertFactory(holder=user.holder, title="Alert 9.")

    client.post(reverse("accounts:dismiss_all"), {"until": until})

    assert [alert.title for alert in Alert.objects.shown()] == ["Alert 9."]


def test_what_is_on_the_first_page_is_dismissed_from_there_alone(client, user, now):
    alerts(user, 26, now)

    first = client.get(PAGE).context["page"]
    second = client.get(first.pager.next_url).context["page"]

    assert (first.until > 0, len(second.lines), second.until) == (True, 1, 0)


@pytest.mark.parametrize("until", ["", "x", "9" * 40])
def test_dismiss_all_takes_any_answer(client, user, until):
    assert client.post(reverse("accounts:dismiss_all"), {"until": until}).status_code == 302


@pytest.mark.parametrize("back", ["/account/alerts/?at=f1-1", "/account/alerts/"])
def test_after_a_button_one_is_where_one_was(client, user, now, back):
    (alert,) = alerts(user, 1, now)

    assert client.post(reverse("accounts:mark_read", args=[alert.pk]), {"back": back})["Location"] == back
    assert client.post(reverse("accounts:mark_unread", args=[alert.pk]), {"back": back})["Location"] == back


@pytest.mark.parametrize("back", ["", "https://evil.example/account/alerts/", "//evil.example", "/account/email/"])
def test_a_button_leads_nowhere_else(client, user, now, back):
    (alert,) = alerts(user, 1, now)

    answer = client.post(reverse("accounts:dismiss_alert", args=[alert.pk]), {"back": back})

    assert answer["Location"] == "/account/#alerts"
