"""Texts and addresses of pages."""

from urllib.parse import urlencode


def words_of(answer):
    """The messages at the top of the page."""
    return [str(message) for message in answer.context["messages"]]


def filtered(url, **filters):
    """The URL of a back-office page that was opened from its list with these filters."""
    return f"{url}?{urlencode({'_changelist_filters': urlencode(filters)})}" if filters else url
