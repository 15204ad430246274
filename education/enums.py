from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RowOutcome(TextChoices):
    REJECTED = "rejected", _("Rejected")
    UNMATCHED = "unmatched", _("Holder not found")


class FeedState(TextChoices):
    """The state of a feed."""

    WAITING = "waiting", _("Waiting to be imported")
    RUNNING = "running", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Could not be used")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class RowCode(TextChoices):
    """Why a line could not be used as it came."""

    UNREADABLE = "unreadable", _("Cannot be read")
    OTHER_HOLDER = "other_holder", _("Identifier of another holder’s credit")
    OUTSIDE_APPROVAL = "outside_approval", _("Completed while the provider was not approved")
    CONTRADICTION = "contradiction", _("Contradicts another line with the same time")
    NO_HOLDER = "no_holder", _("No holder has this number")
    OTHER_NAME = "other_name", _("The holder with this number has a different name")
    OTHER_BIRTH_MONTH = "other_birth_month", _("The holder with this number has a different birth month")


class DisputeState(TextChoices):
    """The state of a dispute."""

    OPEN = "open", _("With the Board")
    UPHELD = "upheld", _("Upheld")
    DECLINED = "declined", _("Declined")


class Outcome(TextChoices):
    """The Board's possible answers to a dispute, and their effect on the credit."""

    DECLINED = "declined", _("Decline: the credit is right as it is")
    UPHELD = "upheld", _("Uphold: the provider is asked to correct it; nothing changes now")
    CORRECTED = "corrected", _("Uphold and correct it as entered below")
    NOT_THEIRS = "not-theirs", _("Uphold and withdraw it: it is not this holder's")


class ChangeKind(TextChoices):
    """Whether a change to an allocation was made by the user, undone or redone."""

    MADE = "made", _("Made")
    UNDONE = "undone", _("Undone")
    REDONE = "redone", _("Redone")


class MatchState(TextChoices):
    """The state of a pair of a recorded and a delivered credit."""

    DOUBTFUL = "doubtful", _("Perhaps the same")
    MATCHED = "matched", _("The same")
    DIFFERENT = "different", _("Different")
    UNDONE = "undone", _("Match undone")


class MatchReason(TextChoices):
    """What a recorded and a delivered credit have in common, and what speaks against a match."""

    SAME_DAY = "same_day", _("Completed on the same day")
    NEAR_DAY = "near_day", _("Completed a few days apart")
    SAME_TITLE = "same_title", _("Nearly the same title")
    SIMILAR_TITLE = "similar_title", _("A similar title")
    OTHER_TITLE = "other_title", _("A different title")
    OTHER_NUMBERING = "other_numbering", _("A different number or letter in the title")
    SIMILAR_PROVIDER = "similar_provider", _("A similar provider")
    SAME_POINTS = "same_points", _("The same points")
    OTHER_POINTS = "other_points", _("Different points")
    SEVERAL_CANDIDATES = "several_candidates", _("More than one possible match")


class Which(TextChoices):
    """Which credits of a holder are shown."""

    ALL = "", _("All credits")
    UNALLOCATED = "unallocated", _("Not allocated yet")
    UNPROVEN = "unproven", _("Without a document")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ApiScope(TextChoices):
    """What an API token may be used for."""

    WRITE = "completions:write", _("Deliver, correct and withdraw completions")
    READ = "completions:read", _("Read own completions and receipts")
    CHECK = "holders:check", _("Check whether a number belongs to a name")


class EventKind(TextChoices):
    """The events that a provider's webhook is notified of."""

    POSTED = "completions.posted", _("Posted to the holders’ records")
    REJECTED = "completions.rejected", _("Rejected")
    MATCHED = "completions.matched", _("The holder was found")
    WITHDRAWN = "completions.withdrawn", _("Withdrawn by the Board")
    TEST = "test", _("Test")
