from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts.models import Holder
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.privacy.erasing import Depth, StillNeeded, erase, keeps_until, last_letters

EXIT_NEEDED, EXIT_UNKNOWN = 1, 2


class Command(BaseCommand):
    help = (
        "Erase what is held about a holder and nothing needs any more: the login and all that goes with it, credits\n"
        "that no declaration speaks of, their documents, requests, the address and birth month on file, each with its\n"
        "history. What was declared and decided stays, and whose it is. When RECORD_RETENTION_YEARS have passed since\n"
        "the end of the last cycle, the name, the numbers, all remaining documents and words go as well.\n\n"
        "A letter that says of a closed account or of a changed address, and still waits to be mailed, stays until it\n"
        "is: then its address goes too.\n\n"
        "Refused while a declaration or an audit is under way. It may be run again at any time, and then does\n"
        "nothing. A line for each table: rows removed or emptied."
    )
    exit_codes = {EXIT_NEEDED: "refused, a line says why", EXIT_UNKNOWN: "nobody has this number"}
    example = "manage.py erase_holder 10000042 --dry-run"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the customer number")
        parser.add_argument("--dry-run", action="store_true", help="say what would go; erase nothing")

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
            self.stdout.write(f"letters that still wait to be mailed, each gone with its address then: {waiting}")
        kept = "nothing says who it was" if is_over else f"record kept until {until or 'a period is set'}"
        self.stdout.write(f"{sum(counts.values()):,} rows {'would be' if dry_run else 'were'} erased; {kept}")
        if dry_run:
            transaction.set_rollback(True)
