"""Shapes of settings: whether a text can be a URL, a host or an email address, and how to say what it must be."""

import re
from collections.abc import Callable
from email.utils import parseaddr
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
MAILBOX = re.compile(r"[^\s@<>]+@[A-Za-z0-9.-]+")
# What no URL has; urlsplit would ignore some of it.
NOT_IN_URLS = re.compile(r"[\s\x00-\x1f<>\"]")


class Shape(NamedTuple):
    """What a text must be: as a test, and in words that end in an example."""

    fits: Callable[[str], bool]
    words: str


def _parts(value: str) -> SplitResult | None:
    """The parts of a URL; None if it is none, or its port is no port."""
    try:
        parts = urlsplit(value)
        is_port = parts.port != 0
    except ValueError:
        return None
    return parts if is_port and not NOT_IN_URLS.search(value) else None


def _is_host(value: str | None) -> bool:
    """A host name, an IPv4 address, or an IPv6 address without its brackets."""
    try:
        return bool(HOST_NAME.fullmatch(value or "")) or bool(ip_address(value or ""))
    except ValueError:
        return False


def _is_url(value: str, *schemes: str) -> bool:
    parts = _parts(value)
    return parts is not None and parts.scheme in schemes and _is_host(parts.hostname)


def _is_origin(value: str) -> bool:
    return _is_url(value, "http", "https") and value.count("/") == 2 and not set(value) & set("?#@")


def _is_issuer(value: str, *schemes: str) -> bool:
    return _is_url(value, *schemes) and not set(value) & set("?#")


def _is_scanner(value: str) -> bool:
    parts = _parts(value)
    if parts is None or parts.scheme != "clamd" or parts.query or parts.fragment:
        return False
    return len(parts.path) > 1 if not parts.netloc else _is_host(parts.hostname) and not parts.path


def _is_sender(value: str) -> bool:
    return value.isprintable() and bool(MAILBOX.fullmatch(parseaddr(value)[1]))


URL = Shape(lambda value: _is_url(value, "http", "https"), "an address such as https://www.example.org/courses")
ORIGIN = Shape(_is_origin, "an address without a path, such as https://cmp.example.org")
# OpenID Connect Discovery 1.0, section 2: https, without query or fragment.
ISSUER = Shape(lambda value: _is_issuer(value, "https"), "an address such as https://login.example.org")
# For a provider on the developer's own machine.
ISSUER_IN_DEVELOPMENT = Shape(lambda value: _is_issuer(value, "http", "https"), ISSUER.words)
SCANNER = Shape(_is_scanner, "clamd://host:3310 or clamd:///run/clamav/clamd.ctl")
HOST = Shape(_is_host, "the name of a host, such as smtp.example.org")
SENDER = Shape(_is_sender, "an email address, such as CMP Portal <cmp@example.org>")
