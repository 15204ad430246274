from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.core.management.base import CommandError, CommandParser

from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.loading import NotLoaded, load_archive

EXIT_REFUSED = 2


class Command(BaseCommand):
    help = (
        "Take in the archive of one holder, as export_holder or their own page wrote it, into a portal that does not\n"
        "know them; load_reference and load_requirements come first. All or nothing: each declaration is looked\n"
        "through as verify_declaration does, and each document by its digest. What the Board decided is as the file\n"
        "says: load files only of whose origin you are sure. The login has no password; whose it is asks for one."
    )
    exit_codes = {EXIT_REFUSED: "refused, nothing was loaded"}
    example = "manage.py load_holder record.zip"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.zip")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with ZipFile(file) as archive:
                holder = load_archive(archive, at=clock.now())
        except NotLoaded as refusal:
            raise CommandError(f"nothing was loaded: {refusal}", returncode=EXIT_REFUSED) from None
        except BadZipFile:
            raise CommandError(f"{file} is no archive, or only a part of one", returncode=EXIT_REFUSED) from None
        except OSError as problem:
            raise CommandError(f"{file} can't be read: {problem.strerror}", returncode=EXIT_REFUSED) from None
        self.stdout.write(f"holder {holder.customer_number} was loaded")
