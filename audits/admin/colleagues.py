from django.contrib import admin

from accounts.enums import Permission
from audits.models import Colleague
from cmp_portal.lib.admin import PermissionAdmin


@admin.register(Colleague)
class ColleagueAdmin(PermissionAdmin):
    """Colleagues whom an auditor may not audit; maintained by the administrator."""

    see = keep = Permission.ADMINISTER
    list_display = ["auditor", "colleague", "note"]
    list_select_related = ["auditor", "colleague"]
    raw_id_fields = ["colleague"]
    ordering = ["auditor__email", "id"]
