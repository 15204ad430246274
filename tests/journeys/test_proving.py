"""A renewal is proven: its holder downloads the documents, and an employer verifies them without asking anybody."""

import re

import pytest
from playwright.sync_api import expect

from cmp_portal.lib import clock
from declarations import actions
from declarations.enums import Paper
from tests.factories import PASSWORD, HolderUserFactory, ProofFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
with_and_without = pytest.mark.parametrize("javascript", [True, False])


@pytest.fixture
def proof():
    user = HolderUserFactory(email="maren@example.org", holder__first_name="Maren", holder__last_name="Quillfeather")
    return ProofFactory(holder=user.holder)


@with_and_without
def test_employer_verifies_the_certificate_a_holder_took_along(person, proof, tmp_path, javascript):
    holder, employer = person(javascript=javascript), person(javascript=javascript)
    holder.signs_in("maren@example.org", PASSWORD)
    holder.opens("/declaration/proofs/")
    with holder.page.expect_download() as download:
        holder.clicks(re.compile("^Certificate"), role="link")
    paper = tmp_path / "certificate.pdf"
    download.value.save_as(paper)

    employer.opens("/verify/")
    employer.attaches("File", paper)
    employer.clicks("Check the file")

    employer.sees("The file is exactly as the Board issued it.")
    employer.sees("Active")


@with_and_without
def test_employer_is_told_of_a_changed_certificate(person, proof, tmp_path, javascript):
    paper, employer = tmp_path / "certificate.pdf", person(javascript=javascript)
    drawn = actions.hand_out(proof=proof, paper=Paper.CERTIFICATE, at=clock.now())
    paper.write_bytes(drawn[:-1] + b"?")

    employer.opens("/verify/")
    employer.attaches("File", paper)
    employer.clicks("Check the file")

    employer.sees("This file does not match, byte for byte, one that the Board issued")


@with_and_without
def test_employer_asks_by_number_and_name_until_the_holder_hides(person, proof, javascript):
    holder, employer = person(javascript=javascript), person(javascript=javascript)

    def asks():
        employer.opens("/verify/")
        employer.fills(Certificate_number=proof.content["certificate_number"], Last_name="QUILLFEATHER")
        employer.clicks("Verify")

    asks()
    employer.sees("Active")
    holder.signs_in("maren@example.org", PASSWORD)
    holder.opens("/declaration/sharing/")
    holder.clicks("Tell the public nothing about me")
    holder.sees("From now on, nothing about you is shown to the public.")
    asks()
    employer.sees("The Board can't confirm this")


@with_and_without
def test_holder_shares_more_by_a_link_and_takes_it_back(person, proof, javascript):
    holder, employer = person(javascript=javascript), person(javascript=javascript)
    holder.signs_in("maren@example.org", PASSWORD)
    holder.opens("/declaration/sharing/")
    holder.ticks("Your name and certificate number")
    holder.ticks("I agree that anyone who has the link")
    holder.fills(For_whom="Mercy Hospital")
    holder.clicks("Create a link")
    expect(holder.page.get_by_label("Copy it now")).to_be_focused()
    address = holder.page.get_by_label("Copy it now").input_value().partition("/shared/")[2]

    employer.opens(f"/shared/{address}")
    employer.sees("Maren Quillfeather")
    holder.clicks("Revoke")
    holder.sees("Revoked. Anyone who has the link no longer finds anything there.")
    employer.opens(f"/shared/{address}")

    assert "Maren" not in employer.page.content()
