from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused

import pytest

from cmp_portal.lib.mail_refusals import HungUp, is_about_address, is_permanent, named


def recipient(code, words):
    return SMTPRecipientsRefused({"gone@example.org": (code, words)})


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (recipient(550, b"5.1.1 no such mailbox"), (True, True)),
        (recipient(550, b"no such mailbox"), (True, True)),
        (recipient(452, b"4.2.2 mailbox full"), (False, True)),
        (SMTPDataError(552, b"5.2.2 mailbox full"), (True, True)),
        (SMTPDataError(554, "5.2.2 mailbox full"), (True, True)),
        (recipient(554, b"5.7.1 relay access denied"), (False, False)),
        (SMTPDataError(550, b"5.7.26 unauthenticated mail"), (False, False)),
        (SMTPRecipientsRefused({}), (False, True)),
        (SMTPNotSupportedError("no SMTPUTF8"), (True, True)),
        (ValueError("line breaks"), (True, True)),
        (HungUp(), (False, False)),
    ],
)
def test_a_refusal_is_for_good_only_if_the_address_is_at_fault(refusal, expected):
    assert (is_permanent(refusal), is_about_address(refusal)) == expected


@pytest.mark.parametrize(
    ("refusal", "name"),
    [
        (recipient(550, b"5.1.1 <gone@example.org>: unknown"), "SMTPRecipientsRefused 550 5.1.1"),
        (recipient(550, b"gone@example.org is unknown"), "SMTPRecipientsRefused 550"),
        (SMTPDataError(451, b"4.3.0 try later"), "SMTPDataError 451 4.3.0"),
        (HungUp(), "HungUp"),
    ],
)
def test_the_log_has_the_codes_and_not_the_words(refusal, name):
    assert named(refusal) == name
