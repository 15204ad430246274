"""Handing out what proves a renewal."""

import hashlib
from datetime import datetime

from declarations import queries
from declarations.enums import Paper
from declarations.models import Print, Proof


def hand_out(*, proof: Proof, paper: Paper, at: datetime) -> bytes:
    """The paper, with its digest kept before anybody has it; handed out again, it is the same."""
    drawn = queries.paper_pdf(proof, paper)
    sha256 = hashlib.sha256(drawn).hexdigest()
    Print.objects.bulk_create([Print(proof=proof, paper=paper, sha256=sha256, at=at)], ignore_conflicts=True)
    return drawn
