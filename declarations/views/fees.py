"""The fee of a declaration: its page, online payment, and the payment service's webhook."""

from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.permissions import own_or_404, permission_required, user_of
from cmp_portal.lib import clock
from declarations import actions, queries
from declarations.gateways import InvalidSignature, gateway
from declarations.models import Fee

log = structlog.stdlib.get_logger(__name__)


@require_GET
@permission_required(Permission.OWN_RECORD)
def fee(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What a declaration costs, why, and what is left to do."""
    return render(request, "declarations/fee.html", {"page": queries.fee_page(_own(request, uuid))})


@require_POST
@permission_required(Permission.DECLARE)
def pay(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Begin a payment and redirect to the payment service."""
    row = _own(request, uuid)
    back, cancelled = (
        f"{settings.SITE_URL}{reverse(name, args=[uuid])}" for name in ("declarations:paid", "declarations:fee")
    )
    try:
        address = actions.begin_payment(fee=row, return_url=back, cancel_url=cancelled, at=clock.now())
    except actions.FeeRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(row)
    if address is None:
        messages.success(request, _("The fee is already paid."))
        return redirect(row)
    return redirect(address)


@require_GET
@permission_required(Permission.OWN_RECORD)
def paid(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The return from paying: asks the service, whether or not its webhook has arrived."""
    row = _own(request, uuid)
    actions.refresh_checkouts(fee=row, at=clock.now())
    row.refresh_from_db()
    if row.paid_at is None:
        messages.info(
            request, _("The payment is not confirmed yet. It will appear here automatically. Do not pay twice.")
        )
    return redirect(row)


@require_GET
def fee_document(request: HttpRequest, uuid: UUID, form: str) -> HttpResponse:
    """The invoice or the receipt, for the holder and the Board."""
    row = get_object_or_404(queries.fees_visible_to(user_of(request)), declaration__uuid=uuid)
    content = queries.fee_document(row, form)
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{form}-{row.number}.pdf"'
    return answer


@csrf_exempt
@login_not_required
@require_POST
def payment_webhook(request: HttpRequest) -> HttpResponse:
    """The payment service's webhook; rejects unsigned events, and answers 200 to every event it understands."""
    service = gateway(settings.PAYMENT_GATEWAY)
    if not (settings.FEES and service.is_online):
        raise Http404
    try:
        notice = service.parse_webhook(request.body, request.headers)
    except InvalidSignature as refusal:
        log.warning("payment webhook refused", why=str(refusal))
        return HttpResponse(status=400)
    actions.process_webhook_event(gateway=service.name, notice=notice, at=clock.now())
    return HttpResponse(status=200)


def _own(request: HttpRequest, uuid: UUID) -> Fee:
    return own_or_404(request, queries.fees_visible_to, declaration__uuid=uuid)
