"""What allauth refuses about a login, and what to do then; none of it says whether an address is known here."""

from django.utils.translation import gettext_lazy as _

OF_A_LOGIN = {
    "cannot_remove_primary_email": _("This is your main address: make another one the main address first."),
    "duplicate_email": _("This address is among yours already."),
    "email_password_mismatch": _("Address and password do not fit: check both, or choose a new password."),
    "enter_current_password": _("Write the password that you have now."),
    "incorrect_code": _("This code does not fit, or is too old: look for it in our newest mail."),
    "incorrect_password": _("This is not your password: check it, or choose a new one."),
    "invalid_password_reset": _("This link is no longer good: ask for a new one."),
    "max_email_addresses": _("You have as many addresses as there may be (%d): remove one first."),
    "rate_limited": _("That was often in a short time: wait some minutes, then try again."),
    "same_as_current": _("This is what you have now: write another one."),
    "too_many_login_attempts": _("Too many tries: wait some minutes, then try again, or choose a new password."),
    "unverified_primary_email": _("Confirm this address first: open the link in the mail that we sent to it."),
}
OF_A_STEP = {
    "cannot_delete_authenticator": _("Your login needs a second step: set up another one first."),
    "cannot_generate_recovery_codes": _("Set up an app or a passkey first: the codes are for when you lose it."),
    "incorrect_code": _("This does not fit, or is too old: try again with the code that you see now."),
    "unverified_email": _("Confirm your e-mail address first: open the link in the mail that we sent to it."),
}
