"""What there is: every address of the URLconf, by name or else by route, and every action of the back office."""

import re
from collections.abc import Iterable, Iterator

from django.contrib.admin import AdminSite
from django.urls import URLPattern, URLResolver

VARIABLE = re.compile(r"\(\?P<[^>]+>[^)]*\)|<[^>]+>")


def addresses(resolver: URLResolver, space: str = "", route: str = "") -> Iterator[tuple[str, str]]:
    """(what the table calls it, its route), packages' included."""
    for pattern in resolver.url_patterns:
        path = f"{route}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield (":".join(filter(None, [space, pattern.name])) if pattern.name else path), path
        else:
            yield from addresses(pattern, ":".join(filter(None, [space, pattern.namespace])), path)


def actions(site: AdminSite) -> Iterator[tuple[str, str]]:
    """(model, action), whoever it is offered to."""
    for model, model_admin in site._registry.items():
        for _function, name, _description in model_admin._get_base_actions():
            yield model._meta.label, name


def filled(route: str, parts: Iterable[object]) -> str:
    """The path of a route, with these in place of what varies."""
    for part in parts:
        route = VARIABLE.sub(str(part), route, count=1)
    return f"/{route.replace('^', '').removesuffix('$')}"
