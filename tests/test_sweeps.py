"""Conventions that are easily forgotten, checked across the whole code base."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.template import engines

from tests import factories

APPS = ["accounts", "credentials", "education", "declarations", "audits"]
MODELS = [model for app in APPS for model in apps.get_app_config(app).get_models() if not model._meta.proxy]
EVENTS = {model.pgh_event_model for model in MODELS if hasattr(model, "pgh_event_model")}
ROWS = sorted((model for model in MODELS if model not in EVENTS), key=lambda model: model.__name__)
TEMPLATES = sorted(path for path in (settings.BASE_DIR / "templates").rglob("*") if path.is_file())
# A mail has no stylesheet to link to, and carries its style with it.
MAIL_STYLE = "accounts/mail/_style.html"
PAGES = [path for path in TEMPLATES if path.suffix in {".html", ".svg"} and not path.as_posix().endswith(MAIL_STYLE)]
each_row = pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)


def name_of(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR / "templates").as_posix()


@each_row
def test_model_has_a_factory(model):
    assert getattr(factories, f"{model.__name__}Factory")._meta.model is model


@each_row
def test_every_by_has_its_at(model):
    fields = {field.name for field in model._meta.get_fields()}
    people = [field.name for field in model._meta.fields if _is_a_person(field)]

    assert [name for name in people if not {_moment(name), "started_at"} & fields] == []


def _is_a_person(field) -> bool:
    is_user = isinstance(field, models.ForeignKey) and field.related_model._meta.label == "accounts.User"
    return is_user and (field.name == "by" or field.name.endswith("_by"))


def _moment(name: str) -> str:
    return name.removesuffix("by") + "at"


# Why a table may change without a trace.
WITHOUT_HISTORY = {
    "ActivityKind": "reference data, loaded from files that are versioned themselves",
    "Alert": "its own moments say what became of it",
    "AuditStep": "append-only itself",
    "AllocationUndo": "the newest change only; the history of the shares tells them all",
    "Appeal": "written once, with its moment",
    "Badge": "append-only itself",
    "Attestation": "a change is a new version",
    "CalendarFeed": "a preference, not a fact, and its secret is kept nowhere else",
    "Correspondence": "preferences, not facts",
    "AtWork": "who is at work now; lapses by itself",
    "Checkout": "its own moments say what became of it",
    "CredentialType": "reference data",
    "CycleStatus": "derived, reconciled nightly",
    "DeclaredCredit": "append-only itself",
    "Digest": "its own moments say what became of it",
    "Payment": "append-only itself",
    "PaymentEvent": "append-only itself",
    "Seal": "append-only itself",
    "ShareLink": "a consent that is only ever revoked, with its moments",
    "Terms": "append-only itself",
    "Entry": "append-only itself",
    "Hidden": "a preference, not a fact",
    "HoldDecision": "append-only itself",
    "IntakeBatch": "a record of what happened itself",
    "IntakeChunk": "a record of what happened itself",
    "IntakeRow": "a record of what happened itself",
    "JobRun": "a record of what happened itself",
    "KeyedRequest": "its own moments say what became of it",
    "KindUnit": "reference data",
    "Letter": "its own moments say what became of it",
    "Note": "append-only itself",
    "Preference": "a preference, not a fact",
    "Print": "append-only itself",
    "Proof": "append-only itself",
    "Provider": "reference data",
    "Ruling": "append-only itself",
    "Round": "its own moments and digest say what became of it",
    "Step": "append-only itself",
    "Stratum": "written by the draw, which can be repeated",
    "Subject": "reference data",
    "TypeRate": "append-only itself",
    "WebhookAttempt": "a record of what happened itself",
    "WebhookNotice": "its own moments say what became of it",
    "Waiting": "derived, reconciled hourly",
}


@each_row
def test_model_keeps_its_history_or_says_why_not(model):
    assert ("pgh_event_model" in vars(model)) != (model.__name__ in WITHOUT_HISTORY)


def test_every_exception_is_a_model():
    assert sorted(WITHOUT_HISTORY.keys() - {model.__name__ for model in ROWS}) == []


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_compiles(path):
    assert engines["django"].get_template(name_of(path)) is not None


INCLUDED_ALONE = re.compile(r"""{% include ["']([^"']+)["']([^%]* )only %}""")


def forms_without_token(text: str) -> list[str]:
    """The included parts with a form of their own that don't get what makes it ours: `only` keeps it from them."""
    found = [(part, given.split()) for part, given in INCLUDED_ALONE.findall(text) if not part.startswith(".")]
    named = ((part, given, settings.BASE_DIR / "templates" / part) for part, given in found)
    return [
        part
        for part, given, path in named
        if "csrf_token=csrf_token" not in given and path.exists() and "{% csrf_token %}" in path.read_text("utf-8")
    ]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_template_gives_its_token_to_every_form(path):
    assert forms_without_token(path.read_text(encoding="utf-8")) == []


def test_form_without_its_token_is_found():
    included = '{{% include "accounts/_change.html" with line=line {}only %}}'

    found = [forms_without_token(included.format(given)) for given in ("", "csrf_token=csrf_token ")]
    assert found == [["accounts/_change.html"], []]


class InlineFinder(HTMLParser):
    """Finds what a strict Content-Security-Policy would refuse."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        self.found += [f"<{tag} {n}>" for n, value in attrs if (value or "").lstrip().lower().startswith("javascript:")]
        is_data = given.get("type") in {"application/json", "application/ld+json"}
        if tag == "style" or (tag == "script" and "src" not in given and not is_data):
            self.found.append(f"<{tag}>")


def inline_parts(text: str) -> list[str]:
    finder = InlineFinder()
    finder.feed(text)
    finder.close()
    return finder.found


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_template_has_no_inline_script_or_style(path):
    assert inline_parts(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<p style="color: red">', ["<p style>"]),
        ('<button onclick="go()">', ["<button onclick>"]),
        ("<style>p {}</style>", ["<style>"]),
        ("<script>go()</script>", ["<script>"]),
        ('<a href=" JavaScript:go()">', ["<a href>"]),
        ('<script src="/static/js/htmx.js" defer></script>', []),
        ('<script type="application/json">{}</script>', []),
        ('<p class="style">on</p>', []),
    ],
)
def test_inline_parts_are_found(text, found):
    assert inline_parts(text) == found
