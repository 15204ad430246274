import os

from django.core.wsgi import get_wsgi_application

from cmp_portal.lib.unchanged import UnchangedPages

os.environ.setdefault("CMP_WEB", "1")  # makes the settings apply the web's database timeouts
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
application = UnchangedPages(get_wsgi_application())
