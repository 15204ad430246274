from django.contrib import admin

from accounts.enums import Permission
from audits.models import Round
from cmp_portal.lib.admin import PermissionAdmin


@admin.register(Round)
class RoundAdmin(PermissionAdmin):
    see = Permission.AUDIT
    list_display = ["opened_at", "cutoff_at", "rate", "drawn_at"]
    ordering = ["-opened_at", "-id"]
