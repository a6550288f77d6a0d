"""Bodies that are too large for a message: in a bucket, with a pointer in their place.

The form is that of AWS's "extended client" for SQS and SNS, in any language: a body that is JSON of a class name and
of bucket and key, and an attribute with the size of the real one.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol, TypeAlias, cast

from attrs import define, field, frozen

from cloudkit._core.deadline import clean_up_time
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.sqs._attributes import WireValue
from cloudkit.sqs._bodies.typed import undecodable
from cloudkit.sqs._limits import MAX_OVERFLOW_BYTES

SIZE_ATTRIBUTE = "ExtendedPayloadSize"
OLD_SIZE_ATTRIBUTE = "SQSLargePayloadSize"
RESERVED_ATTRIBUTES = (SIZE_ATTRIBUTE, OLD_SIZE_ATTRIBUTE)

_POINTER_CLASS = "software.amazon.payloadoffloading.PayloadS3Pointer"
_OLD_POINTER_CLASS = "com.amazon.sqs.javamessaging.MessageS3Pointer"
_BUCKET = "s3BucketName"
_KEY = "s3Key"
_POINTER_PARTS = 2
# AWS's clients name what they store by a UUID, behind a prefix if one is set. Whoever may send to the queue may name
# any key, and what is named is read and deleted: so nothing else in the bucket counts.
_OURS = re.compile(r"(?:.*/)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.DOTALL)


class Stored(Protocol):
    """A place for one body, such as an `Object`."""

    def write_bytes(self, data: bytes, /) -> object:
        """Make these bytes the content."""
        ...

    def read_bytes(self, *, start: int = 0, size: int | None = None) -> bytes:
        """The content, or as many bytes of it; FileNotFoundError if it is not there."""
        ...

    def delete(self) -> object:
        """Delete it; fine if it is not there."""
        ...


class Store(Protocol):
    """Where large bodies go, such as a `Bucket`."""

    @property
    def name(self) -> str:
        """The bucket's name."""
        ...

    def __getitem__(self, key: str, /) -> Stored:
        """The place with that key."""
        ...


@frozen
class Pointer:
    """Where a body is.

    Attributes:
        bucket: The bucket's name.
        key: The key in it.
    """

    bucket: str
    key: str


def overflows(size: int, limit: int) -> bool:
    """Whether a message goes into the bucket: if it is larger, with its attributes, than can be sent.

    Args:
        size: Bytes of the message with its attributes.
        limit: Bytes that the queue or topic takes.
    """
    return size > limit


def encode(pointer: Pointer) -> str:
    """The body that says where the real one is."""
    return json.dumps([_POINTER_CLASS, {_BUCKET: pointer.bucket, _KEY: pointer.key}], separators=(",", ":"))


def decode(body: str) -> Pointer:
    """Where the real body is.

    Args:
        body: The body of a message with one of the attributes of `RESERVED_ATTRIBUTES`.

    Raises:
        InvalidRequest: It does not say.
    """
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    parts = cast("list[object]", found) if isinstance(found, list) else []
    place = (
        parts[1]
        if len(parts) == _POINTER_PARTS and parts[0] in (_POINTER_CLASS, _OLD_POINTER_CLASS)
        else None
    )
    if isinstance(place, Mapping):
        named = cast("Mapping[str, object]", place)
        bucket, key = named.get(_BUCKET), named.get(_KEY)
        if isinstance(bucket, str) and isinstance(key, str) and bucket and key:
            return Pointer(bucket, key)
    raise InvalidRequest(
        "the message says that its body is in a bucket, and not where",
        hint="whoever sent it took another form than AWS's extended client",
    )


def is_pointer(attributes: Mapping[str, object]) -> bool:
    """Whether attributes say that the body is a pointer."""
    return any(name in attributes for name in RESERVED_ATTRIBUTES)


def check_names(attributes: Mapping[str, object]) -> None:
    """Refuse attributes that would be taken for those of a pointer."""
    if is_pointer(attributes):
        raise InvalidRequest(
            f"{' and '.join(RESERVED_ATTRIBUTES)} are the attributes by which a body in a bucket is known",
            hint="take another name",
        )


def size_attribute(size: int) -> dict[str, WireValue]:
    """The attribute that says how many bytes the real body has."""
    return {SIZE_ATTRIBUTE: {"DataType": "Number", "StringValue": str(size)}}


Saved: TypeAlias = tuple[str, dict[str, WireValue], Stored]


def save(store: Store, body: str) -> Saved:
    """Put a body into the bucket. One request.

    Args:
        store: The bucket.
        body: The text.

    Returns:
        The body and the attribute to send in its place, and the place, to delete it if nothing comes of it.
    """
    data = body.encode()
    key = str(uuid.uuid4())
    place = store[key]
    place.write_bytes(data)
    return encode(Pointer(store.name, key)), size_attribute(len(data)), place


# -- the way back ------------------------------------------------------------------------------------------------


def fetched(store: Store, body: str, *, about: object) -> str:
    """The real body. One request.

    Args:
        store: The only bucket that is looked into.
        body: The pointer.
        about: The message, for errors.

    Raises:
        DecodeError: It is not there, too large, no text, or somewhere else.
    """
    place = _place(store, body)
    if isinstance(place, str):
        raise undecodable(place, about, "whoever sent it is not to be trusted, or has another bucket")
    try:
        data = place.read_bytes(start=0, size=MAX_OVERFLOW_BYTES + 1)
    except FileNotFoundError as error:
        raise undecodable(
            f"it was in the bucket {store.name!r}, and is no longer there",
            about,
            "whoever deletes the message deletes it too, and so may a lifecycle rule of the bucket",
        ) from error
    if len(data) > MAX_OVERFLOW_BYTES:
        raise undecodable(f"it is in a bucket, and has more than {MAX_OVERFLOW_BYTES:,} bytes", about)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise undecodable(f"what is in the bucket is no text: {error}", about) from error


def discarded(store: Store, body: str) -> None:
    """Delete the real body of a message that is gone; nothing if it is somewhere else. One request."""
    place = _place(store, body)
    if not isinstance(place, str):
        place.delete()


def _place(store: Store, body: str) -> Stored | str:
    """Where the real body is; or why nobody looks there."""
    try:
        pointer = decode(body)
    except InvalidRequest as error:
        return error.message
    if pointer.bucket != store.name:
        return f"it is in the bucket {pointer.bucket!r}, and not in the queue's own, {store.name!r}"
    if _OURS.fullmatch(pointer.key) is None:
        return f"it points to {pointer.key!r}, which is no key of a body"
    return store[pointer.key]


# -- into a queue ------------------------------------------------------------------------------------------------


@define(eq=False)
class Parcel:
    """A body on its way into the bucket. It is put there just before the message that names it is sent.

    Attributes:
        place: Where it goes.
        data: The bytes.
        body: The body to send in its place.
        attribute: The attribute to send with that.
    """

    place: Stored
    data: bytes
    body: str
    attribute: dict[str, WireValue]
    _there: bool = field(default=False, init=False)

    @classmethod
    def of(cls, store: Store, body: str) -> Parcel:
        """The parcel of a body. No request."""
        data = body.encode()
        key = str(uuid.uuid4())
        return cls(store[key], data, encode(Pointer(store.name, key)), size_attribute(len(data)))

    def put(self) -> None:
        """Put it there; once, however often the message is tried. One request."""
        if self.data:
            self.place.write_bytes(self.data)
            self._there = True
            # It may be large, and those of a long sending are kept to its end.
            self.data = b""

    def take_back(self) -> None:
        """Delete it: the message was not sent, for certain. One request if it is there."""
        if self._there:
            self._there = False
            # What failed before matters more. What is left behind costs storage, and nothing else.
            with suppress(CloudError), clean_up_time():
                self.place.delete()
