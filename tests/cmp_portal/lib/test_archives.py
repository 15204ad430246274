"""Streamed archives."""

import os
import tracemalloc
from datetime import datetime
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pytest

from cmp_portal.lib.archives import zipped

AT = datetime(2026, 3, 10, 12, 0, 1)


def opened(parts):
    return ZipFile(BytesIO(b"".join(parts)))


def test_files_come_back_as_they_were():
    archive = opened(zipped([("a.json", [b"{", b"}"]), ("documents/Élan.pdf", [b"%PDF"])], at=AT))

    assert {name: archive.read(name) for name in archive.namelist()} == {"a.json": b"{}", "documents/Élan.pdf": b"%PDF"}
    assert archive.testzip() is None


def test_the_same_files_give_the_same_bytes():
    assert len({b"".join(zipped([("a", [b"a"])], at=AT)) for _time in range(2)}) == 1


def test_nothing_at_all_is_an_archive_too():
    assert opened(zipped([], at=AT)).namelist() == []


def test_a_file_is_asked_for_when_its_turn_has_come():
    asked = []

    def content(name):
        asked.append(name)
        yield os.urandom(200_000)

    parts = zipped(((name, content(name)) for name in ("first", "second")), at=AT)
    next(parts)

    assert asked == ["first"]


def test_what_breaks_off_is_no_archive():
    def content():
        yield os.urandom(200_000)
        raise OSError

    parts, got = zipped([("a", content())], at=AT), []
    with pytest.raises(OSError):
        for part in parts:
            got.append(part)

    assert got
    with pytest.raises(BadZipFile):
        opened(got)


def test_memory_stays_small_however_large_the_files():
    """Sixty megabytes that can't be compressed, of which a few parts are held at a time."""
    tracemalloc.start()
    size = sum(map(len, zipped([(f"{n}", (os.urandom(65_536) for _part in range(320))) for n in range(3)], at=AT)))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size > 60_000_000
    assert peak < 2_000_000
