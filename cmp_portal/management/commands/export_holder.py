from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.models import Holder
from cmp_portal.archive import archive_of
from cmp_portal.lib import clock
from cmp_portal.lib.commands import STDIO, pour, raise_if_full, whole_or_gone
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.storage import StorageAway

EXIT_AWAY, EXIT_UNKNOWN = 1, 2


class Command(BaseCommand):
    help = (
        "Write everything held about a holder into one archive, the same that holders can download themselves: the\n"
        "record as JSON, transcripts and declarations as PDF, and all documents. Never overwrites a file.\n\n"
        "With “-” instead of a file, the archive goes to standard output, and nothing else does."
    )
    exit_codes = {
        EXIT_AWAY: "the document store is unavailable; no file was left, and what is in standard output is no archive",
        EXIT_UNKNOWN: "no holder has this number, or the file already exists or can't be written, or standard output "
        "is a terminal",
    }
    example = "manage.py export_holder 10000042 record.zip"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the customer number")
        parser.add_argument("file", type=Path, metavar="FILE.zip", help="or - for standard output")

    def handle(self, *, number: str, file: Path, **options: Any) -> None:
        holder = Holder.objects.filter(customer_number=number.strip()).first()
        if holder is None:
            raise CommandError(f"no holder has the number {number}", returncode=EXIT_UNKNOWN)
        try:
            if file == STDIO:
                pour(archive_of(holder, at=clock.now()))
            else:
                _write(holder, file)
                self.stdout.write(f"{file}: {file.stat().st_size:,} bytes")
        except StorageAway:
            raise CommandError("the document store is unavailable; run it again later", returncode=EXIT_AWAY) from None


def _write(holder: Holder, file: Path) -> None:
    try:
        with file.open("xb") as written, whole_or_gone(file):
            written.writelines(archive_of(holder, at=clock.now()))
            written.flush()
    except FileExistsError:
        raise CommandError(f"{file} already exists: name another file", returncode=EXIT_UNKNOWN) from None
    except OSError as problem:
        raise_if_full(problem, file)
        raise CommandError(f"{file} can't be written: {problem.strerror}", returncode=EXIT_UNKNOWN) from None
