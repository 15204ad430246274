import json
import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.commands import whole
from education import checking

EXIT_UNUSABLE = 2
USAGE = (
    "%(prog)s --requirements FILE.toml --credits FILE.csv --starts DATE --ends DATE "
    "[--on DATE] [--years N] [--shares FILE.csv] [--suggest] [--json]"
)
NARROWEST, WIDEST = 60, 120


class Command(BaseCommand):
    help = (
        "Evaluate requirements for credits, all from files, without a database and without changing anything.\n"
        "Columns of credits: id,title,kind,subjects,provider,completed_on,points (subjects separated by ;). Columns\n"
        "of shares: credit,area,points. Both are UTF-8 CSV files with a header line; any codes may be used.\n"
        "Credits count if completed from --starts through --ends or, if --on is after --ends, within the years\n"
        "before --on that a cycle lasts (--years).\n\n"
        "In --json output, a period (of) is named FIRST-DAY/LAST-DAY, such as 2025-01-01/2025-12-31, or for a rule\n"
        "per item by the id of the credit; only credits that count under such a rule are listed."
    )
    exit_codes = {0: "evaluated, complete or not", EXIT_UNUSABLE: "a file or an option is invalid"}
    example = (
        "manage.py check_credits --requirements docs/rule-library/pmi-pmp.toml \\\n"
        "    --credits docs/rule-library/examples/pmi-pmp.csv --starts 2023-01-01 --ends 2025-12-31 --suggest"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.usage = USAGE
        parser.add_argument("--requirements", type=Path, required=True, metavar="FILE.toml", help="the requirements")
        parser.add_argument("--credits", type=Path, required=True, metavar="FILE.csv", help="the completed credits")
        parser.add_argument("--starts", required=True, metavar="DATE", help="first day of the cycle, like 2023-01-01")
        parser.add_argument("--ends", required=True, metavar="DATE", help="last day of the cycle")
        parser.add_argument("--on", metavar="DATE", help="the day to evaluate for (default: within the cycle)")
        parser.add_argument(
            "--years", type=whole, default=3, metavar="N", help="years in a cycle of this credential type (default: 3)"
        )
        parser.add_argument("--shares", type=Path, metavar="FILE.csv", help="existing allocations; kept by --suggest")
        parser.add_argument("--suggest", action="store_true", help="suggest the best allocation for what is needed")
        parser.add_argument("--json", action="store_true", help="print only one JSON object")

    def handle(self, *, starts: str, ends: str, on: str | None, years: int, **options: Any) -> None:
        paths = checking.Paths(options["requirements"], options["credits"], options["shares"])
        try:
            inputs = checking.read_inputs(paths, starts=starts, ends=ends, on=on, years=years)
        except checking.BadInput as refusal:
            raise CommandError(str(refusal), returncode=EXIT_UNUSABLE) from None
        found = checking.answer(inputs, suggesting=options["suggest"])
        self.stdout.write(json.dumps(checking.as_json(found)) if options["json"] else self._readable(found))

    def _readable(self, found: checking.Answer) -> str:
        """The report at the width of the terminal; characters its encoding lacks become question marks."""
        width = min(WIDEST, max(NARROWEST, shutil.get_terminal_size().columns))
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        return checking.report(found, width).encode(encoding, errors="replace").decode(encoding)
