import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
app = Celery("cmp_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
