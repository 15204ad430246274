"""Sends stored documents to those entitled to them."""

from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from cmp_portal.lib.storage import StorageAway, signed_link, storage_errors
from cmp_portal.lib.uploads import fitting_name


def attached(request: HttpRequest, file: FieldFile, *, filename: str, content_type: str) -> HttpResponseBase:
    """Send the file as a download, never inline; via a short-lived signed link where the settings enable it."""
    filename = fitting_name(filename, content_type)
    if link := signed_link(file, filename=filename, content_type=content_type):
        return redirect(link)
    return sent(request, file, content_type=content_type, as_attachment=True, filename=filename)


def sent(request: HttpRequest, file: FieldFile, **how: Any) -> HttpResponseBase:
    """Stream the file; a 503 page while the document store is unavailable."""
    try:
        with storage_errors():
            return FileResponse(file.open("rb"), **how)
    except (StorageAway, FileNotFoundError):
        answer = render(request, "document_away.html", status=503)
        answer["Retry-After"] = "60"
        return answer
