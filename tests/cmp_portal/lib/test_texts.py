import errno
from pathlib import Path

import pytest

from cmp_portal.lib.texts import MOST_BYTES, read_text


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_a_text_is_read_whole(tmp_path, mark):
    (tmp_path / "a").write_bytes(mark + "ñ".encode() * (MOST_BYTES // 4))

    assert read_text(tmp_path / "a") == "ñ" * (MOST_BYTES // 4)


def test_what_never_ends_is_no_text():
    with pytest.raises(OSError) as refusal:
        read_text(Path("/dev/zero"))

    assert refusal.value.errno == errno.EFBIG


def test_bytes_of_something_else_are_no_text(tmp_path):
    (tmp_path / "a").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(UnicodeDecodeError):
        read_text(tmp_path / "a")
