from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/dismiss/", views.dismiss_all, name="dismiss_all"),
    path("alerts/<int:pk>/read/", views.mark_read, name="mark_read"),
    path("alerts/<int:pk>/unread/", views.mark_unread, name="mark_unread"),
    path("alerts/mail-again/", views.mail_again, name="mail_again"),
    path("preferences/", views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("alerts/<int:pk>/dismiss/", views.dismiss_alert, name="dismiss_alert"),
    path("record/", views.record, name="record"),
    path("record/change/<slug:kind>/", views.change, name="change"),
    path("record/changes/<uuid:uuid>/withdraw/", views.withdraw_change, name="withdraw_change"),
    path("record/documents/<uuid:uuid>/", views.change_document, name="change_document"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("staff/", views.staff_login, name="staff_login"),
    path("staff/back/", views.staff_callback, name="staff_callback"),
    path("sessions/<int:pk>/end/", views.end_session, name="end_session"),
]
