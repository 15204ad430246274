"""The words of the daily alerts to holders. {credential} and the dates are filled in by SQL, for each holder."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import AlertKind

# The alert's kind, title and body in each case.
Words = dict[str, tuple[AlertKind, str, str]]


def ready_words() -> Words:
    title = _("All requirements for {credential} are allocated")
    return {"ready": (AlertKind.READY_TO_DECLARE, title, _("Submit your CMP declaration to the Board now."))}


def ending_words() -> Words:
    """The wording in each case."""
    soon, month = AlertKind.EXPIRES_SOON, AlertKind.ONE_MONTH_LEFT
    expires = _("{credential} expires on {day}")
    return {
        "expired": (AlertKind.EXPIRED, _("{credential} has expired"), _how_to_reinstate()),
        "incomplete": (
            soon,
            expires,
            _(
                "Your credential expires on {day}. Check what is still missing, and submit your declaration a month"
                " before that day."
            ),
        ),
        "behind": (
            soon,
            expires,
            _(
                "Your credential expires on {day}. Check what is still missing, and submit your declaration as"
                " soon as it is complete. The Board needs time to review it."
            ),
        ),
        "not_open": (
            soon,
            expires,
            _("Your credential expires on {day}. Everything is allocated: you can declare starting {opens}."),
        ),
        "open": (
            soon,
            expires,
            _("Your credential expires on {day}. Everything is allocated: submit your declaration now."),
        ),
        "in_time": (
            month,
            _("{credential}: submit your declaration by {advised}"),
            _(
                "Your credential expires on {day}, and the Board needs a month to process your declaration."
                " Everything is allocated."
            ),
        ),
        "late": (
            month,
            _("{credential}: submit your declaration now"),
            _(
                "Your credential expires on {day}. Less than a month is left, and the Board needs time to process"
                " your declaration. Everything is allocated."
            ),
        ),
    }


def _how_to_reinstate() -> str:
    words = _(
        "Your credential expired on {day}. To be reinstated, allocate credits completed within the last three"
        " years and submit a declaration. The Board charges a reinstatement fee in addition to the application"
        " fee."
    )
    if years := settings.REEXAMINATION_AFTER_YEARS:
        words += " " + ngettext(
            "More than %(years)s year after that day, the Board requires a new examination.",
            "More than %(years)s years after that day, the Board requires a new examination.",
            years,
        ) % {"years": years}
    return words
