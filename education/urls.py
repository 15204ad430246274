from django.urls import path

from education import views

app_name = "education"
urlpatterns = [
    path("progress/", views.progress, name="progress"),
    path("progress/<int:cycle>/<uuid:credit>/allocate/", views.allocate, name="allocate"),
    path("progress/<int:cycle>/<uuid:credit>/<slug:area>/release/", views.release, name="release"),
    path("progress/<int:cycle>/change/", views.change, name="change"),
    path("progress/<int:cycle>/clearing/", views.clearing, name="clearing"),
    path("progress/<int:cycle>/clear/", views.clear, name="clear"),
    path("progress/<int:cycle>/plan/", views.plan, name="plan"),
    path("progress/<int:cycle>/undo/", views.undo, name="undo"),
    path("progress/<int:cycle>/suggestion/", views.suggestion, name="suggestion"),
    path("progress/<int:cycle>/suggestion/apply/", views.suggest_apply, name="suggest_apply"),
    path("credits/", views.credits, name="credits"),
    path("credits/add/", views.credit_add, name="credit_add"),
    path("credits/<uuid:uuid>/", views.credit, name="credit"),
    path("credits/<uuid:uuid>/edit/", views.credit_edit, name="credit_edit"),
    path("credits/<uuid:uuid>/withdraw/", views.credit_withdraw, name="credit_withdraw"),
    path("credits/<uuid:uuid>/restore/", views.credit_restore, name="credit_restore"),
    path("credits/<uuid:uuid>/dispute/", views.dispute, name="dispute"),
    path("credits/<uuid:uuid>/everywhere/", views.everywhere, name="everywhere"),
    path("credits/<uuid:uuid>/everywhere/apply/", views.apply_everywhere, name="apply_everywhere"),
    path("credits/<uuid:uuid>/evidence/", views.evidence_add, name="evidence_add"),
    path("synchronisation/", views.synchronisation, name="synchronisation"),
    path("synchronisation/ask/", views.synchronise, name="synchronise"),
    path("synchronisation/<uuid:uuid>/withdraw/", views.synchronisation_withdraw, name="synchronisation_withdraw"),
    path("matches/<uuid:uuid>/match/", views.match, name="match"),
    path("matches/<uuid:uuid>/tell-apart/", views.mark_different, name="mark_different"),
    path("matches/<uuid:uuid>/unmatch/", views.unmatch, name="unmatch"),
    path("evidence/<uuid:uuid>/", views.evidence, name="evidence_file"),
    path("evidence/<uuid:uuid>/picture/", views.evidence_picture, name="evidence_picture"),
    path("evidence/<uuid:uuid>/remove/", views.evidence_remove, name="evidence_remove"),
]
