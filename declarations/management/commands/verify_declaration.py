from typing import Any

from django.core.management.base import CommandError, CommandParser

from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.consistency import snapshot
from cmp_portal.lib.storage import StorageAway
from declarations.queries import Verification, verification_of

EXIT_DIFFERS, EXIT_UNKNOWN = 1, 2


class Command(BaseCommand):
    help = (
        "Verify one declaration against what was frozen when it was signed: every hash, the requirements and the\n"
        "attestation of that day, the window, the totals and reasons re-evaluated under those requirements, the\n"
        "receipt, and each document byte by byte. Writes nothing, and reads a single snapshot."
    )
    exit_codes = {
        0: "it matches what was signed",
        EXIT_DIFFERS: "something differs, listed one per line",
        EXIT_UNKNOWN: "no declaration has this number, or the document store is unavailable",
    }
    example = "manage.py verify_declaration 2026-00000042"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="as shown on the receipt")

    def handle(self, *, number: str, **options: Any) -> None:
        try:
            with snapshot():
                found = verification_of(number.strip())
        except StorageAway as problem:
            raise CommandError(f"the document store is unavailable: {problem}", returncode=EXIT_UNKNOWN) from None
        if found is None:
            raise CommandError(f"no declaration has the number {number}", returncode=EXIT_UNKNOWN)
        self.stdout.writelines(f"{line}\n" for line in lines_of(found))
        if found.differences:
            raise CommandError(f"{number} does not match what was signed", returncode=EXIT_DIFFERS)


def lines_of(found: Verification) -> list[str]:
    times = "once" if found.submissions == 1 else f"{found.submissions} times"
    lines = [f"{found.number}, {found.credential}: submitted {times}, {found.shares} allocations", f"seal {found.seal}"]
    if found.afterwards:
        lines.append("sealed afterwards, because it was signed before seals existed")
    if not found.differences:
        return [*lines, "nothing differs"]
    return [*lines, *(f"differs: {line}" for line in found.differences)]
