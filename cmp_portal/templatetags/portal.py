from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from django import template
from django.template.defaultfilters import capfirst
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cmp_portal.lib import formatting
from cmp_portal.lib.dates import longmoment

register = template.Library()
register.filter(longmoment)


@dataclass(frozen=True)
class SettingsPage:
    """A settings page: its URL name, and a pattern of URL names that belong to it (`also`)."""

    title: Promise
    name: str
    also: str = ""
    is_for_holders: bool = False

    @property
    def url(self) -> str:
        return reverse(self.name)

    def is_at(self, view: str) -> bool:
        return view == self.name or bool(self.also and fnmatchcase(view, self.also))


SETTINGS = (
    SettingsPage(_("Your record"), "accounts:record", also="accounts:change", is_for_holders=True),
    SettingsPage(_("Who changed your record"), "account:history", is_for_holders=True),
    SettingsPage(_("Email addresses"), "account_email"),
    SettingsPage(_("Password"), "account_change_password"),
    SettingsPage(_("Two-step login"), "mfa_index", also="mfa_*"),
    SettingsPage(_("Where you are logged in"), "usersessions_list"),
    SettingsPage(_("Calendar"), "calendar_settings", is_for_holders=True),
    SettingsPage(_("Alerts and time zone"), "accounts:preferences", is_for_holders=True),
    SettingsPage(_("Your data"), "export", is_for_holders=True),
)


@register.simple_tag
def settings_pages(view: str, *, is_holder: bool) -> Sequence[tuple[SettingsPage, bool]]:
    """The settings pages available to the user, each with whether it is the current one."""
    mine = [page for page in SETTINGS if is_holder or not page.is_for_holders]
    return [(page, page.is_at(view)) for page in mine]


@register.simple_tag
def largest_document() -> str:
    """The maximum size of a document, such as "20 MB"."""
    return str(formatting.largest_document)


@register.filter
def points(value: Decimal | str | None) -> str:
    """Points without trailing zeros: 4.50 is "4.5", 36.00 is "36"; text passes unchanged."""
    if value is None or isinstance(value, str):
        return value or ""
    return formatting.points_text(Decimal(value))


@register.filter
def points_words(value: Decimal | str | None) -> str:
    """Points with their unit: "1 point", "4.5 points"."""
    return formatting.points_words(points(value))


@register.filter
def begin(message: object) -> str:
    """A sentence with a capital, except before an email address, which stays as its owner writes it."""
    text = str(message)  # as safe as the message, which may link to what was changed
    return text if "@" in text.partition(" ")[0] else capfirst(text)


@register.filter
def device(user_agent: str) -> str:
    """Browser and system by their familiar names."""
    return formatting.device(user_agent)


@register.filter(is_safe=True)
def on_one_line(text: str) -> str:
    """Text without the line breaks and indentation of the template that it comes from."""
    return " ".join(text.split())
