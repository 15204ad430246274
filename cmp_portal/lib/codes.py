"""QR codes of URLs printed on paper."""

from io import BytesIO

import segno


def qr_svg(address: str) -> str:
    """The QR code as SVG, at error correction level Q (readable with a quarter of it damaged)."""
    drawn = BytesIO()
    segno.make(address, error="q", micro=False).save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()
