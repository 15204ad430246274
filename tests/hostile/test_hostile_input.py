"""Hostile input for every form, page and URL of the portal: never a server error, never a partial write.

All are discovered from the URLconf and the pages, so that new ones are tested automatically. Each is tried with a
few strings, taken in turn from the whole list; `HOSTILE_FULL=1` tries all of them everywhere.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from urllib.parse import quote_from_bytes

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings

from tests.factories.education import CERTIFICATE
from tests.fixtures import NOON
from tests.hostile.addresses import Address, addresses
from tests.hostile.pages import Form, Page
from tests.hostile.texts import TEXTS
from tests.hostile.visiting import FORM, MULTIPART, Pairs, Visitor, encoded, parts
from tests.hostile.world import make

pytestmark = pytest.mark.django_db

FULL = os.environ.get("HOSTILE_FULL") == "1"
STAFF = ["registrar", "reviewer", "auditor", "administrator"]
ROLES = ["holder", "newcomer", "nobody", "provider"]
# What pages and lists read from a query; the links of each page name more.
NAMES = {"credential", "at", "before", "next", "q", "o", "p", "e", "all", "_facets", "_popup", "_to_field", "term"}
NAMES |= {"id__exact", "id__in", "no_such__exact", "app_label", "model_name", "field_name", "_changelist_filters"}
FEW, SOME = 1, 2


@dataclass
class Visit:
    """An address, who may use it, and the page if it shows one."""

    address: Address
    visitor: Visitor
    page: Page | None
    takes_forms: bool
    is_open: bool = True


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """Visits to all addresses, each by the first who is let in; the faults they found."""
    quick = {"ACCOUNT_RATE_LIMITS": False, "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}
    at_noon = time_machine.travel(NOON, tick=False)
    with django_db_blocker.unblock(), override_settings(FEES=True, **quick), at_noon, transaction.atomic():
        world, faults = make(NOON), []
        people = {role: Visitor(world.people.get(role), faults) for role in ROLES + STAFF}
        yield [visit(address, people) for address in addresses(world)], faults
        transaction.set_rollback(True)


@pytest.fixture
def faults(site):
    """Those of one test."""
    site[1].clear()
    return site[1]


def visit(address: Address, people: dict[str, Visitor]) -> Visit:
    for role in STAFF + ROLES if address.route.startswith("admin/") else ROLES + STAFF:
        answer = people[role].get(address.path, address.query)
        if answer.status_code not in {200, 405}:
            continue
        sent = people[role].post(address.path, b"")
        if answer.status_code == 405 and is_turned_away(sent):
            continue
        is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        page = Page(address.path, answer.content.decode()) if is_page else None
        return Visit(address, people[role], page, takes_forms=sent.status_code != 405)
    return Visit(address, people["holder"], None, takes_forms=True, is_open=False)


def is_turned_away(answer) -> bool:
    return answer.status_code in {403, 404} or "/login/" in answer.headers.get("Location", "")


def forms(visits: list[Visit]) -> Iterator[tuple[Visitor, Form]]:
    """Each form once, whichever page shows it; and every address that takes forms which none of them shows."""
    seen = set()
    for one in visits:
        for form in one.page.forms if one.page else []:
            key = (form.action, *sorted(form.fields))
            if form.method == "post" and key not in seen:
                seen.add(key)
                yield one.visitor, form
    shown = {action for action, *_fields in seen}
    for one in visits:
        if one.takes_forms and one.address.path not in shown:
            yield one.visitor, Form(one.address.path, "post", {"note": "A note.", "next": "/"})


def bodies(form: Form, texts: Iterator[str]) -> Iterator[tuple[bytes, str]]:
    """All fields hostile at once, then one of them between good ones; and shapes that no form has."""
    good = [(name, value.encode()) for name, value in form.fields.items()]
    for text in islice(texts, len(TEXTS) if FULL else SOME):
        yield encoded([(name, TEXTS[text]) for name in form.fields]), FORM
    for name in form.fields:
        for text in islice(texts, len(TEXTS) if FULL else FEW):
            yield encoded([(n, TEXTS[text] if n == name else v) for n, v in good]), FORM
        yield encoded([pair for pair in good if pair[0] != name]), FORM
    yield from shapes(form, good, texts)


def shapes(form: Form, good: Pairs, texts: Iterator[str]) -> Iterator[tuple[bytes, str]]:
    """What no form looks like."""
    yield encoded([*good * 20, *((n, TEXTS[next(texts)]) for n in form.fields)]), FORM
    yield parts(good, [(name, CERTIFICATE) for name in {*form.fields, *form.files}]), MULTIPART
    yield parts([*good, *((name, b"text") for name in form.files)])[: -next(CUTS)], MULTIPART
    yield next(ODD)


CUTS = cycle([1, 10, 40])
ODD = cycle(
    [
        (b"a=1&" * 1_500, FORM),
        (b"&" * 1_500 + b"=%zz%&%00=%00", FORM),
        (b'{"note": [' + b"[" * 5_000, "application/json"),
        (b"note=a", "multipart/form-data"),
        (b"note=+ADw-", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"note=a", "application/x-www-form-urlencoded; charset=no-such"),
        (b"note=a", ""),
    ]
)


def test_hostile_forms(site, faults):
    texts = cycle(TEXTS)

    for visitor, form in forms(site[0]):
        for body, content_type in bodies(form, texts):
            visitor.post(form.action, body, content_type)

    assert faults == []


def test_hostile_queries(site, faults):
    texts, names = cycle(TEXTS), cycle(sorted(NAMES))

    for one in site[0]:
        shown = {name for form in one.page.forms for name in form.fields} | one.page.names if one.page else set()
        for text in islice(texts, len(TEXTS) if FULL else 1):
            one.visitor.get(one.address.path, [(name, TEXTS[text][:4_000]) for name in NAMES | shown])
        for name in sorted(NAMES | shown if FULL else shown | set(islice(names, 4))):
            for text in islice(texts, len(TEXTS) if FULL else 1):
                one.visitor.get(one.address.path, [(name, TEXTS[text][:4_000])])

    assert faults == []


def test_hostile_parts_of_addresses(site, faults):
    texts = cycle(TEXTS)

    for one in site[0]:
        for number in range(len(one.address.parts)):
            for text in islice(texts, len(TEXTS) if FULL else 4):
                path = one.address.with_part(number, quote_from_bytes(TEXTS[text][:4_000]))
                one.visitor.get(path)
                one.visitor.post(path, encoded([("note", b"A note.")]))

    assert faults == []


def test_somebody_is_let_in_everywhere(site):
    """Else what lies behind an address would not be tried in earnest."""
    own = [one for one in site[0] if one.address.route.startswith(("education/", "declaration/", "gallery/"))]

    # Two lead on to a page of their own, and no payment service writes to us
    # (tests/declarations/test_payment_messages.py has one); and no declaration of the demo's holder is under audit.
    # Nor is a document of its appeals damaged.
    closed = {one.address.route for one in own if not one.is_open and "/audit/" not in one.address.route}
    assert closed == {
        "declaration/",
        "declaration/%(uuid)s/appeal/%(document)s/replace/",
        "declaration/%(uuid)s/fee/paid/",
        "declaration/payments/webhook/",
    }


def test_forms_are_found_on_pages(site):
    found = [form for _visitor, form in forms(site[0])]

    assert {"certificate_number", "last_name", "birth_month"} in [set(form.fields) for form in found]
    assert {"files"} in [form.files for form in found]
