from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Per(TextChoices):
    CYCLE = "cycle", _("per cycle")
    YEAR = "year", _("per year")
    ITEM = "item", _("per activity")


class Unit(TextChoices):
    CONTACT_HOUR = "contact-hour", _("contact hour")
    CEU = "ceu", _("CEU")
    SEMESTER_HOUR = "semester-hour", _("semester hour")
    QUARTER_HOUR = "quarter-hour", _("quarter hour")
    POINTS = "points", _("points")


class Hold(TextChoices):
    NONE = "none", _("None")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Revoked")


class Validity(TextChoices):
    """Public validity of a credential; computed, never stored."""

    ACTIVE = "active", _("Active")
    EXPIRED = "expired", _("Expired")
    UNDER_REVIEW = "under-review", _("Expired, renewal under review")
    LIFETIME = "lifetime", _("Valid for life")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Revoked")


class ClaimState(TextChoices):
    REFUSED = "refused", _("Not recognized")
    LINKED = "linked", _("Linked")
    CONTESTED = "contested", _("For the registrar: linked to another account")
    TURNED_DOWN = "turned_down", _("Turned down")
    UNDONE = "undone", _("Undone")
