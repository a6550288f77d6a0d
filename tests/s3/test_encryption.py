from __future__ import annotations

import base64
import copy
import dataclasses
import hashlib
import pickle
from typing import Any

import attrs
import pytest

from cloudkit import Bucket, Object
from cloudkit.errors import InvalidRequest
from cloudkit.s3 import CustomerKey, Encryption
from cloudkit.s3._files import multipart
from cloudkit.s3.encryption import as_customer_key, as_encryption, encryption_params
from tests.conftest import Rig
from tests.faults import FaultServer, Reply

SECRET = b"canary--" * 4
ALGORITHM = "x-amz-server-side-encryption-customer-algorithm"
KEY = "x-amz-server-side-encryption-customer-key"
DIGEST = "x-amz-server-side-encryption-customer-key-MD5"


def test_what_it_is_made_of() -> None:
    assert encryption_params(Encryption()) == {"ServerSideEncryption": "AES256"}
    assert encryption_params(as_encryption("aws:kms")) == {"ServerSideEncryption": "aws:kms"}
    given = Encryption("aws:kms:dsse", "alias/reports", bucket_key=False)
    assert as_encryption(given) is given
    assert encryption_params(given) == {
        "ServerSideEncryption": "aws:kms:dsse",
        "SSEKMSKeyId": "alias/reports",
        "BucketKeyEnabled": False,
    }


def test_what_it_cannot_be() -> None:
    wrong: list[Any] = ["AES128", "", "aws:KMS"]
    for algorithm in wrong:
        with pytest.raises(InvalidRequest, match="it is one of"):
            Encryption(algorithm)
    with pytest.raises(InvalidRequest, match="no key") as caught:
        Encryption("AES256", "alias/x")
    assert "aws:kms" in str(caught.value.hint)
    with pytest.raises(InvalidRequest, match="no bucket keys"):
        Encryption("aws:kms:dsse", bucket_key=True)
    with pytest.raises(InvalidRequest, match="line break"):
        Encryption("aws:kms", "alias/x\r\nx-amz-acl: public-read")


@pytest.mark.parametrize(
    ("said", "bucket_key"), [("aws:fsx", None), ("aws:kms:dsse", True), ("of another year", None)]
)
def test_what_aws_says_there_is_is_read(faults: FaultServer, said: str, bucket_key: bool | None) -> None:
    faults.otherwise(
        Reply.xml(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
            f"<SSEAlgorithm>{said}</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
            f"<BucketKeyEnabled>{str(bool(bucket_key)).lower()}</BucketKeyEnabled></Rule>"
            "</ServerSideEncryptionConfiguration>"
        )
    )
    found = Bucket("acme", cloud=faults.cloud()).encryption
    assert found is not None
    assert (found.algorithm, found.key, found.bucket_key) == (said, None, bucket_key)
    assert said in repr(found)
    with pytest.raises(InvalidRequest):
        as_encryption(found)


def test_it_is_asked_for(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("kms"))
    thing = bucket["k"].write_bytes(b"x", encryption=Encryption("aws:kms", "alias/reports", bucket_key=True))
    answer = thing.refresh().raw
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", "alias/reports")
    assert (
        bucket["k2"].write_bytes(b"x", encryption="AES256").refresh().raw["ServerSideEncryption"] == "AES256"
    )


# -- a key of one's own ------------------------------------------------------------------------------------------


def test_a_customer_s_key_has_32_bytes() -> None:
    for size in (0, 16, 31, 33):
        with pytest.raises(InvalidRequest, match=f"not {size}"):
            CustomerKey(bytes(size))
    for given in (SECRET, base64.b64encode(SECRET).decode(), CustomerKey(SECRET)):
        made = as_customer_key(given)
        assert made is not None
        assert made._secret == SECRET
    assert as_customer_key(None) is None
    with pytest.raises(InvalidRequest, match="base64"):
        as_customer_key("not base64!")


def test_it_is_never_shown_and_never_travels() -> None:
    key = CustomerKey(SECRET)
    thing = Object("acme", "k", customer_key=key)
    for text in (repr(key), str(key), f"{key}", repr(thing), str(thing), repr(vars(type(key)))):
        assert "canary" not in text
        assert base64.b64encode(SECRET).decode() not in text
    for secretive in (key, thing):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(secretive)
    with pytest.raises(TypeError):
        copy.copy(key)


def test_no_tool_gives_it_away() -> None:
    key = CustomerKey(SECRET)
    assert not attrs.has(CustomerKey)
    told = attrs.asdict(Object("acme", "k", customer_key=key))
    assert told["customer_key"] is key
    assert "canary" not in repr(told)
    for look in (attrs.asdict, attrs.astuple, dataclasses.asdict, vars, copy.deepcopy):
        with pytest.raises((TypeError, attrs.exceptions.NotAnAttrsClassError)):
            look(key)
    with pytest.raises(TypeError):
        key.__getstate__()
    assert key != CustomerKey(SECRET)
    assert len({key, CustomerKey(SECRET)}) == 2


@pytest.mark.parametrize("given", [32, "x" * 32, [0] * 32])
def test_a_customer_s_key_is_bytes(given: Any) -> None:
    with pytest.raises(InvalidRequest, match="not of type"):
        CustomerKey(given)


def test_what_is_no_key_is_refused_by_an_object_too() -> None:
    for given in (32, [0] * 32):
        with pytest.raises(InvalidRequest):
            Object("acme", "k", customer_key=given)  # type: ignore[arg-type]
    assert as_customer_key(bytearray(SECRET))._secret == SECRET  # type: ignore[arg-type, union-attr]


def test_it_goes_with_every_request_that_needs_it(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", 10)
    begun = Reply.xml(
        "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
    )
    part = Reply(headers={"ETag": '"p"'})
    done = Reply.xml("<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")
    faults.replies(Reply(headers={"ETag": '"e"'}), begun, part, part, done)
    thing = Object("acme", "k", customer_key=SECRET, cloud=faults.cloud())
    thing.write_bytes(b"x")
    with thing.open("wb") as file:
        file.write(bytes(15))
    assert len(faults.requests) == 5
    for request in faults.requests:
        assert request.headers[ALGORITHM] == "AES256"
        assert request.headers[KEY] == base64.b64encode(SECRET).decode()
        assert request.headers[DIGEST] == base64.b64encode(hashlib.md5(SECRET).digest()).decode()
