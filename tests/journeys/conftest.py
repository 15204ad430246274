"""Fixtures for journeys: people in a real browser, each with their own session."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.journeys.hands import Mouse

VIOLATION = "Content Security Policy"


class Person:
    """A person at a browser."""

    def __init__(self, page: Page, site: str, hand: type[Mouse] = Mouse) -> None:
        self.page, self.site, self.hand = page, site, hand(page)

    def opens(self, path: str) -> None:
        self.page.goto(f"{self.site}{path}")

    def clicks(self, name: str | re.Pattern[str], role: str = "button") -> None:
        self.hand.presses(self.page.get_by_role(role, name=name).first)

    def fills(self, **fields: str) -> None:
        for label, text in fields.items():
            named = self.page.get_by_label(label.replace("_", " "), exact=False)
            self.hand.writes(named.and_(self.page.locator("input, textarea")).first, text)

    def unfolds(self, title: str) -> None:
        self.hand.presses(self.page.locator("summary", has_text=title))

    def ticks(self, name: str | re.Pattern[str]) -> None:
        self.hand.ticks(self.page.get_by_role("checkbox", name=name).first)

    def chooses(self, name: str) -> None:
        self.hand.chooses(self.page.get_by_role("radio", name=name))

    def picks(self, label: str, option: str) -> None:
        self.hand.picks(self.page.get_by_label(label, exact=False).first, option)

    def attaches(self, label: str, *files: Path) -> None:
        self.hand.attaches(self.page.get_by_label(label, exact=False).first, files)

    def sees(self, text: str | re.Pattern[str]) -> None:
        self.page.get_by_text(text).first.wait_for(timeout=5000)

    def signs_in(self, email: str, password: str) -> None:
        self.opens("/account/login/")
        self.hand.writes(self.page.locator("input[name=login]"), email)
        self.hand.writes(self.page.locator("input[name=password]"), password)
        with self.page.expect_navigation():
            self.hand.presses(self.page.locator("main form button[type=submit]").first)


@pytest.fixture
def person(request, browser: Browser, live_server):
    """Create people; at the end, no page may have violated the CSP or returned a server error."""
    contexts, complaints = [], []

    def make(
        *,
        javascript: bool = True,
        width: int = 1280,
        scheme: str = "light",
        still: bool = False,
        language: str = "en-US",
        hand: type[Mouse] = Mouse,
    ) -> Person:
        context = browser.new_context(
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale=language,
            reduced_motion="reduce" if still else "no-preference",
        )
        contexts.append(context)
        context.set_default_timeout(8000)
        page = context.new_page()
        page.on("console", lambda message: _complain(message, complaints))
        page.on("response", lambda response: complaints.append(response.url) if response.status >= 500 else None)
        return Person(page, live_server.url, hand)

    yield make
    for number, context in enumerate(contexts):
        if shots := os.environ.get("SCREENSHOTS"):
            context.pages[0].screenshot(path=f"{shots}/{request.node.name}-{number}.png", full_page=True)
        context.close()
    assert complaints == []


def _complain(message: ConsoleMessage, complaints: list[str]) -> None:
    if VIOLATION in message.text:
        complaints.append(message.text)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A document such as holders upload."""
    path = tmp_path / "certificate.pdf"
    path.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    return path


@pytest.fixture
def link_in(mailoutbox):
    """The link in the newest mail to a recipient."""

    def find(to: str) -> str:
        mail = next(mail for mail in reversed(mailoutbox) if to in mail.to)
        return re.search(r"https?://[^/\s]+(/\S+)", mail.body).group(1)

    return find
