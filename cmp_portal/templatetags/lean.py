from collections.abc import Hashable, Iterable
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from cmp_portal.lib.precompiled_partials import filled, squeezed

register = template.Library()
MOST = 512


@register.simple_tag
def kept(partial: str, **values: Hashable) -> str:
    """A fragment that depends only on a few values and the language; rendered once per combination, and compacted."""
    render = _rendered.__wrapped__ if settings.DEBUG else _rendered
    return render(partial, get_language(), tuple(values.items()))


@register.simple_tag
def every(partial: str, **things: Iterable[object]) -> str:
    """A fragment for each item, passed under the keyword's name: `{% every "_card.html" card=page.cards %}`."""
    [(name, found)] = things.items()
    return mark_safe("".join(filled(partial, **{name: one}) for one in found))  # noqa: S308 (filled has escaped it)


@register.simple_tag
def laid(partial: str, **things: object) -> str:
    """A fragment that only outputs the texts of its arguments: `{% laid "_areas.html" areas=page.areas %}`."""
    return mark_safe(filled(partial, **things))  # noqa: S308 (filled has escaped it)


@register.simple_block_tag
def tight(content: str) -> str:
    """The block's content without invisible white space; it must not contain preformatted text."""
    return mark_safe(squeezed(content))  # noqa: S308 (a template has escaped it)


@lru_cache(maxsize=MOST)
def _rendered(partial: str, language: str | None, values: tuple[tuple[str, Hashable], ...]) -> str:
    return tight(render_to_string(partial, dict(values)))
