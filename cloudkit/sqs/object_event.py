"""What happened to an object, as S3 tells a queue."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class ObjectEvent:
    """What happened to an object in a bucket, as `message.events` has it. `Bucket(event.bucket)[event.key]` is the object.

    S3 tells each event at least once, and not in their order. Of one key, the later event has the greater `sequencer`,
    once the shorter of the two is filled up with zeros on the left.

    Attributes:
        name: What happened, such as `"ObjectCreated:Put"`; from EventBridge, such as `"Object Created"`.
        bucket: The bucket's name.
        key: The object's key, decoded: S3 writes `red+flower.jpg` for `red flower.jpg`.
        region: Where the bucket is.
        time: When it happened.
        size: Bytes of the object; None where it is of no matter, as after a deletion.
        etag: The object's ETag; None likewise.
        version_id: The version; None without versioning.
        sequencer: For the order of a key's events; None where S3 gives none.
        configuration_id: Which of the bucket's notifications it is; None from EventBridge.
    """

    name: str
    bucket: str
    key: str
    region: str
    time: datetime
    size: int | None = None
    etag: str | None = None
    version_id: str | None = None
    sequencer: str | None = None
    configuration_id: str | None = None

    @property
    def created(self) -> bool:
        """Whether there is a new object, or a new version of one."""
        return self.name.replace(" ", "").startswith("ObjectCreated")

    @property
    def removed(self) -> bool:
        """Whether an object was deleted, a delete marker put above it, or its time was over."""
        return self.name.replace(" ", "").startswith(
            ("ObjectRemoved", "ObjectDeleted", "LifecycleExpiration")
        )
