"""Background work on uploaded files, whatever they belong to: check those that wait, and delete orphaned ones."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from itertools import chain

from django.core.files.storage import default_storage
from django.db.models import Model

from accounts.actions.jobs import Failures
from cmp_portal.lib.scanning import ScannerAway
from cmp_portal.lib.uploads import FileCondition, stored

# A request in progress has stored its file before its row is committed.
SPARED = timedelta(days=1)


def check_each_document(model: type[Model], check: Callable[[int], bool]) -> int:
    """Check every document of a model that waits, each in a transaction of its own; return how many.

    If killed, the unfinished ones simply wait again. So does one that can't be checked, without holding up the others.
    ScannerAway ends the run, and the next one continues.
    """
    failures, count = Failures(stops=(ScannerAway,)), 0
    # In no order: whatever ends a run, even a worker's death, must not meet the same others behind it every time.
    waiting = model._default_manager.filter(condition=FileCondition.WAITING).order_by("?")
    for pk in list(waiting.values_list("pk", flat=True)):
        with failures.kept_to(f"document {pk}"):
            count += check(pk)
    return failures.told(count)


def delete_orphaned_files(
    folders: Iterable[str], known_of: Callable[[Collection[str]], set[str]], *, at: datetime
) -> int:
    """Delete files in these folders that are at least a day old and have no row: uploads that broke off.

    `known_of` gives those of the names it is asked about that rows refer to. Returns how many were deleted.
    """
    failures, count = Failures(), 0
    for names in chain(*(stored(default_storage, folder, older_than=at - SPARED) for folder in folders)):
        for orphan in sorted(set(names) - known_of(names)):
            with failures.kept_to(orphan):
                default_storage.delete(orphan)
                count += 1
    return failures.told(count)
