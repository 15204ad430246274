from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission, Role
from accounts.models import Holder, User
from audits.models import Colleague
from cmp_portal.lib.admin import PermissionAdmin, RecordForm


class NumberedHolder(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A holder, entered by customer number: a list of all holders would be endless."""

    widget = forms.TextInput
    default_error_messages = {
        "required": _("Enter the customer number."),
        "invalid_choice": _("No holder has this customer number."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Holder.objects.all(), to_field_name="customer_number", **kwargs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace("\0", "").strip() if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        """The number of the holder on file, whom the form knows by primary key."""
        holder = Holder.objects.filter(pk=value).first() if isinstance(value, int) else value
        return super().prepare_value(holder)


class ColleagueForm(RecordForm):
    """An auditor, and a holder whom they never audit."""

    colleague = NumberedHolder(
        label=_("Colleague"),
        help_text=_("Customer number of a holder. The auditor is never assigned this holder's audits."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        auditors = Q(roles__contains=[Role.AUDITOR]) | Q(pk=self.instance.auditor_id)
        self.fields["auditor"].queryset = User.objects.filter(auditors).order_by("email")  # type: ignore[attr-defined]


@admin.register(Colleague)
class ColleagueAdmin(PermissionAdmin):
    """Colleagues whom an auditor may not audit; maintained by the administrator."""

    see = keep = Permission.ADMINISTER
    list_display = ["auditor", "colleague", "note"]
    list_select_related = ["auditor", "colleague"]
    form = ColleagueForm
    fields = ["auditor", "colleague", "note"]
    ordering = ["auditor__email", "id"]
