from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts.models import Holder
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.privacy.erasing import Depth, StillNeeded, erase, keeps_until, last_letters

EXIT_NEEDED, EXIT_UNKNOWN = 1, 2


class Command(BaseCommand):
    help = (
        "Erase what is held about a holder and no longer needed: the account and everything that belongs to it,\n"
        "credits that are in no declaration, their documents, requests, the address and birth month on file, each\n"
        "with its history. Declarations and decisions stay, together with the holder's identity. When\n"
        "RECORD_RETENTION_YEARS have passed since the end of the last cycle, the name, the numbers, and all remaining\n"
        "documents and texts are erased too.\n\n"
        "A letter about a closed account or a changed address stays until it has been mailed; then its address is\n"
        "erased too.\n\n"
        "Refused while a declaration or an audit is in progress. It may be run again at any time, and then does\n"
        "nothing. Prints one line per table: rows deleted or emptied."
    )
    exit_codes = {EXIT_NEEDED: "refused, for the reasons printed", EXIT_UNKNOWN: "no holder has this number"}
    example = "manage.py erase_holder 10000042 --dry-run"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the customer number")
        parser.add_argument("--dry-run", action="store_true", help="show what would be erased without erasing anything")

    @transaction.atomic
    def handle(self, *, number: str, dry_run: bool, **options: Any) -> None:
        holder = Holder.objects.filter(customer_number=number.strip()).first()
        if holder is None:
            raise CommandError(f"no holder has the number {number}", returncode=EXIT_UNKNOWN)
        until = keeps_until(holder)
        is_over = until is not None and until < clock.today()
        try:
            counts = erase(holder, Depth.FORGOTTEN if is_over else Depth.ERASED)
        except StillNeeded as refusal:
            raise CommandError(f"nothing was erased: {refusal}", returncode=EXIT_NEEDED) from None
        self.stdout.writelines(f"{table}: {rows:,}\n" for table, rows in sorted(counts.items()))
        if waiting := last_letters(holder).count():
            self.stdout.write(f"letters still to be mailed, each erased with its address afterwards: {waiting}")
        kept = "nothing identifies the holder anymore" if is_over else _kept(until)
        self.stdout.write(f"{sum(counts.values()):,} rows {'would be' if dry_run else 'were'} erased; {kept}")
        if dry_run:
            transaction.set_rollback(True)


def _kept(until: date | None) -> str:
    if until:
        return f"the record is kept until {until}"
    why = "RECORD_RETENTION_YEARS is not set" if settings.RECORD_RETENTION_YEARS is None else "a credential has no end"
    return f"the record is kept: {why}"
