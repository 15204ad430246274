"""Write docs/access.md."""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
    django.setup()
    from tests.access.document import FILE, document

    FILE.write_text(document(), encoding="utf-8")
