from __future__ import annotations

import base64
import hashlib
import io
import os
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cloudkit import Bucket, Object
from cloudkit.errors import InvalidRequest, ServiceError
from cloudkit.s3 import BucketNotFound, Checksum, ObjectNotFound, checksum
from cloudkit.s3._files.verifying import verify
from cloudkit.s3.checksum import checksum_of, digest_of, new_digest
from tests.conftest import Rig
from tests.faults import FaultServer
from tests.s3.served import BODY, crc32, served

PARTS = (400, 400, 224)


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("sums"))


@pytest.fixture(autouse=True)
def no_awscrt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether awscrt is installed where the tests run must not matter."""
    monkeypatch.setitem(sys.modules, "awscrt.checksums", None)
    checksum._of_awscrt.cache_clear()


def sum_of(algorithm: str, body: bytes) -> str:
    return base64.b64encode(hashlib.new(algorithm, body).digest()).decode()


def pieces(body: bytes, sizes: Sequence[int]) -> list[bytes]:
    found = []
    for size in sizes:
        found.append(body[:size])
        body = body[size:]
    return found


def composite(algorithm: str, sizes: Sequence[int], body: bytes = BODY) -> str:
    def digest(data: bytes) -> bytes:
        if algorithm == "crc32":
            return zlib.crc32(data).to_bytes(4, "big")
        return hashlib.new(algorithm, data).digest()

    whole = digest(b"".join(digest(piece) for piece in pieces(body, sizes)))
    return f"{base64.b64encode(whole).decode()}-{len(sizes)}"


def md5_etag(body: bytes, sizes: Sequence[int] = ()) -> str:
    if not sizes:
        return f'"{hashlib.md5(body).hexdigest()}"'
    whole = b"".join(hashlib.md5(piece).digest() for piece in pieces(body, sizes))
    return f'"{hashlib.md5(whole).hexdigest()}-{len(sizes)}"'


# -- what S3 keeps -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["crc32", "sha1", "sha256"])
def test_what_was_asked_for_is_kept(bucket: Bucket, algorithm: Any) -> None:
    thing = bucket["k"].write_bytes(BODY, checksum=algorithm)
    value = crc32(BODY) if algorithm == "crc32" else sum_of(algorithm, BODY)
    assert thing.checksum == Checksum(algorithm, value)
    assert thing.checksum.digest == base64.b64decode(value)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ({}, None),
        ({"ChecksumType": "FULL_OBJECT"}, None),
        ({"ChecksumCRC32": "AAAAAA==", "ChecksumType": "FULL_OBJECT"}, Checksum("crc32", "AAAAAA==")),
        ({"ChecksumCRC64NVME": "AAAAAAAAAAA="}, Checksum("crc64nvme", "AAAAAAAAAAA=")),
        ({"ChecksumXXHASH3": "AAAAAAAAAAA="}, Checksum("xxhash3", "AAAAAAAAAAA=")),
        # The one that can be made everywhere goes first.
        ({"ChecksumCRC64NVME": "AA==", "ChecksumSHA256": "BB=="}, Checksum("sha256", "BB==")),
        ({"ChecksumSHA1": "AA==-3", "ETag": '"x-3"'}, Checksum("sha1", "AA==", "composite", 3)),
        (
            {"ChecksumCRC32": "AA==", "ChecksumType": "COMPOSITE", "ETag": '"x-3"'},
            Checksum("crc32", "AA==", "composite", 3),
        ),
        ({"ChecksumCRC32": "AA==", "ETag": '"x-3"'}, Checksum("crc32", "AA==", "composite", 3)),
        (
            {"ChecksumCRC32": "AA==", "ChecksumType": "FULL_OBJECT", "ETag": '"x-3"'},
            Checksum("crc32", "AA=="),
        ),
        ({"ChecksumCRC64NVME": "AA==", "ETag": '"x-3"'}, Checksum("crc64nvme", "AA==")),
        ({"ChecksumSHA256": "AA==", "ETag": '"x-3"'}, Checksum("sha256", "AA==", "composite", 3)),
        ({"ChecksumSHA256": "AA==", "ETag": '"x"'}, Checksum("sha256", "AA==")),
    ],
)
def test_answers(answer: dict[str, str], wanted: Checksum | None) -> None:
    assert checksum_of(answer) == wanted


def test_it_is_asked_for_with_one_head(faults: FaultServer) -> None:
    thing, _ = served(faults, checksums={"x-amz-checksum-crc32": crc32(BODY)})
    assert thing.checksum == Checksum("crc32", crc32(BODY))
    assert [request.method for request in faults.requests] == ["HEAD"]
    assert faults.requests[0].headers["x-amz-checksum-mode"] == "ENABLED"


def test_nothing_may_be_kept(faults: FaultServer) -> None:
    thing, _ = served(faults)
    assert thing.checksum is None


def test_what_is_not_there(bucket: Bucket, rig: Rig) -> None:
    uses: list[Callable[[Object], object]] = [lambda each: each.checksum, lambda each: each.verify(b"x")]
    for use in uses:
        with pytest.raises(ObjectNotFound):
            use(bucket["nothing"])
        with pytest.raises(BucketNotFound):
            use(Object(rig.name("nobucket"), "k"))


# -- digests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["crc32", "sha1", "sha256", "sha512", "md5"])
def test_digests_are_taken_in_pieces(algorithm: str) -> None:
    digest = new_digest(algorithm)
    assert digest is not None
    for piece in pieces(BODY, PARTS):
        digest.update(memoryview(piece))
    wanted = zlib.crc32(BODY).to_bytes(4, "big") if algorithm == "crc32" else None
    assert digest.digest() == (wanted or hashlib.new(algorithm, BODY).digest())


def _crc_bit_by_bit(polynomial: int, bits: int) -> Callable[[bytes, int], int]:
    """As awscrt has it."""
    full = (1 << bits) - 1

    def crc(data: bytes, before: int = 0) -> int:
        assert isinstance(data, bytes)
        value = before ^ full
        for byte in data:
            value ^= byte
            for _ in range(8):
                value = value >> 1 ^ (polynomial if value & 1 else 0)
        return value ^ full

    return crc


@pytest.fixture
def awscrt(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("awscrt.checksums")
    module.crc32c = _crc_bit_by_bit(0x82F63B78, 32)
    module.crc64nvme = _crc_bit_by_bit(0x9A6C9329AC4BC9B5, 64)
    monkeypatch.setitem(sys.modules, "awscrt", ModuleType("awscrt"))
    monkeypatch.setitem(sys.modules, "awscrt.checksums", module)
    checksum._of_awscrt.cache_clear()


CHECK = {"crc32c": "e3069283", "crc64nvme": "ae8b14860a799888"}


@pytest.mark.usefixtures("awscrt")
@pytest.mark.parametrize("algorithm", CHECK)
def test_awscrt_makes_the_others(algorithm: str, faults: FaultServer) -> None:
    digest = new_digest(algorithm)
    assert digest is not None
    digest.update(b"1234")
    digest.update(memoryview(b"56789"))
    assert digest.digest().hex() == CHECK[algorithm]
    value = base64.b64encode(bytes.fromhex(CHECK[algorithm])).decode()
    thing, server = served(
        faults, checked=True, body=b"123456789", checksums={f"x-amz-checksum-{algorithm}": value}
    )
    assert thing.read_bytes() == b"123456789"
    assert thing.verify(b"123456789")
    server.corrupt = [3]
    with pytest.raises(ServiceError, match=f"its {algorithm} is"):
        thing.read_bytes()


@pytest.mark.parametrize("algorithm", CHECK)
def test_without_awscrt_they_cannot_be_made(algorithm: str) -> None:
    assert new_digest(algorithm) is None
    assert new_digest("xxhash3") is None
    with pytest.raises(InvalidRequest, match=f"{algorithm} cannot be computed here"):
        digest_of(io.BytesIO(), algorithm)


# -- verify ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["crc32", "sha1", "sha256"])
def test_a_file_is_verified(bucket: Bucket, tmp_path: Path, algorithm: Any) -> None:
    thing = bucket["k"].write_bytes(BODY, checksum=algorithm)
    path = tmp_path / "f"
    path.write_bytes(BODY)
    assert thing.verify(path)
    assert thing.verify(str(path))
    assert thing.verify(BODY)
    changed = bytearray(BODY)
    changed[500] ^= 1
    path.write_bytes(changed)
    assert not thing.verify(path)
    assert not thing.verify(bytes(changed))
    assert not thing.verify(BODY[:-1])
    assert not thing.verify(b"")
    with pytest.raises(FileNotFoundError):
        thing.verify(tmp_path / "nothing")


def test_an_empty_object_is_verified(bucket: Bucket) -> None:
    assert bucket["k"].write_bytes(b"").verify(b"")
    assert not bucket["k"].verify(b"x")


def test_another_size_is_another_content(faults: FaultServer, tmp_path: Path) -> None:
    thing, _ = served(faults, checksums={"x-amz-checksum-crc32": crc32(BODY)})
    assert not thing.verify(BODY + b"x")
    assert len(faults.requests) == 1


@pytest.mark.parametrize("algorithm", ["crc32", "sha1", "sha256"])
def test_checksums_of_parts(faults: FaultServer, algorithm: str) -> None:
    sums = {f"x-amz-checksum-{algorithm}": composite(algorithm, PARTS), "x-amz-checksum-type": "COMPOSITE"}
    thing, _ = served(faults, checksums=sums, parts=PARTS)
    assert thing.verify(BODY)
    assert [request.query.get("partNumber") for request in faults.requests] == [None, ["1"]]
    assert not thing.verify(bytes(1024))


def test_a_checksum_that_may_be_of_either_kind(faults: FaultServer) -> None:
    thing, server = served(faults, etag='"x-3"', checksums={"x-amz-checksum-crc32": crc32(BODY)}, parts=PARTS)
    assert thing.verify(BODY)
    assert not thing.verify(bytes(1024))
    server.checksums = {"x-amz-checksum-crc32": composite("crc32", PARTS).partition("-")[0]}
    assert thing.verify(BODY)
    assert thing.read_bytes() == BODY


@pytest.mark.parametrize("sizes", [(100, 800, 124), (100, 100, 824), (400, 300, 324), (1024,), (1000, 24)])
def test_parts_of_all_sizes(faults: FaultServer, sizes: tuple[int, ...]) -> None:
    thing, server = served(faults, etag=md5_etag(BODY, sizes), parts=sizes)
    assert thing.verify(BODY)
    assert not thing.verify(bytes(1024))
    server.etag = md5_etag(bytes(1024), sizes)
    assert thing.verify(bytes(1024))


def test_a_server_that_knows_no_parts(faults: FaultServer) -> None:
    thing, _ = served(faults, etag=md5_etag(BODY, PARTS))
    with pytest.raises(InvalidRequest, match="does not say how large the 3 parts were"):
        thing.verify(BODY)


def test_an_upload_in_parts_on_a_bucket(bucket: Bucket) -> None:
    data = os.urandom(5 * 1024**2) + b"the rest"
    upload = bucket.cloud.call(
        "s3", "create_multipart_upload", Bucket=bucket.name, Key="k", ChecksumAlgorithm="SHA256"
    )
    named = {"Bucket": bucket.name, "Key": "k", "UploadId": upload["UploadId"]}
    parts: list[dict[str, Any]] = []
    for number, body in enumerate((data[: 5 * 1024**2], data[5 * 1024**2 :]), 1):
        answer = bucket.cloud.call(
            "s3", "upload_part", **named, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256"
        )
        parts.append(
            {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": answer["ChecksumSHA256"]}
        )
    bucket.cloud.call("s3", "complete_multipart_upload", **named, MultipartUpload={"Parts": parts})
    assert bucket["k"].etag.endswith('-2"')
    assert bucket["k"].verify(data)
    assert not bucket["k"].verify(data[:-1] + b"x")


def test_an_etag_that_is_an_md5(faults: FaultServer) -> None:
    thing, server = served(faults, etag=md5_etag(BODY))
    assert thing.verify(BODY)
    assert not thing.verify(bytes(1024))
    server.more = {"x-amz-server-side-encryption": "AES256"}
    assert thing.verify(BODY)
    # A checksum that cannot be made here does not stand in its way.
    server.checksums = {"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="}
    assert thing.verify(BODY)


@pytest.mark.parametrize(
    "more",
    [
        {"x-amz-server-side-encryption": "aws:kms"},
        {"x-amz-server-side-encryption": "aws:kms:dsse"},
        {"x-amz-server-side-encryption-customer-algorithm": "AES256"},
    ],
)
def test_an_etag_that_is_no_md5(faults: FaultServer, more: dict[str, str]) -> None:
    thing, server = served(faults, etag=md5_etag(BODY))
    server.more = more
    with pytest.raises(InvalidRequest, match="S3 keeps no checksum") as caught:
        thing.verify(BODY)
    assert "checksum='sha256'" in (caught.value.hint or "")


def test_nor_in_a_directory_bucket(rig: Rig) -> None:
    thing = Object("acme--use1-az4--x-s3", "k")
    with pytest.raises(InvalidRequest, match="no MD5"):
        verify(thing, {"ETag": md5_etag(BODY), "ContentLength": 1024}, BODY)


def test_a_checksum_that_cannot_be_made_here(faults: FaultServer) -> None:
    thing, _ = served(faults, checksums={"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="})
    with pytest.raises(InvalidRequest, match="crc64nvme alone") as caught:
        thing.verify(BODY)
    assert "pip install 'botocore[crt]'" in (caught.value.hint or "")
