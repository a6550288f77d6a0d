"""Which messages were worked on before, in a bucket that many processes share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Protocol, cast

from attrs import field, frozen

from cloudkit._core.params import seconds as as_seconds
from cloudkit.errors import Conflict, InvalidRequest, NotFound, PreconditionFailed
from cloudkit.sqs._limits import ONCE_RACES, ONCE_SECONDS
from cloudkit.sqs.once import Standing
from cloudkit.types import Duration

# What a condition that did not hold says, and a write of the same key at the same moment.
_LOST_RACES = (PreconditionFailed, Conflict)


class Place(Protocol):
    """A place for one note, such as an `Object`."""

    @property
    def etag(self) -> str:
        """Which content was read last."""
        ...

    def read_bytes(self) -> bytes:
        """The content; FileNotFoundError if there is none."""
        ...

    def write_bytes(self, data: bytes, /, *, if_absent: bool = ..., if_match: str = ...) -> object:
        """Make these bytes the content; PreconditionFailed if there is one, or another one."""
        ...


class Notes(Protocol):
    """Where notes are, such as a `Bucket`."""

    def __getitem__(self, key: str, /) -> Place:
        """The place with that key."""
        ...


@frozen
class _Note:
    """What stands in a place: who is at it, or None if it is done; and until when that holds, in Unix time."""

    owner: str | None
    until: float

    def body(self) -> bytes:
        return json.dumps({"owner": self.owner, "until": self.until}).encode()


# What nobody is at, and what cannot be read: anybody may begin it.
_FREE = _Note("", 0.0)


@frozen(eq=False)
class OnceInBucket:
    """What was worked on, as small objects in a bucket, written on conditions: processes on many machines share it.

    Two or three requests a message. The key of an object is the SHA-256 of the message's, behind the prefix. Nothing
    deletes them: a rule of the bucket's does, `bucket.lifecycle.add(prefix="once/", expire=2)`, which is to be longer
    than `seconds`. When a claim ends is compared with each machine's own clock: they are to agree to a second or so.
    It needs a server that keeps conditions (`If-Match`, `If-None-Match`), as S3 does, and s3:ListBucket beside
    s3:GetObject and s3:PutObject.

    Args:
        bucket: The bucket, such as `Bucket("acme-once")`.
        seconds: How long it is remembered that work was done. Default: a day.
        prefix: What its keys begin with.

    Raises:
        InvalidRequest: It would remember nothing.

    Examples:
        >>> def pay(message): ...
        >>> once = OnceInBucket(Bucket("acme-photos"))
        >>> Queue("jobs").consume(pay, once=once, stop_when_empty=True, wait=0).acked
        1

    AWS: none
    """

    bucket: Notes
    seconds: Duration = ONCE_SECONDS
    prefix: str = field(default="once/", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not as_seconds(self.seconds) > 0:
            raise InvalidRequest(f"seconds={self.seconds!r}: nothing would be remembered")

    def begin(self, key: str, /, *, owner: str, seconds: float) -> Standing:
        """Begin the work of a key, unless it was done, or somebody is at it. One request; three if there was a note.

        Args:
            key: As in `Once.begin`.
            owner: As there.
            seconds: As there.

        Returns:
            As there.

        Raises:
            AccessDenied: These credentials may not read or write there.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> OnceInBucket(Bucket("acme-photos")).begin("order 7", owner="a", seconds=30)
            'begun'

        AWS: s3:PutObject, s3:GetObject
        """
        place = self._place(key)
        for _ in range(ONCE_RACES):
            try:
                place.write_bytes(_Note(owner, _now() + seconds).body(), if_absent=True)
                return "begun"
            except _LOST_RACES:
                note = _read(place)
            if note is None:
                continue
            if note.owner == owner:  # the answer to a write of our own was lost
                return "begun"
            if note.until > _now():
                return "done" if note.owner is None else "busy"
            if _replace(place, _Note(owner, _now() + seconds)):
                return "begun"
        return "busy"

    def keep(self, key: str, /, *, owner: str, seconds: float) -> None:
        """Leave it to its owner for so many seconds from now on. Two requests.

        Args:
            key: As in `Once.keep`.
            owner: As there.
            seconds: As there.

        Raises:
            AccessDenied: These credentials may not read or write there.

        Examples:
            >>> once = OnceInBucket(Bucket("acme-photos"))
            >>> once.begin("order 7", owner="a", seconds=30)
            'begun'
            >>> once.keep("order 7", owner="a", seconds=60)

        AWS: s3:GetObject, s3:PutObject
        """
        self._change(key, owner, _Note(owner, _now() + seconds))

    def finish(self, key: str, /) -> None:
        """Note that the work is done. One request.

        Args:
            key: As in `Once.finish`.

        Raises:
            AccessDenied: These credentials may not write there.

        Examples:
            >>> once = OnceInBucket(Bucket("acme-photos"))
            >>> once.finish("order 7")
            >>> once.begin("order 7", owner="b", seconds=30)
            'done'

        AWS: s3:PutObject
        """
        self._place(key).write_bytes(_Note(None, _now() + as_seconds(self.seconds)).body())

    def forget(self, key: str, /, *, owner: str) -> None:
        """Let others begin it. Two requests.

        Args:
            key: As in `Once.forget`.
            owner: As there.

        Raises:
            AccessDenied: These credentials may not read or write there.

        Examples:
            >>> OnceInBucket(Bucket("acme-photos")).forget("order 7", owner="a")

        AWS: s3:GetObject, s3:PutObject
        """
        self._change(key, owner, _FREE)

    def _place(self, key: str) -> Place:
        return self.bucket[self.prefix + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()]

    def _change(self, key: str, owner: str, note: _Note) -> None:
        """Put it in the place of that owner's note; nothing if another's is there, or has just come."""
        place = self._place(key)
        found = _read(place)
        if found is not None and found.owner == owner:
            _replace(place, note)


def _replace(place: Place, note: _Note) -> bool:
    """Write it in the place of what was read; False if that is not there any more."""
    try:
        place.write_bytes(note.body(), if_match=place.etag)
    except (*_LOST_RACES, NotFound):
        return False
    return True


def _read(place: Place) -> _Note | None:
    """What stands there; None if nothing does."""
    try:
        data = place.read_bytes()
    except FileNotFoundError:
        return None
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        return _FREE
    if not isinstance(found, Mapping):
        return _FREE
    said = cast("Mapping[str, object]", found)
    owner, until = said.get("owner"), said.get("until")
    if isinstance(until, (int, float)) and (owner is None or isinstance(owner, str)):
        return _Note(owner, until)
    return _FREE


def _now() -> float:
    return datetime.now(timezone.utc).timestamp()
