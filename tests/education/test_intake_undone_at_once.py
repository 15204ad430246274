"""A feed is undone while it is imported again."""

from contextlib import suppress

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.enums import Role
from cmp_portal.lib.feeds.sources import UnusableFile
from cmp_portal.lib.uploads import UploadRefused
from education.actions import intake
from education.actions.intake.receiving import lock
from education.models import Credit, IntakeBatch
from tests.education.feeds import HEAD, LINE, ascp_with_reference
from tests.education.sending import send_to
from tests.factories import HolderFactory, ProviderFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = f"{HEAD}\n{LINE}\n".encode()


@pytest.fixture
def ascp():
    HolderFactory(customer_number="100")
    return ascp_with_reference()


@pytest.fixture
def board(ascp):
    return UserFactory(roles=[Role.REGISTRAR])


@pytest.fixture
def upload(ascp, board, now):
    return lambda provider=ascp: intake.upload_feed(
        provider=provider, upload=SimpleUploadedFile("feed.csv", GOOD), by=board, at=now
    )


@pytest.fixture
def taken_in(upload, now):
    batch = upload()
    intake.work_on_feeds(at=now)
    batch.refresh_from_db()
    return batch


def test_what_is_undone_before_its_turn_is_no_failure(ascp, upload, board, now, in_thread, until_blocked):
    earlier = ProviderFactory()
    upload(earlier)
    batch = upload()
    intake.work_on_feeds(at=now)
    upload(earlier)
    upload()

    with transaction.atomic():
        lock(earlier)
        working = in_thread(lambda: intake.work_on_feeds(at=now))
        until_blocked()
        in_thread(lambda: intake.ask_undo(batch=batch, by=board, at=now)).result()
    working.result()
    batch.refresh_from_db()
    assert (batch.failure, batch.undo_asked_at) == ("", now)

    intake.work_on_feeds(at=now)

    batch.refresh_from_db()
    assert (batch.failure, batch.undone_at, Credit.objects.get(provider=ascp).withdrawn_at) == ("", now, now)


def test_what_was_undone_meanwhile_does_not_come_back(ascp, board, now, in_thread, until_blocked):
    batch = send_to(ascp, {}, at=now).batch

    with transaction.atomic():
        lock(ascp)
        again = in_thread(lambda: send_to(ascp, {}, at=now))
        until_blocked()
        intake.undo_batch(batch=intake.ask_undo(batch=batch, by=board, at=now), by=board, at=now)

    with pytest.raises(UnusableFile, match="the Board undid this feed"):
        again.result()
    assert Credit.objects.get().withdrawn_at == now


def test_an_upload_takes_no_undoing_back(taken_in, upload, board, now, in_thread, until_blocked):
    with transaction.atomic():
        intake.ask_undo(batch=taken_in, by=board, at=now)
        again = in_thread(upload)
        with suppress(AssertionError):
            until_blocked(1)

    with pytest.raises(UploadRefused, match="The Board undid this file"):
        again.result()
    assert IntakeBatch.objects.get().undo_asked_at == now


def test_a_file_whose_feed_is_undone_is_not_kept(taken_in, upload, board, now):
    again = upload()
    intake.ask_undo(batch=taken_in, by=board, at=now)

    intake.work_on_feeds(at=now)

    assert IntakeBatch.objects.get().file.name == ""
    assert not default_storage.exists(again.file.name)
