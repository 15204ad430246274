"""Digital badges and their slots in the status lists."""

from django.db import models
from django.db.models import Q

from cmp_portal.lib.bitstrings import LENGTH
from declarations.guards import append_only
from declarations.models.proofs import Proof


class Badge(models.Model):
    """A proof issued as a digital badge; its status-list slot is random, so that it reveals nothing.

    A change of the cycle's end makes a new badge and supersedes the previous one.
    """

    proof = models.ForeignKey(Proof, on_delete=models.PROTECT, related_name="badges")
    # The end stated on the badge, if it differs from the proof's.
    ends_on = models.DateField(null=True, blank=True)
    number = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proof", "ends_on"], nulls_distinct=False, name="badge_once_for_each_end"),
            models.UniqueConstraint(fields=["number", "place"], name="badge_has_its_own_place"),
            models.CheckConstraint(condition=Q(place__lt=LENGTH), name="badge_place_is_in_the_list"),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"badge {self.number}/{self.place}"
