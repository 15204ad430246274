"""Handing out what proves a renewal."""

import hashlib
from datetime import datetime

from django.db import transaction

from credentials.models import Cycle
from declarations import queries
from declarations.enums import Paper
from declarations.models import Print, Proof

BATCH = 1000


def hand_out(*, proof: Proof, paper: Paper, at: datetime) -> bytes:
    """The paper, with its digest kept before anybody has it; handed out again, it is the same."""
    drawn = queries.paper_pdf(proof, paper)
    sha256 = hashlib.sha256(drawn).hexdigest()
    Print.objects.bulk_create([Print(proof=proof, paper=paper, sha256=sha256, at=at)], ignore_conflicts=True)
    return drawn


@transaction.atomic
def issue_proofs(*, after: int = 0) -> tuple[int, int]:
    """Proofs of the next earlier renewals that have none, as of the moment they were renewed.

    Looks behind the declaration `after`, past what has its proof by now; returns how many, and the last one's key.
    """
    renewed = list(queries.provable().filter(pk__gt=after).select_related("holder").order_by("id")[:BATCH])
    opened = Cycle.objects.select_related("credential__credential_type").in_bulk({one.opened for one in renewed})
    Proof.objects.bulk_create(
        Proof(
            holder_id=one.holder_id,
            # By their keys: rows that know each other stay in memory until somebody looks for them.
            declaration_id=one.pk,
            cycle_id=one.opened,
            content=queries.proven(one, opened[one.opened]),
            issued_at=one.renewed_at,
        )
        for one in renewed
    )
    return len(renewed), renewed[-1].pk if renewed else after
