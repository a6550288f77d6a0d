from __future__ import annotations

import zlib

import pytest
from hypothesis import given, strategies as st

from cloudkit.s3._files.crc32 import crc32_combine, crc32_of_parts


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_of_two_it_is_that_of_both(first: bytes, second: bytes) -> None:
    assert crc32_combine(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_of_parts_it_is_that_of_the_whole(parts: list[bytes]) -> None:
    assert crc32_of_parts((zlib.crc32(part), len(part)) for part in parts) == zlib.crc32(b"".join(parts))


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    *[st.integers(0, 2**46)] * 2,
)
def test_how_parts_are_put_together_does_not_matter(
    one: int, two: int, three: int, second: int, third: int
) -> None:
    left = crc32_combine(crc32_combine(one, two, second), three, third)
    assert left == crc32_combine(one, crc32_combine(two, three, third), second + third)


@pytest.mark.parametrize("size", [1, 2**20, 2**24 + 3])
def test_long_ones(size: int) -> None:
    assert crc32_combine(zlib.crc32(b"head"), zlib.crc32(bytes(size)), size) == zlib.crc32(
        b"head" + bytes(size)
    )
