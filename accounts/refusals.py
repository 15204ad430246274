"""Our wording of allauth's error messages; none of them reveals whether an address is known."""

from django.utils.translation import gettext_lazy as _

OF_A_LOGIN = {
    "cannot_remove_primary_email": _("This is your main address. Make another address the main one first."),
    "duplicate_email": _("This address is already one of yours."),
    "email_password_mismatch": _("The address and password do not match. Check both, or choose a new password."),
    "enter_current_password": _("This is not your current password. Check it, or set a new one by email."),
    "incorrect_code": _("This code is incorrect or too old. Look for it in our most recent email."),
    "incorrect_password": _("This password is incorrect. Check it, or choose a new one."),
    "invalid_password_reset": _("This link no longer works. Request a new one."),
    "max_email_addresses": _("You already have the maximum number of addresses (%d). Remove one first."),
    "rate_limited": _("Too many attempts in a short time. Wait a few minutes, then try again."),
    "same_as_current": _("This is the same as what you have now. Enter something different."),
    "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again, or choose a new password."),
    "unverified_primary_email": _("Confirm this address first. Open the link in the email that we sent to it."),
}
OF_A_STEP = {
    "cannot_delete_authenticator": _("Your account needs a second step. Set up another one first."),
    "cannot_generate_recovery_codes": _("Set up an app or a passkey first. The codes are for when you lose it."),
    "incorrect_code": _("This code is incorrect or too old. Try again with the code that you see now."),
    "unverified_email": _("Confirm your email address first. Open the link in the email that we sent to it."),
}
