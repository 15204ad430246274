"""The site's style sheet: written in parts, found and served as one file."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import get_ident
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

WHOLE = "css/site.css"
# In cascade order; parts that only some pages need are linked there.
PARTS = (
    "tokens",
    "base",
    "layout",
    "components/header",
    "components/menu",
    "components/controls",
    "components/cards",
    "components/notices",
    "components/lasting",
    "components/forms",
    "components/choices",
    "components/progress",
    "components/timeline",
    "components/trail",
    "components/lists",
    "components/credits",
    "components/definitions",
)


class StylesheetFinder(BaseFinder):
    """Concatenates the parts on demand: for each page in development, once for collectstatic."""

    # Shared: if two threads create finders at the same time, Django drops one, and its temporary folder with it.
    _folder: ClassVar = TemporaryDirectory(prefix="cmp-css-")

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != WHOLE:
            return []
        return [str(self._written())] if find_all else str(self._written())

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        self._written()
        yield WHOLE, FileSystemStorage(location=self._folder.name)

    def _written(self) -> Path:
        source = settings.BASE_DIR / "static" / "css"
        file = Path(self._folder.name, WHOLE)
        file.parent.mkdir(exist_ok=True)
        # Several threads may write at once; each sees the complete file or none.
        new = file.with_name(f"{get_ident()}.part")
        new.write_bytes(b"\n".join((source / f"{part}.css").read_bytes() for part in PARTS))
        return new.replace(file)
