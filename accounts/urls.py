from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [path("alerts/<int:pk>/dismiss/", views.dismiss_alert, name="dismiss_alert")]
