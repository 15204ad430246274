"""Issue proofs of renewal."""

import hashlib
from datetime import datetime

from django.db import transaction

from credentials.models import Cycle
from declarations import queries
from declarations.enums import Paper
from declarations.models import Print, Proof

BATCH = 1000


def hand_out(*, proof: Proof, paper: Paper, at: datetime) -> bytes:
    """Render the paper, storing its digest before anybody has a copy; the same paper again gives the same bytes."""
    drawn = queries.paper_pdf(proof, paper)
    sha256 = hashlib.sha256(drawn).hexdigest()
    Print.objects.bulk_create([Print(proof=proof, paper=paper, sha256=sha256, at=at)], ignore_conflicts=True)
    return drawn


@transaction.atomic
def issue_proofs(*, after: int = 0) -> tuple[int, int]:
    """Backfill one batch of proofs for past renewals that have none, dated to the moment of renewal.

    Starts after declaration `after` (primary key) and skips those that have a proof by now; returns the number issued
    and the last primary key.
    """
    renewed = list(queries.provable().filter(pk__gt=after).select_related("holder").order_by("id")[:BATCH])
    opened = Cycle.objects.select_related("credential__credential_type").in_bulk({one.opened for one in renewed})
    Proof.objects.bulk_create(
        Proof(
            holder_id=one.holder_id,
            # By primary key: objects that reference each other would stay in memory until garbage collection.
            declaration_id=one.pk,
            cycle_id=one.opened,
            content=queries.proven(one, opened[one.opened]),
            issued_at=one.renewed_at,
        )
        for one in renewed
    )
    return len(renewed), renewed[-1].pk if renewed else after
