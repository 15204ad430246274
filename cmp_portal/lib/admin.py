"""Model admins governed by the portal's own permissions instead of Django's four per model."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.admin.options import BaseModelAdmin, IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import DecimalField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin

from cmp_portal.lib import clock
from cmp_portal.lib.addresses import FILTERS, below
from cmp_portal.lib.advisory_locks import job_lock
from cmp_portal.lib.formatting import points_text
from cmp_portal.lib.keyset import Pager
from cmp_portal.lib.money import MoneyField
from cmp_portal.lib.points import PointsField
from cmp_portal.lib.row_history import row_changes
from cmp_portal.lib.spreadsheets import safe

AT_ONCE = timedelta(minutes=1)


def filters_of(request: HttpRequest) -> dict[str, str]:
    """The filters of the list from which a page below it was opened."""
    return QueryDict(request.GET.get(FILTERS, "")).dict()


def with_filters(request: HttpRequest, url: str) -> str:
    """The URL of another page below the same list, which will lead back to it as it was filtered."""
    return below(url, request.GET.get(FILTERS, ""))


def pager_with_filters(request: HttpRequest, pager: Pager) -> Pager:
    """The pager of a page below a list, whose other pages also lead back to the list as it was filtered."""
    before, after = (with_filters(request, url) for url in (pager.previous_url, pager.next_url))
    return replace(pager, previous_url=before, next_url=after)


class PlainNumbers(BaseModelAdmin):  # type: ignore[type-arg]
    """Shows read-only numbers the way people write them: 36 points, not 36.00. Money keeps its cents."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if self.has_change_permission(request, obj) else [*fields, *self._numbers.values()]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """List each number once, in its field's position."""
        fields = list(super().get_fields(request, obj))
        return fields if self.has_change_permission(request, obj) else list(dict.fromkeys(self._plain(fields)))

    def _plain(self, names: Iterable[Any]) -> list[Any]:
        return [self._numbers.get(name, name) for name in names]

    @cached_property
    def _numbers(self) -> dict[Any, Callable[[Any], str]]:
        exact = [field for field in self.opts.fields if isinstance(field, DecimalField | PointsField)]
        empty = self.get_empty_value_display()
        return {field.name: _plainly(field, empty) for field in exact if not isinstance(field, MoneyField)}


def _plainly(field: Any, empty: str) -> Callable[[Any], str]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def number(row: Any) -> str:
        value = getattr(row, field.name)
        return empty if value is None else points_text(value)

    number.__name__ = field.name  # the admin finds the column's label and help by this name
    return number


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]
    """Form with optimistic locking: refuses to overwrite a row that changed after its page was opened."""

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        if self.data.get("seen", self.seen) != self.seen and self.has_changed():
            raise forms.ValidationError(
                _(
                    "This was changed after you opened the page. Open it again, and enter what still needs to be"
                    " changed."
                )
            )
        return said

    @property
    def seen(self) -> str:
        """A hash of the row's initial values, compared when the form is submitted."""
        return sha256(repr(sorted(self.initial.items())).encode()).hexdigest()


class PermissionAdmin(PlainNumbers, admin.ModelAdmin):  # type: ignore[type-arg]
    """Admin where `see` grants viewing and `keep` grants adding and changing; nothing is ever deleted."""

    see: ClassVar[str]
    keep: ClassVar[str | None] = None
    form = RecordForm
    view_on_site = False
    # Lists that find a holder's rows by `?q=` with their number are linked on the holder's page.
    finds_by_holder: ClassVar[bool | None] = None

    @property
    def is_found_by_holder(self) -> bool:
        """Whether the list's search finds what belongs to the holder with a number."""
        by_number = any(field.endswith("holder__customer_number") for field in self.search_fields)
        return by_number if self.finds_by_holder is None else self.finds_by_holder

    def _may(self, request: HttpRequest, permission: str | None) -> bool:
        return permission is not None and bool(getattr(request.user, "may", lambda _: False)(permission))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.see)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.see) or self._may(request, self.keep)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self._may(request, self.keep)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.keep)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def render_page(
        self, request: HttpRequest, template: str, *, title: str, status: int | None = None, **values: Any
    ) -> HttpResponse:
        """A page of this admin's own; unless told otherwise, 422 if its `form` has errors, else 200.

        `list_url` leads back to the list as it was filtered; `kept` is the query that keeps its filters.
        """
        kept = self.get_preserved_filters(request)
        here = {"opts": self.opts, "title": title, "list_url": self.list_url(request), "kept": kept and f"?{kept}"}
        context = {**self.admin_site.each_context(request), **here, **values}
        if status is None:
            form = values.get("form")
            status = 422 if form is not None and form.errors else 200
        return render(request, template, context, status=status)

    def list_url(self, request: HttpRequest) -> str:
        """The list, with the filters it had when the page was opened from it."""
        return self.keep_filters(request, reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def keep_filters(self, request: HttpRequest, url: str) -> str:
        """The URL of another page of this admin, which will lead back to the list as it was filtered."""
        given: dict[str, Any] = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        return str(add_preserved_filters(given, url))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._plain(super().get_list_display(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Drop filters with impossible values (a NUL, a five-digit year), as Django drops those on unknown columns."""
        if any("\0" in text for _name, texts in request.GET.lists() for text in texts):
            return redirect(request.path)
        try:
            return super().changelist_view(request, extra_context)
        except (OverflowError, ValueError):
            return redirect(request.path)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Process a submission a second time after a database constraint refused it.

        By then the conflicting row is visible, so the form's own validation reports the problem.
        """
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            return self._in_turn(request, object_id, form_url, extra_context)
        except IntegrityError:
            return self._in_turn(request, object_id, form_url, extra_context)

    def _in_turn(self, request: HttpRequest, object_id: str | None, *rest: Any) -> HttpResponse:
        """Serialize concurrent submissions of a form: a row is added once, and each submission is answered."""
        with job_lock(f"{self.opts.label} {object_id!r}"), transaction.atomic():
            if object_id is None and self.has_add_permission(request) and (added := self._added_just_now(request)):
                return self.response_add(request, added)
            self._lock(object_id)
            return super().changeform_view(request, object_id, *rest)

    def _lock(self, object_id: str | None) -> None:
        """Lock the row before the form reads it: what others are changing right now must not be overwritten."""
        with suppress(ValidationError, ValueError):  # no key at all: the form answers that
            rows = self.model._base_manager.filter(pk=object_id and unquote(object_id))
            list(rows.select_for_update().values_list("pk"))

    def _added_just_now(self, request: HttpRequest) -> Any:
        """The row this person added within the last minute, if the form repeats it; later repeats are intentional."""
        added = LogEntry.objects.filter(
            user=request.user.pk,
            content_type=ContentType.objects.get_for_model(self.model),
            action_flag=ADDITION,
            action_time__gt=clock.now() - AT_ONCE,
        )
        if (last := added.order_by("-id").first()) is None:
            return None
        row = self.get_queryset(request).filter(pk=last.object_id).first()
        form = self.get_form(request)(request.POST, request.FILES, instance=row)
        return None if form.has_changed() else row

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Include the hash of the row as it was when the page was opened."""
        form = context["adminform"].form
        if kwargs.get("change") and isinstance(form, RecordForm):
            context["seen"] = form.data.get("seen", form.seen)
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the database's own history of the row; Django's knows only changes made through its own forms."""
        row = self.get_object(request, unquote(object_id))
        changes = None
        if row is not None and self.has_view_permission(request, row):
            changes = row_changes(row, shown=flatten_fieldsets(self.get_fieldsets(request, row)))
        return super().history_view(request, object_id, {**(extra_context or {}), "changes": changes})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Log only when something was changed."""
        return super().log_change(request, obj, message) if message else None

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Treat an empty `from_field` as not given."""
        return super().get_object(request, object_id, from_field or None)


class ExportingAdmin(ExportMixin, PermissionAdmin):  # type: ignore[misc]
    """Lets anyone who may see the whole list export it as a file."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the list when its filters are invalid."""
        try:
            return cast(HttpResponse, super().export_action(request))  # type: ignore[no-untyped-call]
        except (IncorrectLookupParameters, OverflowError, ValueError):
            return redirect("..")

    def get_data_for_export(self, *args: Any, **kwargs: Any) -> Any:
        """Escape cells against spreadsheet formula injection.

        The import-export package would strip the sign from “=…” and leave “+…”, “-…” and “@…” unescaped.
        """
        data = super().get_data_for_export(*args, **kwargs)  # type: ignore[no-untyped-call]
        return type(data)(*([safe(cell) for cell in row] for row in data), headers=data.headers)
