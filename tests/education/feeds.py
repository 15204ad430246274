"""A feed that delivers what its holder may have recorded already."""

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
    """What the line delivers, recorded as another kind of activity."""
    kind = ActivityKind.objects.get(code="in-service")
    said = {"title": "Troponin in Practice", "kind": kind, "subjects": ["chemistry"], "completed_on": DAY, **fields}
    return CreditFactory(holder=holder, self_recorded=True, **said)


def deliver_from(folder, provider="ascp"):
    """Imports lines under the header and tells what the command said."""
    file = folder / f"{provider}.csv"

    def deliver(*lines, head=HEAD, **options):
        return importing.run("import_credits", written(file, head, *lines), provider=provider, **options)

    return deliver


def everything():
    """What a second run must leave as it is; history included."""
    return rows_of(
        "education_credit", "education_creditevent", "education_match", "education_matchevent",
        "education_intakebatch", "education_intakerow", "education_allocation", "education_allocationevent",
        "accounts_alert", "pghistory_context",
    )  # fmt: skip
