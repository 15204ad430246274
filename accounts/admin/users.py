from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from accounts.enums import Permission, Role
from accounts.models import User
from accounts.permissions import user_of
from cmp_portal.lib.admin import PermissionAdmin, RecordForm


class RolesInput(forms.CheckboxSelectMultiple):
    """Checkboxes for a page that renders no fieldset around them: the error is attached to each box."""

    use_fieldset = False


class UserForm(RecordForm):
    """An account; its roles are selected from a list."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        choices=Role.choices,
        widget=RolesInput,
        required=False,
        # Django names this id on each box, but gives it to no element: a group of boxes has no label of its own.
        help_text=format_lazy(
            '<span id="id_roles_helptext">{}</span>',
            gettext_lazy("“Provider” opens no pages: providers' systems deliver with API tokens."),
        ),
    )


@admin.register(User)
class UserAdmin(PermissionAdmin):
    see = keep = Permission.ADMINISTER
    list_display = ["email", "holder", "roles", "is_active"]
    list_select_related = ["holder"]
    search_fields = ["email"]
    ordering = ["email"]
    form = UserForm
    fields = ["email", "roles", "is_active"]
    readonly_fields = ["email"]

    def has_add_permission(self, request: object, *args: object) -> bool:
        """Accounts are created by signing up, so that the address is verified."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Users can't change their own roles: another administrator does."""
        is_own = obj is not None and obj.pk == user_of(request).pk
        return super().has_change_permission(request, obj) and not is_own
