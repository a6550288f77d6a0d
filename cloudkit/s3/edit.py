"""Read, change, write back: but only if nobody else wrote in between."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cloudkit._core.backoff import Backoff
from cloudkit._core.body import read_all
from cloudkit._core.params import compact, from_json, tag_dict
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    PreconditionFailed,
)
from cloudkit.s3._address.object import address, with_key
from cloudkit.s3._directory import is_directory
from cloudkit.s3._files.compression import packed_whole, packing_of, unpacked_whole
from cloudkit.s3._files.content import facts_of
from cloudkit.s3._files.documents import JSON_TYPE, json_text
from cloudkit.s3._files.put import MET, put_object
from cloudkit.s3._given import whole
from cloudkit.s3._headers import without_mark
from cloudkit.s3._limits import (
    EDIT_FIRST_PAUSE_SECONDS,
    EDIT_LONGEST_PAUSE_SECONDS,
    READ_ATTEMPTS,
)
from cloudkit.s3._options import guessed_type, tagging
from cloudkit.s3._service import S3
from cloudkit.s3.errors import ObjectChanged, ObjectNotFound, changed

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

T = TypeVar("T")

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


class Edit(Generic[T]):
    """An edit under way: `with` reads the document, and writes it back at the end if it was changed.

    Made by `Object.edit`.
    """

    def __init__(self, of: ObjectAddress, kind: type[Any] | None, default: T | None) -> None:
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

    def __init__(self, of: ObjectAddress, kind: type[Any] | None, default: T | None) -> None:
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
            packed = packing_of(self._object.key, "auto") is not None
            kind = guessed_type(self._object.key) if packed else JSON_TYPE
            self._params = {"IfNoneMatch": "*", "ContentType": kind}
            return copy.deepcopy(self._default)
        text = unpacked_whole(body, self._object.key, "auto", str(self._object))
        document = from_json(text, self._kind, self._object)
        self._before = _lenient(document)
        facts = facts_of(answer, answer.get("ContentLength"))
        if facts is not None:
            self._object._learn(facts, whole=True)  # pyright: ignore[reportPrivateUsage]
        self._params = {**self._kept(answer), "IfMatch": answer["ETag"]}
        made: T = document
        return made

    def finish(self, document: object) -> None:
        """Write the document if it is another one than was read.

        Raises:
            ObjectChanged: Another writer came in between. Nothing was written.
        """
        if "IfMatch" in self._params and _lenient(document) == self._before:
            return
        body = packed_whole(json_text(document, self._object).encode(), self._object.key, "auto")
        params = dict(self._params)
        try:
            if "IfMatch" in params:
                params.update(self._tags())
            # Which of two edits that make the same won is told by the mark that a write with a condition leaves.
            answer = put_object(self._object, body, params)
        except (PreconditionFailed, ObjectNotFound, Conflict) as error:
            if isinstance(error, Conflict) and error.code != MET:
                raise
            raise changed(
                error,
                "another writer came in between: nothing was written",
                self._object,
                hint="read it again and repeat the change: object.edit_with(function) does both",
            ) from error
        self._object._written(answer, len(body))  # pyright: ignore[reportPrivateUsage]

    def _read(self) -> tuple[Mapping[str, Any], bytes]:
        cloud = self._object.cloud
        attempt = 0
        while True:
            attempt += 1
            answer = cloud.invoke(
                S3, "get_object", {**address(self._object), **with_key(self._object)}, about=self._object
            )
            try:
                return answer, read_all(cloud, S3, "get_object", self._object, answer["Body"])
            except ConnectionFailed as error:
                # A document is small: all of it again, in one piece.
                error.attempts = attempt
                if attempt == READ_ATTEMPTS:
                    raise

    def _kept(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: answer[name] for name in _KEPT if answer.get(name)}
        kept["Metadata"] = without_mark(answer.get("Metadata", {}))
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
        if is_directory(self._object.bucket_name):
            return {}
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


def edit_with(
    of: ObjectAddress,
    change: Callable[[T], T | None],
    kind: type[Any] | None,
    default: T | None,
    attempts: int,
) -> T:
    """Change a document by a function, again and again until nobody came in between."""
    whole("attempts", attempts, 1)
    pauses = backoff(attempts).begin(of.cloud.clock)
    while True:
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
            if not pauses.take():
                error.message = f"others wrote in between {attempts} times: nothing was written"
                error.args = (error.message,)
                error.hint = "give more attempts=, or spread the writers over several keys"
                raise


def backoff(attempts: int) -> Backoff:
    """How long to wait while others write."""
    return Backoff(EDIT_FIRST_PAUSE_SECONDS, longest=EDIT_LONGEST_PAUSE_SECONDS, attempts=attempts)


def _lenient(document: object) -> str | None:
    """What tells a document from another, also where it is no strict JSON; None of one that JSON has no form for."""
    try:
        return json.dumps(document, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return None
