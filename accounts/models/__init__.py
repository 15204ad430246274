from accounts.models.changes import FOLDER, Change, ChangeDocument
from accounts.models.letters import Letter
from accounts.models.people import Alert, AlertQuerySet, Holder, JobRun, Preference, User, UserManager

__all__ = [
    "FOLDER",
    "Alert",
    "AlertQuerySet",
    "Change",
    "ChangeDocument",
    "Holder",
    "JobRun",
    "Letter",
    "Preference",
    "User",
    "UserManager",
]
