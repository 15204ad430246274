from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.permissions import user_of
from cmp_portal import queries
from cmp_portal.lib import clock
from cmp_portal.lib.versions import versioned


@login_not_required
@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """The public page Manage My CMP Progress."""
    return render(request, "cmp_portal/guide.html", {"earn_ce_url": settings.EARN_CE_URL})


@require_GET
@versioned
def dashboard(request: HttpRequest) -> HttpResponse:
    """My Account."""
    page = queries.dashboard(user_of(request), at=clock.now())
    return render(request, "cmp_portal/dashboard.html", {"page": page})


@login_not_required
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve: database, migrations; the cache is told but not required."""
    executor = MigrationExecutor(connection)
    pending = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    cache.set("readyz", "1", 5)
    checks = {"database": True, "migrations": not pending, "cache": cache.get("readyz") == "1"}
    return JsonResponse(checks, status=503 if pending else 200)
