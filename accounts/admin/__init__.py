from accounts.admin.changes import ChangeAdmin
from accounts.admin.holders import HolderAdmin
from accounts.admin.jobs import JobRunAdmin
from accounts.admin.letters import AlertAdmin, LetterAdmin
from accounts.admin.users import UserAdmin

__all__ = ["AlertAdmin", "ChangeAdmin", "HolderAdmin", "JobRunAdmin", "LetterAdmin", "UserAdmin"]
