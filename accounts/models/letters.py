"""Emails to one given address, where an alert would reach somebody else or nobody."""

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

    def failed(self) -> "LetterQuerySet":
        """Letters that delivery gave up on, and that nobody has withdrawn since."""
        return self.filter(failed_at__isnull=False, withdrawn_at=None)

    def sent(self) -> "LetterQuerySet":
        return self.filter(emailed_at__isnull=False)

    def withdrawn(self) -> "LetterQuerySet":
        return self.filter(withdrawn_at__isnull=False)

    def to_holders(self) -> "LetterQuerySet":
        """Exclude letters to other people, which the holder may not see."""
        return self.exclude(kind__in=[LetterKind.CLAIM_ANSWERED, LetterKind.LINK_ENDED])

    def outliving(self) -> "LetterQuerySet":
        return self.exclude(language="")


class Letter(Mailing):
    """An email about a holder's record to the address that was current when it was written; the table is the queue.

    An invitation asks the owner of the address on file to choose a password; it can be accepted once. Letters that
    outlive their account, or go to somebody else (who claimed the record or was linked to it), are deleted once sent,
    so that nothing of the address is left.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=16, choices=LetterKind)
    email = models.EmailField()
    # Set only if the recipient's preferences won't be available: their account is closed before the letter is sent, or
    # they have no record.
    language = models.CharField(max_length=8, blank=True, db_default="", default="")
    written_at = models.DateTimeField()
    # Empty: sent by an operator, or requested at the log-in.
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # It became pointless before it was sent.
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
            models.Index(fields=["-id"], name="letter_failed", condition=Q(failed_at__isnull=False, withdrawn_at=None)),
        ]
        triggers = [never_truncated()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.holder}"
