"""Read, change, write back: but only if nobody else wrote in between."""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cloudkit._core.params import compact, from_json, tag_dict
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    PreconditionFailed,
)
from cloudkit.s3._address import address, place, with_key
from cloudkit.s3._limits import (
    CONFLICT_ATTEMPTS,
    EDIT_FIRST_PAUSE_SECONDS,
    EDIT_LONGEST_PAUSE_SECONDS,
    READ_ATTEMPTS,
)
from cloudkit.s3._options import tagging
from cloudkit.s3._service import S3
from cloudkit.s3.errors import ObjectChanged, ObjectNotFound, changed

if TYPE_CHECKING:
    from cloudkit.s3.object import Object

T = TypeVar("T")

# Tells one's own write from another's after an answer was lost: kept with the object, a new one each time.
_MARK = "cloudkit-edit"
# What a PUT would lose of the object that was there, and what it is written with again.
_KEPT = (
    "ContentType",
    "ContentEncoding",
    "ContentLanguage",
    "ContentDisposition",
    "CacheControl",
    "Expires",
    "StorageClass",
    "WebsiteRedirectLocation",
)
_KMS = "aws:kms"
# What servers say that have no tags at all.
_NO_TAGS = "NotImplemented"
_TRY_AGAIN = "ConditionalRequestConflict"


class Edit(Generic[T]):
    """An edit under way: `with` reads the document, and writes it back at the end if it was changed.

    Made by `Object.edit`.
    """

    def __init__(self, of: Object, kind: type[Any] | None, default: T | None) -> None:
        self._work = _Edit(of, kind, default)
        self._document: T | None = None

    def __enter__(self) -> T:
        self._document = document = self._work.begin()
        return document

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._work.finish(self._document)
        self._document = None


class _Edit(Generic[T]):
    """One reading and writing back."""

    def __init__(self, of: Object, kind: type[Any] | None, default: T | None) -> None:
        if of.version_id is not None:
            raise InvalidRequest(
                "a version cannot be written", resource=str(of), hint="edit the object itself"
            )
        self._object = of
        self._kind: type[Any] = kind if kind is not None else dict if default is None else type(default)
        self._default = default
        self._params: dict[str, Any] = {}
        self._before: str | None = None

    def begin(self) -> T:
        """Read the document, and note what must still be there when it is written."""
        try:
            answer, body = self._read()
        except ObjectNotFound:
            if self._default is None:
                raise
            self._before = None
            self._params = {"IfNoneMatch": "*", "ContentType": "application/json"}
            return copy.deepcopy(self._default)
        document = from_json(body, self._kind, self._object)
        self._before = _text(document)
        self._params = {**self._kept(answer), "IfMatch": answer["ETag"]}
        made: T = document
        return made

    def finish(self, document: object) -> None:
        """Write the document if it is another one than was read.

        Raises:
            ObjectChanged: Another writer came in between. Nothing was written.
        """
        text = _text(document)
        if text == self._before:
            return
        mark = secrets.token_hex(8)
        params = {**self._params, "Metadata": {**self._params.get("Metadata", {}), _MARK: mark}}
        try:
            if self._before is not None:
                params.update(self._tags())
            self._put(text.encode(), params)
        except (PreconditionFailed, ObjectNotFound, Conflict) as error:
            if isinstance(error, Conflict) and error.code != _TRY_AGAIN:
                raise
            if not (error.attempts > 1 and self._is_mine(mark)):
                raise changed(
                    error,
                    "another writer came in between: nothing was written",
                    self._object,
                    hint="read it again and repeat the change: object.edit_with(function) does both",
                ) from error
        self._object._unlearn()  # pyright: ignore[reportPrivateUsage]

    def _read(self) -> tuple[Mapping[str, Any], bytes]:
        cloud = self._object.cloud
        for attempt in range(1, READ_ATTEMPTS + 1):
            answer = cloud.invoke(
                S3, "get_object", {**address(self._object), **with_key(self._object)}, about=self._object
            )
            body: Any = answer["Body"]

            def read(_: object, body: Any = body) -> bytes:
                return bytes(body.read())

            try:
                return answer, cloud.run(S3, "get_object", self._object, read)
            except ConnectionFailed as error:
                # A document is small: all of it again, in one piece.
                error.attempts = attempt
                if attempt == READ_ATTEMPTS:
                    raise
            finally:
                body.close()
        raise AssertionError  # pragma: no cover

    def _kept(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: answer[name] for name in _KEPT if answer.get(name)}
        kept["Metadata"] = {
            name: value for name, value in answer.get("Metadata", {}).items() if name != _MARK
        }
        if str(answer.get("ServerSideEncryption", "")).startswith(_KMS):
            kept["ServerSideEncryption"] = answer["ServerSideEncryption"]
            kept.update(
                compact(
                    {
                        "SSEKMSKeyId": answer.get("SSEKMSKeyId"),
                        "BucketKeyEnabled": answer.get("BucketKeyEnabled"),
                    }
                )
            )
        return kept

    def _tags(self) -> dict[str, Any]:
        """The tags that the object has, as it is written with them again.

        Always asked for: their number is told only to those who may read them, and a PUT without them drops them.
        """
        try:
            answer = self._object.cloud.invoke(
                S3, "get_object_tagging", address(self._object), about=self._object
            )
        except AccessDenied as error:
            error.hint = "allow s3:GetObjectTagging: writing the document without its tags would drop them"
            raise
        except CloudError as error:
            if error.code != _NO_TAGS:
                raise
            return {}
        tags = tag_dict(answer["TagSet"])
        return {"Tagging": tagging(tags)} if tags else {}

    def _put(self, body: bytes, params: Mapping[str, Any]) -> None:
        clock = self._object.cloud.clock
        for pause in pauses(CONFLICT_ATTEMPTS):
            try:
                # Not by `put_object`: it knows its own content, and two edits may well make the same.
                own = {**place(self._object), **with_key(self._object), "Body": body}
                self._object.cloud.invoke(S3, "put_object", {**own, **params}, about=self._object)
                return
            except Conflict as error:
                # Another write of the same key was under way: whether ours may be done, S3 says the next time.
                if error.code != _TRY_AGAIN or pause is None:
                    raise
                clock.sleep(clock.jitter(pause))

    def _is_mine(self, mark: str) -> bool:
        """Whether what is there is what was sent: its answer was lost, and the repetition found it done."""
        try:
            return self._object.refresh().metadata.get(_MARK) == mark
        except ObjectNotFound:
            return False


def edit_with(
    of: Object,
    change: Callable[[T], T | None],
    kind: type[Any] | None,
    default: T | None,
    attempts: int,
) -> T:
    """Change a document by a function, again and again until nobody came in between."""
    if attempts < 1:
        raise InvalidRequest(f"attempts={attempts}: it is 1 or more")
    clock = of.cloud.clock
    for pause in pauses(attempts):
        edit = _Edit(of, kind, default)
        document = edit.begin()
        changed = change(document)
        if changed is None:
            changed = document
        elif type(changed) is not type(document):
            raise InvalidRequest(
                f"the function made a {type(changed).__name__} of a {type(document).__name__}",
                resource=str(of),
                hint="it changes the document and returns None, or returns the whole new document",
            )
        try:
            edit.finish(changed)
            return changed
        except ObjectChanged as error:
            if pause is None:
                error.message = f"others wrote in between {attempts} times: nothing was written"
                error.args = (error.message,)
                error.hint = "give more attempts=, or spread the writers over several keys"
                raise
            clock.sleep(clock.jitter(pause))
    raise AssertionError  # pragma: no cover


def pauses(attempts: int) -> list[float | None]:
    """How long to wait after each attempt, growing; None after the last."""
    grown = [EDIT_FIRST_PAUSE_SECONDS * 2 ** min(number, 16) for number in range(attempts - 1)]
    return [*(min(each, EDIT_LONGEST_PAUSE_SECONDS) for each in grown), None]


def _text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False)
