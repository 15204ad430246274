from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CmpPortalConfig(AppConfig):
    name = "cmp_portal"


class BoardAdminConfig(AdminConfig):
    """The back office under the Board's name."""

    default_site = "cmp_portal.admin.BoardAdminSite"
