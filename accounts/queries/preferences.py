"""A holder's email preferences, in the order of the page."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import ALWAYS_AT_ONCE, ALWAYS_MAILED, USUAL_CHANNEL, AlertKind, Channel
from accounts.models import Correspondence, Holder, Preference, User

GROUPS: tuple[tuple[Any, tuple[AlertKind, ...]], ...] = (
    (
        _("Your credits"),
        (
            AlertKind.CREDIT_POSTED,
            AlertKind.CREDIT_MATCHED,
            AlertKind.SHARES_RELEASED,
            AlertKind.REQUIREMENTS_RAISED,
            AlertKind.EVIDENCE_REFUSED,
            AlertKind.DISPUTE_ANSWERED,
            AlertKind.REQUEST_ANSWERED,
        ),
    ),
    (
        _("Progress toward a declaration"),
        (AlertKind.ALL_ALLOCATED, AlertKind.NO_LONGER_COMPLETE, AlertKind.READY_TO_DECLARE),
    ),
    (
        _("Before a credential expires"),
        (AlertKind.ONE_MONTH_LEFT, AlertKind.EXPIRES_SOON, AlertKind.EXPIRED, AlertKind.CREDENTIAL_HELD),
    ),
    (
        _("Declaration and renewal"),
        (
            AlertKind.DECLARATION_MOVED,
            AlertKind.AUDIT_MOVED,
            AlertKind.AUDIT_DUE,
            AlertKind.RENEWED,
            AlertKind.EVIDENCE_DISCARDABLE,
        ),
    ),
    (_("Your account"), (AlertKind.SECURITY,)),
)


@dataclass(frozen=True)
class AlertPreference:
    """One kind of alert: the chosen channel, the channels allowed, and why it can't be turned off."""

    kind: AlertKind
    channel: Channel
    channels: tuple[Channel, ...]
    why: str


@dataclass(frozen=True)
class PreferenceGroup:
    title: str
    preferences: tuple[AlertPreference, ...]


def preferences_of(user: User) -> tuple[PreferenceGroup, ...]:
    """All kinds of alert with the user's preference, or the default."""
    kept = Preference.objects.filter(holder_id=user.holder_key).values_list("kind", "channel")
    return groups_of({kind: Channel(channel) for kind, channel in kept})


def groups_of(kept: dict[str, Channel]) -> tuple[PreferenceGroup, ...]:
    return tuple(PreferenceGroup(title, tuple(_preference(kind, kept) for kind in kinds)) for title, kinds in GROUPS)


def channels_of(kind: AlertKind) -> tuple[Channel, ...]:
    """The channels that may be chosen for a kind."""
    if kind in ALWAYS_AT_ONCE:
        return (Channel.AT_ONCE,)
    return tuple(channel for channel in Channel if channel != Channel.NEVER or kind not in ALWAYS_MAILED)


def _preference(kind: AlertKind, kept: dict[str, Channel]) -> AlertPreference:
    channels, channel = channels_of(kind), kept.get(kind, USUAL_CHANNEL)
    return AlertPreference(
        kind, channel if channel in channels else USUAL_CHANNEL, channels, ALWAYS_MAILED.get(kind, "")
    )


def correspondence_of(holder: Holder) -> Correspondence:
    """The holder's correspondence settings, or unsaved defaults; already loaded with the user."""
    return getattr(holder, "correspondence", None) or Correspondence(holder=holder)


def unreachable_email(holder: Holder) -> str:
    """The address on file if a mail server refuses it; empty if email gets through."""
    refused = correspondence_of(holder).unreachable_email
    return refused if refused == holder.email else ""
