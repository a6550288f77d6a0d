"""How a bucket encrypts what is written without a word about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cloudkit._core.params import compact, dig
from cloudkit.s3._address import bucket_address
from cloudkit.s3._service import S3
from cloudkit.s3.encryption import Encryption, as_encryption
from cloudkit.s3.settings._place import unless
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket


def encryption(bucket: Bucket) -> Encryption | None:
    """The default encryption, or None."""
    rule = _rule(bucket)
    found = rule.get("ApplyServerSideEncryptionByDefault")
    if not found:
        return None
    # Not to use a bucket key is what S3 does anyway, whether it says so or not.
    bucket_key = True if rule.get("BucketKeyEnabled") else None
    return Encryption(found["SSEAlgorithm"], found.get("KMSMasterKeyID"), bucket_key)


def set_encryption(bucket: Bucket, wanted: Encryption | str | None) -> None:
    """Set the default encryption. None takes it back to S3's own, which is AES256 on AWS."""
    if wanted is None:
        bucket.cloud.invoke(S3, "delete_bucket_encryption", bucket_address(bucket), about=bucket)
        return
    given = as_encryption(wanted)
    write_encryption(bucket, given, blocked=_rule(bucket).get("BlockedEncryptionTypes"))


def write_encryption(bucket: Bucket, given: Encryption, *, blocked: Any = None) -> None:
    """Write it, with what the bucket refuses otherwise (keys of the caller's own), which is kept as it is."""
    rule = {
        "ApplyServerSideEncryptionByDefault": compact(
            {"SSEAlgorithm": given.algorithm, "KMSMasterKeyID": given.key}
        ),
        "BucketKeyEnabled": given.bucket_key,
        "BlockedEncryptionTypes": blocked,
    }
    bucket.cloud.invoke(
        S3,
        "put_bucket_encryption",
        {**bucket_address(bucket), "ServerSideEncryptionConfiguration": {"Rules": [compact(rule)]}},
        about=bucket,
    )


def _rule(bucket: Bucket) -> Answer:
    """The rule that there is: S3 takes one alone."""
    answer = unless(
        "ServerSideEncryptionConfigurationNotFoundError",
        lambda: bucket.cloud.invoke(S3, "get_bucket_encryption", bucket_address(bucket), about=bucket),
    )
    rules: Sequence[Answer] = dig(answer, "ServerSideEncryptionConfiguration.Rules") or ()
    return rules[0] if rules else {}
