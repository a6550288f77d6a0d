from __future__ import annotations

import base64
import hashlib
import os
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket, Object
from cloudkit._core.transfers import Transfers
from cloudkit.errors import AccessDenied, Conflict, InvalidRequest, NotFound, PreconditionFailed, ServiceError
from cloudkit.s3._files.multipart import Multipart, growing_part_bytes, part_bytes
from cloudkit.s3._limits import MAX_OBJECT_BYTES, MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES, PART_BYTES
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

CHECKED = Transfers(checksums="when_supported")
MARK = "x-amz-meta-cloudkit-write"
ONE, TWO = b"first part", b"the second"


# -- how large parts are -----------------------------------------------------------------------------------------


@given(st.integers(0, MAX_OBJECT_BYTES), st.sampled_from([None, MIN_PART_BYTES, 16 * 1024**2]))
def test_a_known_size_fits(size: int, least: int | None) -> None:
    each = part_bytes(size, least)
    assert MIN_PART_BYTES <= each <= MAX_PART_BYTES
    assert each >= (PART_BYTES if least is None else least)
    assert each * MAX_PARTS >= size
    assert each == (PART_BYTES if least is None else least) or (each - 1024**2) * MAX_PARTS < size


@pytest.mark.parametrize(
    ("size", "each"),
    [
        (0, PART_BYTES),
        (PART_BYTES * MAX_PARTS, PART_BYTES),
        (PART_BYTES * MAX_PARTS + 1, PART_BYTES + 1024**2),
        (MAX_OBJECT_BYTES, MAX_PART_BYTES),
    ],
)
def test_at_the_edges(size: int, each: int) -> None:
    assert part_bytes(size) == each


def test_no_object_is_larger() -> None:
    with pytest.raises(InvalidRequest, match="at most"):
        part_bytes(MAX_OBJECT_BYTES + 1)


@given(st.integers(1, MAX_PARTS - 1))
def test_parts_of_a_stream_grow(number: int) -> None:
    assert MIN_PART_BYTES <= growing_part_bytes(number) <= growing_part_bytes(number + 1) <= MAX_PART_BYTES


def test_a_stream_of_50_tb_fits_and_one_of_a_gibibyte_has_small_parts() -> None:
    sizes = [growing_part_bytes(number) for number in range(1, MAX_PARTS + 1)]
    assert sum(sizes) >= 50 * 10**12
    assert sum(sizes) <= MAX_OBJECT_BYTES
    before = 0
    for size in sizes:
        if before < 1024**3:
            assert size <= 16 * 1024**2
        before += size


# -- an upload ---------------------------------------------------------------------------------------------------


class Store:
    """Answers as S3 does while an object is uploaded in parts.

    Attributes:
        replies: What is answered in place of the next request of a kind.
    """

    def __init__(self) -> None:
        self.parts: dict[int, bytes] = {}
        self.replies: dict[str, list[Reply | Callable[[Request], Reply]]] = {}
        self.steps: list[str] = []
        self.mark: str | None = None

    def __call__(self, request: Request) -> Reply:
        kind = self.kind(request)
        if kind == "begin":
            self.mark = request.headers.get(MARK)
        self.steps.append(kind)
        waiting = self.replies.get(kind)
        if waiting:
            reply = waiting.pop(0)
            return reply if isinstance(reply, Reply) else reply(request)
        return self.answer(kind, request)

    @staticmethod
    def kind(request: Request) -> str:
        if request.method == "POST":
            return "begin" if "uploads" in request.query else "complete"
        if request.method == "PUT":
            return "part" if "partNumber" in request.query else "put"
        return {"DELETE": "abort", "HEAD": "head"}[request.method]

    def answer(self, kind: str, request: Request) -> Reply:
        if kind == "begin":
            return Reply.xml(
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
            )
        if kind == "part":
            self.parts[int(request.query["partNumber"][0])] = request.body
            return Reply(headers={"ETag": f'"{hashlib.md5(request.body).hexdigest()}"'})
        if kind == "complete":
            return Reply.xml(
                f"<CompleteMultipartUploadResult><ETag>{self.etag}</ETag></CompleteMultipartUploadResult>"
            )
        if kind == "head":
            mark = {} if self.mark is None else {MARK: self.mark}
            return Reply(headers={"ETag": self.etag, "Content-Length": str(len(self.body)), **mark})
        return Reply(204)

    @property
    def body(self) -> bytes:
        return b"".join(body for _, body in sorted(self.parts.items()))

    @property
    def etag(self) -> str:
        digests = b"".join(hashlib.md5(body).digest() for _, body in sorted(self.parts.items()))
        return f'"{hashlib.md5(digests).hexdigest()}-{len(self.parts)}"'


@pytest.fixture
def store(faults: FaultServer) -> Store:
    made = Store()
    faults.otherwise(made)
    return made


def begun(faults: FaultServer, *, attempts: int = 1, options: Any = None, **cloud: Any) -> Multipart:
    made = Multipart(Object("acme", "k", cloud=faults.cloud(attempts=attempts, **cloud)), options or {})
    made.begin()
    return made


def sent(upload: Multipart) -> Multipart:
    upload.send(2, TWO, len(TWO))
    upload.send(1, ONE, len(ONE))
    return upload


def spelled(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def test_parts_in_any_order_become_the_object(faults: FaultServer, store: Store) -> None:
    upload = sent(begun(faults))
    assert upload.size == len(ONE + TWO)
    assert upload.complete()["ETag"] == store.etag
    assert store.body == ONE + TWO
    last = faults.requests[-1].body
    assert last.index(b"<PartNumber>1<") < last.index(b"<PartNumber>2<")
    assert store.steps == ["begin", "part", "part", "complete"]


def test_on_aws_the_whole_has_a_crc32(faults: FaultServer, store: Store) -> None:
    upload = sent(begun(faults, transfers=CHECKED))
    upload.complete()
    begin, second, first, complete = faults.requests
    assert begin.headers["x-amz-checksum-algorithm"] == "CRC32"
    assert begin.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    assert (first.headers["x-amz-checksum-crc32"], second.headers["x-amz-checksum-crc32"]) == (
        spelled(ONE),
        spelled(TWO),
    )
    assert second.body == TWO  # without trailers
    assert complete.headers["x-amz-checksum-crc32"] == spelled(ONE + TWO)
    assert complete.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    assert complete.headers["x-amz-mp-object-size"] == str(len(ONE + TWO))
    assert spelled(ONE).encode() in complete.body


def test_other_servers_get_none_of_it(faults: FaultServer, store: Store) -> None:
    sent(begun(faults)).complete()
    for request in faults.requests:
        assert not [name for name in request.headers if "checksum" in name.lower() or "object-size" in name]
    assert b"Checksum" not in faults.requests[-1].body


def test_another_algorithm_is_botocore_s(faults: FaultServer, store: Store) -> None:
    digest = base64.b64encode(hashlib.sha256(ONE).digest()).decode()
    store.replies["part"] = [Reply(headers={"ETag": '"1"', "x-amz-checksum-sha256": digest})]
    upload = begun(faults, options={"ChecksumAlgorithm": "SHA256"}, transfers=CHECKED)
    upload.send(1, ONE, len(ONE))
    upload.complete()
    begin, part, complete = faults.requests
    assert begin.headers["x-amz-checksum-algorithm"] == "SHA256"
    assert "x-amz-checksum-type" not in begin.headers
    assert part.headers["x-amz-checksum-sha256"] == digest
    assert f"<ChecksumSHA256>{digest}<".encode() in complete.body
    assert "x-amz-checksum-crc32" not in complete.headers


def test_copied_parts_bring_their_checksums(faults: FaultServer, store: Store) -> None:
    def copied(data: bytes) -> Reply:
        return Reply.xml(
            f'<CopyPartResult><ETag>"c"</ETag><ChecksumCRC32>{spelled(data)}</ChecksumCRC32></CopyPartResult>'
        )

    store.replies["part"] = [copied(ONE), copied(TWO)]
    upload = begun(faults, transfers=CHECKED)
    source = Object("acme", "source", cloud=upload.target.cloud)
    upload.copy(1, source, 0, len(ONE), '"s"')
    upload.copy(2, source, len(ONE), len(TWO), '"s"')
    upload.complete()
    assert faults.requests[-1].headers["x-amz-checksum-crc32"] == spelled(ONE + TWO)
    assert faults.requests[1].headers["x-amz-copy-source-range"] == f"bytes=0-{len(ONE) - 1}"


def test_where_a_part_has_no_checksum_s3_makes_that_of_the_whole(faults: FaultServer, store: Store) -> None:
    store.replies["part"] = [Reply.xml('<CopyPartResult><ETag>"c"</ETag></CopyPartResult>')]
    upload = begun(faults, transfers=CHECKED)
    upload.copy(1, Object("acme", "source", cloud=upload.target.cloud), 0, 10, None)
    upload.complete()
    assert "x-amz-checksum-crc32" not in faults.requests[-1].headers
    assert faults.requests[-1].headers["x-amz-checksum-type"] == "FULL_OBJECT"


def test_the_embedded_cloud_verifies_nothing_and_takes_all(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("parts"))
    upload = Multipart(bucket["k"], {"ContentType": "x/y"})
    upload.begin()
    body = os.urandom(MIN_PART_BYTES)
    upload.send(1, body, len(body))
    upload.send(2, TWO, len(TWO))
    assert upload.complete()["ETag"].endswith('-2"')
    assert bucket["k"].read_bytes() == body + TWO
    assert bucket["k"].refresh().content_type == "x/y"


def test_every_step_says_whose_bucket_and_whose_key(faults: FaultServer, store: Store) -> None:
    target = Object(
        "acme", "k", expected_bucket_owner="123456789012", customer_key=bytes(32), cloud=faults.cloud()
    )
    upload = Multipart(target, {"RequestPayer": "requester", "IfNoneMatch": "*"})
    upload.begin()
    upload.send(1, ONE, len(ONE))
    upload.complete()
    upload.abort()
    assert store.steps == ["begin", "part", "complete", "abort"]
    for request in faults.requests:
        assert request.headers["x-amz-expected-bucket-owner"] == "123456789012"
        assert request.headers["x-amz-request-payer"] == "requester"
    for request in faults.requests[:3]:
        assert request.headers["x-amz-server-side-encryption-customer-algorithm"] == "AES256"
    assert [
        step
        for step, request in zip(store.steps, faults.requests, strict=True)
        if "If-None-Match" in request.headers
    ] == ["complete"]


def test_there_are_10_000_parts(faults: FaultServer, store: Store) -> None:
    upload = begun(faults)
    upload.send(MAX_PARTS, ONE, len(ONE))
    with pytest.raises(InvalidRequest, match="10000 parts"):
        upload.send(MAX_PARTS + 1, ONE, len(ONE))
    assert store.steps == ["begin", "part"]


# -- the end -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", ["", '""'])
def test_an_empty_etag_is_asked_for(faults: FaultServer, store: Store, empty: str) -> None:
    store.replies["complete"] = [
        Reply.xml(f"<CompleteMultipartUploadResult><ETag>{empty}</ETag></CompleteMultipartUploadResult>")
    ]
    assert sent(begun(faults)).complete()["ETag"] == store.etag
    assert store.steps[-2:] == ["complete", "head"]


def test_a_failure_that_comes_with_success(faults: FaultServer, store: Store) -> None:
    store.replies["complete"] = [Reply.s3_error("InternalError", "oh", 200)]
    with pytest.raises(ServiceError):
        sent(begun(faults)).complete()


@pytest.mark.parametrize(
    ("code", "status", "options"),
    [
        ("NoSuchUpload", 404, {}),
        ("NoSuchUpload", 404, {"IfMatch": '"old"'}),
        ("PreconditionFailed", 412, {"IfNoneMatch": "*"}),
    ],
)
def test_one_s_own_completion_whose_answer_was_lost(
    faults: FaultServer, store: Store, code: str, status: int, options: dict[str, str]
) -> None:
    store.replies["complete"] = [Reply(reset=True), Reply.s3_error(code, "no", status)]
    assert sent(begun(faults, attempts=2, options=options)).complete()["ETag"] == store.etag
    assert store.steps[-3:] == ["complete", "complete", "head"]


@pytest.mark.parametrize("mark", [None, "0" * 32])
def test_with_a_condition_another_s_object_of_the_same_bytes_is_not_one_s_own(
    faults: FaultServer, store: Store, mark: str | None
) -> None:
    store.replies["complete"] = [
        Reply.s3_error("SlowDown", "slow", 503),
        Reply.s3_error("PreconditionFailed", "no", 412),
    ]
    upload = sent(begun(faults, attempts=2, options={"IfNoneMatch": "*", "Metadata": {"by": "me"}}))
    assert store.mark is not None
    assert faults.requests[0].headers["x-amz-meta-by"] == "me"
    store.mark = mark
    with pytest.raises(PreconditionFailed):
        upload.complete()
    assert store.steps[-1] == "head"


def test_without_a_condition_there_is_no_mark(faults: FaultServer, store: Store) -> None:
    sent(begun(faults)).complete()
    assert store.mark is None


def test_whose_an_upload_is_that_was_taken_up_nobody_knows(faults: FaultServer, store: Store) -> None:
    store.replies["complete"] = [Reply(reset=True), Reply.s3_error("PreconditionFailed", "no", 412)]
    upload = Multipart(Object("acme", "k", cloud=faults.cloud(attempts=2)), {"IfNoneMatch": "*"})
    upload.resume({"UploadId": "u1"})
    with pytest.raises(PreconditionFailed):
        sent(upload).complete()
    assert "head" not in store.steps


def test_where_the_etag_tells_nothing_the_checksum_does(faults: FaultServer, store: Store) -> None:
    there = {"ETag": '"kms-2"', "Content-Length": str(len(ONE + TWO))}
    for crc, wanted in ((spelled(ONE + TWO), None), ("AAAAAA==", NotFound)):
        store.replies["complete"] = [Reply(reset=True), Reply.s3_error("NoSuchUpload", "no", 404)]
        store.replies["head"] = [Reply(headers={**there, "x-amz-checksum-crc32": crc})]
        upload = sent(begun(faults, attempts=2, transfers=CHECKED))
        if wanted is None:
            assert upload.complete()["ETag"] == '"kms-2"'
        else:
            with pytest.raises(wanted):
                upload.complete()


def test_parts_whose_etags_are_no_md5_have_no_known_whole(faults: FaultServer, store: Store) -> None:
    store.replies["part"] = [Reply(headers={"ETag": '"opaque"'})] * 2
    store.replies["complete"] = [Reply(reset=True), Reply.s3_error("NoSuchUpload", "no", 404)]
    with pytest.raises(NotFound):
        sent(begun(faults, attempts=2)).complete()


def test_an_upload_that_is_gone_is_an_error(faults: FaultServer, store: Store) -> None:
    store.replies["complete"] = [Reply.s3_error("NoSuchUpload", "no", 404)]
    with pytest.raises(NotFound):
        sent(begun(faults)).complete()
    assert "head" not in store.steps


def test_writers_that_meet_have_to_begin_again(faults: FaultServer, store: Store) -> None:
    store.replies["complete"] = [Reply.s3_error("ConditionalRequestConflict", "again", 409)]
    with pytest.raises(Conflict) as caught:
        sent(begun(faults, options={"IfNoneMatch": "*"})).complete()
    assert caught.value.retryable
    assert store.steps.count("complete") == 1


def test_a_condition_that_does_not_hold(faults: FaultServer, store: Store) -> None:
    store.replies["complete"] = [Reply.s3_error("PreconditionFailed", "no", 412)]
    with pytest.raises(PreconditionFailed):
        sent(begun(faults, options={"IfMatch": '"x"'})).complete()
    assert faults.requests[-1].headers["If-Match"] == '"x"'


def test_aborting_what_is_over_is_fine_and_what_may_not_be_is_not(faults: FaultServer, store: Store) -> None:
    upload = begun(faults)
    store.replies["abort"] = [Reply.s3_error("NoSuchUpload", "no", 404)]
    upload.abort()
    denied = Reply.s3_error("AccessDenied", "no", 403)
    store.replies["abort"] = [denied, denied]
    with pytest.raises(AccessDenied):
        upload.abort()
    upload.give_up()
    assert store.steps == ["begin", "abort", "abort", "abort"]
    Multipart(upload.target, {}).abort()  # that never began
    assert len(store.steps) == 4


# -- taking one up -----------------------------------------------------------------------------------------------

WHOLE = {"UploadId": "u9", "ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
PLAIN = {"UploadId": "u9"}
COMPOSITE = {"UploadId": "u9", "ChecksumAlgorithm": "CRC32", "ChecksumType": "COMPOSITE"}
OTHER = {"UploadId": "u9", "ChecksumAlgorithm": "SHA256", "ChecksumType": "COMPOSITE"}


@pytest.mark.parametrize(
    ("options", "checked", "fits"),
    [
        ({}, True, [WHOLE, PLAIN]),
        ({}, False, [PLAIN]),
        ({"ChecksumAlgorithm": "CRC32"}, False, [WHOLE]),
        ({"ChecksumAlgorithm": "SHA256"}, True, []),
    ],
)
def test_which_can_be_taken_up(
    faults: FaultServer, options: dict[str, str], checked: bool, fits: list[dict[str, str]]
) -> None:
    cloud = faults.cloud(transfers=CHECKED) if checked else faults.cloud()
    upload = Multipart(Object("acme", "k", cloud=cloud), options)
    assert [row for row in (WHOLE, PLAIN, COMPOSITE, OTHER) if upload.fits(row)] == fits


def test_one_with_checksums_goes_on_with_them(faults: FaultServer, store: Store) -> None:
    upload = Multipart(Object("acme", "k", cloud=faults.cloud(transfers=CHECKED)), {})
    upload.resume(WHOLE)
    upload.keep(1, {"PartNumber": 1, "ETag": '"1"', "ChecksumCRC32": spelled(ONE)}, len(ONE), zlib.crc32(ONE))
    upload.send(2, TWO, len(TWO))
    upload.complete()
    part, complete = faults.requests
    assert part.query["uploadId"] == complete.query["uploadId"] == ["u9"]
    assert complete.headers["x-amz-checksum-crc32"] == spelled(ONE + TWO)


def test_one_without_goes_on_without(faults: FaultServer, store: Store) -> None:
    upload = Multipart(Object("acme", "k", cloud=faults.cloud(transfers=CHECKED)), {})
    upload.resume(PLAIN)
    upload.keep(1, {"PartNumber": 1, "ETag": '"1"'}, len(ONE), None)
    upload.send(2, TWO, len(TWO))
    upload.complete()
    for request in faults.requests:
        assert not [name for name in request.headers if "checksum" in name.lower()]
