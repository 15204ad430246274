from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from cmp_portal.lib.fields import KeyedForm
from education.enums import ApiScope
from education.models import Provider


class SwitchForm(forms.Form):
    to = forms.ChoiceField(choices=[("on", "on"), ("off", "off")])


class TokenForm(KeyedForm):
    provider = forms.ModelChoiceField(Provider.objects.order_by("title", "id"), label=gettext_lazy("Provider"))
    name = forms.CharField(
        max_length=80,
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("The system that uses it, such as “LMS, live”."),
    )
    scopes = forms.MultipleChoiceField(
        choices=ApiScope.choices, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Can be used for")
    )
    per_minute = forms.IntegerField(
        min_value=1,
        max_value=100_000,
        required=False,
        label=gettext_lazy("Requests per minute"),
        help_text=gettext_lazy("Leave empty for the usual limit."),
    )


class UrlForm(forms.Form):
    url = forms.CharField(
        max_length=500,
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("An https address that can be reached from outside."),
    )


class WebhookForm(UrlForm, KeyedForm):
    provider = forms.ModelChoiceField(Provider.objects.order_by("title", "id"), label=gettext_lazy("Provider"))
    field_order = ["provider", "url"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offers providers without a webhook; for others, the action refuses with a message."""
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            offered = self.fields["provider"]
            offered.queryset = offered.queryset.filter(webhook=None)  # type: ignore[attr-defined]
