import json
import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from cmp_portal.lib.commands import Command as BaseCommand
from education import checking

EXIT_UNUSABLE = 2
USAGE = (
    "%(prog)s --requirements FILE.toml --credits FILE.csv --starts DATE --ends DATE "
    "[--on DATE] [--shares FILE.csv] [--suggest] [--json]"
)
NARROWEST, WIDEST = 60, 120


class Command(BaseCommand):
    help = (
        "Try requirements on credits, all from files: needs no database and changes nothing.\n"
        "Credits: id,title,kind,subjects,provider,completed_on,points (subjects separated by ;). Shares:\n"
        "credit,area,points. CSV in UTF-8 whose first line names the columns; codes of all sorts are free.\n"
        "Days are literal: what counts is completed from --starts to --ends, both included; with --on after --ends,\n"
        "within the three years before --on.\n\n"
        "In --json a period is named (of) FIRST-DAY/LAST-DAY, as in 2025-01-01/2025-12-31, or for a rule per item by\n"
        "the id of the credit; only credits that count under such a rule are listed."
    )
    exit_codes = {0: "there is an answer, complete or not", EXIT_UNUSABLE: "a file or an option cannot be used"}
    example = (
        "manage.py check_credits --requirements docs/rule-library/pmi-pmp.toml \\\n"
        "    --credits docs/rule-library/examples/pmi-pmp.csv --starts 2023-01-01 --ends 2025-12-31 --suggest"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.usage = USAGE
        parser.add_argument("--requirements", type=Path, required=True, metavar="FILE.toml", help="what is asked for")
        parser.add_argument("--credits", type=Path, required=True, metavar="FILE.csv", help="what was completed")
        parser.add_argument("--starts", required=True, metavar="DATE", help="first day of the cycle, as 2023-01-01")
        parser.add_argument("--ends", required=True, metavar="DATE", help="last day of the cycle")
        parser.add_argument("--on", metavar="DATE", help="the day of the question (default: while the cycle runs)")
        parser.add_argument("--shares", type=Path, metavar="FILE.csv", help="what is allocated; kept by --suggest")
        parser.add_argument("--suggest", action="store_true", help="allocate what is still needed, as well as possible")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *, starts: str, ends: str, on: str | None, **options: Any) -> None:
        paths = checking.Paths(options["requirements"], options["credits"], options["shares"])
        try:
            inputs = checking.read_inputs(paths, starts=starts, ends=ends, on=on)
        except checking.BadInput as refusal:
            raise CommandError(str(refusal), returncode=EXIT_UNUSABLE) from None
        found = checking.answer(inputs, suggesting=options["suggest"])
        self.stdout.write(json.dumps(checking.as_json(found)) if options["json"] else self._readable(found))

    def _readable(self, found: checking.Answer) -> str:
        """The report at the width of the terminal; characters its encoding lacks become question marks."""
        width = min(WIDEST, max(NARROWEST, shutil.get_terminal_size().columns))
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        return checking.report(found, width).encode(encoding, errors="replace").decode(encoding)
