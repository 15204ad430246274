from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.commands import whole
from education import actions
from education.enums import ApiScope
from education.models import ApiToken, Provider

EXIT_REFUSED = 2


class Command(BaseCommand):
    help = (
        "Create, rotate, revoke or list the API tokens of providers' systems.\n"
        "A new token is printed to standard output once; nobody can show it again later."
    )
    example = (
        "manage.py api_token make --provider ascp --name 'LMS, live' --scope completions:write\n"
        "manage.py api_token rotate cmp_3fJ8aQ0x\n"
        "manage.py api_token revoke cmp_3fJ8aQ0x"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="make | rotate | revoke | list")
        live = "--provider ascp --name 'LMS, live' --scope completions:write"
        make = self.subcommand(what, "make", help="create a token", example=f"api_token make {live}")
        make.add_argument("--provider", required=True, metavar="CODE")
        make.add_argument("--name", required=True, help="which system uses it")
        make.add_argument("--scope", action="append", choices=ApiScope.values, help="repeatable (default: all scopes)")
        make.add_argument("--per-minute", type=whole, metavar="N", help="requests per minute (default: from settings)")
        for name, words in (("rotate", "replace a token with a new one"), ("revoke", "revoke a token immediately")):
            of_one = self.subcommand(what, name, help=words, example=f"api_token {name} cmp_3fJ8aQ0x")
            of_one.add_argument("prefix", help="the first 12 characters of the token")
        self.subcommand(what, "list", help="list all tokens, without their secrets", example="api_token list")

    @transaction.atomic
    def handle(self, *, what: str, **options: Any) -> None:
        """Rolls the token back if its secret can't be written, since nobody could use it."""
        getattr(self, f"_{what}")(**options)
        self.stdout.flush()

    def _make(self, *, provider: str, name: str, scope: list[str] | None, per_minute: int | None, **_: Any) -> None:
        found = Provider.objects.filter(code=provider).first()
        if found is None:
            known = ", ".join(Provider.objects.order_by("code").values_list("code", flat=True))
            known = known or "none; run load_reference"
            raise CommandError(f"there is no provider {provider!r}; known: {known}", returncode=EXIT_REFUSED)
        name = " ".join(name.split())
        if not 0 < len(name) <= 80:
            raise CommandError(f"--name: 1 to 80 characters, not {len(name)}", returncode=EXIT_REFUSED)
        if per_minute is not None and not 0 < per_minute <= 100_000:
            raise CommandError(f"--per-minute: 1 to 100000, not {per_minute}", returncode=EXIT_REFUSED)
        scopes = scope or ApiScope.values
        shown = actions.make_token(
            provider=found, name=name, scopes=set(scopes), per_minute=per_minute, by=None, at=clock.now()
        )
        self.stdout.write(shown.secret)

    def _rotate(self, *, prefix: str, **_: Any) -> None:
        try:
            self.stdout.write(actions.rotate_token(token=_found(prefix), by=None, at=clock.now()).secret)
        except actions.TokenRefused as refusal:
            raise CommandError(str(refusal), returncode=EXIT_REFUSED) from None

    def _revoke(self, *, prefix: str, **_: Any) -> None:
        token = actions.revoke_token(token=_found(prefix), by=None, at=clock.now())
        self.stdout.write(f"{token} is revoked")

    def _list(self, **_: Any) -> None:
        tokens = ApiToken.objects.select_related("provider").order_by("provider__code", "id")
        if not tokens:
            self.stdout.write("no tokens yet")
        for token in tokens:
            used = f"last used {clock.board_day(token.last_used_at)}" if token.last_used_at else "never used"
            state = "revoked" if token.revoked_at else "replaced" if token.expires_at else "active"
            self.stdout.write(f"{token.prefix}  {token.provider.code}  {token.name}  {state}, {used}")


def _found(prefix: str) -> ApiToken:
    if token := ApiToken.objects.filter(prefix=prefix[:12]).first():
        return token
    raise CommandError(f"no token begins with {prefix[:12]!r}; see api_token list", returncode=EXIT_REFUSED)
