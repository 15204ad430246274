from django.urls import path

from audits import views

app_name = "audits"
urlpatterns = [
    path("rounds/", views.rounds, name="rounds"),
    path("rounds/repeat_draw.py", views.repeat, name="repeat"),
    path("rounds/<int:pk>/", views.round, name="round"),
    path("rounds/<int:pk>/population.csv", views.population, name="population"),
]
