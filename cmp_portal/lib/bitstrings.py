"""Bitstring Status List (W3C): one bit per credential, among so many that none can be singled out."""

import gzip
from collections.abc import Iterable

from cmp_portal.lib.signing import base64url

# The minimum length the specification demands, so that an entry hides among enough others.
LENGTH = 131_072


def encoded(places: Iterable[int]) -> str:
    """The list with these bits set, first bit leftmost; gzipped and encoded as multibase base64url."""
    bits = bytearray(LENGTH // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> (place % 8)
    return f"u{base64url(gzip.compress(bytes(bits), mtime=0))}"
