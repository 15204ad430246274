from datetime import date
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from cmp_portal import scale
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.commands import day, whole

EXIT_DIFFERENCES, EXIT_REFUSED = 1, 2
# Sample data extends decades around this day, and nothing before 1900 is valid.
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2100, 12, 31)


class Command(BaseCommand):
    help = (
        "Generate holders with credentials, cycles, credits, shares and declarations, for measurements only.\n"
        "Every 5,000th has 5,000 credits and 12 credentials. The same seed and day give the same rows.\n"
        "They have no history and no documents. Nobody else can use the tables while it runs.\n\n"
        "Ends with a reconciliation: one line per difference."
    )
    exit_codes = {EXIT_DIFFERENCES: "the rows were added, but there are differences"}
    example = "manage.py seed_scale --holders 20000 --seed 7 --on 2026-03-01"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--holders", type=whole, required=True, metavar="N", help="how many, e.g. 20000")
        parser.add_argument(
            "--seed", type=whole, default=1, metavar="S", help="another seed gives other rows; default: 1"
        )
        parser.add_argument("--on", type=day, metavar="DATE", help="the Board's day to treat as today; default: today")
        parser.add_argument("--into-existing", action="store_true", help="add to a database that already has holders")
        parser.add_argument("--in-production", action="store_true", help="allow it even if CMP_ENV=production")

    def handle(self, *, holders: int, in_production: bool, on: date | None, **options: Any) -> None:
        if settings.PRODUCTION and not in_production:
            raise CommandError("this is production, where invented people do not belong", returncode=EXIT_REFUSED)
        if not 0 < holders < 10_000_000:
            raise CommandError("--holders must be a number from 1 to 9999999", returncode=EXIT_REFUSED)
        if abs(options["seed"]) >= 10**15:
            raise CommandError("--seed must be a number of up to 15 digits", returncode=EXIT_REFUSED)
        if on and not FIRST_DAY <= on <= LAST_DAY:
            raise CommandError(f"--on must be a day from {FIRST_DAY} to {LAST_DAY}", returncode=EXIT_REFUSED)
        now = clock.now()
        order = scale.Order(holders=holders, seed=options["seed"], on=on or clock.board_day(now), at=now)
        self._seed(order, into_existing=options["into_existing"])

    def _seed(self, order: scale.Order, *, into_existing: bool) -> None:
        started, before, known = monotonic(), scale.counts(scale.COUNTED), scale.last_cycle()
        try:
            gained = scale.seed(order, into_existing=into_existing, say=self.show)
        except (scale.Occupied, scale.NotLoaded) as refusal:
            raise CommandError(str(refusal), returncode=EXIT_REFUSED) from None
        loaded = monotonic() - started
        scale.tidy(self.show)
        self.show("reconciliation")
        today = clock.board_day(order.at)
        found = list(scale.differences(before, gained, on=order.on, today=today, known=known))
        self.show("")
        if found:
            raise CommandError("\n".join(found), returncode=EXIT_DIFFERENCES)
        rows = ", ".join(f"{number:,} {table.split('_')[1]}s" for table, number in gained.items())
        self.stdout.write(
            f"{rows} in {loaded:.1f} s, checked in {monotonic() - started - loaded:.1f} s: no differences"
        )
