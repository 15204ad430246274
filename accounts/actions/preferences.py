"""Email preferences of a holder: which alerts, when, and in which language and time zone."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import transaction

from accounts.enums import ALWAYS_MAILED, USUAL_CHANNEL, Channel
from accounts.models import Correspondence, Holder, Preference, User
from accounts.queries import Subscription


@transaction.atomic
def save_preferences(*, by: User, channels: Mapping[str, str], language: str, time_zone: str) -> None:
    """Save the holder's preferences; defaults are stored as the absence of a row."""
    holder = Holder.objects.select_for_update().get(pk=by.holder_key)
    _prefer(holder.pk, channels)
    Correspondence.objects.update_or_create(holder=holder, defaults={"language": language, "time_zone": time_zone})


@transaction.atomic
def unsubscribe(*, subscription: Subscription) -> None:
    """Turn off email for these kinds of alert; idempotent."""
    Holder.objects.select_for_update().get(pk=subscription.holder_id)
    wanted = [kind for kind in subscription.kinds if kind not in ALWAYS_MAILED]
    _prefer(subscription.holder_id, dict.fromkeys(wanted, Channel.NEVER))


def mail_again(*, by: User) -> None:
    """Resume email to the address on file after a mail server refused it."""
    Correspondence.objects.filter(holder_id=by.holder_key).update(unreachable_email="", unreachable_at=None)


def note_browser_language(*, user: User, language: str) -> None:
    """Remember the language that a holder's browser asks for, for later emails; the default needs no row."""
    if user.holder_id is None:
        return
    if language != settings.LANGUAGE_CODE:
        Correspondence.objects.update_or_create(holder_id=user.holder_id, defaults={"browser_language": language})
    else:
        Correspondence.objects.filter(holder=user.holder_id).exclude(browser_language="").update(browser_language="")


def _prefer(holder_id: int, channels: Mapping[str, str]) -> None:
    usual = [kind for kind, channel in channels.items() if channel == USUAL_CHANNEL]
    Preference.objects.filter(holder=holder_id, kind__in=usual).delete()
    Preference.objects.bulk_create(
        _unusual(holder_id, channels),
        update_conflicts=True,
        unique_fields=["holder", "kind"],
        update_fields=["channel"],
    )


def _unusual(holder_id: int, channels: Mapping[str, str]) -> Iterable[Preference]:
    for kind, channel in sorted(channels.items()):
        if channel != USUAL_CHANNEL:
            yield Preference(holder_id=holder_id, kind=kind, channel=channel)
