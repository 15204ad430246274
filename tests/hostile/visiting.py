"""Malformed and hostile requests, each rolled back afterwards."""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote_from_bytes

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client

from accounts.models import User

OURS = "accounts|credentials|education|declarations|audits"
WRITING = re.compile(rf'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?({OURS})_', re.IGNORECASE)
# A wrong claim is recorded so that it counts toward the limit, and the record's holder is alerted.
KEPT = {"credentials_claim", "accounts_alert"}
FORM = "application/x-www-form-urlencoded"
BOUNDARY = "hostile"
TOKEN = "hostile0" * 4
Pairs = Sequence[tuple[str, bytes]]


@dataclass
class Visitor:
    """A client whose requests are rolled back; `faults` collects what went wrong."""

    user: User | None
    faults: list[str]
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False, enforce_csrf_checks=True))
    asked: int = 0

    def __post_init__(self) -> None:
        if self.user is not None:
            self.client.force_login(self.user)
        # As in a browser, the body is read for a CSRF token before any view runs; the right one is in the header.
        self.client.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
        self.cookies = self.client.cookies.output(header="", sep=";")

    def get(self, path: str, query: Pairs = ()) -> HttpResponse:
        return self._ask("GET", path, QUERY_STRING=encoded(query))

    def post(self, path: str, body: bytes, content_type: str = FORM) -> HttpResponse:
        return self._ask("POST", path, body, content_type)

    def _ask(self, method: str, path: str, body: bytes = b"", content_type: str = FORM, **extra: Any) -> HttpResponse:
        self.asked += 1
        self.client.cookies = SimpleCookie(self.cookies)
        with undone(), writes() as written:
            answer = self.client.generic(method, path, body, content_type, HTTP_X_CSRFTOKEN=TOKEN, **extra)
            if answer.streaming:
                deque(answer.streaming_content, maxlen=0)
            what = f"{method} {path[:80]} {extra.get('QUERY_STRING', '')[:60]} {body[:80]!r}"
            if answer.status_code >= 500:
                self.faults.append(f"{answer.status_code} {what}")
            elif written:
                self._look_at_what_was_written(answer, what)
        if written and answer.status_code >= 400:
            self._ask_whether_it_stayed(method, path, body, content_type, extra, what)
        return answer

    def _look_at_what_was_written(self, answer: HttpResponse, what: str) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        except DatabaseError as error:
            self.faults.append(f"{type(error).__name__} after {answer.status_code} {what}")

    def _ask_whether_it_stayed(self, method: str, path: str, body: bytes, content_type: str, extra: Any, what: str):
        """A rejected request must leave no writes behind: repeat it and compare all tables before and after."""
        self.client.cookies = SimpleCookie(self.cookies)
        with undone():
            before = tables()
            answer = self.client.generic(method, path, body, content_type, HTTP_X_CSRFTOKEN=TOKEN, **extra)
            if changed := {name for name, rows in tables().items() if rows != before[name]} - KEPT:
                self.faults.append(f"{answer.status_code} but wrote {sorted(changed)}: {what}")


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collect the statements that write to the portal's tables."""
    found: list[str] = []

    def note(execute, sql, params, many, context):
        if WRITING.match(str(sql)):
            found.append(str(sql)[:60])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def tables() -> Mapping[str, str]:
    """A checksum of each of the portal's tables."""
    names = [model._meta.db_table for model in apps.get_models() if re.fullmatch(OURS, model._meta.app_label)]
    with connection.cursor() as cursor:
        found = {}
        for name in names:
            cursor.execute(f"SELECT count(*) || ' ' || coalesce(sum(hashtext(t::text)), 0) FROM {name} t")
            found[name] = cursor.fetchone()[0]
    return found


def encoded(pairs: Pairs) -> str:
    return "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in pairs)


def parts(pairs: Pairs, files: Pairs = ()) -> bytes:
    """A multipart form body."""
    lines = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n'.encode() + v for n, v in pairs]
    lines += [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"; filename="a.pdf"\r\n'.encode()
        + b"Content-Type: application/pdf\r\n\r\n"
        + v
        for n, v in files
    ]
    return b"\r\n".join([*lines, f"--{BOUNDARY}--\r\n".encode()])


MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
