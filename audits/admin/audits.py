from django.contrib import admin

from accounts.enums import Permission
from audits.models import Audit
from cmp_portal.lib.admin import PermissionAdmin


@admin.register(Audit)
class AuditAdmin(PermissionAdmin):
    see = Permission.AUDIT
    list_display = ["declaration", "holder", "state", "selected_at", "due_on", "auditor"]
    list_select_related = ["declaration", "holder", "auditor"]
    list_filter = ["state"]
    ordering = ["due_on", "id"]
