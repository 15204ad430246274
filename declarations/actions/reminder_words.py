"""The words of the daily alerts to holders. {credential}, dates and years are filled in by SQL, for each holder."""

from django.utils.translation import gettext as _

from accounts.enums import AlertKind

# The alert's kind, title and body in each case.
Words = dict[str, tuple[AlertKind, str, str]]


def ready_words() -> Words:
    title = _("All requirements for {credential} are allocated")
    return {"ready": (AlertKind.READY_TO_DECLARE, title, _("Submit your CMP declaration to the Board now."))}


def ending_words() -> Words:
    """The wording in each case, the most frequent first, as SQL compares them in this order."""
    soon, month = AlertKind.EXPIRES_SOON, AlertKind.ONE_MONTH_LEFT
    expires, expired = _("{credential} expires on {day}"), _("{credential} has expired")
    reinstate = _(
        "Your credential expired on {day}. To be reinstated, allocate credits completed no more than {years} ago and"
        " submit a declaration. The Board charges a reinstatement fee in addition to the application fee."
    )
    examined = _("After {last}, the Board requires a new examination.")
    time = _(
        "Your credential expires on {day}, and the Board needs time to process your declaration."
        " Everything is allocated."
    )
    return {
        "incomplete": (
            soon,
            expires,
            _(
                "Your credential expires on {day}. Check what is still missing, and submit your declaration by"
                " {advised}."
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
        "in_time": (month, _("{credential}: submit your declaration by {advised}"), time),
        "late": (month, _("{credential}: submit your declaration now"), time),
        "expired": (AlertKind.EXPIRED, expired, reinstate),
        "examined": (AlertKind.EXPIRED, expired, f"{reinstate} {examined}"),
        "lapsed": (
            AlertKind.EXPIRED,
            expired,
            _("Your credential expired on {day}, too long ago for a declaration. Please write to the Board."),
        ),
    }
