"""Two credits become one while a form about the delivered one, which is deleted then, is on its way."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from education import actions
from education.forms import initial_of
from education.models import Allocation, Credit, Dispute, Evidence
from tests.education.pairs import pair_of
from tests.factories import (
    CycleFactory,
    DisputeFactory,
    EvidenceFactory,
    HolderUserFactory,
    KindUnitFactory,
    SubjectFactory,
    UserFactory,
)
from tests.pages import words_of

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


@pytest.fixture
def user(now, transactional_db):
    return HolderUserFactory()


@pytest.fixture
def pair(user):
    pair = pair_of(user.holder)
    KindUnitFactory(kind=pair.recorded.kind)
    SubjectFactory(code="chemistry")
    return pair


@pytest.fixture
def cycle(user, pair):
    return CycleFactory(holder=user.holder)


@pytest.fixture
def merged_meanwhile(user, pair, now, in_thread, until_blocked):
    """The answer to a form that was sent while the two were made one."""

    def sent(name, *args, by=user, **data):
        browser = Client()
        browser.force_login(by)
        with transaction.atomic():
            actions.match(match=pair, by=user, at=now)
            answer = in_thread(lambda: browser.post(reverse(name, args=args), data, follow=True))
            until_blocked()
        return answer.result()

    return sent


def forms(credit, cycle):
    """By name: everything a holder can send about a credit."""
    area = cycle.requirement_set.areas.order_by("id").first().code
    activity = initial_of(credit) | {"kind": "in-service", "provider_name": "County", "unit": "contact-hour"}
    return {
        "allocate": ([cycle.pk, credit.uuid], {"area": area, "points": "1"}),
        "release": ([cycle.pk, credit.uuid, area], {}),
        "apply_everywhere": (
            [credit.uuid],
            {"cycle": cycle.pk, f"area-{cycle.pk}": area, f"points-{cycle.pk}": "1"},
        ),
        "credit_edit": ([credit.uuid], activity),
        "credit_withdraw": ([credit.uuid], {}),
        "credit_restore": ([credit.uuid], {}),
        "evidence_add": ([credit.uuid], {"files": SimpleUploadedFile("certificate.pdf", PDF)}),
        "dispute": ([credit.uuid], {"note": "Three hours, not two."}),
    }


@pytest.mark.parametrize(
    "name",
    [
        "allocate",
        "release",
        "apply_everywhere",
        "credit_edit",
        "credit_withdraw",
        "credit_restore",
        "evidence_add",
        "dispute",
    ],
)
def test_what_a_holder_sends_about_a_credit_that_is_gone_finds_no_page(merged_meanwhile, pair, cycle, name):
    args, data = forms(pair.delivered, cycle)[name]

    answer = merged_meanwhile(f"education:{name}", *args, **data)

    assert answer.status_code == 404
    assert Credit.objects.get() == pair.recorded
    assert [model.objects.count() for model in (Allocation, Dispute, Evidence)] == [0, 0, 0]


def test_the_board_looks_again_before_it_decides_a_dispute(merged_meanwhile, pair, user):
    dispute = DisputeFactory(credit=pair.delivered, raised_by=user)
    registrar = UserFactory(roles=[Role.REGISTRAR])

    answer = merged_meanwhile(
        "admin:education_dispute_decide",
        dispute.pk,
        by=registrar,
        outcome="declined",
        answer="It is right.",
        title="Troponin",
        completed_on=pair.delivered.completed_on.isoformat(),
        points="2",
        subjects=["chemistry"],
    )

    assert words_of(answer) == [
        "The credit changed after you opened this page. Check its current details and enter any corrections that are"
        " still needed.",
        "You wrote: It is right.",
    ]
    assert Dispute.objects.filter(credit=pair.recorded, decided_at=None).exists()


def test_a_document_is_removed_from_the_one_it_moved_to(merged_meanwhile, pair):
    document = EvidenceFactory(credit=pair.delivered)

    answer = merged_meanwhile("education:evidence_remove", document.uuid)

    document.refresh_from_db()
    assert (words_of(answer), document.credit, document.removed_at is not None) == (["Removed."], pair.recorded, True)
    assert answer.redirect_chain[-1][0] == reverse("education:credit", args=[pair.recorded.uuid])
