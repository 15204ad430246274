"""What a holder shows to the public, and to those who have a link."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Holder
from credentials.models import Credential
from declarations.models import Hidden, ShareLink

MOST_OPEN = 20


class ShareRefused(Exception):
    """No link can be made; the message says why."""


def hide(*, holder: Holder, at: datetime) -> None:
    """Hide the holder from public verification; doing it twice changes nothing."""
    Hidden.objects.get_or_create(holder=holder, defaults={"since": at})


def show(*, holder: Holder) -> None:
    """Show the holder in public verification again."""
    Hidden.objects.filter(holder=holder).delete()


@transaction.atomic
def share(
    *,
    holder: Holder,
    credential: Credential,
    shows: Collection[str],
    days: int,
    secret: str,
    note: str = "",
    at: datetime,
) -> ShareLink:
    """Create a link for whoever has the secret; sending the same form twice makes one link.

    Raises ShareRefused if the secret already has another link, or the holder too many open ones.
    """
    Holder.objects.select_for_update(no_key=True).get(pk=holder.pk)
    sha256 = digest_of_secret(secret)
    if known := ShareLink.objects.filter(sha256=sha256).first():
        return _the_same(known, holder=holder, credential=credential, shows=shows, days=days, note=note)
    if ShareLink.objects.open(at=at).filter(holder=holder).count() >= MOST_OPEN:
        raise ShareRefused(_("You have too many open links. Revoke one of them first."))
    return ShareLink.objects.create(
        holder=holder,
        credential=credential,
        shows=sorted(shows),
        note=note,
        sha256=sha256,
        made_at=at,
        expires_at=at + timedelta(days=days),
    )


def _the_same(
    link: ShareLink, *, holder: Holder, credential: Credential, shows: Collection[str], days: int, note: str
) -> ShareLink:
    """The link, unless it shows something else than what the holder agrees to now."""
    made = (link.holder_id, link.credential_id, link.shows, link.note, link.expires_at - link.made_at)
    if made != (holder.pk, credential.pk, sorted(shows), note, timedelta(days=days)):
        raise ShareRefused(
            _(
                "Another link was already made from this page, and this one was not. If you want this one as well,"
                " send it again."
            )
        )
    return link


def revoke_link(*, link: ShareLink, at: datetime) -> None:
    """Revoke a link; doing it twice changes nothing."""
    ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=at)


def digest_of_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
