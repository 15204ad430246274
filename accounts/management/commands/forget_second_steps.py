from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.actions import forget_second_steps
from accounts.models import User
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand

EXIT_NOTHING, EXIT_UNKNOWN = 1, 2


class Command(BaseCommand):
    help = (
        "Let in a user who has lost all second steps: removes the authenticator app, passkeys and recovery codes,\n"
        "and logs out all of their browsers. Verify their identity first, as described in docs/operating.md. Staff\n"
        "set up a new second step at the next login; a password of fewer than 15 characters must be reset by email."
    )
    exit_codes = {EXIT_NOTHING: "the account has no second step", EXIT_UNKNOWN: "no account has this address"}
    example = "manage.py forget_second_steps someone@example.org"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the email address of the account")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError("no account has this address", returncode=EXIT_UNKNOWN)
        if not forget_second_steps(user=user, at=clock.now()):
            raise CommandError("this account has no second step", returncode=EXIT_NOTHING)
        self.stdout.write("Done. They can log in with the password alone, or must reset it by email if it was short.")
