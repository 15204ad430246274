"""A provider's API client, with a token and JSON bodies."""

import json
from itertools import count

from django.test import Client

from tests.factories.api import SECRET

GOOD = {
    "external_id": "A-1",
    "customer_number": "100",
    "title": "Troponin in practice",
    "kind": "ce-course",
    "subjects": ["chemistry", "safety"],
    "completed_on": "2026-02-01",
    "points": "2",
}


class System:
    """Sends requests like a program and parses the responses."""

    def __init__(self, secret: str = SECRET) -> None:
        self.secret = secret
        self.keys = (f"key-{number}" for number in count())

    def ask(self, method, path, body=None, *, key=None, content_type="application/json", **headers):
        if self.secret:
            headers.setdefault("Authorization", f"Bearer {self.secret}")
        if method != "GET":
            headers.setdefault("Idempotency-Key", key or next(self.keys))
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        client = Client(raise_request_exception=False, enforce_csrf_checks=True)
        answer = client.generic(method, f"/api/v1/{path}", sent, content_type, headers=headers)
        answer.said = (
            json.loads(answer.content) if answer.content and "json" in answer.headers.get("Content-Type", "") else None
        )
        return answer

    def get(self, path):
        return self.ask("GET", path)

    def deliver(self, *lines, **options):
        return self.ask("POST", "completions", {"completions": [{**GOOD, **line} for line in lines or [{}]]}, **options)
