"""Proofs of renewal, and their immutability."""

import hashlib
from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.enums import Role
from accounts.models import Holder
from declarations import actions
from declarations.enums import Paper
from declarations.models import Print, Proof
from declarations.queries import proof_url
from declarations.queries.proofs import PROVEN
from tests.declarations.reviews import LATER, submitted
from tests.factories import HolderUserFactory, ProofFactory, UserFactory

pytestmark = pytest.mark.django_db
each_paper = pytest.mark.parametrize("paper", Paper)


@pytest.fixture
def renewed(now):
    declaration = submitted()
    actions.approve(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)
    actions.roll(on=date(2026, 3, 1), at=LATER)
    return declaration


def test_renewal_issues_one_proof_with_the_words_of_its_day(renewed):
    for _time in range(2):
        actions.roll(on=date(2026, 3, 2), at=LATER)

    proof = Proof.objects.get()
    credential = renewed.cycle.credential
    assert (proof.declaration, proof.cycle.credential, proof.issued_at) == (renewed, credential, LATER)
    assert proof.content == {
        "holder": renewed.holder.name,
        "credential": credential.credential_type.code,
        "title": credential.credential_type.title,
        "certificate_number": credential.certificate_number,
        "declaration": renewed.number,
        "starts_on": "2026-04-01",
        "ends_on": "2029-03-31",
    }


@each_paper
def test_paper_is_tagged_and_leads_to_its_answer(renewed, paper, now):
    proof = Proof.objects.get()

    drawn = actions.hand_out(proof=proof, paper=paper, at=now)

    assert drawn.startswith(b"%PDF-")
    assert all(part in drawn for part in (b"/StructTreeRoot", b"pdfuaid:part", proof_url(proof).encode()))


@each_paper
def test_paper_is_the_same_bytes_whatever_became_of_the_record(renewed, paper, now):
    first = actions.hand_out(proof=Proof.objects.get(), paper=paper, at=now)
    Holder.objects.update(last_name="Another")

    again = actions.hand_out(proof=Proof.objects.get(), paper=paper, at=now)

    assert again == first
    assert Print.objects.get().sha256 == hashlib.sha256(first).hexdigest()


def test_paper_in_another_language_is_another_print(now):
    proof = ProofFactory()
    actions.hand_out(proof=proof, paper=Paper.LETTER, at=now)
    with translation.override("es"):
        actions.hand_out(proof=proof, paper=Paper.LETTER, at=now)

    assert Print.objects.filter(proof=proof, paper=Paper.LETTER).count() == 2


@pytest.mark.parametrize("count", [1, 3])
def test_page_lists_renewals_in_a_fixed_number_of_queries(client, now, count, django_assert_num_queries):
    user = HolderUserFactory()
    proofs = [ProofFactory(holder=user.holder) for _one in range(count)]
    client.force_login(user)

    with django_assert_num_queries(3):
        page = client.get(reverse("declarations:proofs")).content.decode()

    for proof in proofs:
        assert reverse("declarations:paper", args=[proof.uuid, "letter"]) in page


LACKING = {"holder": "Mara Okafor", "credential": "MLS(ASCP)"}
WHOLE = {**dict.fromkeys(PROVEN, ""), "starts_on": "2026-04-01", "ends_on": "2029-03-31"}


@pytest.mark.parametrize("content", [{}, LACKING, [], {**WHOLE, "ends_on": "March"}, {**WHOLE, "title": None}])
def test_proof_that_can_not_be_read_says_whom_to_ask_and_hides_no_other(client, now, content):
    user = HolderUserFactory()
    broken, other = ProofFactory(holder=user.holder, content=content), ProofFactory(holder=user.holder)
    client.force_login(user)

    page = client.get(reverse("declarations:proofs"))

    said = [line.title for line in page.context["page"].lines if not line.downloads]
    assert said == ["The letter and certificate of this renewal can't be read. Write to the Board."]
    assert reverse("declarations:paper", args=[other.uuid, "letter"]) in page.content.decode()
    letter, badge = ("declarations:paper", [broken.uuid, "letter"]), ("declarations:badge", [broken.uuid])
    for name, args in (letter, badge):
        assert client.get(reverse(name, args=args)).status_code == 404


def test_file_is_a_download_with_a_name_that_says_what_it_is(client, now):
    user = HolderUserFactory()
    proof = ProofFactory(holder=user.holder)
    client.force_login(user)

    answer = client.get(reverse("declarations:paper", args=[proof.uuid, "certificate"]))

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].endswith(f'-{proof.content["ends_on"]}.pdf"')


def test_there_is_no_other_paper(client, now):
    user = HolderUserFactory()
    proof = ProofFactory(holder=user.holder)
    client.force_login(user)

    assert client.get(reverse("declarations:paper", args=[proof.uuid, "poster"])).status_code == 404
