from tests.access.document import FILE, document


def test_document_says_what_the_table_says():
    assert FILE.read_text(encoding="utf-8") == document(), "stale: run python -m tests.access"
