"""Write docs/asvs.md."""

from tests.asvs.checklist import FILE, document

if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
