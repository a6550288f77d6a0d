from __future__ import annotations

import io

import pytest
from botocore import exceptions
from botocore.httpchecksum import Crc32Checksum, StreamingChecksumBody
from botocore.response import StreamingBody

from cloudkit._core.body import bare_body


def test_the_same_bytes_without_botocore_s_checksum() -> None:
    checked = StreamingChecksumBody(io.BytesIO(b"content"), 7, Crc32Checksum(), "AAAAAA==")
    bare = bare_body(checked, 7)
    assert type(bare) is StreamingBody
    assert bare.read(4) == b"cont"
    assert bare.read() == b"ent"
    bare.close()
    with pytest.raises(ValueError, match="closed"):
        bare.read(1)


def test_a_body_that_ends_early_is_told_of() -> None:
    bare = bare_body(StreamingBody(io.BytesIO(b"cont"), 7), 7)
    assert bare.read(7) == b"cont"
    with pytest.raises(exceptions.IncompleteReadError):
        bare.read(7)
    assert bare_body(StreamingBody(io.BytesIO(b"cont"), None), None).read() == b"cont"
