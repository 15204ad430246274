"""Letters are rows, written in the transaction that causes them and emailed by a scheduled job."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import queries
from accounts.enums import LetterKind
from accounts.models import Holder, Letter, User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.mail import composed


def write_letter(*, holder: Holder, kind: LetterKind, email: str, by: User | None, at: datetime) -> Letter:
    """Queue a letter, in the caller's transaction."""
    return Letter.objects.create(holder=holder, kind=kind, email=email, written_at=at, written_by=by)


def say_farewell(*, holder: Holder, emails: Iterable[str], language: str, at: datetime) -> None:
    """Notify each address that its account was closed, since somebody else may have closed it."""
    known = {email.lower(): email for email in emails if email}
    about = {"holder": holder, "kind": LetterKind.ACCOUNT_CLOSED, "language": language, "written_at": at}
    Letter.objects.bulk_create(Letter(email=email, **about) for email in known.values())


def answer_claimant(*, holder: Holder, email: str, language: str, by: User, at: datetime) -> None:
    """Notify a claimant without a record, whom no alert reaches, that My Account has the Board's decision."""
    about = {"kind": LetterKind.CLAIM_ANSWERED, "language": language or settings.LANGUAGE_CODE}
    Letter.objects.create(holder=holder, email=email, written_at=at, written_by=by, **about)


def tell_unlinked(*, holder: Holder, by: User, at: datetime) -> None:
    """Notify the account linked to the record that it no longer is: from then on no alert about it reaches them.

    Skipped if the account's address is the one on file, which is notified anyway.
    """
    about = {"kind": LetterKind.LINK_ENDED, "language": queries.correspondence_of(holder).written_in}
    for user in User.objects.filter(holder=holder).exclude(email__iexact=holder.email):
        Letter.objects.create(holder=holder, email=user.email, written_at=at, written_by=by, **about)


def compose_letter(letter: Letter, *, at: datetime) -> EmailMultiAlternatives:
    """The letter as an email; the same row always gives the same Message-ID."""
    with override(letter.language or queries.correspondence_of(letter.holder).written_in):
        context = {
            "name": _greeted(letter.holder),
            "link": queries.invitation_link(letter) if letter.kind == LetterKind.INVITATION else "",
            "until": longdate(board_day(at + timedelta(days=settings.INVITATION_VALID_DAYS))),
            "day": longdate(board_day(letter.written_at)),
        }
        name = f"letter-{letter.uuid.hex}"
        return composed(f"accounts/mail/{letter.kind}", context, to=letter.email, message_id=name)


def _greeted(holder: Holder) -> str:
    """The name to greet; a farewell may be sent after the holder's name was erased."""
    return _("holder") if holder.is_forgotten else holder.first_name or holder.name
