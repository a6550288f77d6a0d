"""A lock on a name, for programs on several machines: advisory, renewed, and honest about what it cannot promise."""

from __future__ import annotations

import json
import os
import platform
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from attrs import asdict, field, frozen
from typing_extensions import Self, override

from cloudkit._core.backoff import Backoff
from cloudkit._core.body import read_all
from cloudkit._core.deadline import clean_up_time
from cloudkit._core.retry import Retry, Timeouts
from cloudkit._core.workers import Background
from cloudkit.errors import CloudError, Conflict, InvalidRequest, PreconditionFailed
from cloudkit.s3._address.object import address
from cloudkit.s3._files.put import put_object
from cloudkit.s3._given import lasting
from cloudkit.s3._limits import (
    DATE_RESOLUTION_SECONDS,
    LOCK_ATTEMPTS,
    LOCK_FIRST_PAUSE_SECONDS,
    LOCK_LEAST_TIMEOUT_SECONDS,
    LOCK_LONGEST_PAUSE_SECONDS,
    LOCK_RENEWALS,
)
from cloudkit.s3._service import S3
from cloudkit.s3.errors import LockHeld, LockLost, ObjectNotFound
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

# What a condition that did not hold says, and a write of the same key at the same moment.
_LOST_RACES = (PreconditionFailed, ObjectNotFound, Conflict)
_TRY_AGAIN = "ConditionalRequestConflict"


@frozen
class _Note:
    """What stands in the object of a lock."""

    token: str
    holder: str
    fence: int
    ttl: float
    since: str
    renewals: int = 0
    held: bool = True

    def body(self) -> bytes:
        return json.dumps(asdict(self)).encode()


@frozen
class _Seen:
    """The note that was there, and what S3 said of its age by its own clock."""

    etag: str
    note: _Note | None
    age: float = field(default=0.0)


class Lock:
    """A lock on a name. `with` takes it and gives it back. Made by `Bucket.lock`.

    It is kept alive in the background, three times in its `ttl`. A holder that dies, hangs or is cut off loses it
    when the `ttl` is over, and then another may take it: S3 cannot stop the first one from working on. So a lock
    spares work that is done twice; where two at once would do harm, give `fence` to what is written, and let that
    refuse a smaller one than it has seen. It needs a server that keeps conditions (`If-Match`, `If-None-Match`), as
    S3 does, and s3:ListBucket beside s3:GetObject and s3:PutObject: without it S3 refuses to say that nobody has the
    lock.

    In a bucket with versioning every renewal is a version. A rule of the bucket's clears them up:
    `bucket.lifecycle.add(prefix=".locks/", noncurrent_expire=1)`.

    Attributes:
        name: What it is called.
        ttl: Seconds until it ends if it is not renewed.

    Examples:
        >>> with Bucket("acme-photos").lock("nightly", ttl=60) as lock:
        ...     lock.fence
        1
    """

    def __init__(
        self, of: ObjectAddress, name: str, ttl: Duration, wait: Duration, holder: str | None
    ) -> None:
        self.name = name
        self.ttl: float = lasting("ttl", ttl)
        if self.ttl <= 0:
            raise InvalidRequest(f"ttl={self.ttl:g}: it is more than 0 seconds")
        self._wait = lasting("wait", wait)
        if self._wait < 0:
            raise InvalidRequest(f"wait={self._wait:g}: it is 0 seconds or more")
        self._object = self._given = of
        self._clock = of.cloud.clock
        self._holder = holder or f"{platform.node()}:{os.getpid()}"
        self._note: _Note | None = None
        self._etag = ""
        self._good_until = 0.0
        self._lost = False
        self._renewals = 0
        self._renewing: Background | None = None

    # -- for the holder --------------------------------------------------------------------------------------

    @property
    def fence(self) -> int:
        """A number that is larger for each new holder; 0 while it is not held."""
        return self._note.fence if self._note is not None else 0

    @property
    def lost(self) -> bool:
        """Whether it was held, and may be another's by now. No request."""
        return self._lost or (self._note is not None and self._clock.now() >= self._good_until)

    def check(self) -> None:
        """Raise if the lock may be another's by now: for between two steps of the work. No request.

        Raises:
            LockLost: It is.

        Examples:
            >>> with Bucket("acme-photos").lock("nightly") as lock:
            ...     lock.check()

        AWS: none
        """
        if self.lost:
            raise LockLost(
                f"the lock {self.name!r} was not renewed in time, or was taken over",
                service=S3.name,
                resource=str(self._object),
                hint="stop what it guards; a longer ttl= outlives longer pauses",
            )

    def __enter__(self) -> Self:
        if self._renewing is not None:
            raise InvalidRequest(
                f"the lock {self.name!r} is held already", hint="bucket.lock(...) makes another"
            )
        self._object = self._given
        self._acquire()
        self._object = self._impatient()
        self._renewing = Background(self._renew, self.ttl / LOCK_RENEWALS, "cloudkit-lock")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        renewing, self._renewing = self._renewing, None
        try:
            with clean_up_time():
                if renewing is not None:
                    renewing.stop()
                self._release()
        except CloudError:
            if kind is None:
                raise
        finally:
            self._note = None
            self._lost = False

    @override
    def __repr__(self) -> str:
        state = "free" if self._note is None else "lost" if self.lost else "held"
        return f"<Lock {self.name!r} on {self._object} {state}>"

    # -- taking it -------------------------------------------------------------------------------------------

    def _acquire(self) -> None:
        backoff = Backoff(LOCK_FIRST_PAUSE_SECONDS, longest=LOCK_LONGEST_PAUSE_SECONDS, limit=self._wait)
        pauses = backoff.begin(self._clock)
        watched: tuple[str, float] | None = None  # an ETag, and since when it is there by our clock
        races = 0
        while True:
            seen = self._look()
            now = self._clock.now()
            if seen is not None and (watched is None or watched[0] != seen.etag):
                watched = (seen.etag, now)
            unchanged = now - watched[1] if watched is not None else 0.0
            if seen is None or _is_free(seen, unchanged):
                if self._take(seen):
                    return
                races += 1  # another was quicker: who it is shows the next look
                if races < LOCK_ATTEMPTS or pauses.left > 0:
                    continue
            if not pauses.take():
                raise self._held(seen)

    def _look(self) -> _Seen | None:
        """What is there; None if nothing is."""
        cloud = self._object.cloud
        try:
            answer = cloud.invoke(S3, "get_object", address(self._object), about=self._object)
        except ObjectNotFound:
            return None
        text = read_all(cloud, S3, "get_object", self._object, answer["Body"])
        return _Seen(answer["ETag"], _parsed(text), _age(answer))

    def _take(self, seen: _Seen | None) -> bool:
        """Write our note where nobody's, or an ended one, is; False if another was quicker."""
        before = seen.note.fence if seen is not None and seen.note is not None else 0
        note = _Note(
            secrets.token_hex(16),
            self._holder,
            before + 1,
            self.ttl,
            datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )
        return self._write(note, None if seen is None else seen.etag)

    def _write(self, note: _Note, etag: str | None) -> bool:
        """Put the note in the place of the one with that ETag, or of none; False if another's is there."""
        for _ in range(LOCK_ATTEMPTS):
            began = self._clock.now()
            condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
            params = {"ContentType": "application/json", **condition}
            try:
                written = str(put_object(self._object, note.body(), params)["ETag"])
            except _LOST_RACES as error:
                if isinstance(error, Conflict) and error.code != _TRY_AGAIN:
                    raise
                # The answer to a write of our own may have been lost, now or the last time.
                found = self._look()
                if found is None or found.note is None:
                    return False
                if found.note.token != note.token and found.etag != etag:
                    return False
                if found.note != note:
                    etag = found.etag
                    continue
                written = found.etag
            self._note, self._etag = note, written
            self._good_until = began + self.ttl  # S3 counts from later on: we let go first
            return True
        return False

    def _held(self, seen: _Seen | None) -> LockHeld:
        note = seen.note if seen is not None else None
        holder = note.holder if note is not None else None
        error = LockHeld(
            f"the lock {self.name!r} is held by {holder or 'another'}"
            + (f" since {note.since}" if note is not None else ""),
            service=S3.name,
            resource=str(self._object),
            retryable=True,
            hint="wait= waits for it",
        )
        error.holder = holder
        with suppress(ValueError):
            error.since = datetime.fromisoformat(note.since) if note is not None else None
        return error

    # -- keeping it and giving it back -----------------------------------------------------------------------

    def _impatient(self) -> ObjectAddress:
        """The object over a Cloud whose requests end long before the lock does: one that hangs leaves time for others."""
        of = self._given
        most = max(self.ttl / (2 * LOCK_RENEWALS), LOCK_LEAST_TIMEOUT_SECONDS)
        patience = of.cloud.timeouts
        cloud = of.cloud.with_options(
            timeouts=Timeouts(connect=min(patience.connect, most), read=min(patience.read, most)),
            retry=Retry(attempts=1),
        )
        return type(of)(
            of.bucket_name,
            of.key,
            customer_key=of.customer_key,
            expected_bucket_owner=of.expected_bucket_owner,
            request_payer=of.request_payer,
            cloud=cloud,
        )

    def _renew(self) -> None:
        note = self._note
        if note is None or self.lost:
            return
        self._renewals += 1  # each attempt is told from the others
        renewed = _Note(note.token, note.holder, note.fence, note.ttl, note.since, self._renewals)
        with suppress(
            CloudError
        ):  # the next time it may work; if none does, the time runs out and `lost` says so
            if not self._write(renewed, self._etag):
                self._lost = True

    def _release(self) -> None:
        note = self._note
        self.check()
        if note is None:
            return
        over = _Note(note.token, note.holder, note.fence, note.ttl, note.since, note.renewals, held=False)
        for left in reversed(range(LOCK_RENEWALS)):
            try:
                self._lost = not self._write(over, self._etag)
                break
            except CloudError as error:
                if not (error.retryable and left) or self.lost:
                    raise
        if self._lost:
            self.check()


def _is_free(seen: _Seen, unchanged: float) -> bool:
    """Whether its holder has given it back, or let it end.

    By S3's clock alone, which wrote the one time and told the other; or by how long we have seen it unchanged.
    """
    if seen.note is None:
        return False
    if not seen.note.held:
        return True
    return seen.age - DATE_RESOLUTION_SECONDS >= seen.note.ttl or unchanged >= seen.note.ttl


def _age(answer: Mapping[str, Any]) -> float:
    """Seconds since it was written, by S3's clock; 0 if the answer does not say what time it is there."""
    headers: Mapping[str, str] = answer["ResponseMetadata"].get("HTTPHeaders") or {}
    try:
        now = parsedate_to_datetime(headers["date"])
        written: datetime = answer["LastModified"]
        return (now - written).total_seconds()
    except (KeyError, TypeError, ValueError):
        return 0.0


def _parsed(text: bytes) -> _Note | None:
    """The note, if it is one of a lock's."""
    try:
        said = json.loads(text)
        return _Note(
            str(said["token"]),
            str(said["holder"]),
            int(said["fence"]),
            float(said["ttl"]),
            str(said["since"]),
            int(said["renewals"]),
            bool(said["held"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
