from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AuditState(TextChoices):
    SELECTED = "selected", _("Selected")
    REQUESTED = "requested", _("Documents requested")
    RECEIVED = "received", _("Documents received")
    UNDER_REVIEW = "under_review", _("Under review")
    MORE_NEEDED = "more_needed", _("More documents needed")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")


class Verdict(TextChoices):
    VERIFIED = "verified", _("Verified")
    REFUSED = "refused", _("Refused")
    UNCLEAR = "unclear", _("Unclear")


class AuditMove(TextChoices):
    REQUEST = "request", _("Documents requested")
    HAND_IN = "hand_in", _("Documents submitted")
    BEGIN = "begin", _("Review started")
    ASK_MORE = "ask_more", _("More documents requested")
    PASS = "pass", _("Passed")
    PROPOSE = "propose", _("Failure proposed")
    FAIL = "fail", _("Failed")
    TAKE = "take", _("Taken by an auditor")
    EXTEND = "extend", _("Time extended")
