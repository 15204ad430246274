from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.actions import forget_second_steps
from accounts.models import User
from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand

EXIT_NOTHING, EXIT_UNKNOWN = 1, 2


class Command(BaseCommand):
    help = (
        "Let somebody in who has lost every second step: app, passkeys and recovery codes are taken away, and all of\n"
        "their browsers logged out. First find out that it is they, as docs/operating.md says. Staff sets up another\n"
        "second step at the next login; a password of less than 15 characters has to be replaced by mail."
    )
    exit_codes = {EXIT_NOTHING: "there was no second step", EXIT_UNKNOWN: "nobody has this address"}
    example = "manage.py forget_second_steps somebody@example.org"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of the login")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError("nobody logs in by this address", returncode=EXIT_UNKNOWN)
        if not forget_second_steps(user=user, at=clock.now()):
            raise CommandError("this login has no second step", returncode=EXIT_NOTHING)
        self.stdout.write("Done: the password alone lets them in, or a new one by mail where it was a short one.")
