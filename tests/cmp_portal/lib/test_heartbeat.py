import os
import time

import pytest

from cmp_portal.lib import heartbeat


@pytest.fixture
def file(tmp_path, monkeypatch):
    file = tmp_path / "heartbeat"
    monkeypatch.setenv(heartbeat.FILE, str(file))
    return file


def test_who_has_just_beaten_is_at_work(file):
    heartbeat.beat(str(file))

    heartbeat.main()


def test_who_has_never_beaten_is_not(file):
    with pytest.raises(SystemExit, match="not been at work yet"):
        heartbeat.main()


def test_who_has_not_beaten_for_long_is_not(file):
    heartbeat.beat(str(file))
    os.utime(file, (0, time.time() - heartbeat.OLDEST - 1))

    with pytest.raises(SystemExit, match="61 s ago"):
        heartbeat.main()


def test_without_a_file_nobody_wants_to_know():
    heartbeat.beat("")
