"""Invitations by email to the address on file, and their acceptance: the link proves the address."""

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts import queries
from accounts.actions.alerts import tell
from accounts.actions.letters import write_letter
from accounts.enums import AlertKind, InvitationState, LetterKind
from accounts.models import Holder, Letter, User
from accounts.queries import in_language_of
from accounts.rules import ASKED_AGAIN, SENT_TWICE
from cmp_portal.lib.contention import retry_on_conflict


class InvitationRefused(Exception):
    """The invitation can't be accepted; `state` says why."""

    def __init__(self, state: InvitationState) -> None:
        super().__init__(state.label)
        self.state = state


@retry_on_conflict
@transaction.atomic
def invite(*, holders: Iterable[int], by: User | None, at: datetime) -> int:
    """Invite those who have an address on file, no account, and no recent invitation; return how many."""
    asked = Holder.objects.filter(pk__in=list(holders)).order_by("id").select_for_update(no_key=True)
    locked = list(asked.values_list("pk", flat=True))
    due = queries.to_invite(at=at).filter(pk__in=locked).order_by("id")
    return len(Letter.objects.bulk_create([_invitation(holder, by=by, at=at) for holder in due]))


def _invitation(holder: Holder, *, by: User | None, at: datetime) -> Letter:
    return Letter(holder=holder, kind=LetterKind.INVITATION, email=holder.email, written_at=at, written_by=by)


@retry_on_conflict
@transaction.atomic
def invite_by_address(*, email: str, at: datetime) -> bool:
    """Whether this is the address on file of exactly one record without an account; if so, invite it, rate-limited."""
    found = list(queries.holders_at(email).filter(user=None).select_for_update(of=("self",), no_key=True)[:2])
    if len(found) != 1:
        return False
    is_of_late, is_waiting = Q(written_at__gt=at - ASKED_AGAIN), Q(emailed_at=None, failed_at=None)
    if not queries.invitations().filter(is_of_late | is_waiting, holder=found[0]).exists():
        write_letter(holder=found[0], kind=LetterKind.INVITATION, email=found[0].email, by=None, at=at)
    return True


def withdraw_pointless_invitations(*, at: datetime) -> int:
    """Withdraw invitations that have become pointless before they are sent; return how many."""
    return queries.pointless_invitations().update(withdrawn_at=at)


@retry_on_conflict
def accept(*, letter: Letter, password: str, at: datetime) -> User:
    """Create the account of the invited holder: with this password, the verified address and the record. Idempotent.

    Raises InvitationRefused if the invitation is no longer open, or the address already has an account.
    """
    try:
        with transaction.atomic():
            return _accept(letter, password, at=at)
    except IntegrityError:
        # Somebody registered with the same address concurrently.
        raise InvitationRefused(InvitationState.HAS_LOGIN) from None


def _accept(letter: Letter, password: str, *, at: datetime) -> User:
    letter = _locked(letter)
    made = _made_just_now(letter, password, at=at)
    if made is not None:
        return made
    _refuse_unless_open(letter, at=at)
    user = _login_for(letter.email)
    user.holder = letter.holder
    user.set_password(password)
    user.save()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    _accepted(letter, at=at)
    return user


@retry_on_conflict
@transaction.atomic
def accept_as(*, letter: Letter, by: User, at: datetime) -> User:
    """Link the invited holder's record to the account they already have; idempotent."""
    letter = _locked(letter)
    user = User.objects.select_for_update().get(pk=by.pk)
    if letter.accepted_at is not None and user.holder_id == letter.holder_id:
        return user
    _refuse_unless_open(letter, at=at)
    if user.holder_id is not None:
        raise InvitationRefused(InvitationState.OTHER_RECORD)
    user.holder = letter.holder
    user.save(update_fields=["holder"])
    _accepted(letter, at=at)
    return user


def _locked(letter: Letter) -> Letter:
    """The invitation, re-read under lock; the record is locked first, as everywhere."""
    Holder.objects.select_for_update(no_key=True).get(pk=letter.holder_id)
    Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    return Letter.objects.select_related("holder__user").get(pk=letter.pk)


def _made_just_now(letter: Letter, password: str, *, at: datetime) -> User | None:
    """The account that an earlier submission of this form created."""
    user = getattr(letter.holder, "user", None)
    is_recent = letter.accepted_at is not None and at - letter.accepted_at <= SENT_TWICE
    return user if user is not None and is_recent and user.check_password(password) else None


def _refuse_unless_open(letter: Letter, *, at: datetime) -> None:
    state = queries.state_of(letter, at=at)
    if state != InvitationState.OPEN:
        raise InvitationRefused(state)


def _login_for(email: str) -> User:
    """A new account, or one registered with this address but never verified; its password is then replaced."""
    proven = EmailAddress.objects.filter(verified=True)
    if proven.filter(email=email.lower()).exists():
        raise InvitationRefused(InvitationState.HAS_LOGIN)
    users = User.objects.alias(lower=Lower("email")).select_for_update()
    user = users.filter(lower=email.lower()).first()
    if user is None:
        return User(email=email.lower())
    if user.roles or user.holder_id or not user.is_active or proven.filter(user=user).exists():
        raise InvitationRefused(InvitationState.HAS_LOGIN)
    return user


def _accepted(letter: Letter, *, at: datetime) -> None:
    Letter.objects.filter(pk=letter.pk).update(accepted_at=at)
    with in_language_of(letter.holder_id):
        tell(
            holder_id=letter.holder_id,
            kind=AlertKind.SECURITY,
            key=f"invitation:{letter.pk}",
            title=_("Your record is linked to an account"),
            body=_("The link in the Board's invitation was used. If this was not you, tell the Board."),
            at=at,
        )
