from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse

from cloudkit import Bucket, Cloud, Retry
from cloudkit.errors import AccessDenied, ConnectionFailed, ServiceError
from cloudkit.s3 import BucketNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply

HOME = "eu-west-1"


class _Raw:
    """What urllib3 would have received."""

    def __init__(self, body: bytes) -> None:
        self._body = io.BytesIO(body)

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._body.read()

    def read(self, *_: object, **__: object) -> bytes:
        return self._body.read()

    def readinto(self, buffer: bytearray) -> int:
        return self._body.readinto(buffer)

    def close(self) -> None:
        pass


class Aws:
    """Plays S3 for a session: a bucket in Ireland, told of to whoever asks elsewhere, as AWS does."""

    def __init__(self, *, seen: bool = True) -> None:
        self.asked: list[str] = []
        self._seen = seen
        session = botocore.session.Session()
        session.register("before-send.s3", self._answer)
        self.session = boto3.Session(botocore_session=session)

    def cloud(self, region: str = "us-east-1") -> Cloud:
        return Cloud(session=self.session, region=region, retry=Retry(attempts=1))

    def _answer(self, request: AWSRequest, **_: object) -> AWSResponse:
        signed = str(request.headers["Authorization"])
        region = signed.split("/")[2]
        self.asked.append(f"{request.method} {region}")
        assert (HOME in str(request.url)) is (region == HOME)
        headers = {"x-amz-bucket-region": HOME}
        bodiless = request.method == "HEAD"
        if region == HOME:
            if not self._seen:
                return self._made(request, 403, headers, _error("AccessDenied"), bodiless)
            return self._made(request, 200, {**headers, "ETag": '"1"'}, b"hi", bodiless)
        if bodiless:  # no body, and so no code but the status
            return self._made(request, 400, headers, b"", bodiless)
        if region == "us-east-1":
            return self._made(request, 301, headers, _error("PermanentRedirect"), bodiless)
        wrong = _error("AuthorizationHeaderMalformed", f"<Region>{HOME}</Region>")
        return self._made(request, 400, {}, wrong, bodiless)

    @staticmethod
    def _made(
        request: AWSRequest, status: int, headers: dict[str, str], body: bytes, bodiless: bool
    ) -> AWSResponse:
        size = {"Content-Length": str(len(body))}
        raw: Any = _Raw(b"" if bodiless or (status == 200 and request.method == "PUT") else body)
        return AWSResponse(str(request.url), status, {**headers, **size}, raw)


def _error(code: str, more: str = "") -> bytes:
    return f"<Error><Code>{code}</Code><Message>no</Message>{more}</Error>".encode()


def test_a_bucket_in_another_region_just_works() -> None:
    aws = Aws()
    bucket = Bucket("acme-dublin", cloud=aws.cloud())
    assert bucket["k"].read_bytes() == b"hi"
    assert aws.asked == ["GET us-east-1", "GET eu-west-1"]
    bucket["k"].write_bytes(b"hello")
    assert bucket["k"].size == 2
    bucket["k"].read_bytes()
    # The way was learnt with the first redirect.
    assert aws.asked[2:] == ["PUT eu-west-1", "HEAD eu-west-1", "GET eu-west-1"]


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_whatever_comes_first_finds_the_way(region: str, method: str) -> None:
    aws = Aws()
    thing = Bucket("acme-dublin", cloud=aws.cloud(region))["k"]
    if method == "GET":
        assert thing.read_bytes() == b"hi"
    elif method == "HEAD":
        assert thing.size == 2
    else:
        thing.write_bytes(b"hello")
    assert aws.asked == [f"{method} {region}", f"{method} {HOME}"]


def test_the_region_is_learnt_once() -> None:
    aws = Aws()
    cloud = aws.cloud()
    assert Bucket("acme-dublin", cloud=cloud).region == HOME
    assert aws.asked == ["HEAD us-east-1", "HEAD eu-west-1"]
    assert Bucket("acme-dublin", cloud=cloud).region == HOME
    link = Bucket("acme-dublin", cloud=cloud)["k"].url()
    assert link.startswith("https://acme-dublin.s3.eu-west-1.amazonaws.com/k?")
    assert "%2Feu-west-1%2Fs3%2Faws4_request" in link
    form = Bucket("acme-dublin", cloud=cloud).upload_form("in/", max_size=10)
    assert form.url == "https://acme-dublin.s3.eu-west-1.amazonaws.com/"
    assert len(aws.asked) == 2


def test_the_region_of_a_bucket_that_may_not_be_seen() -> None:
    aws = Aws(seen=False)
    bucket = Bucket("acme-dublin", cloud=aws.cloud())
    assert bucket.region == HOME
    with pytest.raises(AccessDenied):
        bucket.exists()


def test_a_listed_bucket_knows_its_region(faults: FaultServer) -> None:
    faults.replies(
        Reply.xml(
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>acme</Name><BucketRegion>sa-east-1</BucketRegion>"
            "</Bucket></Buckets></ListAllMyBucketsResult>"
        )
    )
    (bucket,) = Bucket.list(cloud=faults.cloud())
    assert bucket.region == "sa-east-1"
    assert len(faults.requests) == 1


def test_servers_that_name_no_region(faults: FaultServer) -> None:
    faults.otherwise(Reply(200))
    assert Bucket("acme", cloud=faults.cloud()).region == "us-east-1"


def test_what_is_not_there_has_no_region(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(BucketNotFound):
        Bucket(rig.name("nowhere")).region  # noqa: B018
    faults.otherwise(Reply(404, b"", {"x-amz-bucket-region": "eu-west-1"}))
    with pytest.raises(BucketNotFound):
        Bucket("acme", cloud=faults.cloud()).region  # noqa: B018
    faults.otherwise(Reply(reset=True))
    with pytest.raises(ConnectionFailed):
        Bucket("acme", cloud=faults.cloud()).region  # noqa: B018


def test_a_bucket_that_is_made_again_is_asked_again(rig: Rig) -> None:
    name = rig.name("again")
    bucket = Bucket.create(name)
    assert Bucket(name).region == "us-east-1"
    bucket.delete()
    elsewhere = Bucket.create(name, cloud=rig.cloud.in_region("eu-west-1"))
    assert Bucket(name).region == "eu-west-1"
    elsewhere.delete()


@pytest.mark.parametrize(
    ("region", "host", "arn"),
    [
        ("cn-north-1", "acme.s3.cn-north-1.amazonaws.com.cn", "arn:aws-cn:s3:::acme"),
        ("us-gov-west-1", "acme.s3.us-gov-west-1.amazonaws.com", "arn:aws-us-gov:s3:::acme"),
        ("eu-central-1", "acme.s3.eu-central-1.amazonaws.com", "arn:aws:s3:::acme"),
    ],
)
def test_partitions(region: str, host: str, arn: str) -> None:
    bucket = Bucket("acme", cloud=Cloud(region=region))
    assert bucket.arn == arn
    link = bucket["k"].url(region=region)
    assert link.startswith(f"https://{host}/k?X-Amz-Algorithm=AWS4-HMAC-SHA256")
    assert f"%2F{region}%2Fs3%2F" in link
    assert bucket.upload_form("in/", max_size=10, region=region).url == f"https://{host}/"


def test_redirects_without_an_end_are_an_error_of_ours(faults: FaultServer) -> None:
    """botocore asks where the bucket is, is redirected again, and asks again: until the stack is full."""
    faults.otherwise(Reply(302, b"", {"Location": faults.url}))
    with pytest.raises(ServiceError, match="redirect"):
        Bucket("acme", cloud=faults.cloud())["k"].read_bytes()
