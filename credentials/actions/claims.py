"""Claiming a record with the details on the certificate: rate-limited, and the address on file is notified."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actions import answer_claimant, tell, tell_unlinked
from accounts.enums import AlertKind
from accounts.models import Holder, User
from accounts.queries import in_language_of
from cmp_portal.lib.clock import board_day
from credentials.enums import ClaimState
from credentials.models import Claim, Credential
from credentials.queries import no_claim_words
from credentials.rules.claims import A_DAY, TRIES_A_DAY, TRIES_A_DAY_AT_A_CERTIFICATE, Said, is_the_person


class ClaimRefused(Exception):
    """The claim can't be made or decided now; the message says why."""


@transaction.atomic
def claim(*, said: Said, by: User, at: datetime) -> Claim:
    """Link an account to the record claimed; a failed attempt is stored so that it counts toward the limit.

    If the record is linked to another account, the registrar decides. Idempotent: a repeated claim returns the first
    one. Raises ClaimRefused if the account already has a record, or after too many attempts.
    """
    _wait_for_others(said)
    holder = _meant(said)
    user = User.objects.select_for_update().get(pk=by.pk)  # after the record, as everywhere
    if known := _claimed_already(user, said):
        return known
    if refusal := no_claim_words(user):
        raise ClaimRefused(refusal)
    _refuse_too_many(user, said, at=at)
    made = Claim(user=user, certificate_number=said.certificate_number, holder=holder, made_at=at)
    if holder is None:
        made.state = ClaimState.REFUSED
        _warn(said, at=at)
    else:
        made.state = _link(user, holder, at=at)
    made.save()
    return made


def _claimed_already(user: User, said: Said) -> Claim | None:
    """The claim of this certificate that is in force, if any."""
    stands = Q(state=ClaimState.LINKED, holder=user.holder_id) | Q(state=ClaimState.CONTESTED)
    return Claim.objects.filter(stands, user=user, certificate_number=said.certificate_number).first()


def _wait_for_others(said: Said) -> None:
    """Serialize attempts on one certificate with an advisory lock; concurrent ones would all pass the limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"claim {said.certificate_number}"])


def _refuse_too_many(user: User, said: Said, *, at: datetime) -> None:
    recent = Claim.objects.filter(state=ClaimState.REFUSED, made_at__gt=at - A_DAY)
    too_many = recent.filter(user=user).count() >= TRIES_A_DAY
    if too_many or recent.filter(certificate_number=said.certificate_number).count() >= TRIES_A_DAY_AT_A_CERTIFICATE:
        raise ClaimRefused(_("There were too many attempts. Try again tomorrow, or write to the Board."))


def _meant(said: Said) -> Holder | None:
    """The one holder whom certificate, name and month of birth identify, with the row locked; None if not unique."""
    held = Credential.objects.filter(certificate_number=said.certificate_number)
    people = Holder.objects.select_for_update().filter(pk__in=held.values("holder")).order_by("id")
    fitting = [one for one in people if is_the_person(said, last_name=one.last_name, birth_month=one.birth_month)]
    return fitting[0] if len(fitting) == 1 else None


def _link(user: User, holder: Holder, *, at: datetime) -> ClaimState:
    if User.objects.filter(holder=holder).exists():
        _tell(holder, "contested", user, gettext_noop("Someone else is claiming your record"), CONTESTED_TEXT, at=at)
        return ClaimState.CONTESTED
    user.holder = holder
    user.save(update_fields=["holder"])
    _tell(holder, "linked", user, gettext_noop("Your record is linked to an account"), LINKED_TEXT, at=at)
    return ClaimState.LINKED


LINKED_TEXT = gettext_noop(
    "It was claimed with your certificate number, name and month of birth. If that was not you, tell the Board."
)
CONTESTED_TEXT = gettext_noop(
    "They know your certificate number, name and month of birth. The Board is looking into it. Your account stays"
    " as it is."
)
TRIED_TEXT = gettext_noop(
    "The details they entered were incorrect, and they got nothing. If it was you, check your certificate again."
)
GRANTED_TEXT = gettext_noop("The Board decided this. Write to the Board if that is wrong.")
TURNED_DOWN_TEXT = gettext_noop("Someone else had claimed it. Nothing has changed in your record or your account.")
UNDONE_TEXT = gettext_noop("The Board has undone the link. You can claim your record again.")


def _tell(holder: Holder, what: str, user: User, title: str, body: str, *, at: datetime) -> None:
    key = f"claim:{what}:{user.pk}:{board_day(at)}"
    with in_language_of(holder.pk):
        tell(holder_id=holder.pk, kind=AlertKind.SECURITY, key=key, title=_(title), body=_(body), at=at)


def _warn(said: Said, *, at: datetime) -> None:
    """Notify the holders of this certificate number of the failed attempt, at most once a day."""
    for holder in Holder.objects.filter(credentials__certificate_number=said.certificate_number).distinct():
        key = f"claim:tried:{board_day(at)}"
        with in_language_of(holder.pk):
            title = _("Someone tried to claim your record")
            tell(holder_id=holder.pk, kind=AlertKind.SECURITY, key=key, title=title, body=_(TRIED_TEXT), at=at)


# --- The registrar ----------------------------------------------------------------------------------------------------


@transaction.atomic
def grant(*, claim: Claim, by: User, at: datetime, note: str, seen: int | None) -> Claim:
    """Move a contested record to the claimant's account; the previous account is left without a record.

    Idempotent, like `turn_down` and `undo`.
    """
    claim, holder = _locked(claim)
    if was_decided_so(claim, ClaimState.LINKED, by=by, note=note):
        return claim
    _refuse_decided(claim, ClaimState.CONTESTED)
    if seen != User.objects.filter(holder=holder).values_list("pk", flat=True).first():
        raise ClaimRefused(_("The record is now linked to another account. Review this before you decide."))
    tell_unlinked(holder=holder, by=by, at=at)
    User.objects.filter(holder=holder).update(holder=None)
    if User.objects.filter(pk=claim.user_id, holder=None).update(holder=holder) != 1:
        raise ClaimRefused(_("This account has meanwhile been linked to another record."))
    title = gettext_noop("Your record is linked to another account")
    _tell(holder, "granted", claim.user, title, GRANTED_TEXT, at=at)
    return _decide(claim, ClaimState.LINKED, by=by, at=at, note=note)


@transaction.atomic
def turn_down(*, claim: Claim, by: User, at: datetime, note: str) -> Claim:
    """Decide a contested claim against the claimant; the record stays where it is."""
    claim, holder = _locked(claim)
    if was_decided_so(claim, ClaimState.TURNED_DOWN, by=by, note=note):
        return claim
    _refuse_decided(claim, ClaimState.CONTESTED)
    title = gettext_noop("The claim to your record was turned down")
    _tell(holder, "turned_down", claim.user, title, TURNED_DOWN_TEXT, at=at)
    _answer(claim, holder, by=by, at=at)
    return _decide(claim, ClaimState.TURNED_DOWN, by=by, at=at, note=note)


@transaction.atomic
def undo(*, claim: Claim, by: User, at: datetime, note: str) -> Claim:
    """Unlink a record from an account that should not have it."""
    claim, holder = _locked(claim)
    if was_decided_so(claim, ClaimState.UNDONE, by=by, note=note):
        return claim
    _refuse_decided(claim, ClaimState.LINKED)
    User.objects.filter(pk=claim.user_id, holder=holder).update(holder=None)
    title = gettext_noop("Your record is no longer linked to an account")
    _tell(holder, "undone", claim.user, title, UNDONE_TEXT, at=at)
    _answer(claim, holder, by=by, at=at)
    return _decide(claim, ClaimState.UNDONE, by=by, at=at, note=note)


def _answer(claim: Claim, holder: Holder, *, by: User, at: datetime) -> None:
    answer_claimant(holder=holder, email=claim.user.email, language=claim.language, by=by, at=at)


def was_decided_so(claim: Claim, state: ClaimState, *, by: User, note: str) -> bool:
    """Whether exactly this decision was already made: a form submitted twice."""
    return (claim.state, claim.decided_by_id, claim.note) == (state, by.pk, note.strip())


def _locked(claim: Claim) -> tuple[Claim, Holder]:
    """The claim and its holder, with both rows locked; raises ClaimRefused if the claim matched no record."""
    claim = Claim.objects.select_for_update(of=("self",)).select_related("user").get(pk=claim.pk)
    if claim.holder_id is None:
        raise ClaimRefused(_("This claim has already been decided."))
    return claim, Holder.objects.select_for_update().get(pk=claim.holder_id)


def _refuse_decided(claim: Claim, state: ClaimState) -> None:
    if claim.state != state:
        raise ClaimRefused(_("This claim has already been decided."))


def _decide(claim: Claim, state: ClaimState, *, by: User, at: datetime, note: str) -> Claim:
    if not note.strip():
        raise ClaimRefused(_("Write a reason. It is kept with the claim."))
    claim.state, claim.decided_by, claim.decided_at, claim.note = state, by, at, note.strip()
    claim.save(update_fields=["state", "decided_by", "decided_at", "note"])
    return claim
