from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from cmp_portal.lib import clock
from cmp_portal.lib.feeds.cells import Column
from cmp_portal.lib.feeds.command import EXIT_CUT_OFF, EXIT_UNUSABLE, Arrival, FeedCommand, Taken
from education.actions import intake
from education.models import Provider


class Command(FeedCommand):
    help = (
        "Take in a provider's completed credits: CSV or JSON lines, packed by gzip or not, or - for standard input.\n"
        "Columns: external_id, customer_number, title, kind, subjects (separated by ;), completed_on, points; and\n"
        "optionally last_name and birth_month (checked against the holder's), status (completed or withdrawn) and\n"
        "updated_at (the provider's moment: the latest word wins). docs/intake.md says more.\n"
        "Lines go in by chunks; an import that was cut off goes on where it was when it is started again.\n"
        "A new line that certainly is what its holder has recorded becomes that credit and is counted as accepted;\n"
        "where there is doubt it is posted, and the holder and the Board are asked.\n"
        "The last line on standard output says what became of the lines."
    )
    exit_codes = FeedCommand.exit_codes | {EXIT_CUT_OFF: "cut off by a failing database or disk, run it again to go on"}
    example = "manage.py import_credits --provider ascp docs/examples/credits-ascp.csv"
    unmatched_hint = "their holder is not certain; they wait in the back office under Lines of feeds"
    by_chunks = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--provider", required=True, metavar="CODE", help="who delivers the credits")

    def columns(self, *, at: datetime, **options: Any) -> Sequence[Column]:
        return intake.columns(on=clock.board_day(at))

    def take(self, arrival: Arrival, **options: Any) -> Taken:
        receipt = intake.receive(
            feed=arrival.feed,
            provider=_provider(options["provider"]),
            name=arrival.name,
            at=arrival.at,
            progress=arrival.progress,
        )
        return Taken(receipt.counts, intake.refused(receipt.batch, [column.name for column in arrival.feed.columns]))


def _provider(code: str) -> Provider:
    if provider := Provider.objects.filter(code=code).first():
        return provider
    known = ", ".join(Provider.objects.order_by("code").values_list("code", flat=True)) or "none; run load_reference"
    raise CommandError(f"there is no provider {code!r}; known: {known}", returncode=EXIT_UNUSABLE)
