"""How S3 encrypts what it keeps."""

from __future__ import annotations

import base64
import re
from typing import Any, NoReturn

from attrs import frozen
from typing_extensions import Self, override

from cloudkit.errors import InvalidRequest
from cloudkit.s3._headers import check_header
from cloudkit.s3._limits import CUSTOMER_KEY_BYTES

ALGORITHMS = ("AES256", "aws:kms", "aws:kms:dsse")
# A KMS key by its ARN (or its alias's), its alias, or its id; those of several regions begin with "mrk-".
_KEY = re.compile(r"arn:[^:]+:kms:.+|alias/.+|mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@frozen
class Encryption:
    """How S3 encrypts an object with a key that AWS keeps.

    Attributes:
        algorithm: `"AES256"` (keys of S3's own), `"aws:kms"` or `"aws:kms:dsse"`. AWS may name others where it is
            read; they cannot be asked for.
        key: The id, alias or ARN of a KMS key. Default: the account's `aws/s3`.
        bucket_key: Whether the bucket asks KMS once for many objects, which is cheaper; not with `"aws:kms:dsse"`.

    Raises:
        InvalidRequest: There is no such algorithm, or it takes no key, or no bucket key.

    Examples:
        >>> Encryption("aws:kms", "alias/reports", bucket_key=True).key
        'alias/reports'
    """

    algorithm: str = "AES256"
    key: str | None = None
    bucket_key: bool | None = None

    def __attrs_post_init__(self) -> None:
        self._check()

    def _check(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise InvalidRequest(
                f"algorithm={self.algorithm!r}: it is one of {', '.join(map(repr, ALGORITHMS))}"
            )
        if self.algorithm == "AES256" and self.key is not None:
            raise InvalidRequest("AES256 takes no key", hint=f"Encryption('aws:kms', {self.key!r})")
        if self.algorithm == "aws:kms:dsse" and self.bucket_key:
            raise InvalidRequest(
                "aws:kms:dsse has no bucket keys", hint="Encryption('aws:kms', ..., bucket_key=True)"
            )
        check_header("the key of an encryption", self.key)

    @classmethod
    def _told(cls, algorithm: str, key: str | None, bucket_key: bool | None) -> Self:
        """What AWS says there is: it may know algorithms that we do not."""
        made = cls.__new__(cls)
        for name, value in (("algorithm", algorithm), ("key", key), ("bucket_key", bucket_key)):
            object.__setattr__(made, name, value)
        return made


class CustomerKey:
    """A key of the caller's own (SSE-C): S3 encrypts with it and forgets it. Whoever loses it loses the object.

    It is never shown and never pickled.

    Args:
        secret: 32 bytes.

    Raises:
        InvalidRequest: It is not 32 bytes long.
    """

    # Of no attrs: `attrs.asdict` would give the key away.
    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if not isinstance(secret, (bytes, bytearray, memoryview)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequest(
                f"a customer key has {CUSTOMER_KEY_BYTES} bytes, and is not of type {type(secret).__name__}"
            )
        if len(secret) != CUSTOMER_KEY_BYTES:
            raise InvalidRequest(f"a customer key has {CUSTOMER_KEY_BYTES} bytes, not {len(secret)}")
        self._secret = bytes(secret)

    @override
    def __repr__(self) -> str:
        return "<CustomerKey>"

    @override
    def __reduce__(self) -> NoReturn:
        raise TypeError("a CustomerKey cannot be pickled, since the key would travel with it")

    def __getstate__(self) -> NoReturn:
        self.__reduce__()


def as_customer_key(given: CustomerKey | bytes | str | None) -> CustomerKey | None:
    """What a caller gave: 32 bytes, or base64 of them."""
    if given is None or isinstance(given, CustomerKey):
        return given
    if isinstance(given, str):
        try:
            given = base64.b64decode(given, validate=True)
        except ValueError:
            raise InvalidRequest("a customer key is 32 bytes, or base64 of them") from None
    return CustomerKey(given)


def as_encryption(given: Encryption | str) -> Encryption:
    """What a caller gave, an Encryption, the name of an algorithm or a KMS key, if S3 can be asked for it.

    Raises:
        InvalidRequest: There is no such algorithm, or it takes no key.
    """
    if isinstance(given, str):
        return Encryption("aws:kms", given) if _KEY.fullmatch(given) else Encryption(given)
    if not isinstance(given, Encryption):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(
            f"encryption={given!r}: it is an Encryption, the name of an algorithm, or a KMS key",
            hint=f"one of {', '.join(map(repr, ALGORITHMS))}; or 'alias/reports', or the ARN of a key",
        )
    given._check()  # pyright: ignore[reportPrivateUsage] - it may be what AWS told of a bucket
    return given


def encryption_params(encryption: Encryption) -> dict[str, Any]:
    """What PutObject, CopyObject and CreateMultipartUpload call it."""
    named = {
        "ServerSideEncryption": encryption.algorithm,
        "SSEKMSKeyId": encryption.key,
        "BucketKeyEnabled": encryption.bucket_key,
    }
    return {name: value for name, value in named.items() if value is not None}


def customer_key_params(key: CustomerKey, prefix: str = "") -> dict[str, Any]:
    """What S3's operations call it; `prefix` is "CopySource" for the source of a copy."""
    return {
        f"{prefix}SSECustomerAlgorithm": "AES256",
        f"{prefix}SSECustomerKey": key._secret,  # pyright: ignore[reportPrivateUsage]
    }
