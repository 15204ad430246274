"""Everything there is: every route of the URLconf, by name or else by pattern, and every back-office action."""

import re
from collections.abc import Iterable, Iterator

from django.contrib.admin import AdminSite
from django.urls import URLPattern, URLResolver

VARIABLE = re.compile(r"\(\?P<[^>]+>[^)]*\)|<[^>]+>")


def addresses(resolver: URLResolver, space: str = "", route: str = "") -> Iterator[tuple[str, str]]:
    """(key in the table, pattern) of each route, including those of packages."""
    for pattern in resolver.url_patterns:
        path = f"{route}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield (":".join(filter(None, [space, pattern.name])) if pattern.name else path), path
        else:
            yield from addresses(pattern, ":".join(filter(None, [space, pattern.namespace])), path)


def actions(site: AdminSite) -> Iterator[tuple[str, str]]:
    """(model, action) of each action, whoever it is offered to."""
    for model, model_admin in site._registry.items():
        for _function, name, _description in model_admin._get_base_actions():
            yield model._meta.label, name


def filled(route: str, parts: Iterable[object]) -> str:
    """The path of a route with its parameters filled in."""
    for part in parts:
        route = VARIABLE.sub(str(part), route, count=1)
    return f"/{route.replace('^', '').removesuffix('$')}"
