"""Write docs/privacy.md."""

from tests.cmp_portal.privacy.document import FILE, document

if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
