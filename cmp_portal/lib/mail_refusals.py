"""What a mail server's refusal means: for good or for now, and whether the address is at fault."""

import re
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPServerDisconnected,
)


class Unwritten(Exception):
    """The email can't be composed, which is our own fault and says nothing about its address."""


REFUSALS = (SMTPRecipientsRefused, SMTPDataError, Unwritten)
# No server can accept such an email, now or later: unsupported characters in the address, or line breaks.
UNSENDABLE = (SMTPNotSupportedError, ValueError)
LOST = (SMTPServerDisconnected, ConnectionError, TimeoutError)
# The status code that may begin a reply, such as 5.1.1. Source: RFC 3463, 2.
STATUS = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")
# Statuses of security and policy: the mailbox may be fine, but the server does not let us send. Source: RFC 3463, 3.8.
POLICY = re.compile(rb"[245]\.7\.")


class HungUp(SMTPException):
    """The mail server took the connection, but lost it over this email."""


def is_permanent(refusal: Exception) -> bool:
    """Whether trying again is pointless: a failure 5yz (RFC 5321, 4.2.1) that is not about us."""
    if isinstance(refusal, UNSENDABLE):
        return True
    codes = [code for code, _words in replies(refusal)]
    return bool(codes) and min(codes) >= 500 and is_about_address(refusal)


def is_about_address(refusal: Exception) -> bool:
    """Whether the address is at fault, rather than the connection, our settings or our standing with the server."""
    is_policy = any(POLICY.match(words) for _code, words in replies(refusal))
    return not is_policy and not isinstance(refusal, HungUp | Unwritten)


def named(refusal: Exception) -> str:
    """The refusal for the log: the server's codes without its words, which may name the recipient."""
    found = [(code, STATUS.match(words)) for code, words in replies(refusal)]
    codes = [f"{code} {status[0].decode()}" if status else str(code) for code, status in found]
    return " ".join([type(refusal).__name__, *codes])


def replies(refusal: Exception) -> list[tuple[int, bytes]]:
    """The server's replies, each with its code."""
    if isinstance(refusal, SMTPRecipientsRefused):
        return list(refusal.recipients.values())
    if isinstance(refusal, SMTPDataError):
        words = refusal.smtp_error
        return [(refusal.smtp_code, words.encode() if isinstance(words, str) else words)]
    return []
