"""Suspend, revoke and lift: by a registrar, with a reason, and with notice to the holder."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import tell
from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import in_language_of
from cmp_portal.lib.contention import retry_on_conflict
from credentials.enums import Hold
from credentials.models import Credential, HoldDecision
from credentials.permissions import may_hold
from credentials.rules.holds import can_hold


class HoldRefused(Exception):
    """The hold can't be changed this way; the message says why."""


def suspend(*, credential: Credential, by: User, at: datetime, note: str) -> Credential:
    """Suspend a credential; idempotent."""
    return _hold(credential=credential, after=Hold.SUSPENDED, by=by, at=at, note=note)


def revoke(*, credential: Credential, by: User, at: datetime, note: str) -> Credential:
    """Revoke a credential, which can then be neither declared nor renewed."""
    return _hold(credential=credential, after=Hold.REVOKED, by=by, at=at, note=note)


def lift(*, credential: Credential, by: User, at: datetime, note: str, seen: Hold | None = None) -> Credential:
    """Lift a suspension or revocation; `seen` is the hold the registrar saw, and must still be in force.

    From then on the credential's validity depends on its cycle alone.
    """
    return _hold(credential=credential, after=Hold.NONE, by=by, at=at, note=note, seen=seen)


@retry_on_conflict
@transaction.atomic
def _hold(
    *, credential: Credential, after: Hold, by: User, at: datetime, note: str, seen: Hold | None = None
) -> Credential:
    locked = Credential.objects.select_for_update(of=("self",)).select_related("credential_type")
    credential = locked.get(pk=credential.pk)
    before, reason = Hold(credential.hold), note.strip()
    if not may_hold(by, credential):
        raise HoldRefused(_("You are not allowed to decide on this credential."))
    if not reason:
        raise HoldRefused(_("Write a reason. It is kept, and the holder can read it."))
    if was_held_so(credential, after, by=by, note=note):
        return credential
    if not can_hold(before, after) or seen not in {None, before}:
        raise HoldRefused(_("This credential is now “%(hold)s”.") % {"hold": before.label})
    _write(credential, after, by=by, at=at, reason=reason)
    decision = HoldDecision.objects.create(
        credential=credential, before=before, after=after, by=by, at=at, reason=reason
    )
    _tell(credential, decision)
    return credential


def was_held_so(credential: Credential, hold: Hold, *, by: User, note: str) -> bool:
    """Whether exactly this decision was the last one made: a form submitted twice."""
    last = HoldDecision.objects.filter(credential=credential).order_by("-id").first()
    return last is not None and (last.after, last.by_id, last.reason) == (hold, by.pk, note.strip())


def _write(credential: Credential, hold: Hold, *, by: User, at: datetime, reason: str) -> None:
    is_held = hold != Hold.NONE
    credential.hold, credential.hold_reason = hold, reason if is_held else ""
    credential.hold_by, credential.hold_at = (by, at) if is_held else (None, None)
    credential.save(update_fields=["hold", "hold_by", "hold_at", "hold_reason"])


def _tell(credential: Credential, decision: HoldDecision) -> None:
    titles = {
        Hold.SUSPENDED: gettext_noop("%(credential)s is suspended"),
        Hold.REVOKED: gettext_noop("%(credential)s is revoked"),
        Hold.NONE: gettext_noop("%(credential)s is no longer on hold"),
    }
    with in_language_of(credential.holder_id):
        tell(
            holder_id=credential.holder_id,
            kind=AlertKind.CREDENTIAL_HELD,
            key=f"hold:{decision.pk}",
            title=_(titles[Hold(decision.after)]) % {"credential": credential.credential_type.code},
            body=decision.reason,
            link="",
            at=decision.at,
        )
