import errno
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from django.core.management.base import CommandError, CommandParser

from cmp_portal.lib import clock
from cmp_portal.lib.commands import STDIO
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.loading import NotLoaded, load_archive

EXIT_REFUSED = 2


class Command(BaseCommand):
    help = (
        "Load the archive of one holder, as written by export_holder or downloaded by the holder, into a portal that\n"
        "does not know them; run load_reference and load_requirements first. All or nothing: each declaration is\n"
        "checked as verify_declaration does, and each document against its digest. The Board's decisions are taken\n"
        "from the file, so load only files whose origin you trust. The account has no password; its owner resets it."
    )
    exit_codes = {EXIT_REFUSED: "refused, nothing was loaded"}
    example = "manage.py load_holder record.zip"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.zip", help="or - for standard input")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with opened(file) as stream, ZipFile(stream) as archive:
                holder = load_archive(archive, at=clock.now())
        except NotLoaded as refusal:
            raise CommandError(f"nothing was loaded: {refusal}", returncode=EXIT_REFUSED) from None
        except BadZipFile:
            raise CommandError(f"{file} is not an archive, or is incomplete", returncode=EXIT_REFUSED) from None
        except OSError as problem:
            raise CommandError(f"{file} can't be read: {problem.strerror}", returncode=EXIT_REFUSED) from None
        self.stdout.write(f"holder {holder.customer_number} was loaded")


def opened(file: Path) -> IO[bytes]:
    """Open the file, or a copy of standard input, since an archive is read from its end."""
    if file != STDIO:
        return file.open("rb")
    if sys.stdin is None:  # closed before the start, as by <&-
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    copied = TemporaryFile()  # noqa: SIM115 (closed by the caller)
    shutil.copyfileobj(sys.stdin.buffer, copied)
    copied.seek(0)
    return copied
