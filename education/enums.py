from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RowOutcome(TextChoices):
    REJECTED = "rejected", _("Rejected")
    UNMATCHED = "unmatched", _("Holder not found")


class MatchState(TextChoices):
    """What became of a recorded and a delivered credit that may be one."""

    DOUBTFUL = "doubtful", _("Perhaps the same")
    MATCHED = "matched", _("The same")
    DIFFERENT = "different", _("Different")
    UNDONE = "undone", _("Match undone")


class MatchReason(TextChoices):
    """What a recorded and a delivered credit have in common, and what speaks against taking them for one."""

    SAME_DAY = "same_day", _("Completed on the same day")
    NEAR_DAY = "near_day", _("Completed a few days apart")
    SAME_TITLE = "same_title", _("Nearly the same title")
    SIMILAR_TITLE = "similar_title", _("A similar title")
    OTHER_TITLE = "other_title", _("Another title")
    OTHER_NUMBERING = "other_numbering", _("Another number or letter in the title")
    SIMILAR_PROVIDER = "similar_provider", _("A similar provider")
    SAME_POINTS = "same_points", _("The same points")
    OTHER_POINTS = "other_points", _("Other points")
    SEVERAL_CANDIDATES = "several_candidates", _("More than one credit it may be")
