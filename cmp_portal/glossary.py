"""What the words of the programme mean: the one place that says it, and where the Board does."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Term(NamedTuple):
    """A word, in a sentence or two; `source` is the Board's page that says so, where there is one."""

    name: str | Promise
    text: str | Promise
    source: str = ""


ENTER = "ascp.org, enter-allocate-CMP"
PARTICIPATE = "ascp.org, participation-in-cmp"
SUBMIT = "ascp.org, submit-cmp-declaration"
REINSTATE = "ascp.org, QIHC"
# In the order in which one meets them. Pages lead to a word by its code.
TERMS = {
    "cmp": Term(
        _("Credential Maintenance Program (CMP)"),
        _("What keeps a credential valid: continuing education in each cycle, and a declaration at its end."),
        PARTICIPATE,
    ),
    "board": Term(
        _("Board of Certification (BOC)"),
        _("Who grants the credential, reviews the declaration and renews the credential. Here: the Board."),
    ),
    "credential": Term(
        _("Credential"),
        _("What the Board certified you as, such as MLS(ASCP). Whoever has several maintains each of them."),
    ),
    "cycle": Term(
        _("Cycle"),
        _("The three years for which a credential is valid. What is left over is not carried into the next one."),
        PARTICIPATE,
    ),
    "window": Term(
        _("Days that count"),
        _(
            "While the credential is valid, education counts that was completed within its cycle. For an expired"
            " credential, and for voluntary participants, it is the last three years."
        ),
        ENTER,
    ),
    "ce": Term(
        _("Continuing education (CE)"),
        _("Courses and other activities by which you keep up with your field, each with a document that proves it."),
        ENTER,
    ),
    "credit": Term(
        _("Credit"),
        _("One activity you completed. It is recorded once and may count for several of your credentials."),
        ENTER,
    ),
    "point": Term(
        _("Point"),
        _("What a credit is worth. One contact hour is one point; one CEU is ten contact hours, hence ten points."),
    ),
    "contact-hour": Term(_("Contact hour"), _("Fifty to sixty minutes of a course or a training.")),
    "area": Term(
        _("Area"),
        _(
            "A field in which a credential asks for a least number of points, such as chemistry or medical ethics."
            " Each point counts in one area only."
        ),
    ),
    "allocate": Term(
        _("Allocate"),
        _("To say in which area the points of a credit are to count. Until then they count nowhere."),
        ENTER,
    ),
    "record": Term(
        _("Record a credit"),
        _("To enter yourself what no provider delivers, together with its document."),
        ENTER,
    ),
    "evidence": Term(
        _("Evidence"),
        _("The document that proves a credit: a certificate of participation, a signed letter or a transcript."),
    ),
    "declare": Term(
        _("Declare"),
        _(
            "To tell the Board, once in each cycle and for each credential, that everything is complete and true. It"
            " is possible from 90 days before the end, and advised at least one month before it."
        ),
        SUBMIT,
    ),
    "audit": Term(
        _("Audit"),
        _("The Board checks the documents of some declarations before it approves them. Whoever is chosen is told."),
    ),
    "renewal": Term(
        _("Renewal"),
        _("The next three years. The Board renews no earlier than the first day of the month in which a cycle ends."),
        SUBMIT,
    ),
    "reinstatement": Term(
        _("Reinstatement"),
        _("How an expired credential comes back: a declaration with the education of the last three years, and a fee."),
        REINSTATE,
    ),
    "voluntary": Term(
        _("Voluntary participant"),
        _("Whoever was certified before maintenance was a duty: their credential never expires; they may take part."),
        PARTICIPATE,
    ),
}
