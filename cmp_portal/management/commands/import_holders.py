from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser

from cmp_portal.lib import clock
from cmp_portal.lib.feeds.cells import Column
from cmp_portal.lib.feeds.command import Arrival, FeedCommand, Taken
from cmp_portal.lib.feeds.staging import refused
from credentials.actions import intake
from education.actions.requirements import refresh_cycles, repoint_cycles


class Command(FeedCommand):
    help = (
        "Import holders with their credentials and cycles: all valid lines of the file, or nothing.\n"
        "Columns: customer_number, email, first_name, last_name, birth_month (optional), credential,\n"
        "certificate_number, certified_on, cycle_starts_on, cycle_ends_on; a credential without a cycle is for life.\n"
        "A holder with several credentials has one line for each. A new certificate number for a credential that the\n"
        "holder already has is rejected as mistyped: correct it in FILE.rejected.csv or, if the Board has granted the\n"
        "credential again, import the line with --second-certificates.\n"
        "The last line on standard output counts the lines by outcome."
    )
    example = "manage.py import_holders docs/examples/holders.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--second-certificates",
            action="store_true",
            help="also accept a second certificate of a credential that the holder already has",
        )

    def columns(self, *, at: datetime, **options: Any) -> Sequence[Column]:
        return intake.columns(on=clock.board_day(at))

    def take(self, arrival: Arrival, **options: Any) -> Taken:
        """Merge the file; corrected cycles may get other requirements and windows, so update their status at once."""
        taken = intake.take_in(
            feed=arrival.feed,
            at=arrival.at,
            progress=arrival.progress,
            second_certificates=options["second_certificates"],
        )
        if taken.corrected_cycles:
            repoint_cycles(at=arrival.at, cycles=taken.corrected_cycles)
            refresh_cycles(taken.corrected_cycles, at=arrival.at)
        return Taken(taken.counts, refused([column.name for column in arrival.feed.columns]))
