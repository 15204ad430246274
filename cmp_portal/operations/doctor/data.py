"""Checks of data that the portal can run without, but not be useful without."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import connection

from cmp_portal.lib.clock import board_day
from cmp_portal.operations.doctor.findings import Finding, ok, problem, warning
from credentials.models import ActivityKind, CredentialType, RequirementSet, Subject
from credentials.queries import uncovered_cycles
from declarations.enums import EventOutcome
from declarations.models import PaymentEvent
from declarations.queries import current_attestation, fee_consistency, unpublished

NAMED = 8


def reference_data(at: datetime) -> Iterator[Finding]:
    counts = {
        model._meta.verbose_name_plural: model.objects.count() for model in (Subject, ActivityKind, CredentialType)
    }
    told = ", ".join(f"{number} {name}" for name, number in counts.items())
    if all(counts.values()):
        yield ok("reference data", told)
    else:
        yield problem("reference data", told, "run manage.py load_reference")


def requirement_sets(at: datetime) -> Iterator[Finding]:
    """Cycles of a credential type without requirements can't be evaluated."""
    number = RequirementSet.objects.count()
    without = CredentialType.objects.exclude(pk__in=RequirementSet.objects.values("credential_type"))
    codes = list(without.order_by("code").values_list("code", flat=True))
    if not number:
        yield problem("requirement sets", "none loaded", "run manage.py load_requirements")
    elif codes:
        names = ", ".join(codes[:NAMED]) + (f" and {len(codes) - NAMED} more" if len(codes) > NAMED else "")
        yield warning(
            "requirement sets", f"{number} loaded, none for {names}", "write one and run manage.py load_requirements"
        )
    else:
        yield ok("requirement sets", f"{number} loaded, at least one for each credential type")
    for one in uncovered_cycles(on=board_day(at)):
        yield warning(
            "requirement sets",
            f"{one.credential}: none applies to {one.cycles:,} open cycles, which end before {one.applies_from}",
            "add a version without applies_from, or with an earlier one",
        )


def attestation(at: datetime) -> Iterator[Finding]:
    attestation = current_attestation(on=board_day(at))
    if attestation is None:
        yield problem(
            "attestation", "none is in force, so nobody can submit a declaration", "run manage.py load_reference"
        )
    elif not attestation.verified:
        yield warning(
            "attestation", f"version {attestation.version} is not the Board's own wording yet", "ask the Board for it"
        )
    else:
        yield ok("attestation", f"version {attestation.version} is in force")


def fees(at: datetime) -> Iterator[Finding]:
    """Checks that the schedule has amounts, and that no payment is unaccounted for."""
    if not settings.FEES:
        return
    missing = [str(kind.label) for kind in unpublished(on=board_day(at))]
    if missing:
        told = f"on, but the schedule has no amount for: {', '.join(missing)}"
        yield warning("fees", told, "enter the rates in the back office under Fee rates")
    unknown = PaymentEvent.objects.filter(outcome=EventOutcome.UNKNOWN).count()
    if unknown:
        to_do = "manage.py verify_ledger lists them: find each at the payment service, and refund it there"
        yield problem("fees", f"{unknown:,} payments that match no fee", to_do)
    twice = _counted("fees paid for a declaration that is not submitted", "fees paid more than once")
    if twice:
        to_do = "manage.py verify_ledger lists them: refund what is too much, or ask for the declaration"
        yield warning("fees", f"{twice:,} paid twice, or for a declaration that is not submitted", to_do)
    came_back = _counted("refunds that were returned")
    if came_back:
        to_do = "manage.py verify_ledger lists them: refund again, or ask the holder where to"
        yield warning("fees", f"{came_back:,} refunds returned by the bank", to_do)
    if not (missing or unknown or twice or came_back):
        yield ok("fees", f"on, paid by {settings.PAYMENT_GATEWAY}; every payment belongs to a fee")


def _counted(*looked_for: str) -> int:
    statements = " UNION ALL ".join(f"({fee_consistency.NOTES[name]})" for name in looked_for)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({statements}) found")  # noqa: S608 (constants only)
        return int(cursor.fetchone()[0])


CHECKS = (reference_data, requirement_sets, attestation, fees)
