"""Single sign-on for staff: OpenID Connect with the Board's identity provider, then allauth's login."""

from dataclasses import asdict

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import rules
from accounts.actions import Told
from accounts.models import User
from cmp_portal.lib.openid import Claims, NotSignedIn, Pending, Provider

PENDING, TWO_FACTORS_ELSEWHERE = "staff_login", "two_factors_elsewhere"


def send_to_provider(request: HttpRequest) -> str:
    """Begin a login: the URL to redirect to; the session keeps what the response must match."""
    page, pending = provider().begin(callback=callback(), acr=" ".join(settings.OIDC_SECOND_FACTOR))
    request.session[PENDING] = asdict(pending)
    return page


def claims_of(request: HttpRequest) -> Claims:
    """The claims about the user sent back; raises NotSignedIn on failure or without a pending login."""
    kept = request.session.pop(PENDING, None)
    if kept is None or "error" in request.GET:
        raise NotSignedIn("no pending login" if kept is None else "refused by the provider")
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    return provider().finish(Pending(**kept), state=state, code=code, callback=callback())


def told_by(claims: Claims) -> Told:
    return Told(
        issuer=settings.OIDC_ISSUER,
        subject=str(claims["sub"]),
        email=str(claims.get("email", "")).lower(),
        is_email_verified=claims.get("email_verified") is True,
        roles=rules.mapped_roles(claims.get(settings.OIDC_ROLES_CLAIM), settings.OIDC_ROLES),
    )


def log_in(request: HttpRequest, user: User, claims: Claims) -> HttpResponse:
    """Continue as after a correct password; our second step is skipped if the provider did one."""
    stages = {}
    if rules.used_second_factor(claims, settings.OIDC_SECOND_FACTOR):
        stages[AuthenticateStage.key] = {"handled": True}
        request.session[TWO_FACTORS_ELSEWHERE] = user.pk
    request.session.set_expiry(settings.OIDC_SESSION_SECONDS)
    record_authentication(request, user, method="provider")
    login = Login(
        user=user,
        email_verification=EmailVerificationMethod.NONE,
        signal_kwargs={"is_by_provider": True},
        state={"stages": stages},
    )
    answer: HttpResponse = perform_login(request, login)
    return answer


def provider() -> Provider:
    return Provider(
        issuer=settings.OIDC_ISSUER,
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        allow_http=not settings.PRODUCTION,
    )


def callback() -> str:
    """The callback URL, from the configured site URL and never from the request's host."""
    return f"{settings.SITE_URL}{reverse('accounts:staff_callback')}"
