"""A list of bits, one for each of many, in which nobody finds another's place (W3C Bitstring Status List)."""

import gzip
from collections.abc import Iterable

from cmp_portal.lib.signing import base64url

# The least that hides a place among enough others.
LENGTH = 131_072


def encoded(places: Iterable[int]) -> str:
    """The list with these bits set, the first bit leftmost: compressed, as multibase base64url."""
    bits = bytearray(LENGTH // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> (place % 8)
    return f"u{base64url(gzip.compress(bytes(bits), mtime=0))}"
