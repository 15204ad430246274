"""What there is: every address of the URLconf, by name or else by route, and every action of the back office."""

from collections.abc import Iterator

from django.contrib.admin import AdminSite
from django.urls import URLPattern, URLResolver


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
