from django.contrib import admin
from django.urls import include, path

from accounts.views import email_addresses, sessions, sign_up
from cmp_portal import views
from cmp_portal.gallery import gallery
from cmp_portal.mail_gallery import mail
from declarations.urls import public
from education.api.page import explained

account = (
    [path("", views.dashboard, name="dashboard"), path("record/history/", views.history, name="history")],
    "account",
)

urlpatterns = [
    path("", views.guide, name="guide"),
    path("glossary/", views.glossary, name="glossary"),
    path("account/", include(account)),
    path("account/", include("accounts.urls")),
    path("account/", include("credentials.urls")),
    # These three replace allauth's own.
    path("account/signup/", sign_up, name="account_signup"),
    path("account/email/", email_addresses, name="account_email"),
    path("account/sessions/", sessions, name="usersessions_list"),
    path("account/", include("allauth.urls")),
    path("account/calendar/", views.calendar, name="calendar_settings"),
    path("account/calendar/make/", views.calendar_make, name="calendar_make"),
    path("account/calendar/forget/", views.calendar_forget, name="calendar_forget"),
    path("account/lasting/", views.lasting, name="lasting"),
    path("account/export/", views.export, name="export"),
    path("account/export/file.json", views.export_file, name="export_file"),
    path("account/export/file.zip", views.export_archive, name="export_archive"),
    path("account/closing/", views.closing, name="closing"),
    path("account/closing/close/", views.close, name="close"),
    path("calendar/<uuid:uuid>.ics", views.calendar_feed, name="calendar"),
    path("education/", include("education.urls")),
    path("declaration/", include("declarations.urls")),
    path("", include((public, "verification"))),
    path("api/", explained, name="api_explained"),
    path("api/v1/", include("education.api.urls")),
    path("", include("audits.urls")),
    path("admin/", admin.site.urls),
    path("gallery/", gallery, name="gallery"),
    path("gallery/mail/<str:kind>.<str:form>", mail, name="mail"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
handler400 = views.not_understood
handler500 = views.went_wrong
