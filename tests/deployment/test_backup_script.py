"""`deploy/backup` without a server: how it keeps pieces of the journal, and what it refuses."""

import os
import subprocess

import pytest

from faults.world import ROOT

SYNC = """#!/bin/sh
for one in "$@"; do [ -e "$one" ] && echo "$one" >>"$SYNCED"; done
"""


@pytest.fixture
def backup(tmp_path):
    """Runs the script; `sync` is replaced by one that writes down what is there when it is called."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sync").write_text(SYNC)
    (tmp_path / "bin" / "sync").chmod(0o755)
    own = {"BACKUPS": str(tmp_path / "backups"), "SYNCED": str(tmp_path / "synced")}
    env = os.environ | own | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    return lambda *arguments: subprocess.run(
        ["sh", ROOT / "deploy" / "backup", *arguments], env=env, capture_output=True, text=True
    )


@pytest.fixture
def piece(tmp_path):
    (tmp_path / "piece").write_bytes(b"journal")
    return tmp_path / "piece"


def test_piece_and_its_name_are_on_disk_before_the_server_removes_its_own(backup, piece, tmp_path):
    journal = tmp_path / "backups" / "wal"

    assert backup("keep", piece, "0001").returncode == 0

    assert (tmp_path / "synced").read_text().splitlines() == [f"{journal}/0001.part", str(journal)]
    assert (journal / "0001").read_bytes() == b"journal"


def test_name_that_was_not_on_disk_when_it_was_interrupted_is_the_next_time(backup, piece, tmp_path):
    backup("keep", piece, "0001")
    (tmp_path / "synced").unlink()

    assert backup("keep", piece, "0001").returncode == 0

    assert (tmp_path / "synced").read_text() == f"{tmp_path / 'backups' / 'wal'}\n"


@pytest.mark.parametrize(
    "arguments",
    [(), ("keep",), ("keep", "a"), ("base", "now"), ("restore",), ("prune",), ("prune", "1", "2"), ("all",)],
)
def test_call_that_makes_no_sense_shows_what_does(backup, arguments):
    done = backup(*arguments)

    assert (done.returncode, "backup prune DAYS" in done.stdout) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("prune", "two"), "write a number of days, like 14"),
        (("prune", "-1"), "write a number of days, like 14"),
        (("prune", "14"), "no base backup found"),
        (("restore", "data"), "no base backup found"),
        (("restore", "data", "2026-11-30T17:55:00Z"), "no base backup ended before 2026-11-30T17:55:00Z"),
    ],
)
def test_refusal_says_why(backup, arguments, words):
    done = backup(*arguments)

    assert (done.returncode, done.stderr) == (2, f"backup: {words}\n")


def test_no_base_backups_are_an_empty_list(backup):
    done = backup("list")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
