"""The fee schedule, and fees with their payments and refunds."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from accounts.enums import Permission
from accounts.permissions import user_of
from cmp_portal.lib import clock
from cmp_portal.lib.addresses import number
from cmp_portal.lib.admin import ExportingAdmin, PermissionAdmin, RecordForm
from cmp_portal.lib.deciding import refused
from cmp_portal.lib.fields import KeyedForm
from declarations import actions, queries
from declarations.enums import FeeState
from declarations.forms import NotePaymentForm, RefundForm
from declarations.models import Fee, FeeFamily, FeeRate, Payment
from declarations.queries.fee_pages import PaidLine
from declarations.rules.fees import WITHOUT_DECLARATION


class OfFees:
    """Hides everything about fees where they are turned off."""

    def _may(self, request: HttpRequest, permission: str | None) -> bool:
        return bool(settings.FEES) and super()._may(request, permission)  # type: ignore[misc] # PermissionAdmin's


class WaitingFilter(admin.SimpleListFilter):
    """Fees paid although no declaration is before the Board."""

    title = _lazy("declaration")
    parameter_name = "declaration"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("missing", _("Paid but not submitted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Fee]) -> QuerySet[Fee]:
        if self.value() != "missing":
            return queryset
        return queryset.filter(state=FeeState.PAID, declaration__state__in=WITHOUT_DECLARATION)


class FeeRateForm(RecordForm):
    """A rate of the fee schedule."""

    def clean_amount(self) -> Decimal | None:
        """May be empty while the amount is not known."""
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is not None and amount < 0:
            raise forms.ValidationError(_("Enter 0 or more."))
        return amount

    def clean_reduced(self) -> Decimal | None:
        """At most the amount; empty if the amount is not known."""
        reduced: Decimal | None = self.cleaned_data["reduced"]
        if reduced is None or self.has_error("amount"):
            return reduced
        amount = self.cleaned_data["amount"]
        if amount is None or not 0 <= reduced <= amount:
            raise forms.ValidationError(_("Enter 0 or more, but no more than the amount."))
        return reduced


@admin.register(FeeRate)
class FeeRateAdmin(OfFees, ExportingAdmin):  # type: ignore[misc]
    """Dated rates: a new amount is a new row, so that earlier charges remain explained."""

    see = Permission.BACK_OFFICE
    keep = Permission.REFERENCE
    list_display = ["kind", "family", "applies_from", "amount", "reduced", "verified"]
    list_filter = ["kind"]
    ordering = ["kind", "family", "applies_from", "id"]
    form = FeeRateForm
    show_full_result_count = False


@admin.register(FeeFamily)
class FeeFamilyAdmin(OfFees, ExportingAdmin):  # type: ignore[misc]
    see = Permission.BACK_OFFICE
    keep = Permission.REFERENCE
    list_display = ["credential_type", "family", "verified"]
    list_select_related = ["credential_type"]
    list_filter = ["family"]
    ordering = ["credential_type__code"]
    show_full_result_count = False


@admin.register(Fee)
class FeeAdmin(OfFees, PermissionAdmin):
    """Who owes what; on a fee's own page, payments are recorded and refunded."""

    see = Permission.SEE_RECORDS
    list_display = ["number", "holder", "state", "total", "charged_at", "paid_at"]
    list_select_related = ["holder"]
    list_filter = ["state", WaitingFilter]
    search_fields = ["number", "holder__last_name", "holder__customer_number", "payments__reference"]
    ordering = ["-id"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        noting, refunding = (
            self.admin_site.admin_view(require_POST(view)) for view in (self.note_payment, self.refund)
        )
        return [
            path("<int:pk>/note-payment/", noting, name="declarations_fee_note_payment"),
            path("<int:pk>/refund/<int:payment>/", refunding, name="declarations_fee_refund"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        user = user_of(request)
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(queries.fees_visible_to(user), pk=number(object_id) or 0)
        return self._page(request, row)

    def note_payment(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record a payment received for an invoice, with its reference."""
        row = _to_keep(request, pk)
        told = _("The payment for %(number)s was recorded.")
        return self._done(request, row, NotePaymentForm(request.POST), actions.note_payment, told, fee=row)

    def refund(self, request: HttpRequest, pk: int, payment: int) -> HttpResponse:
        """Refund part or all of a payment."""
        row = _to_keep(request, pk)
        found = get_object_or_404(Payment.objects.select_related("fee__declaration"), pk=payment, fee=row)
        form = RefundForm(request.POST, auto_id=_ids(payment))
        return self._done(
            request, row, form, actions.refund, _("The refund for %(number)s was recorded."), payment=found
        )

    def _done(
        self, request: HttpRequest, row: Fee, form: KeyedForm, action: Callable[..., object], told: str, **on: object
    ) -> HttpResponse:
        """Run the action and confirm it, or show the form again with its errors and the values entered."""
        if form.is_valid():
            try:
                action(**on, **form.cleaned_data, by=user_of(request), at=clock.now())
            except actions.FeeRefused as refusal:
                form.add_error(None, str(refusal))
                form.take_new_key()
            else:
                messages.success(request, told % {"number": row.number})
                return redirect(self.keep_filters(request, reverse("admin:declarations_fee_change", args=[row.pk])))
        return self._page(request, row, sent=form)

    def _page(self, request: HttpRequest, row: Fee, *, sent: forms.Form | None = None) -> HttpResponse:
        """The fee's page. `sent` replaces its form; if that form is no longer offered, its errors are shown on top."""
        page = queries.staff_fee_page(row, may_keep=_may_keep(request, row))
        noting: forms.Form = NotePaymentForm(initial={"key": page.note_key}, auto_id="note-%s")
        if sent is not None and request.path == page.note_url:
            noting = sent
        elif sent is not None and request.path not in {line.url for line in page.payments}:
            typed = [str(field.value() or "") for field in sent.visible_fields()]
            refused(request, " ".join(str(error) for errors in sent.errors.values() for error in errors), *typed)
        return self.render_page(
            request,
            "admin/declarations/fee/fee.html",
            title=page.title,
            status=422 if sent else 200,
            page=page,
            noting=noting,
            refunds=[(line, _refund_form(line, request.path, sent)) for line in page.payments],
        )


def _to_keep(request: HttpRequest, pk: int) -> Fee:
    """The fee, for those who may record payments; other readers and its own holder get a 403."""
    request.POST  # noqa: B018 (what can't be read is refused before anything is done)
    row = get_object_or_404(queries.fees_visible_to(user_of(request)), pk=pk)
    if not _may_keep(request, row):
        raise PermissionDenied
    return row


def _may_keep(request: HttpRequest, row: Fee) -> bool:
    user = user_of(request)
    return user.may(Permission.FEES) and user.holder_id != row.holder_id


def _refund_form(line: PaidLine, path: str, sent: forms.Form | None) -> forms.Form:
    form: forms.Form = RefundForm(initial={"amount": line.left, "key": line.key}, auto_id=_ids(line.number))
    form = sent if sent is not None and path == line.url else form
    form["amount"].help_text = _("At most %(left)s.") % {"left": line.left_text}
    form.fields["amount"].widget.attrs["max"] = line.left
    return form


def _ids(payment: int) -> str:
    """Keeps element IDs unique: the page may have several of these forms."""
    return f"payment-{payment}-%s"
