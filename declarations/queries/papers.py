"""A declaration as PDF: as signed, with what happened next."""

from datetime import date
from itertools import islice

from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.documents import pdf
from cmp_portal.lib.formatting import points_text
from declarations.models import Declaration
from declarations.queries.pages import CreditLine, detail_page
from declarations.queries.transcript_pages import ON_PAPER


def declaration_pdf(declaration: Declaration, *, on: date) -> bytes:
    """The declaration must have been submitted; its cycle, credential and holder must be loaded."""
    page = detail_page(declaration, moves=())
    holder = declaration.holder
    number = declaration.number or ""
    data = {
        "title": page.title,
        "footer": f"{holder.name} · {number} · {longdate(on)}",
        "facts": [
            [_("Holder"), f"{holder.name} ({holder.customer_number})"],
            [_("Number"), number],
            [_("Received"), page.received_text],
            [_("Status"), page.state_label],
            *([fact.label, fact.value] for fact in page.facts),
        ],
        "lines_title": page.facts_title,
        "lines_header": [_("Completed"), _("Activity"), _("Allocated to"), _("Points")],
        "lines": [_cells(row) for row in islice(page.rows, ON_PAPER)],
        "attestation_title": _("What you attested"),
        "attestation": declaration.attestation.text if declaration.attestation else "",
        "steps_title": _("What happened next"),
        "steps_header": [_("When"), _("What happened")],
        "steps": [[step.when, "\n".join(filter(None, [step.title, step.text]))] for step in page.steps],
    }
    return pdf("declaration", data, on=on)


def _cells(row: CreditLine) -> list[str]:
    shares = "\n".join(f"{share.area_title}: {points_text(share.points)}" for share in row.shares)
    return [row.completed, f"{row.title}\n{row.provider}", shares, points_text(row.counted)]
