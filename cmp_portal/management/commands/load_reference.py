from typing import Any

import pghistory
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

import credentials.reference
import declarations.reference
import education.reference
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.reference import UnusableReference

EXIT_REFUSED = 2


class Command(BaseCommand):
    help = (
        "Load subjects, activity kinds, credential types, providers, the attestation and the fee schedule.\n"
        "Rows that the Board has added stay as they are; a second run changes nothing."
    )
    exit_codes = {EXIT_REFUSED: "refused, nothing was changed"}
    example = "manage.py load_reference --dry-run"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what would change without changing anything")

    def handle(self, *, dry_run: bool, verbosity: int, **options: Any) -> None:
        apps = (credentials.reference, education.reference, declarations.reference)
        with transaction.atomic(), pghistory.context(command="load_reference"):
            try:
                loaded = [table for app in apps for table in app.load()]
            except (UnusableReference, declarations.reference.SignedWording) as refusal:
                raise CommandError(f"{refusal}; nothing was changed", returncode=EXIT_REFUSED) from None
            transaction.set_rollback(dry_run)
        if verbosity:
            self.stdout.write("\n".join(map(str, loaded)))
        if dry_run:
            self.stdout.write("dry run: nothing was changed")
