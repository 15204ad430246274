"""Freeze a submission: the shares as a hash chain, and a seal over all of them."""

from datetime import datetime

from credentials.models import Cycle, RequirementSet
from declarations import queries, rules
from declarations.models import Declaration, DeclaredCredit, Seal, Terms
from education.rules import Standing


def freeze(declaration: Declaration, signed: queries.ToSign, standing: Standing, *, at: datetime) -> Seal:
    """Freeze what a submitted declaration says, permanently; the caller holds the locks."""
    cycle = declaration.cycle_id
    Cycle.objects.filter(pk=cycle).update(declared_on=declaration.received_on, shares_frozen_at=at)
    RequirementSet.objects.filter(pk=declaration.cycle.requirement_set_id, frozen_at=None).update(frozen_at=at)
    terms = [Terms(digest=rules.digest_of(content), content=content) for content in signed.terms]
    Terms.objects.bulk_create(terms, ignore_conflicts=True)
    submission = declaration.steps.filter(move__in=rules.SIGNED_BY).count()
    last = _freeze_shares(declaration, submission, signed.contents)
    return _seal(declaration, submission, signed, standing, last=last, at=at)


def _freeze_shares(declaration: Declaration, submission: int, contents: list[queries.Plain]) -> str:
    """Store the shares and return the hash of the last row, which covers all of them."""
    previous, rows = "", []
    for position, content in enumerate(contents, start=1):
        digest = rules.chained(previous, content)
        rows.append(
            DeclaredCredit(
                declaration=declaration,
                submission=submission,
                position=position,
                content=content,
                previous_hash=previous,
                hash=digest,
            )
        )
        previous = digest
    DeclaredCredit.objects.bulk_create(rows)
    return previous


def _seal(
    declaration: Declaration, submission: int, signed: queries.ToSign, standing: Standing, *, last: str, at: datetime
) -> Seal:
    before = declaration.seals.order_by("submission").values_list("hash", flat=True).last()
    content = queries.seal_of(declaration, signed, standing, submission=submission, previous_seal=before or "", at=at)
    return Seal.objects.create(
        declaration=declaration,
        submission=submission,
        content=content,
        previous_hash=last,
        hash=rules.chained(last, content),
    )
