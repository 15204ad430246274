"""Find disorienting pages: ambiguous titles, inconsistent navigation, missing autocomplete attributes."""

from collections import defaultdict
from urllib.parse import urlsplit

from django.urls import resolve

# Views that legitimately share a title: an expired code shows the form, and confirming requires attesting first.
SAME = {"verification:by_code": "verification:verify", "declarations:confirm": "declarations:attest"}
WITHOUT_NAVIGATION = ("/admin/", "/gallery/mail/", "/no-such-page/")
PLACES = """
    () => ["header", "footer"].map((place) => [...document.querySelectorAll(`.site-${place} :is(a, button)`)].map(
        (one) => one.textContent.replace(/\\s+/g, " ").trim() + " " + (one.getAttribute("href") ?? one.formAction)))
"""
ABOUT_THE_USER = """
    () => [...document.querySelectorAll("main :is([type=email], [type=password], [name=first_name], [name=last_name])")]
        .filter((one) => !one.autocomplete || ["on", "off"].includes(one.autocomplete))
        .map((one) => `no purpose in autocomplete: ${one.name}`)
"""


class Orientation:
    """Collects observations page by page; `faults` reports the inconsistencies."""

    def __init__(self) -> None:
        self.titles: dict[str, set[str]] = defaultdict(set)
        self.places: dict[str | None, set[str]] = defaultdict(set)

    def looks(self, page, email: str | None) -> list[str]:
        path = urlsplit(page.url).path
        if path.startswith(WITHOUT_NAVIGATION):
            return []
        name = resolve(path).view_name
        self.titles[page.title()].add(SAME.get(name, name))
        # Followers of a link without an account see the navigation in place of signed-in users.
        self.places[email].add(repr(page.evaluate(PLACES)))
        return [] if name.startswith("verification:") else page.evaluate(ABOUT_THE_USER)

    def faults(self) -> dict[str, object]:
        alike = {title: sorted(views) for title, views in self.titles.items() if len(views) > 1}
        moved = {f"navigation of {email}": sorted(seen) for email, seen in self.places.items() if len(seen) > 1}
        return {**alike, **moved}
