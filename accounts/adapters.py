from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from allauth.account.models import EmailAddress
from django.http import HttpRequest

from accounts.actions import claim_by_address
from accounts.models import User


class AuthenticationBackend(AllauthBackend):
    """allauth's sign-in; who comes back is loaded together with their record."""

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.select_related("holder").filter(pk=user_id, is_active=True).first()


class AccountAdapter(DefaultAccountAdapter):
    """allauth with e-mail as the only name; who proves the address on file gets the record."""

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There are no user names."""

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> Any:
        confirmed = super().confirm_email(request, email_address)
        claim_by_address(user=email_address.user, email=email_address.email)
        return confirmed
