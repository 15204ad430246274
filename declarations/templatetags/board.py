"""The Board's rulings, on pages of apps that don't depend on declarations."""

from typing import Any

from django import template
from django.template.context import RequestContext

from accounts.permissions import user_of
from declarations import queries

register = template.Library()


@register.inclusion_tag("declarations/_said_of_credit.html", takes_context=True)
def board_words(context: RequestContext) -> dict[str, Any]:
    """The Board's rulings on the credit shown on this page, one per declaration."""
    request = context["request"]
    return {"said": queries.said_of_credit(user_of(request), request.resolver_match.kwargs["uuid"])}
