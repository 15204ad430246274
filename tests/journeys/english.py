"""Find English on a translated page: untranslated strings, and strings not marked for translation."""

import re
from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.db.models import CharField, JSONField, TextField

# Models whose names only the Board can translate.
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
# Visible text, and text announced by screen readers.
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
# Every English sentence contains one of these words, and none of them is Spanish.
ENGLISH = re.compile(
    r"\b(?:the|your|you|and|of|is|are|was|were|this|that|with|for|from|not|to|by|an|on|it|its|in|at|be|been|have|has"
    r"|will|can|may|if|or|all|my|we|our|their|they|what|when|which|who|how|where|log|add|see|new|yet|until|days?|points"
    r"|credits?|cycles?|board|back|edit|delete|save|password|next|change|send|verify|remove|code)\b",
    re.IGNORECASE,
)


def data() -> re.Pattern[str]:
    """Matches every text in the database, since names, titles and the Board's texts are never translated."""
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
    """The texts in a field's value, including nested ones."""
    if isinstance(value, str):
        yield from value.splitlines()
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _within(part)


def left_on(page, known: re.Pattern[str]) -> list[str]:
    """English text on the page; the large pattern of database texts is applied only if there is any."""
    texts = [text for text in page.evaluate(READ) if ENGLISH.search(text)]
    return [text for text in texts if ENGLISH.search(known.sub("", text))]


def titles() -> list[str]:
    """Titles in the Board's reference data."""
    return sorted(
        {
            title
            for name in NAMED
            for title in apps.get_model("credentials", name).objects.values_list("title", flat=True)
        }
    )


def unmarked_on(page, titles: list[str]) -> list[str]:
    """Titles of the Board that aren't marked as English (lang); plain text elements may mix languages."""
    named = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, titles))})(?!\w)", re.IGNORECASE)
    texts = page.evaluate(UNMARKED)
    return [f"unmarked: {text}" for text, is_plain in texts if (named.fullmatch if is_plain else named.search)(text)]
