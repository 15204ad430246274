from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CmpPortalConfig(AppConfig):
    name = "cmp_portal"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from cmp_portal.lib.sessions import begin

        user_logged_in.connect(begin, dispatch_uid="a login begins")


class BoardAdminConfig(AdminConfig):
    """The back office under the Board's name."""

    default_site = "cmp_portal.admin.BoardAdminSite"
