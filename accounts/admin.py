from django.contrib import admin

from accounts.enums import Permission
from accounts.models import Alert, Holder, JobRun, User
from cmp_portal.lib.admin import PermissionAdmin


@admin.register(Holder)
class HolderAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    keep = Permission.REGISTER
    list_display = ["customer_number", "last_name", "first_name", "email"]
    search_fields = ["customer_number", "last_name", "email"]
    ordering = ["last_name", "first_name", "id"]
    show_full_result_count = False


@admin.register(User)
class UserAdmin(PermissionAdmin):
    see = keep = Permission.ADMINISTER
    list_display = ["email", "holder", "roles", "is_active"]
    list_select_related = ["holder"]
    search_fields = ["email"]
    ordering = ["email"]
    fields = ["email", "roles", "is_active"]
    readonly_fields = ["email"]

    def has_add_permission(self, request: object, *args: object) -> bool:
        """A sign-in is made by registering, so that its address is proven."""
        return False


@admin.register(Alert)
class AlertAdmin(PermissionAdmin):
    see = Permission.SEE_RECORDS
    list_display = ["title", "kind", "holder", "created_at", "emailed_at"]
    list_select_related = ["holder"]
    list_filter = ["kind"]
    ordering = ["-created_at", "-id"]
    show_full_result_count = False


@admin.register(JobRun)
class JobRunAdmin(PermissionAdmin):
    see = Permission.ADMINISTER
    list_display = ["name", "started_at", "ended_at", "rows", "error"]
    list_filter = ["name"]
    ordering = ["-started_at", "-id"]
