"""Finds English on a page that should be in another language: strings that were left, and strings nobody marked."""

import re
from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.db.models import CharField, JSONField, TextField

# What only the Board may name.
NAMED = ("Subject", "ActivityKind", "CredentialType", "RequirementSet", "Area", "Rule")
UNMARKED = """
    () => {
        const found = [], texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const text = texts.currentNode.textContent.replace(/\\s+/g, " ").trim();
            const parent = texts.currentNode.parentElement;
            const isPlain = parent.matches("option, title, text");
            if (text && !parent.closest("[lang=en], textarea, script, style")) found.push([text, isPlain]);
        }
        return found;
    }
"""
# What is read, and what is read out.
READ = """
    () => {
        const found = new Set();
        const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const parent = texts.currentNode.parentElement;
            if (!parent.closest("script, style, code, pre, textarea, [lang=en], [translate=no]")) {
                // A title of somebody's in which a word of the Board stands is read as a whole.
                found.add((parent.querySelector(":scope > [lang=en]") ? parent : texts.currentNode).textContent);
            }
        }
        for (const name of ["aria-label", "title", "placeholder", "alt", "aria-description"]) {
            for (const one of document.querySelectorAll(`[${name}]`)) {
                found.add(one.getAttribute(name));
            }
        }
        return [...found].map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
    }
"""
# No sentence goes without one of them, and none of them is a word of Spanish.
ENGLISH = re.compile(
    r"\b(?:the|your|you|and|of|is|are|was|were|this|that|with|for|from|not|to|by|an|on|it|its|in|at|be|been|have|has"
    r"|will|can|may|if|or|all|my|we|our|their|they|what|when|which|who|how|where|log|add|see|new|yet|until|days?|points"
    r"|credits?|cycles?|board|back|edit|delete|save|password|next|change|send|verify|remove|code)\b",
    re.IGNORECASE,
)


def data() -> re.Pattern[str]:
    """Every text the database holds: names, titles, and the Board's own words stay as they were written."""
    texts = {settings.BOARD_NAME, settings.PROVIDER_CREDITS_NAME, *_texts()}
    words = sorted((re.sub(r"\s+", " ", text).strip() for text in texts if len(text) > 2), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE)


def _texts() -> Iterable[str]:
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            fields = [one.name for one in model._meta.concrete_fields if type(one) in (CharField, TextField, JSONField)]
            for row in model._default_manager.values_list(*fields) if fields else ():
                for value in row:
                    yield from _within(value)


def _within(value: object) -> Iterable[str]:
    """The texts of a field, however deep it is."""
    if isinstance(value, str):
        yield from value.splitlines()
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _within(part)


def left_on(page, known: re.Pattern[str]) -> list[str]:
    """What stands on the page in English; what is known is looked for only where there is some, since it is much."""
    texts = [text for text in page.evaluate(READ) if ENGLISH.search(text)]
    return [text for text in texts if ENGLISH.search(known.sub("", text))]


def titles() -> list[str]:
    """Of what the Board's reference data names."""
    return sorted(
        {
            title
            for name in NAMED
            for title in apps.get_model("credentials", name).objects.values_list("title", flat=True)
        }
    )


def unmarked_on(page, titles: list[str]) -> list[str]:
    """Where a title of the Board stands without being marked as English; what holds text alone may be mixed."""
    named = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, titles))})(?!\w)", re.IGNORECASE)
    texts = page.evaluate(UNMARKED)
    return [f"unmarked: {text}" for text, is_plain in texts if (named.fullmatch if is_plain else named.search)(text)]
