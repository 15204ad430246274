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
        "Import a provider's completed credits: CSV or JSON lines, gzipped or not, or - for standard input.\n"
        "Columns: external_id, customer_number, title, kind, subjects (separated by ;), completed_on, points; and\n"
        "optionally last_name and birth_month (checked against the holder's), status (completed or withdrawn) and\n"
        "updated_at (the provider's timestamp: the latest one wins). See docs/intake.md.\n"
        "Lines are imported in chunks; run an interrupted import again, and it resumes where it stopped.\n"
        "A new line that certainly matches a credit its holder recorded is merged into it and counted as accepted;\n"
        "an uncertain match is posted, and the holder and the Board are asked to decide.\n"
        "The last line on standard output counts the lines by outcome."
    )
    exit_codes = FeedCommand.exit_codes | {
        EXIT_CUT_OFF: "stopped by a failing database or disk; run it again to resume"
    }
    example = "manage.py import_credits --provider ascp docs/examples/credits-ascp.csv"
    unmatched_hint = "their holder is uncertain; they are waiting in the back office under Lines of feeds"
    unmatched_hint_in_dry_run = "their holder is uncertain; they would wait in the back office under Lines of feeds"
    by_chunks = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--provider", required=True, metavar="CODE", help="the provider that delivers the credits")

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
