"""The CRC32 of a whole, from those of its parts: parts are summed up by several threads, in any order."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

# The polynomial of CRC-32 (ISO-HDLC, the one of zlib and of S3). The highest bit is the coefficient of x**0.
_POLYNOMIAL = 0xEDB88320
_ONE = 1 << 31
# A number of bytes has less bits than this, and bytes have eight bits each.
_MOST_BITS = 64
_BITS_OF_A_BYTE_AS_POWER = 3


def _product(left: int, right: int) -> int:
    """The product of two polynomials over GF(2), modulo the polynomial."""
    product = 0
    while left:
        if left & _ONE:
            product ^= right
        left = (left << 1) & 0xFFFFFFFF
        right = (right >> 1) ^ (_POLYNOMIAL if right & 1 else 0)
    return product


def _squares() -> list[int]:
    """x**1, x**2, x**4, x**8 ... modulo the polynomial."""
    powers = [_ONE >> 1]
    while len(powers) < _MOST_BITS:
        powers.append(_product(powers[-1], powers[-1]))
    return powers


_POWERS = _squares()


# Most parts of an upload are of the same size.
@lru_cache(maxsize=64)
def _shift(size: int) -> int:
    """x**(8 * size) modulo the polynomial: what so many bytes behind it do to a CRC32."""
    shift, power = _ONE, _BITS_OF_A_BYTE_AS_POWER
    while size:
        if size & 1:
            shift = _product(_POWERS[power], shift)
        size, power = size >> 1, power + 1
    return shift


def crc32_combine(first: int, second: int, size: int) -> int:
    """The CRC32 of `a + b`, from `crc32(a)`, `crc32(b)` and `len(b)`; in time that grows with the log of the length."""
    return _product(_shift(size), first) ^ second


def crc32_of_parts(parts: Iterable[tuple[int, int]]) -> int:
    """The CRC32 of the whole, from CRC32 and size of each part, in order."""
    whole = 0
    for crc, size in parts:
        whole = crc32_combine(whole, crc, size)
    return whole
