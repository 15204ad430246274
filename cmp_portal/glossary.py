"""Glossary of the program: the single place that defines its terms, with the Board's pages as sources."""

from typing import NamedTuple

from django.conf import settings
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _


class Term(NamedTuple):
    """A term, defined in a sentence or two; `source` is the Board's page that says so, where there is one."""

    name: str | Promise
    text: str | Promise
    source: str = ""


ENTER = "ascp.org, enter-allocate-CMP"
PARTICIPATE = "ascp.org, participation-in-cmp"
SUBMIT = "ascp.org, submit-cmp-declaration"
REINSTATE = "ascp.org, QIHC"
# Read when the page is shown, as everywhere else.
BOARD_NAME = lazy(lambda: settings.BOARD_NAME, str)()
# In the order in which people meet them. Pages link to a term by its code.
TERMS = {
    "cmp": Term(
        _("Credential Maintenance Program (CMP)"),
        _(
            "The program that keeps a credential valid: continuing education in each cycle, and a declaration at"
            " its end."
        ),
        PARTICIPATE,
    ),
    "board": Term(
        BOARD_NAME,
        _(
            "The organization that grants the credential, reviews the declaration, and renews the credential. Here"
            " it is called the Board."
        ),
    ),
    "credential": Term(
        _("Credential"),
        _("Your certification by the Board, such as MLS(ASCP). If you have several, you maintain each of them."),
    ),
    "cycle": Term(
        _("Cycle"),
        _("The three years for which a credential is valid. Leftover points do not carry over to the next cycle."),
        PARTICIPATE,
    ),
    "window": Term(
        _("Days that count"),
        _(
            "While the credential is valid, education counts if it was completed within its cycle. If the Board counts"
            " by month, so does all of the month three years before its end. For an expired credential, and for"
            " voluntary participants, the last three years count."
        ),
        ENTER,
    ),
    "ce": Term(
        _("Continuing education (CE)"),
        _("Courses and other activities that keep you current in your field, each with a document that proves it."),
        ENTER,
    ),
    "credit": Term(
        _("Credit"),
        _("One activity you completed. It is recorded once and may count for several of your credentials."),
        ENTER,
    ),
    "point": Term(
        _("Point"),
        _(
            "The measure of what a credit is worth. One contact hour is one point; one CEU is ten contact hours, so"
            " ten points."
        ),
    ),
    "contact-hour": Term(_("Contact hour"), _("Fifty to sixty minutes of a course or training.")),
    "area": Term(
        _("Area"),
        _(
            "A field in which a credential requires a minimum number of points, such as chemistry or medical"
            " ethics. Each point counts in only one area."
        ),
    ),
    "allocate": Term(
        _("Allocate"),
        _("To choose the area in which the points of a credit count. Until then, they do not count anywhere."),
        ENTER,
    ),
    "record": Term(
        _("Record a credit"),
        _("To enter a credit yourself, together with its document, when no provider sends it."),
        ENTER,
    ),
    "evidence": Term(
        _("Evidence"),
        _("The document that proves a credit: a certificate of participation, a signed letter or a transcript."),
    ),
    "declare": Term(
        _("Declare"),
        _(
            "To tell the Board, once in each cycle and for each credential, that everything is complete and true."
            " This is possible from 90 days before the end of the cycle, and recommended at least one month"
            " before it."
        ),
        SUBMIT,
    ),
    "audit": Term(
        _("Audit"),
        _(
            "The Board checks the documents of some declarations before it approves them. You are notified if yours"
            " is selected."
        ),
    ),
    "renewal": Term(
        _("Renewal"),
        _(
            "The next three years. The Board does not renew a credential before the first day of the month in which"
            " its cycle ends."
        ),
        SUBMIT,
    ),
    "reinstatement": Term(
        _("Reinstatement"),
        _("How to restore an expired credential: a declaration with education from the last three years, and a fee."),
        REINSTATE,
    ),
    "voluntary": Term(
        _("Voluntary participant"),
        _(
            "Someone who was certified before maintenance became mandatory. Their credential never expires; they"
            " may take part."
        ),
        PARTICIPATE,
    ),
}
