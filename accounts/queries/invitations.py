"""Who may be invited, and the state of an invitation."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import rules
from accounts.enums import InvitationState, LetterKind
from accounts.models import Holder, Letter
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.tokens import token_of, uuid_in

PURPOSE = "accounts.invitation"


def holders_at(email: str) -> QuerySet[Holder]:
    """Records with this address on file, ignoring case."""
    return Holder.objects.alias(on_file=Lower("email")).filter(on_file=email.lower()).order_by("id")


def unclaimed() -> QuerySet[Holder]:
    """Records without an account that have an address on file."""
    return Holder.objects.filter(user=None).exclude(email="")


def to_invite(*, at: datetime) -> QuerySet[Holder]:
    """Unclaimed records that were not invited recently at this address, and have no invitation waiting."""
    since = at - timedelta(days=settings.INVITE_AGAIN_AFTER_DAYS)
    is_of_late = Q(written_at__gt=since, email__iexact=OuterRef("email"))
    is_waiting = Q(emailed_at=None, failed_at=None)
    return unclaimed().filter(~Exists(invitations().filter(is_of_late | is_waiting, holder=OuterRef("pk"))))


def invitations() -> QuerySet[Letter]:
    """Invitations sent or about to be sent."""
    return Letter.objects.filter(kind=LetterKind.INVITATION, withdrawn_at=None)


# An invitation that would not work: the record has an account by now, or another address on file.
POINTLESS = Q(holder__user__isnull=False) | ~Q(email__iexact=F("holder__email"))


def pointless_invitations() -> QuerySet[Letter]:
    """Unsent invitations that would not work."""
    return invitations().filter(POINTLESS, emailed_at=None, failed_at=None)


def invitation_link(letter: Letter) -> str:
    """The link of an invitation; it reveals nothing about the holder."""
    return reverse("accounts:invitation", args=[token_of(letter.uuid, purpose=PURPOSE)])


def invitation_of(token: str) -> Letter | None:
    """The invitation behind a token; None if the token is not valid."""
    uuid = uuid_in(token, purpose=PURPOSE)
    return invitations().select_related("holder__user").filter(uuid=uuid).first() if uuid else None


def valid_until(letter: Letter) -> date:
    """The last of the Board's days of an invitation, counted from when it was sent, however long it was queued."""
    return invitation_ends_on(sent_at=letter.emailed_at or letter.written_at)


def invitation_ends_on(*, sent_at: datetime) -> date:
    """The last day of an invitation sent at that moment, as its letter says."""
    return board_day(sent_at + timedelta(days=settings.INVITATION_VALID_DAYS))


def state_of(letter: Letter, *, at: datetime) -> InvitationState:
    """The state of an invitation, given what is on record now."""
    return rules.invitation_state(
        is_accepted=letter.accepted_at is not None,
        is_linked=hasattr(letter.holder, "user"),
        is_on_file=letter.holder.email.lower() == letter.email.lower(),
        valid_until=valid_until(letter),
        on=board_day(at),
    )


@dataclass(frozen=True)
class InvitationOver:
    """Why a link doesn't work, and what to do instead."""

    title: str
    text: str
    url: str
    label: str


def invitation_over(state: InvitationState, *, back: str) -> InvitationOver:
    """The page for a link that doesn't work; `back` is the link itself, to return to after the log-in."""
    log_in = f"{reverse('account_login')}?next={back}"
    reset, start = reverse("account_reset_password"), reverse("guide")
    again = _("Request a new link: enter the email address that the Board has on file for you.")
    linked = _("Your record is already linked to an account. Log in, or set a new password if you have forgotten it.")
    pages = {
        InvitationState.USED: (_("This link has already been used"), linked, log_in, _("Log in")),
        InvitationState.LINKED: (_("You already have an account"), linked, log_in, _("Log in")),
        InvitationState.EXPIRED: (_("This link has expired"), again, reset, _("Send me a new link")),
        InvitationState.MOVED: (
            _("This link no longer matches your record"),
            _("The email address that the Board has on file for you has since changed. ") + again,
            reset,
            _("Send me a new link"),
        ),
        InvitationState.HAS_LOGIN: (
            _("There is already an account with this address"),
            _("Log in to that account. You will then return here and can link your record to it."),
            log_in,
            _("Log in"),
        ),
        InvitationState.OTHER_RECORD: (
            _("Your account is linked to another record"),
            _("Log out first to use this link. If both records are yours, write to the Board."),
            reverse("account_logout"),
            _("Log out"),
        ),
        InvitationState.UNKNOWN: (
            _("This is not one of our links"),
            _("Part of the link may be missing. Copy all of it from your email into the address bar."),
            start,
            _("Go to the home page"),
        ),
    }
    return InvitationOver(*pages[state])
