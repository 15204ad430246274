from django.contrib import admin

from accounts.enums import Permission
from cmp_portal.lib.admin import PermissionAdmin
from education.models import Credit


@admin.register(Credit)
class CreditAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    list_display = ["title", "holder", "provider", "completed_on", "points", "withdrawn_at"]
    list_select_related = ["holder", "provider"]
    search_fields = ["holder__customer_number", "holder__last_name", "external_id"]
    ordering = ["-completed_on", "-id"]
    show_full_result_count = False
