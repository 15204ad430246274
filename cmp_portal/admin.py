from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class BoardAdminSite(admin.AdminSite):
    """The Board's back office."""

    site_header = _("CMP Portal: back office")
    site_title = _("CMP Portal")
    index_title = _("Work of the Board")
    enable_nav_sidebar = False
