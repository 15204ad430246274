from accounts.models.alerts import Alert, AlertQuerySet, Digest
from accounts.models.changes import FOLDER, Change, ChangeDocument
from accounts.models.letters import Letter, LetterQuerySet
from accounts.models.people import (
    NOBODY,
    CalendarFeed,
    Correspondence,
    Holder,
    JobRun,
    Preference,
    StaffIdentity,
    User,
    UserManager,
)

__all__ = [
    "FOLDER",
    "NOBODY",
    "Alert",
    "AlertQuerySet",
    "CalendarFeed",
    "Change",
    "ChangeDocument",
    "Correspondence",
    "Digest",
    "Holder",
    "JobRun",
    "Letter",
    "LetterQuerySet",
    "Preference",
    "StaffIdentity",
    "User",
    "UserManager",
]
