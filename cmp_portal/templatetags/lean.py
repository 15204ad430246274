from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

register = template.Library()
MOST = 512


@register.simple_tag
def kept(partial: str, **values: Hashable) -> str:
    """A partial that depends on a few values and the language alone, rendered once for each, and tight."""
    render = _rendered.__wrapped__ if settings.DEBUG else _rendered
    return render(partial, get_language(), tuple(values.items()))


@register.simple_block_tag
def tight(content: str) -> str:
    """What stands between without the spaces that show nowhere; nothing preformatted may stand there."""
    text = " ".join(content.split()).replace("> <", "><")
    return mark_safe(text)  # noqa: S308 (a template has escaped it)


@lru_cache(maxsize=MOST)
def _rendered(partial: str, language: str | None, values: tuple[tuple[str, Hashable], ...]) -> str:
    return tight(render_to_string(partial, dict(values)))
