"""Time zones and languages: a person's preference where possible, else the site's default."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils.translation import gettext_lazy as _

# The time zones on offer: one for each set of rules that people live by.
ZONES = {
    "America/New_York": _("Eastern time (New York)"),
    "America/Chicago": _("Central time (Chicago)"),
    "America/Denver": _("Mountain time (Denver)"),
    "America/Phoenix": _("Arizona (Phoenix)"),
    "America/Los_Angeles": _("Pacific time (Los Angeles)"),
    "America/Anchorage": _("Alaska (Anchorage)"),
    "Pacific/Honolulu": _("Hawaii (Honolulu)"),
    "America/Puerto_Rico": _("Puerto Rico"),
    "Pacific/Guam": _("Guam"),
    "Pacific/Pago_Pago": _("American Samoa"),
    "America/Halifax": _("Atlantic Canada (Halifax)"),
    "America/St_Johns": _("Newfoundland (St. John's)"),
    "America/Regina": _("Saskatchewan (Regina)"),
    "America/Mexico_City": _("Mexico City"),
    "America/Bogota": _("Bogotá, Lima"),
    "America/Santiago": _("Santiago"),
    "America/Sao_Paulo": _("São Paulo"),
    "America/Argentina/Buenos_Aires": _("Buenos Aires"),
    "Atlantic/Azores": _("Azores"),
    "UTC": _("Universal time"),
    "Europe/London": _("London, Dublin, Lisbon"),
    "Europe/Paris": _("Central Europe (Paris, Berlin)"),
    "Europe/Athens": _("Eastern Europe (Athens)"),
    "Europe/Istanbul": _("Istanbul"),
    "Africa/Lagos": _("Lagos"),
    "Africa/Cairo": _("Cairo"),
    "Africa/Johannesburg": _("Johannesburg"),
    "Africa/Nairobi": _("Nairobi"),
    "Asia/Jerusalem": _("Jerusalem"),
    "Asia/Riyadh": _("Riyadh, Kuwait"),
    "Asia/Tehran": _("Tehran"),
    "Asia/Dubai": _("Dubai"),
    "Asia/Kabul": _("Kabul"),
    "Asia/Karachi": _("Karachi"),
    "Asia/Kolkata": _("India"),
    "Asia/Kathmandu": _("Nepal"),
    "Asia/Dhaka": _("Dhaka"),
    "Asia/Yangon": _("Yangon"),
    "Asia/Bangkok": _("Bangkok, Hanoi"),
    "Asia/Shanghai": _("China"),
    "Asia/Manila": _("Philippines"),
    "Asia/Singapore": _("Singapore"),
    "Asia/Tokyo": _("Japan, Korea"),
    "Australia/Perth": _("Perth"),
    "Australia/Darwin": _("Darwin"),
    "Australia/Adelaide": _("Adelaide"),
    "Australia/Brisbane": _("Brisbane"),
    "Australia/Sydney": _("Sydney, Melbourne"),
    "Pacific/Noumea": _("New Caledonia"),
    "Pacific/Auckland": _("New Zealand"),
    "Pacific/Tongatapu": _("Tonga"),
}


def language_of(*preferred: str) -> str:
    """The first preference that is a supported language, else the site's default."""
    spoken = dict(settings.LANGUAGES)
    return next((one for one in preferred if one in spoken), settings.LANGUAGE_CODE)


def zone_of(preferred: str) -> ZoneInfo:
    """The preferred time zone if it exists, else the Board's."""
    return ZoneInfo(preferred if preferred in _known() else settings.BOARD_TIME_ZONE)


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
