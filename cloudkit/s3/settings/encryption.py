"""How a bucket encrypts what is written without a word about it, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudkit._core.params import compact, dig
from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._given import switch
from cloudkit.s3._service import S3
from cloudkit.s3.encryption import Encryption, as_encryption
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress

# What stands for keys of the caller's own, and for nothing, among what a bucket refuses.
_CUSTOMER_KEYS, _NOTHING = "SSE-C", "NONE"


def encryption(bucket: BucketAddress) -> Encryption | None:
    """The default encryption, or None."""
    rule = _rule(bucket)
    found = rule.get("ApplyServerSideEncryptionByDefault")
    if not found:
        return None
    # Not to use a bucket key is what S3 does anyway, whether it says so or not.
    bucket_key = True if rule.get("BucketKeyEnabled") else None
    return Encryption._told(found["SSEAlgorithm"], found.get("KMSMasterKeyID"), bucket_key)  # pyright: ignore[reportPrivateUsage]


def set_encryption(bucket: BucketAddress, wanted: Encryption | str | None) -> None:
    """Set the default encryption. None takes it back to S3's own, which is AES256 on AWS."""
    given = None if wanted is None else as_encryption(wanted)
    found = _rule(bucket)
    if given is None and not found.get("BlockedEncryptionTypes"):
        _delete(bucket)
        return
    # What the bucket refuses stands in the same rule, and stays: taking the rule away would take it along.
    _write(bucket, {**found, **_default(given or Encryption())})


def customer_keys(bucket: BucketAddress) -> bool:
    """Whether objects may be encrypted with keys of the caller's own."""
    return _CUSTOMER_KEYS not in _blocked(_rule(bucket))


def set_customer_keys(bucket: BucketAddress, on: bool) -> None:
    """Let objects be encrypted with keys of the caller's own, or refuse it; all else in the rule stays."""
    switch("customer_keys", on)
    found = _rule(bucket)
    _write(bucket, {**found, **_refusing(on, _blocked(found))})


def write_encryption(bucket: BucketAddress, given: Encryption | None, keys: bool | None) -> None:
    """Write both into the rule of a new bucket, where nothing has to stay. None leaves it to S3."""
    default = {} if given is None else _default(given)
    _write(bucket, default if keys is None else {**default, **_refusing(keys)})


def _default(given: Encryption) -> dict[str, Any]:
    return {
        "ApplyServerSideEncryptionByDefault": compact(
            {"SSEAlgorithm": given.algorithm, "KMSMasterKeyID": given.key}
        ),
        "BucketKeyEnabled": given.bucket_key,
    }


def _blocked(rule: Answer) -> Sequence[str]:
    return dig(rule, "BlockedEncryptionTypes.EncryptionType") or ()


def _refusing(keys: bool, blocked: Sequence[str] = ()) -> dict[str, Any]:
    """The part of the rule that says what is refused: keys of the caller's own or not, and all else as it was."""
    others = [each for each in blocked if each not in (_CUSTOMER_KEYS, _NOTHING)]
    types = others if keys else [*others, _CUSTOMER_KEYS]
    return {"BlockedEncryptionTypes": {"EncryptionType": types or [_NOTHING]}}


@patient
def _write(bucket: BucketAddress, rule: Mapping[str, Any]) -> None:
    bucket.cloud.invoke(
        S3,
        "put_bucket_encryption",
        {**bucket_address(bucket), "ServerSideEncryptionConfiguration": {"Rules": [compact(rule)]}},
        about=bucket,
    )


@patient
def _delete(bucket: BucketAddress) -> None:
    bucket.cloud.invoke(S3, "delete_bucket_encryption", bucket_address(bucket), about=bucket)


def _rule(bucket: BucketAddress) -> Answer:
    """The rule that there is: S3 takes one alone."""
    answer = unless(
        "ServerSideEncryptionConfigurationNotFoundError",
        lambda: bucket.cloud.invoke(S3, "get_bucket_encryption", bucket_address(bucket), about=bucket),
    )
    rules: Sequence[Answer] = dig(answer, "ServerSideEncryptionConfiguration.Rules") or ()
    return rules[0] if rules else {}
