"""Feeds whose lines match credits that holders have already recorded."""

from datetime import date

import credentials.reference
import education.reference
from credentials.models import ActivityKind
from education.models import Provider
from tests import importing
from tests.factories import CreditFactory
from tests.importing import rows_of, written

HEAD = "external_id,customer_number,title,kind,subjects,completed_on,points"
LINE = "A-1,100,Troponin in practice,ce-course,chemistry;safety,2026-02-01,2"
DAY = date(2026, 2, 1)


def ascp_with_reference():
    credentials.reference.load()
    education.reference.load()
    return Provider.objects.get(code="ascp")


def recorded_of(holder, **fields):
    """The same credit as in the line, recorded by its holder as another kind of activity."""
    kind = ActivityKind.objects.get(code="in-service")
    said = {"title": "Troponin in Practice", "kind": kind, "subjects": ["chemistry"], "completed_on": DAY, **fields}
    return CreditFactory(holder=holder, self_recorded=True, **said)


def deliver_from(folder, provider="ascp"):
    """Import lines below the header; returns the command's output."""
    file = folder / f"{provider}.csv"

    def deliver(*lines, head=HEAD, **options):
        return importing.run("import_credits", written(file, head, *lines), provider=provider, **options)

    return deliver


def everything():
    """All rows, including history, that a second run must leave unchanged."""
    return rows_of(
        "education_credit", "education_creditevent", "education_match", "education_matchevent",
        "education_intakebatch", "education_intakerow", "education_allocation", "education_allocationevent",
        "accounts_alert", "pghistory_context",
    )  # fmt: skip
