"""A small fake of Stripe over real HTTP: checkout sessions, a payment page, refunds, signed webhook messages."""

import hmac
import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET_KEY, WEBHOOK_SECRET = "sk_test_portal", "whsec_portal"
PAGE = """<!DOCTYPE html><html lang="en"><title>Pay</title><h1>Pay {amount}</h1>
<form method="post"><button>Pay</button></form><a href="{cancel}">Back</a></html>"""


OVER = ("failed", "canceled")


class Refused(Exception):
    """A request that the service rejects, with the reason."""


@dataclass
class StripeServer:
    """The service's state; `is_away` answers everything with 503, `refuses` is the reason to reject refunds."""

    url: str = ""
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)  # by idempotency key
    is_away: bool = False
    refuses: str = ""
    becomes: str = "succeeded"  # state of a newly created refund
    page: int = 100  # page size for listing refunds
    asked: list[str] = field(default_factory=list)
    holds: Event | None = None  # if set, requests are processed but their responses wait for this event
    env: dict[str, str] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    def create_session(self, form: dict[str, str]) -> dict[str, Any]:
        name = f"cs_test_{len(self.sessions) + 1}"
        amount = int(form["line_items[0][price_data][unit_amount]"]) * int(form["line_items[0][quantity]"])
        self.sessions[name] = {
            "id": name,
            "object": "checkout.session",
            "url": f"{self.url}/pay/{name}",
            "client_reference_id": form["client_reference_id"],
            "amount_total": amount,
            "currency": form["line_items[0][price_data][currency]"],
            "payment_status": "unpaid",
            "status": "open",
            "payment_intent": None,
            "success_url": form["success_url"],
            "cancel_url": form["cancel_url"],
        }
        return self.sessions[name]

    def pay(self, name: str = "cs_test_1") -> dict[str, Any]:
        """Pay a checkout session, as the customer does on its page."""
        session = self.sessions[name]
        session |= {"payment_status": "paid", "status": "complete", "payment_intent": f"pi_{name}"}
        return session

    def expire(self, name: str = "cs_test_1") -> dict[str, Any]:
        self.sessions[name]["status"] = "expired"
        return self.sessions[name]

    def refund(self, form: dict[str, str]) -> dict[str, Any]:
        """Create a refund through the API, or on the dashboard (without metadata); never more than is left."""
        if int(form["amount"]) > self.left(form["payment_intent"]):
            raise Refused("Refund amount is greater than unrefunded amount on charge.")
        made = {
            "id": f"re_{len(self.refunds) + 1}",
            "object": "refund",
            "amount": int(form["amount"]),
            "created": int(time.time()),
            "currency": "usd",
            "metadata": {"refund": form["metadata[refund]"]} if "metadata[refund]" in form else {},
            "payment_intent": form["payment_intent"],
            "reason": form.get("reason"),
            "status": self.becomes,
        }
        self.refunds.append(made)
        return made

    def refund_by_hand(
        self, cents: int, *, payment: str = "pi_cs_test_1", reason: str | None = None, days_ago: int = 0
    ) -> dict[str, Any]:
        """Create a refund as the Board's staff does on the dashboard."""
        made = self.refund({"payment_intent": payment, "amount": str(cents)})
        made.update(reason=reason, created=made["created"] - days_ago * 86400)
        return made

    def left(self, payment: str) -> int:
        """The payment's amount less its refunds."""
        came = sum(one["amount_total"] for one in self.sessions.values() if one["payment_intent"] == payment)
        went = (one["amount"] for one in self.refunds if one["payment_intent"] == payment and one["status"] not in OVER)
        return came - sum(went)

    def send_back(self, name: str = "re_1", *, why: str = "expired_or_canceled_card") -> dict[str, Any]:
        """Fail a completed refund, as a bank does that can't accept it; returns the refund as then reported."""
        made = next(one for one in self.refunds if one["id"] == name)
        made.update(status="failed", failure_reason=why)
        return dict(made)

    def listed(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """A page of refunds, newest first."""
        since, after = int(query["created[gte]"][0]), query.get("starting_after", [""])[0]
        found = [one for one in reversed(self.refunds) if one["created"] >= since]
        begins = [one["id"] for one in found].index(after) + 1 if after else 0
        limit = min(int(query["limit"][0]), self.page)
        page = found[begins : begins + limit]
        return {"object": "list", "url": "/v1/refunds", "data": page, "has_more": begins + limit < len(found)}


def signed(body: bytes, *, at: float | None = None, secret: str = WEBHOOK_SECRET) -> str:
    """The signature header of a message."""
    moment = int(at or time.time())
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    return f"t={moment},v1={digest}"


def message(thing: dict[str, Any], kind: str = "checkout.session.completed", *, event: str = "evt_1") -> bytes:
    """A webhook message about a session or a refund."""
    return json.dumps({"id": event, "object": "event", "type": kind, "data": {"object": thing}}).encode()


@contextmanager
def a_stripe_server():
    """Run a service during the block."""
    server = StripeServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            page = self._path()
            if page.startswith("/pay/"):
                session = server.sessions[page.removeprefix("/pay/")]
                self._say(200, PAGE.format(amount=session["amount_total"], cancel=session["cancel_url"]), "text/html")
            elif self._is_refused():
                return
            elif page == "/v1/refunds":
                self._say(200, server.listed(parse_qs(urlsplit(self.path).query)))
            else:
                found = server.sessions.get(page.rpartition("/")[2])
                self._say(200, found) if found else self._say(404, _error("No such checkout.session"))

        def do_POST(self):
            form = {name: values[0] for name, values in parse_qs(self._body()).items()}
            page = self._path()
            if page.startswith("/pay/"):
                session = server.pay(page.removeprefix("/pay/"))
                self.send_response(303)
                self.send_header("Location", session["success_url"])
                self.end_headers()
            elif not self._is_refused():
                self._make(page, form)

        def _make(self, page, form):
            key = self.headers["Idempotency-Key"]
            if server.refuses and page == "/v1/refunds":
                self._say(400, _error(server.refuses))
                return
            with server.lock:
                if key not in server.answers:
                    make = {"/v1/checkout/sessions": server.create_session, "/v1/refunds": server.refund}[page]
                    try:
                        server.answers[key] = make(form)
                    except Refused as refusal:
                        self._say(400, _error(str(refusal)))
                        return
            if server.holds:
                server.holds.wait(60)
            self._say(200, server.answers[key])

        def _path(self):
            server.asked.append(f"{self.command} {self.path}")
            return urlsplit(self.path).path

        def _body(self):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

        def _is_refused(self):
            if server.is_away:
                self._say(503, _error("away", kind="api_error"))
            elif self.headers["Authorization"] != f"Bearer {SECRET_KEY}":
                self._say(401, _error("Invalid API Key"))
            else:
                return False
            return True

        def _say(self, status, said, kind="application/json"):
            body = (json.dumps(said) if kind == "application/json" else said).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            """Silence the request log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server.url = f"http://127.0.0.1:{listening.server_port}"
        Thread(target=listening.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown()


def _error(text, kind="invalid_request_error"):
    return {"error": {"type": kind, "message": text}}
