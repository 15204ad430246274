from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm as AllauthSignupForm
from django.db import IntegrityError, transaction
from django.http import HttpRequest


class SignupForm(AllauthSignupForm):
    """allauth's sign-up: a user and their address come together or not at all."""

    def try_save(self, request: HttpRequest) -> Any:
        """Sent twice at once it makes one sign-in, and both are told to look into their mail."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            return None, get_adapter().respond_email_verification_sent(request, None)
