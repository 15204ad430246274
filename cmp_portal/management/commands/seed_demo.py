from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from cmp_portal import demo
from cmp_portal.demo.days import moment
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.commands import day
from cmp_portal.management.commands.seed_scale import LAST_DAY

EXIT_REFUSED = 2
# The demo's people declared in earlier years, under the wording of 2004.
FIRST_DAY = date(2010, 1, 1)


class Command(BaseCommand):
    help = (
        "Fill the portal with a realistic year of invented people; only if CMP_DEMO=1 is set.\n"
        "A second run changes nothing. Ends with the list of logins."
    )
    example = "CMP_DEMO=1 manage.py seed_demo --on 2026-02-28"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=day, metavar="DATE", help="the Board's day to treat as today; default: today")

    def handle(self, *, on: date | None, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("seed_demo creates invented people: set CMP_DEMO=1 to allow it", returncode=EXIT_REFUSED)
        if on and not FIRST_DAY <= on <= LAST_DAY:
            raise CommandError(f"--on must be a day from {FIRST_DAY} to {LAST_DAY}", returncode=EXIT_REFUSED)
        if not demo.is_seeded():
            self._seed(on)
        self.stdout.write(demo.sign_ins_text())

    def _seed(self, on: date | None) -> None:
        now = clock.now()
        today = clock.board_day(now)
        try:
            demo.seed(on=on or today, at=now if on in (None, today) else moment(on), say=self.show)
        except demo.NotLoaded as refusal:
            raise CommandError(str(refusal), returncode=EXIT_REFUSED) from None
        self.show("")
