"""What a mail says, as text and as HTML."""

from datetime import datetime

import pytest
from django.core import mail

from accounts import actions
from accounts.enums import ALWAYS_MAILED, SUBJECTS, AlertKind
from tests.factories import AlertFactory, CorrespondenceFactory, HolderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(now):
    return HolderFactory(email="mara.holder@example.org", first_name="Mara", last_name="Holder")


def mail_of(holder, now, kind=AlertKind.RENEWED, **more):
    more = {"title": "MLS(ASCP) is renewed until 31 March 2030", "link": "/account/", "created_at": now} | more
    AlertFactory(holder=holder, kind=kind, **more)
    actions.deliver(at=now)
    return mail.outbox[0]


@pytest.mark.parametrize("kind", AlertKind)
def test_a_subject_names_the_kind_and_nobody(holder, now, kind):
    message = mail_of(holder, now, kind, title="Mara Holder, MLS(ASCP) 700101")

    assert message.subject == f"Board of Certification: {SUBJECTS[kind]}"
    assert not {"Mara", "Holder", "700101", "MLS"} & set(message.subject.replace(",", " ").split())


@pytest.mark.parametrize("kind", AlertKind)
def test_what_can_be_switched_off_has_one_click(holder, now, kind):
    headers = mail_of(holder, now, kind).extra_headers

    assert ("List-Unsubscribe" in headers) == (kind not in ALWAYS_MAILED)
    assert headers.get("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") == "List-Unsubscribe=One-Click"


def test_text_and_html_say_the_same(holder, now):
    message = mail_of(holder, now, body="The next cycle runs from 1 April 2027.")

    for form in (message.body, message.alternatives[0].content):
        for words in ("renewed until 31 March 2030", "from 1 April 2027.", "http://localhost:8000/account/"):
            assert words in form


def test_html_fetches_nothing(holder, now):
    html = mail_of(holder, now).alternatives[0].content

    assert not any(part in html for part in ("<img", "src=", "url(", "@import", "<link"))


def test_words_of_others_are_no_markup(holder, now):
    html = mail_of(holder, now, title="<script>alert(1)</script>", body="a & b").alternatives[0].content

    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_moments_are_told_by_the_holders_clock(holder, now):
    CorrespondenceFactory(holder=holder, time_zone="Pacific/Honolulu")

    message = mail_of(holder, datetime.fromisoformat("2026-03-11T09:30:00+00:00"))

    assert "10 March 2026, 23:30 HST" in message.body


def test_an_unknown_time_zone_is_the_boards(holder, now):
    CorrespondenceFactory(holder=holder, time_zone="Atlantis/Capital")

    assert "10 March 2026, 12:00 CDT" in mail_of(holder, now).body
