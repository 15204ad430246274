"""Mails to one given address, where an alert would reach somebody else or nobody."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from accounts.enums import LetterKind
from accounts.models.alerts import Mailing
from accounts.models.people import Holder, User
from cmp_portal.lib.history import never_truncated


class LetterQuerySet(models.QuerySet["Letter"]):
    def waiting(self) -> "LetterQuerySet":
        return self.filter(emailed_at=None, failed_at=None, withdrawn_at=None)

    def to_holders(self) -> "LetterQuerySet":
        """Without those that tell somebody else: theirs is not the holder's to see."""
        return self.exclude(kind__in=[LetterKind.CLAIM_ANSWERED, LetterKind.LINK_ENDED])

    def outliving(self) -> "LetterQuerySet":
        return self.exclude(language="")


class Letter(Mailing):
    """A mail about a holder's record to an address as it was when the letter was written; its row is the queue.

    An invitation asks the person behind the address on file to choose a password; it is accepted once. What outlives
    its account goes with its row: once it is sent, nothing of the address is left. So does what tells somebody else,
    who claimed the record or had it.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=16, choices=LetterKind)
    email = models.EmailField()
    # Of what outlives its account, whose reader's wishes are gone before it goes out, or tells whoever has no record
    # and thus no wishes; of nothing else.
    language = models.CharField(max_length=8, blank=True, db_default="", default="")
    written_at = models.DateTimeField()
    # Nobody: by an operator, or because somebody asked for it at the log-in.
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Before it was sent it had become pointless.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LetterKind.values), name="letter_kind_is_known"),
            models.CheckConstraint(condition=~Q(email=""), name="letter_has_an_address"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(kind=LetterKind.INVITATION, accepted_at__gte=F("written_at")),
                name="letter_accepted_is_an_invitation",
            ),
            models.CheckConstraint(
                condition=Q(emailed_at=None) | Q(withdrawn_at=None), name="letter_is_sent_or_withdrawn"
            ),
            models.CheckConstraint(condition=Q(emailed_at=None) | Q(failed_at=None), name="letter_sent_or_failed"),
            models.UniqueConstraint(
                fields=["holder"],
                condition=Q(kind=LetterKind.INVITATION, emailed_at=None, failed_at=None, withdrawn_at=None),
                name="letter_one_waiting_invitation",
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "kind", "-written_at"], name="letter_newest_of_holder"),
            models.Index(
                fields=["id"],
                name="letter_to_deliver",
                condition=Q(emailed_at=None, failed_at=None, withdrawn_at=None),
            ),
        ]
        triggers = [never_truncated()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.holder}"
