from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """allauth with e-mail as the only name."""

    def populate_username(self, request, user):  # type: ignore[no-untyped-def]
        """There are no user names."""
