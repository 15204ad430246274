"""Sample certificates of participation as one-page PDFs, written by hand without a library or font file."""

from collections.abc import Iterable

from cmp_portal.demo.learning import Learned
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text


def certificate(learned: Learned, participant: str) -> bytes:
    """A certificate with the five fields an audit asks for: date, title, provider, participant and contact hours."""
    return one_page(
        [
            "Certificate of participation (sample)",
            "",
            participant,
            "has completed",
            learned.activity.title,
            "",
            f"Offered by: {learned.activity.organiser}",
            f"Completed on: {longdate(learned.completed_on)}",
            f"Contact hours: {points_text(learned.points)}",
        ]
    )


def one_page(lines: Iterable[str]) -> bytes:
    """A PDF of these lines, one below the other, the first one larger."""
    first, *others = map(_escaped, lines)
    moves = b"".join(b"0 -24 Td (" + line + b") Tj " for line in others)
    content = b"BT /F1 20 Tf 72 700 Td (" + first + b") Tj /F1 12 Tf " + moves + b"ET"
    return _assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
    )


def _escaped(text: str) -> bytes:
    for special in "\\()":
        text = text.replace(special, f"\\{special}")
    return text.encode("cp1252", errors="replace")


def _assembled(objects: list[bytes]) -> bytes:
    """The PDF file: objects and their cross-reference table of byte offsets."""
    file, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer
