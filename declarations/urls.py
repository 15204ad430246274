from django.urls import path

from declarations import views

app_name = "declarations"
urlpatterns = [
    path("", views.start, name="start"),
    path("cycle/<int:cycle>/", views.declare, name="declare"),
    path("cycle/<int:cycle>/attest/", views.attest, name="attest"),
    path("cycle/<int:cycle>/confirm/", views.confirm, name="confirm"),
    path("cycle/<int:cycle>/submit/", views.submit, name="submit"),
    path("transcripts/", views.transcripts, name="transcripts"),
    path("transcripts/<int:cycle>/", views.transcript, name="transcript"),
    path("transcripts/<int:cycle>/<slug:form>/", views.transcript_file, name="transcript_file"),
    path("proofs/", views.proofs, name="proofs"),
    path("proofs/<uuid:uuid>/<slug:paper>.pdf", views.paper, name="paper"),
    path("proofs/<uuid:uuid>/badge.jwt", views.badge, name="badge"),
    path("sharing/", views.sharing, name="sharing"),
    path("sharing/hide/", views.hide, name="hide"),
    path("sharing/show/", views.show, name="show"),
    path("sharing/<uuid:uuid>/revoke/", views.revoke_link, name="revoke_link"),
    path("<uuid:uuid>/", views.detail, name="detail"),
    path("<uuid:uuid>/fee/", views.fee, name="fee"),
    path("<uuid:uuid>/fee/pay/", views.pay, name="pay"),
    path("<uuid:uuid>/fee/paid/", views.paid, name="paid"),
    path("<uuid:uuid>/fee/<slug:form>.pdf", views.fee_document, name="fee_document"),
    path("payments/webhook/", views.payment_webhook, name="payment_webhook"),
    path("<uuid:uuid>/appeal/", views.appeal, name="appeal"),
    path("<uuid:uuid>/appeal/<uuid:document>/replace/", views.replace_document, name="replace_document"),
    path("<uuid:uuid>/reply/", views.reply, name="reply"),
    path("<uuid:uuid>/withdraw/", views.withdraw, name="withdraw"),
]

# Public, under URLs of their own.
public = [
    path("verify/", views.verify, name="verify"),
    path("verify/file/", views.by_file, name="by_file"),
    path("verify/<uuid:uuid>/", views.by_code, name="by_code"),
    path(".well-known/did.json", views.did, name="did"),
    path(".well-known/jwks.json", views.jwks, name="jwks"),
    path("badges/status/<int:number>/<slug:purpose>/", views.status_list, name="status_list"),
    path("shared/<str:secret>/", views.shared, name="shared"),
]
