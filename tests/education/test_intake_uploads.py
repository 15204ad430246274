"""Feeds uploaded by the Board."""

import gzip
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.actions import CompletedWithProblems
from cmp_portal.lib.uploads import UploadRefused
from education.actions import intake
from education.models import Credit, IntakeBatch
from tests.education.feeds import HEAD, LINE, ascp_with_reference
from tests.factories import HolderFactory, UserFactory

GOOD = f"{HEAD}\n{LINE}\n".encode()


@pytest.fixture
def upload(db, now):
    ascp, registrar = ascp_with_reference(), UserFactory(roles=["registrar"])
    HolderFactory(customer_number="100")
    return lambda content, name="feed.csv": intake.upload_feed(
        provider=ascp, upload=SimpleUploadedFile(name, content), by=registrar, at=now
    )


@pytest.mark.parametrize("content", [GOOD, gzip.compress(GOOD)], ids=["csv", "packed"])
def test_uploaded_feed_waits_for_the_worker(upload, now, content):
    batch = upload(content)
    assert (batch.ended_at, default_storage.exists(batch.file.name), Credit.objects.exists()) == (None, True, False)

    assert [intake.work_on_feeds(at=now) for _time in range(2)] == [1, 0]

    done = IntakeBatch.objects.get()
    assert (done.accepted, done.ended_at is not None, done.file.name, done.name) == (1, True, "", "feed.csv")
    assert not default_storage.exists(batch.file.name)


def test_the_same_file_is_one_feed(upload, now):
    first = upload(GOOD)
    intake.work_on_feeds(at=now)

    assert upload(GOOD, "copy.csv") == first
    intake.work_on_feeds(at=now)

    again = IntakeBatch.objects.get()
    assert (again.lines, again.accepted, again.duplicate, Credit.objects.count()) == (1, 1, 0, 1)
    assert (again.file.name, intake.work_on_feeds(at=now)) == ("", 0)


@pytest.mark.parametrize(
    ("content", "failure", "what_to_do"),
    [
        (gzip.compress(b""), "the file is empty; its first line must name the columns", "export it again"),
        (b"\x89PNG\r\n", "the file is not CSV text in UTF-8 (line 1: byte 1 is not UTF-8)", "save it as “CSV UTF-8”"),
        (b'a,"b"c\n', "the file is not CSV (line 1: ", "fix the quotes around the column names"),
        (b"external_id,title,title\n", "columns named twice: title", "name each only once"),
        (b"external_id,title\n", "columns missing: customer_number, kind, subjects, completed_on, points", "add them"),
        (b"[{}]", "the file is one JSON list", "write one object per line, without commas between them"),
        (gzip.compress(GOOD)[:-12], "the compressed file is damaged", "compress it again, or send it uncompressed"),
        (gzip.compress(GOOD + (LINE + "\n").encode() * 3000), "the file is too long", "split it into several"),
    ],
    ids=["empty", "picture", "quotes", "twice", "columns", "list", "damaged", "bomb"],
)
def test_unusable_file_says_why(upload, now, settings, content, failure, what_to_do):
    settings.FEED_MAX_TEXT_BYTES = 100_000
    upload(content)

    intake.work_on_feeds(at=now)

    batch = IntakeBatch.objects.get()
    assert (batch.failure.startswith(failure), what_to_do in batch.failure) == (True, True)
    assert (batch.ended_at is not None, batch.lines, Credit.objects.exists()) == (True, 0, False)
    assert intake.work_on_feeds(at=now) == 0


def test_file_that_is_gone_fails_alone(upload, now):
    default_storage.delete(upload(b"lost").file.name)
    upload(GOOD)

    assert intake.work_on_feeds(at=now) == 2
    lost, good = IntakeBatch.objects.order_by("id")
    assert (lost.failure, lost.accepted, good.failure, good.accepted) == (
        "the file no longer exists: upload it again",
        0,
        "",
        1,
    )


@pytest.mark.parametrize("content", [b"", b"x" * 101], ids=["empty", "large"])
def test_file_that_is_not_kept(upload, settings, content):
    settings.FEED_MAX_BYTES = 100

    with pytest.raises(UploadRefused):
        upload(content)
    assert not IntakeBatch.objects.exists()


def test_feed_that_fails_for_an_unknown_reason_keeps_no_other_waiting(upload, now):
    stuck, other = upload(GOOD), upload(GOOD + b"\n")
    path = Path(default_storage.path(stuck.file.name))
    path.unlink()
    path.mkdir()

    with pytest.raises(CompletedWithProblems, match=rf"^1 failed: feed {stuck.pk} \(StorageAway\)$"):
        intake.work_on_feeds(at=now)

    path.rmdir()
    assert list(IntakeBatch.objects.filter(ended_at=None)) == [stuck]
    assert IntakeBatch.objects.get(pk=other.pk).file.name == ""
