"""F8: hostile files through the real upload form: no error page, no temporary files left, nothing served inline."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from random import Random
from zlib import compress

from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib.services.processes import Unavailable
from cmp_portal.lib.uploads import FileCondition
from education.models import Credit, Evidence
from faults.cases.f4.forms.credits import own_credit
from faults.figures import Figure, rounds
from faults.web import TIMEOUT, TOKEN, Answer, filled, signed_in, start_web
from faults.world import World, until
from tests import factories
from tests.factories.education import CERTIFICATE

AT_ONCE = 4
BROKEN_OFF = 20
PEOPLE = 10  # enough that nobody reaches the storage quota
CHECK = "import django; django.setup(); from education.tasks import check_evidence; check_evidence()"
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


def is_inline(answer: Answer) -> bool:
    """Whether a browser might render the response instead of downloading it."""
    is_attachment = answer.headers.get("content-disposition", "").startswith("attachment")
    return answer.status == 200 and not (is_attachment and answer.headers.get("x-content-type-options") == "nosniff")


def files_in(folder: Path) -> int:
    """The number of files below a folder, except gunicorn's own."""
    return sum(file.is_file() and "wgunicorn" not in file.name for file in folder.rglob("*"))


def form(seed: int, *, files: int = 1) -> bytes:
    chance = Random(seed)
    return filled(files=[hostile(chance) for _ in range(files)])


def uploading(credit: Credit, port: int) -> Callable[[bytes], Answer]:
    """A function that uploads content as evidence of a credit, signed in as its holder."""
    visitor = signed_in(factories.HolderUserFactory(holder=credit.holder), port)
    path = reverse("education:evidence_add", args=[credit.uuid])
    return lambda form: visitor.post(path, form)


def break_off(credit: Credit, port: int) -> None:
    """Send half of a large document, then close the connection."""
    visitor = signed_in(factories.HolderUserFactory(holder=credit.holder), port)
    large = BytesIO(CERTIFICATE + b"0" * 8_000_000)
    large.name = "large.pdf"
    body = filled(files=large)
    with closing(HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)) as connection:
        connection.putrequest("POST", reverse("education:evidence_add", args=[credit.uuid]))
        cookies = "; ".join(f"{name}={value}" for name, value in {**visitor.cookies, "csrftoken": TOKEN}.items())
        for name, value in {"Cookie": cookies, "Content-Type": MULTIPART_CONTENT, "Content-Length": len(body)}.items():
            connection.putheader(name, str(value))
        connection.endheaders(body[: len(body) // 2])


def downloading(port: int) -> Callable[[Evidence], Answer]:
    """A function that downloads a document as the Board's staff, who may see all of them."""
    visitor = signed_in(factories.UserFactory(roles=[Role.AUDITOR]), port)
    return lambda one: visitor.get(reverse("education:evidence_file", args=[one.uuid]))


def run(world: World) -> Iterator[Figure]:
    number, before, port = rounds(10_000), files_in(world.folder / "evidence"), start_web(world)
    people = [uploading(own_credit(), port) for _ in range(PEOPLE)]
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        answers = list(crowd.map(lambda seed: people[seed % PEOPLE](form(seed)), range(number)))
        answers.append(people[0](form(number, files=150)))
        list(crowd.map(lambda credit: break_off(credit, port), [own_credit() for _ in range(BROKEN_OFF)]))
        world.start("check", "-c", CHECK).process.wait()
        kept = list(Evidence.objects.order_by("id"))
        served = list(crowd.map(downloading(port), kept))
    yield Figure("F8", "5xx", sum(answer.is_error for answer in answers), of=f"{number:,} uploads, one of 150 files")
    waiting = sum(one.condition == FileCondition.WAITING for one in kept)
    yield Figure("F8", "not checked by the worker", waiting, of=f"{len(kept):,} stored documents")
    downloads = sum(answer.status == 200 for answer in served)
    yield Figure("F8", "served inline", sum(map(is_inline, served)), of=f"{downloads:,} downloads")
    with suppress(Unavailable):
        until(lambda: not files_in(world.folder / "tmp"), "the cleanup of interrupted uploads", 10)
    left = files_in(world.folder / "tmp")
    yield Figure("F8", "temporary files left", left, of=f"{BROKEN_OFF} interrupted uploads")
    files = len(kept) + sum(bool(one.preview) for one in kept)
    yield Figure("F8", "orphaned files", files_in(world.folder / "evidence") - before - files)
