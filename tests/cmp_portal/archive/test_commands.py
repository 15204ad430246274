"""The commands that write and load an archive."""

import errno
import json
import sys
from io import BytesIO, TextIOWrapper
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.management import CommandError, call_command

from cmp_portal.export import export_file
from cmp_portal.lib.commands import whole_or_gone
from cmp_portal.loading import load_archive

pytestmark = pytest.mark.django_db


def test_commands_write_and_read_the_same_file(packed, now, tmp_path, capsys):
    holder, file = load_archive(packed[1], at=now), tmp_path / "record.zip"

    call_command("export_holder", holder.customer_number, str(file))

    assert ZipFile(file).namelist() == packed[1].namelist()
    with pytest.raises(CommandError, match="already") as refusal:
        call_command("load_holder", str(file))
    assert refusal.value.returncode == 2


def test_archive_to_standard_output_has_nothing_else_in_it(packed, now, tmp_path, monkeypatch, capfdbinary):
    holder = load_archive(packed[1], at=now)
    monkeypatch.chdir(tmp_path)

    call_command("export_holder", holder.customer_number, "-")

    written = capfdbinary.readouterr().out
    assert (written[:2], ZipFile(BytesIO(written)).namelist()) == (b"PK", packed[1].namelist())
    assert list(tmp_path.iterdir()) == []


def test_archive_from_standard_input_is_loaded(packed, now, monkeypatch, capsys):
    packed[1].fp.seek(0)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(packed[1].fp))

    call_command("load_holder", "-")

    assert capsys.readouterr().out.endswith(" was loaded\n")


def test_standard_input_that_is_closed_is_told(db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(CommandError, match=r"^- can't be read: Bad file descriptor$") as refusal:
        call_command("load_holder", "-")

    assert refusal.value.returncode == 2


def test_archive_is_not_poured_onto_a_terminal(holder, monkeypatch, capfdbinary):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    with pytest.raises(CommandError, match="terminal") as refusal:
        call_command("export_holder", holder.customer_number, "-")

    assert (refusal.value.returncode, capfdbinary.readouterr().out) == (2, b"")


@pytest.mark.parametrize("number", ["0", ""])
def test_command_knows_whom_it_does_not_know(now, tmp_path, number):
    with pytest.raises(CommandError) as refusal:
        call_command("export_holder", number, str(tmp_path / "record.zip"))

    assert (refusal.value.returncode, list(tmp_path.iterdir())) == (2, [])


def test_command_overwrites_nothing(holder, tmp_path):
    (tmp_path / "record.zip").write_text("mine")

    with pytest.raises(CommandError, match="already"):
        call_command("export_holder", holder.customer_number, str(tmp_path / "record.zip"))

    assert (tmp_path / "record.zip").read_text() == "mine"


def test_command_says_where_it_cannot_write(holder, tmp_path):
    with pytest.raises(CommandError, match="can't be written: No such file or directory") as refusal:
        call_command("export_holder", holder.customer_number, str(tmp_path / "missing" / "record.zip"))

    assert refusal.value.returncode == 2


def test_full_disk_is_told_with_the_name_of_the_file(holder, monkeypatch, tmp_path):
    """`manage.py` ends with 74 then, as its help says."""

    def no_space(*_args, **_options):
        yield b"PK"
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cmp_portal.management.commands.export_holder.archive_of", no_space)
    file = tmp_path / "record.zip"

    with pytest.raises(OSError, match="No space") as problem:
        call_command("export_holder", holder.customer_number, str(file))

    assert (problem.value.filename, file.exists()) == (str(file), False)


@pytest.mark.parametrize("stopped_by", [KeyboardInterrupt, OSError("the disk is full")])
def test_command_leaves_no_half_archive(tmp_path, stopped_by):
    file = tmp_path / "record.zip"

    with pytest.raises((KeyboardInterrupt, OSError)), file.open("xb") as written, whole_or_gone(file):
        written.write(b"PK")
        raise stopped_by

    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"hello"])
def test_command_refuses_what_is_no_archive(db, tmp_path, content):
    (tmp_path / "record.zip").write_bytes(content)

    with pytest.raises(CommandError) as refusal:
        call_command("load_holder", str(tmp_path / "record.zip"))

    assert refusal.value.returncode == 2


def test_command_says_what_it_cannot_read(db, tmp_path):
    with pytest.raises(CommandError, match="can't be read: Is a directory") as refusal:
        call_command("load_holder", str(tmp_path))

    assert refusal.value.returncode == 2


def damaged(content):
    """Its first entry is of bytes that unpack to nothing."""
    return content[:60] + bytes(byte ^ 0x55 for byte in content[60:260]) + content[260:]


def locked(content):
    """Its last entry says that it needs a password."""
    at = content.rindex(b"PK\x01\x02") + 8
    return content[:at] + b"\x01" + content[at + 1 :]


@pytest.mark.parametrize("spoil", [damaged, locked])
def test_command_refuses_an_archive_that_was_damaged(holder, now, tmp_path, spoil):
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("record.json", "".join(export_file(holder, at=now)))
    (tmp_path / "record.zip").write_bytes(spoil(packed.getvalue()))

    with pytest.raises(CommandError, match="is inconsistent or damaged") as refusal:
        call_command("load_holder", str(tmp_path / "record.zip"))

    assert refusal.value.returncode == 2


def _another(record, **changes):
    return json.dumps(record | {"register": [record["register"][0] | {"customer_number": "7"} | changes]})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda record: "{", "record.json is not JSON"),
        (lambda record: "[]", "record.json is not laid out as export_holder writes it"),
        (lambda record: "{}", "record.json, or a part or field in it, is missing"),
        (lambda record: _another(record, birth_month=13), "a value in record.json is not allowed"),
    ],
    ids=["half", "list", "empty", "no such month"],
)
def test_command_says_what_is_wrong_with_a_record(holder, now, tmp_path, spoil, words):
    record = json.loads("".join(export_file(holder, at=now)))
    with ZipFile(tmp_path / "record.zip", "w") as archive:
        archive.writestr("record.json", spoil(record))

    with pytest.raises(CommandError) as refusal:
        call_command("load_holder", str(tmp_path / "record.zip"))

    told = f"nothing was loaded: the archive is inconsistent or damaged: {words}; export the holder again"
    assert str(refusal.value) == told
