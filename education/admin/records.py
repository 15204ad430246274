from django.contrib import admin

from accounts.enums import Permission
from cmp_portal.lib.admin import PermissionAdmin
from education.models import Credit, IntakeBatch, IntakeRow, Provider


@admin.register(Provider)
class ProviderAdmin(PermissionAdmin):
    see = Permission.BACK_OFFICE
    keep = Permission.REFERENCE
    list_display = ["code", "title", "approved_from", "approved_until"]
    ordering = ["code"]


@admin.register(Credit)
class CreditAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    list_display = ["title", "holder", "provider", "completed_on", "points", "withdrawn_at"]
    list_select_related = ["holder", "provider"]
    search_fields = ["holder__customer_number", "holder__last_name", "external_id"]
    ordering = ["-completed_on", "-id"]
    show_full_result_count = False


@admin.register(IntakeBatch)
class IntakeBatchAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    list_display = [
        "name",
        "provider",
        "started_at",
        "lines",
        "accepted",
        "corrected",
        "duplicate",
        "rejected",
        "unmatched",
    ]
    list_select_related = ["provider"]
    list_filter = ["provider"]
    ordering = ["-started_at", "-id"]


@admin.register(IntakeRow)
class IntakeRowAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    list_display = ["batch", "line", "outcome", "reason", "external_id", "resolved_at"]
    list_select_related = ["batch__provider"]
    list_filter = ["outcome"]
    ordering = ["-batch", "line"]
    show_full_result_count = False
