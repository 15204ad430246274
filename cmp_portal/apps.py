import gc

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CmpPortalConfig(AppConfig):
    name = "cmp_portal"

    def ready(self) -> None:
        from allauth.account.signals import authentication_step_completed
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from accounts.actions import renew_session
        from cmp_portal import checks  # noqa: F401 (registers itself)
        from cmp_portal.lib import fields, migrating
        from cmp_portal.lib.sessions import begin, mark_ended

        fields.speak_plainly()
        migrating.keep_classes()
        user_logged_in.connect(begin, dispatch_uid="a login begins")
        user_logged_out.connect(mark_ended, dispatch_uid="a login ends")
        authentication_step_completed.connect(renew_session, dispatch_uid="somebody says again who they are")


class BoardAdminConfig(AdminConfig):
    """The back office as Django's admin app."""

    default_site = "cmp_portal.admin.BoardAdminSite"

    def ready(self) -> None:
        """Exempt everything loaded so far from garbage collection, so that later collections are faster."""
        super().ready()
        gc.freeze()
