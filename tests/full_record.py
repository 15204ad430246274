"""A holder with nearly all kinds of personal data."""

from django.core.files.uploadedfile import SimpleUploadedFile

from declarations import actions
from declarations.enums import Grounds, Ruled
from tests.declarations.reviews import LATER, credit_in, submitted
from tests.factories import (
    ChangeDocumentFactory,
    CorrespondenceFactory,
    CreditFactory,
    DisputeFactory,
    EvidenceFactory,
    HiddenFactory,
    HolderFactory,
    MatchFactory,
    NoteFactory,
    PreferenceFactory,
    UserFactory,
)

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


def known_holder(**person):
    """A holder who signed, was returned, signed again, was denied and lost an appeal; with all related rows."""
    declaration = submitted(spare=True, holder=HolderFactory(**person))
    reviewer = UserFactory(roles=["reviewer"])
    holder = declaration.holder
    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="The date of one is missing.")
    signed = {"attestation": declaration.attestation, "by": holder.user, "at": LATER}
    declaration = actions.submit(cycle=declaration.cycle, **signed)
    actions.rule(
        declaration=declaration, credit=credit_in(declaration, "chemistry"), outcome=Ruled.REFUSED, reason="No date.",
        by=reviewer, at=LATER,
    )  # fmt: skip
    actions.deny(declaration=declaration, by=reviewer, at=LATER, note="A point is missing.")
    orders = SimpleUploadedFile("from the doctor.pdf", PDF, "application/pdf")
    letter = {"grounds": Grounds.ILLNESS, "letter": "I was ill.", "by": holder.user, "at": LATER, "documents": [orders]}
    appealed = actions.appeal(declaration=declaration, **letter)
    actions.uphold(declaration=appealed, by=UserFactory(roles=["reviewer"]), at=LATER, note="It stays as it was.")
    credit = CreditFactory(holder=holder, self_recorded=True, title="Élan “vital”")
    EvidenceFactory(credit=credit, name="scan of it.pdf")
    DisputeFactory(credit=CreditFactory(holder=holder), raised_by=holder.user)
    MatchFactory(recorded=credit)
    ChangeDocumentFactory(holder=holder)
    PreferenceFactory(holder=holder)
    CorrespondenceFactory(holder=holder)
    HiddenFactory(holder=holder)
    NoteFactory(declaration=declaration, is_shared=True)
    return holder
