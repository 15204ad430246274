"""Rejects files for senders: the rejected records as received, each with its line number and reason."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
from typing import IO

from cmp_portal.lib.spreadsheets import safe

Row = tuple[int, str, Sequence[str]]
# The columns before those of the feed, by which a rejects file is recognized when it comes back.
ADDED = ("line", "reason")


@contextmanager
def rejects_file(path: Path, columns: Sequence[str]) -> Iterator[Callable[[Iterable[Row]], None]]:
    """Yield a writer of rows (line, reason, cells); the file appears atomically when the block succeeds.

    Without rows there is no file, and an earlier one at the path is removed. A path that is not a regular file, such as
    a device, pipe or symlink, is written to directly.
    """
    if path.exists() and not S_ISREG(path.lstat().st_mode):
        with path.open("w", encoding="utf-8", newline="") as place:
            yield partial(_write, place, columns)
        return
    with NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name[:100]}.", delete=False, encoding="utf-8", newline=""
    ) as file:
        try:
            yield partial(_write, file, columns)
            is_empty = file.tell() == 0
        except BaseException:
            os.unlink(file.name)
            raise
    if is_empty:
        os.unlink(file.name)
        path.unlink(missing_ok=True)
    else:
        os.replace(file.name, path)


def _write(file: IO[str], columns: Sequence[str], rows: Iterable[Row]) -> None:
    writer = csv.writer(file)
    for number, (line, reason, cells) in enumerate(rows):
        if number == 0:
            writer.writerow([*ADDED, *columns])
        writer.writerow([line, reason, *map(safe, cells)])
    file.flush()
