"""QR codes in PDFs, decoded from the file by an independent library."""

import pypdfium2
import pytest
import zxingcpp

from declarations import actions
from declarations.enums import Paper
from declarations.queries import proof_url
from tests.factories import ProofFactory

pytestmark = pytest.mark.django_db


def codes_on(pdf, *, scale=2, gone=0):
    """What a camera reads on the pages; `gone`: so much of each side of the code's picture is covered."""
    document = pypdfium2.PdfDocument(pdf)
    pictures = [page.render(scale=scale).to_pil() for page in document]
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(_stained(picture, gone))]


def _stained(picture, gone):
    """A stain in the middle of the code."""
    if gone:
        (code,) = zxingcpp.read_barcodes(picture)
        left, top = code.position.top_left.x, code.position.top_left.y
        width = code.position.bottom_right.x - left
        middle, half = width // 2, int(width * gone / 2)
        box = (left + middle - half, top + middle - half, left + middle + half, top + middle + half)
        picture.paste((255, 255, 255), box)
    return picture


@pytest.mark.parametrize("paper", Paper)
def test_code_on_a_paper_leads_to_its_answer(client, paper, now, settings):
    settings.SITE_URL = "https://cmp.example.org"
    proof = ProofFactory()

    read = codes_on(actions.hand_out(proof=proof, paper=paper, at=now))

    assert read == [proof_url(proof)]
    answer = client.get(read[0].removeprefix(settings.SITE_URL), headers={"Accept": "application/json"})
    assert [one["name"] for one in answer.json()["credentials"]] == [proof.content["title"]]


@pytest.mark.parametrize("how", [{"scale": 1}, {"gone": 0.3}])
def test_code_is_read_from_a_small_picture_and_with_a_stain(how, now):
    proof = ProofFactory()

    assert codes_on(actions.hand_out(proof=proof, paper=Paper.CERTIFICATE, at=now), **how) == [proof_url(proof)]
