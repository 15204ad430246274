"""An appeal with an unreadable document, and the copy that replaces it."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.enums import Role
from declarations import actions
from education import actions as education_actions
from tests.declarations.appealing import PDF, WORDS
from tests.declarations.reviews import LATER, submitted
from tests.factories import UserFactory

BROKEN = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
SOON = LATER + timedelta(hours=2)


def paper(name="scan.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def appealed_with_a_damaged_document():
    """An appeal with two documents, one of them unreadable, after they were checked."""
    declaration = submitted()
    reviewer = UserFactory(roles=[Role.REVIEWER])
    actions.deny(declaration=declaration, by=reviewer, at=LATER, note="Too little of it is proven.")
    sent = [paper("scan.png", BROKEN), paper("letter.pdf", PDF + b"%2")]
    declaration = actions.appeal(declaration=declaration, documents=sent, by=declaration.holder.user, at=LATER, **WORDS)
    education_actions.check_evidence(at=LATER)
    return declaration


def replace(document, by, upload=None, at=SOON):
    return actions.replace_document(document=document, upload=upload or paper(), by=by, at=at)
