"""Failures of the document store, as one exception whatever the store."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db.models.fields.files import FieldFile
from django.utils.http import content_disposition_header


class StorageAway(Exception):
    """Documents can't be stored or fetched right now; nothing stored is lost."""


def signed_link(file: FieldFile, *, filename: str, content_type: str) -> str | None:
    """A short-lived link to the store itself, if S3_SIGNED_LINKS is set; None if the portal sends the file.

    The store then serves the file, but cannot send `nosniff`.
    """
    if not (settings.S3_BUCKET and settings.S3_SIGNED_LINKS):
        return None
    disposition = content_disposition_header(True, filename) or "attachment"
    wanted = {"ResponseContentDisposition": disposition, "ResponseContentType": content_type}
    link: str = file.storage.url(file.name, parameters=wanted)  # type: ignore[call-arg]
    return link


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn every error of the store into StorageAway; a missing file stays FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except _errors() as problem:
        raise StorageAway(type(problem).__name__) from problem


def probe() -> bool:
    """Whether the store took a small file, gave it back as it was, and deleted it. Raises StorageAway."""
    said = uuid4().hex.encode()
    with storage_errors():
        name = default_storage.save(f"doctor/{said.decode()}.txt", ContentFile(said))
        try:
            with default_storage.open(name) as file:
                return bool(file.read() == said)
        finally:
            default_storage.delete(name)


def is_well() -> bool:
    """Whether the store works: then whatever it refuses is about that file alone."""
    try:
        return probe()
    except (StorageAway, OSError):
        return False


def _errors() -> tuple[type[Exception], ...]:
    """The errors of a folder or of S3, whose client is heavy and imported only where used."""
    if not settings.S3_BUCKET:
        return (OSError,)
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return (OSError, Boto3Error, BotoCoreError, ClientError)


class Folder(FileSystemStorage):
    """Django's file storage, but without leaving partial files behind when the disk is full."""

    def _save(self, name: str, content: "File[bytes]") -> str:
        try:
            kept: str = super()._save(name, content)  # type: ignore[misc]
        except OSError:
            with suppress(OSError):
                self.delete(name)
            raise
        return kept
