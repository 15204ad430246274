"""A holder's complete record as one ZIP: machine-readable data, printable papers and the uploaded documents."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from django.db.models.fields.files import FieldFile
from django.utils.translation import get_language, override

from accounts.models import ChangeDocument, Holder
from cmp_portal.export import export_file
from cmp_portal.lib.archives import Entry, zipped
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.storage import storage_errors
from cmp_portal.lib.uploads import fitting_name, held_back
from credentials.models import Cycle
from declarations.models import Declaration
from declarations.queries import as_pdf, declaration_pdf, file_name, transcript_of
from education.models import Evidence

RECORD, MISSING = "record.json", "missing.txt"
CHUNK = 100
UNUSUAL = re.compile(r"[^\w.-]+")
Document = Evidence | ChangeDocument


def archive_of(holder: Holder, *, at: datetime) -> Iterator[bytes]:
    """Stream the ZIP in chunks; aborts with StorageAway if documents can't be fetched."""
    return zipped(_entries(holder, at, get_language() or "en"), at=at)


def archive_name(at: datetime) -> str:
    """Contains no personal name, since others may see file names."""
    return f"my-record-{board_day(at).isoformat()}.zip"


def _entries(holder: Holder, at: datetime, language: str) -> Iterator[Entry]:
    missing: list[str] = []
    yield RECORD, (text.encode() for text in export_file(holder, at=at))
    yield from _papers(holder, at, language)
    for document in documents_of(holder):
        with storage_errors():
            try:
                file = document.file.open("rb")
            except FileNotFoundError:
                missing.append(path_of(document))
                continue
            yield path_of(document), _read(file)
    if missing:
        yield MISSING, [f"{path}\n".encode() for path in missing]


def _papers(holder: Holder, at: datetime, language: str) -> Iterator[Entry]:
    """Transcripts and declarations, rendered lazily; hence in the given language, as the thread's may have changed."""
    on = board_day(at)
    cycles = Cycle.objects.filter(holder=holder).select_related("holder", "credential__credential_type")
    for cycle in cycles.select_related("requirement_set__credential_type").order_by("id").iterator(CHUNK):
        with override(language):
            transcript = transcript_of(cycle, on=on)
            yield f"transcripts/{cycle.pk}-{file_name(transcript, 'pdf')}", [as_pdf(transcript)]
    declared = Declaration.objects.filter(holder=holder, number__isnull=False).order_by("id")
    related = ("holder", "attestation", "requirement_set", "cycle__credential__credential_type")
    for declaration in declared.select_related(*related).iterator(CHUNK):
        with override(language):
            yield f"declarations/{declaration.number}.pdf", [declaration_pdf(declaration, on=on)]


def documents_of(holder: Holder) -> Iterable[Document]:
    """All documents of credits and of change requests, except those held back as harmful."""
    found: Iterator[Document] = chain(
        Evidence.objects.filter(holder=holder).order_by("id").iterator(CHUNK),
        ChangeDocument.objects.filter(holder=holder).order_by("id").iterator(CHUNK),
    )
    return (document for document in found if document.condition not in held_back())


def path_of(document: Document) -> str:
    """Unique by UUID, readable by name."""
    name = UNUSUAL.sub("_", document.name).strip("._") or "document"
    return f"documents/{document.uuid}/{fitting_name(name, document.media_type)}"


def _read(file: FieldFile) -> Iterator[bytes]:
    with file, storage_errors():
        yield from file.chunks()
