"""Documents as tagged PDF, rendered from a Typst template and separate data, never from concatenated text."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

FOLDER = Path("templates", "documents")
NOON = time(12)
NO_FONT_HAS_IT = "could not be displayed"
logger = logging.getLogger(__name__)


def pdf(template: str, data: Mapping[str, Any], *, on: date) -> bytes:
    """Render the document as PDF/UA-1, in the active language; the same data, day and language give the same bytes.

    If no font has some character, the result is plain PDF, without the PDF/UA claim, rather than an error.
    DOCUMENT_FONTS names folders with more fonts.
    """
    # Imported here: it is heavy, and few processes need it.
    from typst import TypstError

    data = {"board": settings.BOARD_NAME, "language": (get_language() or "en").partition("-")[0], **data}
    try:
        return _compiled(template, data, on=on, standards=["ua-1"])
    except TypstError as problem:
        if NO_FONT_HAS_IT not in str(problem):
            raise
    logger.warning("%s: no font has some of the characters, so the document is not PDF/UA", template)
    return _compiled(template, data, on=on, standards=[])


def _compiled(template: str, data: Mapping[str, Any], *, on: date, standards: list[Any]) -> bytes:
    import typst

    folder = settings.BASE_DIR / FOLDER
    return typst.compile(
        str(folder / f"{template}.typ"),
        root=str(folder),
        font_paths=settings.DOCUMENT_FONTS,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime.combine(on, NOON, UTC),
        pdf_standards=standards,
    )
