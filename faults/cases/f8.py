"""F8: hostile files through the real form: no error page, nothing left in temporary folders, nothing served inline."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from zlib import compress

from django.urls import reverse

from education.models import Evidence
from faults.cases.f4 import own_credit
from faults.figures import Figure, rounds
from faults.instruments.visitor import filled, signed_in
from faults.world import World
from tests import factories
from tests.factories.education import CERTIFICATE

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x06\x00\x00\x00"
CONTENTS = {
    "empty": b"",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html": b"<!doctype html><script>alert(1)</script>",
    "html after a signature": b"%PDF-1.4\n<html><script>alert(1)</script></html>",
    "truncated pdf": CERTIFICATE[:9],
    "truncated png": PNG[:12],
    "huge picture": PNG + compress(b"\x00" * 5_000_000),
    "bomb": b"%PDF-1.4\n" + compress(b"\x00" * 20_000_000),
    "polyglot": CERTIFICATE + b"PK\x03\x04" + b"\x00" * 100 + b"<script>",
    "jpeg and html": b"\xff\xd8\xff\xe0<html>" + b"\x00" * 500,
    "program": b"MZ\x90\x00" + b"\x00" * 500,
    "certificate": CERTIFICATE,
}
NAMES = ["a.pdf", "x" * 100_000 + ".pdf", "../../../etc/passwd", "..\\..\\a.pdf", "a\x00b.pdf", ".", "a.pdf/", "a.svg"]
NAMES += ["\u202efdp.exe", 'q"; filename="b.html', "line\r\nSet-Cookie: a=b.pdf", "ä" * 300 + ".PDF", "con.pdf", ""]


def hostile(chance: Random) -> BytesIO:
    content = CONTENTS[chance.choice(sorted(CONTENTS))]
    file = BytesIO(content + chance.randbytes(4) if content and chance.random() < 0.5 else content)
    file.name = chance.choice(NAMES)
    return file


def run(world: World) -> Iterator[Figure]:
    number, chance = rounds(300), Random(8)
    credit = own_credit()
    visitor = signed_in(factories.HolderUserFactory(holder=credit.holder), world.start_web())
    path = reverse("education:evidence_add", args=[credit.uuid])
    before = len(files_of(world))
    answers = [visitor.post(path, filled(files=hostile(chance))) for _ in range(number)]
    answers.append(visitor.post(path, filled(files=[hostile(chance) for _ in range(150)])))
    yield Figure("F8", "5xx", sum(answer.is_error for answer in answers), of=f"{number} uploads, one of 150 files")
    kept = list(Evidence.objects.order_by("id"))
    served = [visitor.get(reverse("education:evidence_file", args=[one.uuid])) for one in kept]
    inline = [
        answer
        for answer in served
        if not answer.headers.get("content-disposition", "").startswith("attachment")
        or answer.headers.get("x-content-type-options") != "nosniff"
    ]
    yield Figure("F8", "served inline", len(inline), of=f"{len(served)} kept")
    left = [file for file in (world.folder / "tmp").rglob("*") if file.is_file() and "wgunicorn" not in file.name]
    yield Figure("F8", "temporary files left", len(left))
    yield Figure("F8", "files that belong to nobody", len(files_of(world)) - before - len(kept))


def files_of(world: World) -> list[Path]:
    """All documents in the store, those of earlier cases too."""
    return [file for file in (world.folder / "evidence").rglob("*") if file.is_file()]
