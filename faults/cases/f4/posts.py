"""Which entries of the access matrix accept a POST, and which of them a form exercises."""

import re
from urllib.parse import urlsplit

from django.urls import ResolverMatch, resolve

from faults.cases.f4.forms.form import Form
from tests.access.rules import Address, Cell, Rule
from tests.access.table import ACTIONS, ADDRESSES

SHUT = {Cell.LOGIN, Cell.NO_TOKEN, Cell.REFUSED, Cell.METHOD, Cell.NOT_OFFERED}
CHOSEN = re.compile(rb'name="action"\r\n\r\n(\w+)')


def lines() -> set[str]:
    """Routes and admin actions for which at least one role gets past the access check with a POST."""
    addresses = {line_of(one) for one in ADDRESSES if one.post and is_open(one.post)}
    return addresses | {str(one) for one in ACTIONS if is_open(one.rule)}


def is_open(rule: Rule) -> bool:
    return not set(rule.values()) <= SHUT


def line_of(address: Address) -> str:
    """The route's name, and the fixed path parts that tell it from others of the same name."""
    return " ".join([address.name, *(part for part in address.of if part.startswith("="))])


def exercised_by(form: Form) -> set[str]:
    path = urlsplit(form.path).path
    match, parts = resolve(path), set(path.split("/"))
    named = [one for one in ADDRESSES if one.name in {match.view_name, match.route}]
    asked = [one for one in named if len(named) == 1 or {part[1:] for part in one.of if part[:1] == "="} <= parts]
    return {line_of(one) for one in asked} | action_of(form, match)


def action_of(form: Form, match: ResolverMatch) -> set[str]:
    """The admin action that a form runs on the selected rows, if any."""
    admin, chosen = getattr(match.func, "model_admin", None), CHOSEN.search(form.body)
    return {f"{admin.model._meta.label} {chosen[1].decode()}"} if admin and chosen else set()
