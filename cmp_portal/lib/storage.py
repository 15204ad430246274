"""When the store of documents is away: one exception, whatever the store."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.db.models.fields.files import FieldFile
from django.utils.http import content_disposition_header


class StorageAway(Exception):
    """Documents can't be kept or fetched now; nothing that was kept is lost."""


def signed_link(file: FieldFile, *, filename: str, content_type: str) -> str | None:
    """A link to the store itself that soon expires, where S3_SIGNED_LINKS asks for it; None: the portal sends the file.

    The store then does the sending, but cannot say `nosniff`.
    """
    if not (settings.S3_BUCKET and settings.S3_SIGNED_LINKS):
        return None
    disposition = content_disposition_header(True, filename) or "attachment"
    wanted = {"ResponseContentDisposition": disposition, "ResponseContentType": content_type}
    link: str = file.storage.url(file.name, parameters=wanted)  # type: ignore[call-arg]
    return link


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turns every error of the store into StorageAway; a file that is not there stays FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except _errors() as problem:
        raise StorageAway(type(problem).__name__) from problem


def _errors() -> tuple[type[Exception], ...]:
    """Of a folder, or of S3; its client is heavy and imported only where it is used."""
    if not settings.S3_BUCKET:
        return (OSError,)
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return (OSError, Boto3Error, BotoCoreError, ClientError)


class Folder(FileSystemStorage):
    """Django's own; but a file for which there is no room is not left there by half."""

    def _save(self, name: str, content: "File[bytes]") -> str:
        try:
            kept: str = super()._save(name, content)  # type: ignore[misc]
        except OSError:
            with suppress(OSError):
                self.delete(name)
            raise
        return kept
