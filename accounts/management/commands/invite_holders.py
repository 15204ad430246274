import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from accounts import actions, queries
from accounts.management.jobs import RUNNING, done_by_us
from accounts.models import Holder
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.commands import whole
from cmp_portal.lib.feeds.progress import Progress

BATCH = 1000
EXIT_LEFT_OUT, EXIT_REFUSED = 1, 2


class Command(BaseCommand):
    help = (
        "Invite holders to choose a password, by email to the address on file of every holder without an account.\n"
        "Holders invited in the last INVITE_AGAIN_AFTER_DAYS days are not invited again, so an interrupted run can\n"
        "simply be restarted. The emails go out with the next deliver_alerts."
    )
    exit_codes = RUNNING | {EXIT_LEFT_OUT: "some holders named by --customer can't be invited; they are listed"}
    example = "manage.py invite_holders --dry-run"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--customer", action="append", default=[], metavar="NUMBER", help="only this holder; may be repeated"
        )
        parser.add_argument("--limit", type=whole, metavar="N", help="maximum number of invitations")
        parser.add_argument(
            "--dry-run", action="store_true", help="show how many would be invited without writing anything"
        )

    def handle(self, *, customer: list[str], limit: int | None, dry_run: bool, **options: Any) -> None:
        if limit is not None and limit < 1:
            raise CommandError("--limit must be at least 1", returncode=EXIT_REFUSED)
        at, customer = clock.now(), [number.strip() for number in customer]
        left_out = self._left_out(customer, at=at)
        if dry_run:
            self.stdout.write(f"{_number(customer, limit, at=at):,} would be invited")
        else:
            invited = actions.run_job("invite_holders", lambda at: self._invite(customer, limit, at=at))
            self.stdout.write(f"{done_by_us('invite_holders', invited):,} invited")
        if left_out:
            raise CommandError("some holders can't be invited", returncode=EXIT_LEFT_OUT)

    def _invite(self, customer: list[str], limit: int | None, *, at: datetime) -> int:
        progress, invited = Progress(_number(customer, limit, at=at), sys.stderr, "invited"), 0
        for holders in _batches(customer, limit, at=at):
            invited += actions.invite(holders=holders, by=None, at=at)
            progress.show(invited, invited)
        progress.clear()
        return invited

    def _left_out(self, customer: list[str], *, at: datetime) -> list[str]:
        """Those named who can't be invited; the reason for each is written to standard error."""
        due = set(_due(customer, at=at).values_list("customer_number", flat=True))
        known = {holder.customer_number: holder for holder in _named(customer).select_related("user")}
        left_out = sorted(set(customer) - due)
        for number in left_out:
            self.stderr.write(f"{number}: {_why_not(known.get(number))}")
        return left_out


def _named(customer: list[str]) -> Any:
    return Holder.objects.filter(customer_number__in=customer)


def _due(customer: list[str], *, at: datetime) -> Any:
    due = queries.to_invite(at=at).order_by("id")
    return due.filter(customer_number__in=customer) if customer else due


def _number(customer: list[str], limit: int | None, *, at: datetime) -> int:
    found: int = _due(customer, at=at).count()
    return min(found, limit) if limit is not None else found


def _batches(customer: list[str], limit: int | None, *, at: datetime) -> Iterator[list[int]]:
    """IDs of those to invite, in batches by keyset pagination."""
    after, left = 0, limit if limit is not None else sys.maxsize
    while left and (
        keys := list(_due(customer, at=at).filter(pk__gt=after).values_list("pk", flat=True)[: min(BATCH, left)])
    ):
        yield keys
        after, left = keys[-1], left - len(keys)


def _why_not(holder: Holder | None) -> str:
    if holder is None:
        return "no such customer number"
    if hasattr(holder, "user"):
        return "already has an account"
    if not holder.email:
        return "has no address on file"
    return f"was invited in the last {settings.INVITE_AGAIN_AFTER_DAYS} days"
