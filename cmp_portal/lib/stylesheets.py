"""The stylesheet of every page: in parts where it is written, one file where it is served."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

SITE = "css/site.css"
IMPORT = re.compile(r'@import "([^"]+)";')
Collected = dict[str, tuple[Storage, str]]


class WholeStylesheet(ManifestStaticFilesStorage):
    """Names by content; the parts of the page's stylesheet stand in it, so that a first visit asks once."""

    def post_process(self, paths: Collected, dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if SITE in paths and not dry_run:
            whole = IMPORT.sub(
                lambda found: _text(paths, f"{PurePosixPath(SITE).parent}/{found[1]}"), _text(paths, SITE)
            )
            self.delete(SITE)
            self.save(SITE, ContentFile(whole.encode()))
            paths = {**paths, SITE: (self, SITE)}
        yield from super().post_process(paths, dry_run, **options)


class CompressedWholeStylesheet(WholeStylesheet, CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """The same, compressed beforehand."""


def _text(paths: Collected, name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return bytes(file.read()).decode()
