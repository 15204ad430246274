from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cmp_portal.glossary import TERMS
from cmp_portal.lib import addresses

register = template.Library()


@register.simple_tag
def term(code: str, words: str = "") -> SafeString:
    """A link to a term's definition, worded as on the page."""
    words = words or str(TERMS[code].name)
    return format_html('<a class="term" href="{}#{}">{}</a>', addresses.page("glossary"), code, words)
