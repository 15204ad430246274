from accounts.models.changes import FOLDER, Change, ChangeDocument
from accounts.models.letters import Letter
from accounts.models.people import (
    NOBODY,
    Alert,
    AlertQuerySet,
    CalendarFeed,
    Correspondence,
    Digest,
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
    "Preference",
    "StaffIdentity",
    "User",
    "UserManager",
]
