from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from cmp_portal.lib import clock
from cmp_portal.lib.feeds.cells import Column
from cmp_portal.lib.feeds.command import EXIT_UNUSABLE, Arrival, FeedCommand
from cmp_portal.lib.feeds.staging import Counts
from education.actions import intake
from education.models import Provider


class Command(FeedCommand):
    help = (
        "Take in a provider's completed credits: all usable lines of the file, or nothing.\n"
        "Columns: external_id, customer_number, title, kind, subjects (separated by ;), completed_on, points.\n"
        "A new line that certainly is what its holder has recorded becomes that credit and is counted as accepted;\n"
        "where there is doubt it is posted, and the holder and the Board are asked.\n"
        "The last line on standard output says what became of the lines. Exit code 1: some were rejected and are\n"
        "listed in FILE.rejected.csv; 2: the file cannot be used, nothing was changed.\n\n"
        "Example: manage.py import_credits --provider ascp docs/examples/credits-ascp.csv"
    )
    unmatched_hint = "no holder has their customer number; they are kept for the Board"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--provider", required=True, metavar="CODE", help="who delivers the credits")

    def columns(self, *, at: datetime, **options: Any) -> Sequence[Column]:
        return intake.columns(on=clock.board_day(at))

    def take(self, arrival: Arrival, **options: Any) -> Counts:
        return intake.take_in(
            feed=arrival.feed,
            provider=_provider(options["provider"]),
            name=arrival.name,
            at=arrival.at,
            progress=arrival.progress,
        )


def _provider(code: str) -> Provider:
    if provider := Provider.objects.filter(code=code).first():
        return provider
    known = ", ".join(Provider.objects.order_by("code").values_list("code", flat=True)) or "none; run load_reference"
    raise CommandError(f"there is no provider {code!r}; known: {known}", returncode=EXIT_UNUSABLE)
