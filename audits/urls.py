from django.urls import path

from audits import views

app_name = "audits"
urlpatterns = [
    path("audits/rounds/", views.rounds, name="rounds"),
    path("audits/rounds/repeat_draw.py", views.repeat, name="repeat"),
    path("audits/rounds/<int:pk>/", views.round, name="round"),
    path("audits/rounds/<int:pk>/population.csv", views.population, name="population"),
    path("declaration/<uuid:uuid>/audit/", views.detail, name="detail"),
    path("declaration/<uuid:uuid>/audit/hand-in/", views.hand_in, name="hand_in"),
    path("declaration/<uuid:uuid>/audit/answer/", views.answer, name="answer"),
    path("declaration/<uuid:uuid>/audit/replace/", views.replace, name="replace"),
    path("declaration/<uuid:uuid>/audit/<uuid:credit>/evidence/", views.evidence, name="evidence"),
    path("declaration/<uuid:uuid>/audit/<uuid:credit>/not-available/", views.not_available, name="not_available"),
]
