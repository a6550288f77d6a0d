"""The bytes of one object, in order, over as many answers as that takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, cast

from cloudkit._core.backoff import pause
from cloudkit._core.body import bare_body, break_off
from cloudkit.errors import CloudError, ConnectionFailed, InvalidRequest, ServiceError
from cloudkit.s3._address.object import address, with_key
from cloudkit.s3._limits import READ_AFTER_CUT_BYTES, READ_ATTEMPTS, READ_PAUSE_SECONDS, READ_PIECE_BYTES
from cloudkit.s3._service import S3
from cloudkit.s3.checksum import Checksum, Digest, check_digest, checksum_of, new_digest
from cloudkit.s3.errors import ObjectChanged
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

# What S3 says to a range that begins at the end of the object or behind it.
_PAST_THE_END = "InvalidRange"
# What a GET says of its answer and not of the object. Checksums come with a GET only, too.
_OF_THE_ANSWER = ("Body", "ContentRange", "ResponseMetadata")


class Content:
    """A range of an object's bytes, or all of them, read once from its start to its end.

    All answers are of the ETag that the first one had, so that bytes of two objects are never mixed. A dropped
    connection is taken up again at the position reached. What is read from the first byte to the last one, in order,
    is verified against the checksum that S3 sent, however many answers it came in.

    Args:
        source: Whose.
        options: More parameters of GetObject, as boto3 takes them.
        etag: What the object must be, if that is known already.
        size: How many bytes it has, if that is known already.

    Attributes:
        position: The next byte to come.
        stop: The byte behind the last one that is asked for; None for all.
        checksum: What S3 keeps of the whole content, if it said so and it can be verified here.
        verified: Whether the whole content came, and was what the checksum says.
    """

    def __init__(
        self,
        source: ObjectAddress,
        options: Mapping[str, Any] | None = None,
        *,
        etag: str | None = None,
        size: int | None = None,
    ) -> None:
        self.position = 0
        self.stop: int | None = None
        self.size = size
        self.etag = etag
        self.checksum: Checksum | None = None
        self.verified = False
        self._source = source
        self._options = options
        self._body: Any = None
        self._body_end: int | None = None
        self._idle_attempts = 0
        self._digest: Digest | None = None
        self._digested = 0
        self._wrong: CloudError | None = None

    def begin(self, start: int, stop: int | None = None) -> None:
        """Turn to another range. No request yet."""
        self.close()
        self.position = start
        self.stop = stop
        self._idle_attempts = 0

    @property
    def is_open(self) -> bool:
        """Whether an answer is under way, so that reading on costs no request."""
        return self._body is not None

    @property
    def at_end(self) -> bool:
        """Whether nothing comes any more, of this range or of the object, as far as is known."""
        return (self.stop is not None and self.position >= self.stop) or (
            self.size is not None and self.position >= self.size
        )

    def connect(self) -> bool:
        """Ask for what is next, if that is not done already; False if it is past the end. One request at most."""
        return self._body is not None or self._ask()

    def read(self, count: int = READ_PIECE_BYTES) -> bytes:
        """Up to `count` bytes, and not none before the end.

        Raises:
            ConnectionFailed: The connection dropped time and again without a byte in between.
            ObjectChanged: The object was replaced.
            ServiceError: What came is not what S3 keeps, by its checksum.
        """
        if self._wrong is not None:
            raise self._wrong
        while not self.at_end:
            try:
                if not self.connect():
                    return b""
                data = self._read_body(count)
            except ConnectionFailed as error:
                self._try_again_or_raise(error)
                continue
            except BaseException:
                self.close()  # how far it came nobody knows
                raise
            if data:
                self._idle_attempts = 0
                if self._body_end is not None and self.position + len(data) >= self._body_end:
                    self.close()
                self._take_in(data)
                return data
            if self._body_end is None or self.position >= self._body_end:
                self._end()
                return b""
            self._try_again_or_raise(ConnectionFailed("the connection ended early", retryable=True))
        return b""

    def _end(self) -> None:
        self.close()
        if self.size is None:  # nobody said how long it is: this is how it ends
            self.size = self.position
            if self._digested == self.size:
                self._compare()

    def skip(self, count: int) -> None:
        """Read that many bytes and drop them; fewer at the end."""
        while count > 0 and (data := self.read(min(count, READ_PIECE_BYTES))):
            count -= len(data)

    def close(self) -> None:
        """Hang up. An answer that was read to its end leaves its connection to the next call."""
        if self._body is not None:
            self._body.close()
            self._body = None

    # -- requests --------------------------------------------------------------------------------------------

    def _ask(self) -> bool:
        source = self._source
        wanted: str | None = None
        if self.position or self.stop is not None:
            wanted = f"bytes={self.position}-{'' if self.stop is None else self.stop - 1}"
        try:
            answer = source.cloud.invoke(
                S3,
                "get_object",
                {**address(source), **with_key(source), "Range": wanted, "IfMatch": self.etag},
                aws=self._options,
                about=source,
            )
        except InvalidRequest as error:
            if error.code != _PAST_THE_END or self.size is not None:
                raise
            return False
        except ConnectionFailed as error:
            if self.position and self.etag is not None:
                self._tell_how_far(error)
            raise
        try:
            first = self.etag is None
            self._check(answer)
            if first and not self._options:
                self._tell_source(answer)
            if wanted is None:
                self._expect(answer)
        except BaseException:
            answer["Body"].close()
            raise
        length = None if self._body_end is None else self._body_end - self.position
        self._body = bare_body(answer["Body"], length)
        return True

    def _check(self, answer: Answer) -> None:
        """Refuse an answer that is not of the bytes asked for: not every server looks at Range and If-Match."""
        etag = answer.get("ETag", self.etag)
        if self.etag is not None and etag != self.etag:
            self._refuse(ObjectChanged("the object was replaced while it was being read"))
        length = answer.get("ContentLength")
        found = str(answer.get("ContentRange", ""))
        first: int
        end: int | None
        whole: int | None
        if found:
            first, end, whole = _parsed_range(found)
            right = first == self.position and (self.stop is None or (end or 0) <= self.stop)
        else:
            first, end, whole = 0, length, length
            right = self.position == 0
        if not right or (self.size is not None and whole not in (None, self.size)):
            self._refuse(
                ServiceError(
                    f"asked for byte {self.position} and what follows, the server sent something else"
                    f" ({found or 'all of it'})"
                )
            )
        self.etag = etag
        self.size = whole if whole is not None else self.size
        self._body_end = end

    def _tell_source(self, answer: Answer) -> None:
        """Have the object know what the answer says of it: as much as HEAD would."""
        facts = facts_of(answer, self.size)
        if facts is not None:
            self._source._learn(facts, whole=True)  # pyright: ignore[reportPrivateUsage]

    def _refuse(self, error: CloudError) -> NoReturn:
        self._named(error)
        raise error

    def _named(self, error: CloudError) -> None:
        error.service, error.operation, error.resource = S3.name, "GetObject", str(self._source)

    def _read_body(self, count: int) -> bytes:
        if self._idle_attempts:
            count = min(count, READ_AFTER_CUT_BYTES)  # a reset loses what came of the piece
        for end in (self._body_end, self.stop):
            if end is not None:
                count = min(count, end - self.position)
        body = self._body
        return self._source.cloud.run(
            S3,
            "get_object",
            self._source,
            lambda _: cast("bytes", body.read(count)),
            give_up=self._leave_body,
            late=lambda _: body.close(),
        )

    def _leave_body(self) -> None:
        """Leave the answer to the thread that reads it: closing it here would wait for that."""
        body, self._body = self._body, None
        break_off(body)

    def _try_again_or_raise(self, error: ConnectionFailed) -> None:
        if self._body is None:
            raise error  # no answer at all: botocore has tried as often as it may
        self.close()
        self._idle_attempts += 1
        if self._idle_attempts >= READ_ATTEMPTS:
            error.attempts = self._idle_attempts
            self._named(error)
            self._tell_how_far(error)
            raise error
        if self._idle_attempts > 1:
            clock = self._source.cloud.clock
            pause(clock, clock.jitter(READ_PAUSE_SECONDS * 2 ** (self._idle_attempts - 2)))

    def _tell_how_far(self, error: CloudError) -> None:
        whole = "" if self.size is None else f" of {self.size}"
        error.message = f"{error.message} (at byte {self.position}{whole})"
        error.args = (error.message,)

    def leave_unverified(self) -> Checksum | None:
        """Verify nothing any more; the caller does so, against the checksum given back if there is one."""
        self._digest = None
        expected, self.checksum = self.checksum, None
        return expected

    # -- checksums -------------------------------------------------------------------------------------------

    def _expect(self, answer: Answer) -> None:
        """Keep the checksum of an answer that has the whole content."""
        if self._digested or self._digest is not None:
            return
        checksum = checksum_of(answer)
        if checksum is None or checksum.kind != "full":
            return
        self._digest = new_digest(checksum.algorithm)
        if self._digest is not None:
            self.checksum = checksum
        if self.size == 0:
            self._compare()

    def _take_in(self, data: bytes) -> None:
        start, self.position = self.position, self.position + len(data)
        if self._digest is None or start > self._digested or self.position <= self._digested:
            return
        try:
            self._digest.update(
                data if start == self._digested else memoryview(data)[self._digested - start :]
            )
            self._digested = self.position
            if self._digested == self.size:
                self._compare()
        except BaseException:
            self.position = start
            raise

    def _compare(self) -> None:
        if self._digest is None or self.checksum is None:
            return
        try:
            check_digest(self.checksum, self._digest.digest(), self._source)
        except ServiceError as error:
            self._wrong = error
            self.close()
            raise
        self.verified = True


def facts_of(answer: Mapping[str, Any], size: int | None) -> Answer | None:
    """What a GET says of the object, in the form of a HEAD; None if it does not say what HEAD would.

    Args:
        answer: The answer, of the whole content or of a range of it.
        size: How many bytes the whole has.
    """
    if size is None or not answer.get("ETag"):
        return None
    said = {
        name: value
        for name, value in answer.items()
        if name not in _OF_THE_ANSWER and not name.startswith("Checksum")
    }
    return {"Size": size, **said, "ContentLength": size}


def _parsed_range(text: str) -> tuple[int, int, int | None]:
    """First byte, the byte behind the last one, and the size, of `"bytes 0-9/100"`; -1 for what cannot be read."""
    part, _, whole = text.partition("/")
    first, _, last = part.removeprefix("bytes").strip().partition("-")
    if not first.isdigit() or not last.isdigit():
        return -1, -1, None
    return int(first), int(last) + 1, int(whole) if whole.isdigit() else None
