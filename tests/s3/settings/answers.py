"""A server that keeps what a bucket is set to, word for word, and gives it back."""

from __future__ import annotations

import re

from attrs import define, field

from tests.faults import Reply, Request

# What S3 says where there is none.
MISSING = {
    "lifecycle": "NoSuchLifecycleConfiguration",
    "cors": "NoSuchCORSConfiguration",
    "website": "NoSuchWebsiteConfiguration",
    "policy": "NoSuchBucketPolicy",
    "encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "ownershipControls": "OwnershipControlsNotFoundError",
    "object-lock": "ObjectLockConfigurationNotFoundError",
    "replication": "ReplicationConfigurationNotFoundError",
    "tagging": "NoSuchTagSet",
}
# What is there always, and says little at first.
PLAIN = {
    "logging": "<BucketLoggingStatus/>",
    "accelerate": "<AccelerateConfiguration/>",
    "requestPayment": "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
    "notification": "<NotificationConfiguration/>",
    "versioning": "<VersioningConfiguration/>",
}
# Notifications come back with other capitals.
_CAPITALS = {"<Name>prefix</Name>": "<Name>Prefix</Name>", "<Name>suffix</Name>": "<Name>Suffix</Name>"}
_MINIMUM_SIZE = "x-amz-transition-default-minimum-object-size"


@define
class Kept:
    """What the settings of buckets are, by bucket and name."""

    found: dict[tuple[str, str], str] = field(factory=dict[tuple[str, str], str])
    headers: dict[str, str] = field(factory=dict[str, str])
    made: list[str] = field(factory=list[str])

    def __call__(self, request: Request) -> Reply:
        bucket = request.path.strip("/")
        (name,) = [each for each in request.query if each in MISSING or each in PLAIN] or [""]
        if not name:
            if request.method == "PUT":
                self.made.append(bucket)
            return Reply(204 if request.method == "DELETE" else 200)
        if request.method == "PUT":
            text = request.body.decode()
            for written, said in _CAPITALS.items():
                text = text.replace(written, said)
            self.found[bucket, name] = text
            size = {each.lower(): value for each, value in request.headers.items()}.get(_MINIMUM_SIZE)
            if name == "lifecycle":
                self.headers = {} if size is None else {_MINIMUM_SIZE: size}
            return Reply(200)
        if request.method == "DELETE":
            self.found.pop((bucket, name), None)
            return Reply(204)
        kept = self.found.get((bucket, name), PLAIN.get(name))
        if kept is None:
            return Reply.s3_error(MISSING[name])
        more = self.headers if name == "lifecycle" else {}
        return Reply(200, kept.encode(), {"Content-Type": "text/xml", **more})

    def rules(self, bucket: str, name: str, tag: str) -> list[str]:
        """The elements of a kind, without their namespace."""
        text = self.found[bucket, name]
        return re.findall(f"<{tag}>.*?</{tag}>", text, re.S)
