from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pghistory
import pytest
from django.urls import reverse

from accounts.enums import Role
from credentials.enums import Unit
from credentials.models import Subject
from education import actions, queries
from education.models import Credit
from tests.factories import (
    CreditFactory,
    CycleFactory,
    EvidenceFactory,
    HolderUserFactory,
    KindUnitFactory,
    ProviderFactory,
    SubjectFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(now):
    return HolderUserFactory()


@pytest.fixture
def said(today):
    for code in ("ethics", "safety"):
        SubjectFactory(code=code, title=code.title())
    return actions.NewCredit(
        title="Ethics at the bench",
        provider_name="County Hospital",
        kind=KindUnitFactory(kind__code="ce-course", unit=Unit.CONTACT_HOUR).kind,
        subjects=["ethics"],
        completed_on=today - timedelta(days=3),
        unit=Unit.CONTACT_HOUR,
        quantity=Decimal("1.5"),
    )


@pytest.fixture
def credit(user, said, now):
    return actions.record(uuid=uuid4(), holder=user.holder, said=said, by=user, at=now)


def versions(credit, before=None):
    titles = dict(Subject.objects.values_list("code", "title"))
    return queries.versions_of(credit, titles, before=before)


def told(credit):
    return [(line.title, line.who, line.when) for line in versions(credit).lines]


def test_every_version_says_who_and_when(credit, user, said, now):
    later = now + timedelta(days=1)
    with pghistory.context(user=user.pk):
        actions.edit(credit=credit, said=replace(said, title="Ethics"), by=user, at=later)
        actions.withdraw(credit=credit, by=user, at=later + timedelta(days=1))

    assert told(credit) == [
        ("Withdrawn", "you", "12 March 2026"),
        ("Corrected", "you", "11 March 2026"),
        ("Recorded", "you", "10 March 2026"),
    ]


def test_a_version_says_what_changed_in_words(credit, user, said, now):
    new = replace(said, subjects=["ethics", "safety"], quantity=Decimal("2"))

    actions.edit(credit=credit, said=new, by=user, at=now)

    changes = [(change.label, change.old, change.new) for change in versions(credit).lines[0].changes]
    assert changes == [
        ("Subjects", "Ethics", "Ethics, Safety"),
        ("Quantity", "1.5 contact hours", "2 contact hours"),
        ("Points", "1.5", "2"),
    ]


def test_a_restored_credit_says_so(credit, user, now):
    actions.withdraw(credit=credit, by=user, at=now)

    actions.restore(credit=credit, by=user, at=now)

    assert [line.title for line in versions(credit).lines] == ["Restored", "Withdrawn", "Recorded"]


def test_what_a_provider_delivers_and_corrects_is_its_own(now):
    credit = CreditFactory(provider=ProviderFactory(title="ASCP"), created_at=now)
    Credit.objects.filter(pk=credit.pk).update(title="Corrected title", corrected_at=now)

    assert told(credit) == [("Corrected", "ASCP", "10 March 2026"), ("Delivered", "ASCP", "10 March 2026")]


def test_what_staff_changed_is_the_boards(now):
    credit = CreditFactory()
    with pghistory.context(user=UserFactory(roles=[Role.REGISTRAR]).pk):
        Credit.objects.filter(pk=credit.pk).update(title="Corrected title", corrected_at=now)

    assert told(credit)[0] == ("Corrected", "the Board", "10 March 2026")


def test_what_a_page_does_not_show_is_no_version(credit):
    Credit.objects.filter(pk=credit.pk).update(corrected_at=None, uuid=uuid4())

    assert [line.title for line in versions(credit).lines] == ["Recorded"]


def test_versions_come_20_at_a_time(credit):
    for number in range(45):
        Credit.objects.filter(pk=credit.pk).update(title=f"Title {number}")
    pages, before = [], None
    while True:
        page = versions(credit, before)
        pages.append([line.changes[0].new if line.changes else line.title for line in page.lines])
        if not page.pager.next_url:
            break
        before = int(page.pager.next_url.partition("before=")[2].partition("#")[0])

    assert [len(page) for page in pages] == [20, 20, 6]
    assert [title for page in pages for title in page] == [f"Title {number}" for number in reversed(range(45))] + [
        "Recorded"
    ]


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_page_asks_the_same_number_of_questions(client, credit, user, count, django_assert_num_queries):
    client.force_login(user)
    with pghistory.context(user=user.pk):
        for number in range(count):
            Credit.objects.filter(pk=credit.pk).update(title=f"Title {number}")
            CycleFactory(holder=user.holder)
            EvidenceFactory(credit=credit)
    client.get(reverse("education:credit", args=[credit.uuid]))

    with django_assert_num_queries(12):
        client.get(reverse("education:credit", args=[credit.uuid]))


@pytest.mark.parametrize("before", ["0", "-1", "9" * 18, "9" * 100_000, "x", "\x00", "١"])
def test_any_place_in_the_history_is_answered(client, credit, user, before):
    client.force_login(user)

    assert client.get(reverse("education:credit", args=[credit.uuid]), {"before": before}).status_code == 200


def test_the_page_shows_the_history(client, credit, user, said, now):
    client.force_login(user)
    actions.edit(credit=credit, said=replace(said, title="Ethics"), by=user, at=now)

    shown = client.get(reverse("education:credit", args=[credit.uuid]), {"before": "no number"}).content.decode()

    assert "<del>Ethics at the bench</del> is now <ins>Ethics</ins>" in shown
