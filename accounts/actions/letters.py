"""Letters are rows, written in the transaction that causes them and emailed by a scheduled job."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import queries
from accounts.enums import LetterKind
from accounts.models import Holder, Letter, User
from accounts.models.letters import LetterQuerySet
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
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


@retry_on_conflict
@transaction.atomic
def send_again(*, letters: Iterable[int], by: User, at: datetime) -> int:
    """Queue failed letters for delivery again, with the same Message-ID; return how many.

    Delivery gave up on them, so that no mail server has accepted them. Others are skipped, so that nothing is sent
    twice: those that are waiting or sent, and those whose place a newer letter has taken.
    """
    found = _locked(queries.letters_to_send_again(), letters)
    _record(found, _("Queued to be sent again; delivery had failed on %(day)s."), by=by, at=at)
    again = {"failed_at": None, "attempts": 0, "next_try_at": None, "leased_until": None}
    return Letter.objects.filter(pk__in=[letter.pk for letter in found]).update(**again)


@retry_on_conflict
@transaction.atomic
def withdraw_letters(*, letters: Iterable[int], by: User, at: datetime) -> int:
    """Withdraw failed letters that need no longer be sent; return how many."""
    found = _locked(Letter.objects.failed(), letters)
    _record(found, _("Withdrawn; delivery had failed on %(day)s."), by=by, at=at)
    return Letter.objects.filter(pk__in=[letter.pk for letter in found]).update(withdrawn_at=at)


def _locked(letters: LetterQuerySet, keys: Iterable[int]) -> list[Letter]:
    """Those of the letters with these keys, read after their records were locked, as everywhere."""
    asked = list(keys)
    holders = Holder.objects.filter(letters__in=asked).values("pk")
    list(Holder.objects.filter(pk__in=holders).order_by("id").select_for_update(no_key=True).values_list("pk"))
    return list(letters.filter(pk__in=asked).select_related("holder").order_by("id"))


def _record(letters: Iterable[Letter], words: str, *, by: User, at: datetime) -> None:
    """Who decided what about each letter, for its history in the back office."""
    about = {"user_id": by.pk, "content_type": ContentType.objects.get_for_model(Letter), "action_flag": CHANGE}
    LogEntry.objects.bulk_create(
        LogEntry(
            object_id=str(letter.pk),
            object_repr=str(letter)[:200],
            change_message=words % {"day": longdate(board_day(letter.failed_at))},
            action_time=at,
            **about,
        )
        for letter in letters
        if letter.failed_at
    )


def compose_letter(letter: Letter, *, at: datetime) -> EmailMultiAlternatives:
    """The letter as an email; the same row always gives the same Message-ID."""
    with override(letter.language or queries.correspondence_of(letter.holder).written_in):
        context = {
            "name": _greeted(letter.holder),
            "link": queries.invitation_link(letter) if letter.kind == LetterKind.INVITATION else "",
            "until": longdate(queries.invitation_ends_on(sent_at=at)),
            "day": longdate(board_day(letter.written_at)),
        }
        name = f"letter-{letter.uuid.hex}"
        return composed(f"accounts/mail/{letter.kind}", context, to=letter.email, name=name)


def _greeted(holder: Holder) -> str:
    """The name to greet; a farewell may be sent after the holder's name was erased."""
    return _("holder") if holder.is_forgotten else holder.first_name or holder.name
