"""Concurrent actions of a holder, a provider and the Board on one cycle."""

from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

from django.db import transaction

from cmp_portal.lib.feeds.progress import Progress
from cmp_portal.lib.feeds.reading import Feed
from declarations import actions
from declarations.enums import Move
from declarations.models import Declaration, Seal
from declarations.queries import to_sign, verification_of
from education.actions import intake, refresh_status
from tests.education.feeds import HEAD
from tests.factories import (
    AttestationFactory,
    CycleFactory,
    HolderUserFactory,
    MlsCredentialTypeFactory,
    RequirementSetFactory,
    SubjectFactory,
    allocate_all,
)
from tests.planting import found

AREAS = [("chemistry", "Chemistry", "2", ["chemistry"]), ("rest", "Any", "0", ["*"])]


def small_cycle(at):
    """A complete cycle with two points in each of two areas; its requirement set isn't frozen yet."""
    for code in ("chemistry", "management"):
        SubjectFactory(code=code)
    rules = RequirementSetFactory(credential_type=MlsCredentialTypeFactory(), total=Decimal(4), areas=AREAS)
    cycle = CycleFactory(requirement_set=rules, starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))
    allocate_all(cycle)
    HolderUserFactory(holder=cycle.holder)
    refresh_status([cycle.pk], at=at)
    return cycle


def submits(cycle, at):
    """Submit what the holder was shown; returns "not ready" or "changed" if refused."""
    attestation = AttestationFactory()
    seen = to_sign(cycle, attestation).digest

    def call():
        try:
            return actions.submit(cycle=cycle, attestation=attestation, by=cycle.holder.user, at=at, seen=seen).number
        except actions.NotReady:
            return "not ready"
        except actions.ChangedSince:
            return "changed"

    return call


def corrects(cycle, at):
    """A provider's feed corrects one of the declared credits."""
    credit = cycle.allocations.get(area__code="chemistry").credit

    def call(points="1"):
        line = ",".join(
            [credit.external_id, cycle.holder.customer_number, "Corrected", "ce-course", "chemistry",
             str(credit.completed_on), points]
        )  # fmt: skip
        feed = Feed(BytesIO(f"{HEAD}\n{line}\n".encode()), intake.columns(on=date(2026, 3, 10)))
        with transaction.atomic():
            intake.receive(
                feed=feed, provider=credit.provider, name="feed.csv", at=at, progress=Progress(0, StringIO())
            )

    return call


def one_and_whole():
    """There is exactly one declaration, unaltered since signing, and reconciliation finds no difference."""
    declaration = Declaration.objects.get()
    assert declaration.steps.filter(move=Move.SUBMIT).count() == 1
    assert Seal.objects.count() == 1
    assert verification_of(declaration.number).differences == ()
    assert found() == {}
    return declaration
