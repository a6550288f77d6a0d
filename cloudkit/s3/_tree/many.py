"""Many small objects at once, read, written and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from cloudkit._core.batching import Outcome, each_of, send_all
from cloudkit._core.deadline import or_exceeded
from cloudkit._core.marks import lean_rows
from cloudkit._core.translate import entry_error
from cloudkit._core.workers import in_parallel, until
from cloudkit.errors import (
    BatchError,
    CloudError,
    CredentialsError,
    DeadlineExceeded,
    Failed,
    InvalidRequest,
    Succeeded,
)
from cloudkit.s3._address.bucket import BucketAddress, contents_address
from cloudkit.s3._address.object import ObjectAddress, check_key
from cloudkit.s3._engine import engine_for
from cloudkit.s3._files.body import as_bytes
from cloudkit.s3._limits import DELETE_WORKERS, MAX_KEYS_PER_DELETE
from cloudkit.s3._options import WriteOptions, params_for_many, write_params
from cloudkit.s3._service import S3
from cloudkit.s3._tree.rows import object_in
from cloudkit.s3.errors import BucketNotFound

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


T = TypeVar("T")
Thing = TypeVar("Thing", bound=ObjectAddress)

Entry: TypeAlias = tuple[str, str | None]
"""A key, and the version of it; None is the newest."""


def check_several(call: str, given: object, one: str) -> None:
    """Refuse a single key or object where several are meant: a text can be iterated too, by its signs.

    Args:
        call: What the method is called.
        given: Its argument.
        one: What does the same to one object.
    """
    if isinstance(given, str):
        raise InvalidRequest(
            f"{call}({given[:40]!r}): a text is one key, not several", hint=f"bucket[{given[:40]!r}].{one}"
        )
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise InvalidRequest(
            f"{call}({type(given).__name__}): it takes keys or objects, any number of them",
            hint=f"object.{one} for one; {call}([...]) for several",
        )


def _check_pairs(items: object) -> None:
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise InvalidRequest(
            f"write_many({type(items).__name__}): it takes a mapping of keys to contents, or pairs of them",
            hint="write_many({'a.txt': 'A'}); bucket[key].write_text(...) for one",
        )


def read_many(bucket: BucketAddress[Thing], objects: Iterable[str | Thing]) -> Iterator[tuple[Thing, bytes]]:
    """Each object with its content, in order; those that fail are told of at the end."""
    engine = engine_for(bucket.cloud)

    over: list[CloudError] = []  # what ended it for all others too

    def source_of(each: str | Thing) -> Thing:
        return object_in(bucket, each) if isinstance(each, str) else each

    def read(each: str | Thing) -> tuple[Thing, bytes | CloudError]:
        source = source_of(each)
        try:
            return source, engine.get(source)
        except (BucketNotFound, CredentialsError):
            raise  # and so would all others
        except CloudError as error:
            if isinstance(error, DeadlineExceeded):
                over.append(error)
            return source, error

    def late(each: str | Thing, error: DeadlineExceeded) -> tuple[Thing, bytes | CloudError]:
        over.append(error)
        return source_of(each), error

    failed: list[Failed] = []
    succeeded: list[Succeeded] = []
    for each, (source, content) in in_parallel(
        read, until(over, objects), width=_width(bucket, engine.width), late=late
    ):
        if isinstance(content, CloudError):
            failed.append(Failed(each, content))
            continue
        succeeded.append(Succeeded(each, source))
        yield source, content
    if failed:
        raise or_exceeded(
            BatchError.of(failed, succeeded, service="s3", operation="GetObject", resource=bucket.name)
        )


def write_many(
    bucket: BucketAddress,
    items: Mapping[str, bytes | str] | Iterable[tuple[str, bytes | str]],
    options: WriteOptions,
) -> int:
    """Write each content under its key; how many."""
    _check_pairs(items)
    write_params(
        object_in(bucket, "x"), options
    )  # what is wrong with all of them is said once, and nothing is written
    engine = engine_for(bucket.cloud)
    params_of = params_for_many(options)
    pairs: Iterable[tuple[str, bytes | str]] = items.items() if isinstance(items, Mapping) else items  # pyright: ignore[reportUnknownVariableType, reportAssignmentType]

    over: list[CloudError] = []

    def write(pair: tuple[str, bytes | str]) -> CloudError | None:
        try:
            if isinstance(pair, (str, bytes)):  # of two signs it would be a key and its content
                raise InvalidRequest(
                    f"{pair!r} is no pair of a key and a content", hint="write_many([(key, content), ...])"
                )
            key, content = pair
            target = object_in(bucket, key)
            engine.put(target, _bytes_of(content), params_of(target))
        except (BucketNotFound, CredentialsError):
            raise  # and so would all others
        except CloudError as error:
            if isinstance(error, DeadlineExceeded):
                over.append(error)
            return error
        except (TypeError, ValueError) as error:
            refused = InvalidRequest(f"it cannot be written: {error}", service="s3", resource=bucket.name)
            refused.__cause__ = error
            return refused
        return None

    def late(_: object, error: DeadlineExceeded) -> CloudError:
        over.append(error)
        return error

    failed: list[Failed] = []
    written: list[str] = []
    for pair, error in in_parallel(write, until(over, pairs), width=_width(bucket, engine.width), late=late):
        if error is None:
            written.append(pair[0])
        else:
            failed.append(Failed(_named(pair), error))
    if failed:
        succeeded = [Succeeded(key, object_in(bucket, key)) for key in written]
        raise or_exceeded(
            BatchError.of(failed, succeeded, service="s3", operation="PutObject", resource=bucket.name)
        )
    return len(written)


def _named(pair: object) -> object:
    """The key of an entry; what is no pair is named as a whole."""
    return pair[0] if isinstance(pair, tuple) and pair else pair  # pyright: ignore[reportUnknownVariableType]


def _bytes_of(content: object) -> bytes:
    return content.encode() if isinstance(content, str) else as_bytes(content)


def _entry_of(row: Mapping[str, str]) -> Entry:
    return row["Key"], row["VersionId"] if "VersionId" in row else None  # noqa: SIM401 - `get` of lean rows is slow


def delete_objects(
    bucket: BucketAddress, objects: Iterable[str | ObjectAddress], *, dry_run: bool = False
) -> int:
    """Delete each, a thousand a request, several at once; how many were asked for."""

    def entry(each: str | ObjectAddress) -> tuple[str | ObjectAddress, Entry]:
        if isinstance(each, str):
            check_key(each)
            return each, (each, None)
        if each.bucket_name != bucket.name:
            raise InvalidRequest(f"{each} is not in the bucket {bucket.name}")
        return each, (each.key, each.version_id)

    if dry_run:
        return sum(1 for _ in each_of(objects, entry))
    gone = send_all(
        each_of(objects, entry),
        lambda batch: delete_batch(bucket, [entry for _, entry in batch]),
        shown=lambda item: item[0],
        clock=bucket.cloud.clock,
        most=MAX_KEYS_PER_DELETE,
        workers=DELETE_WORKERS,
        service="s3",
        operation="DeleteObjects",
        resource=bucket.name,
    )
    return len(gone)


def delete_batch(bucket: BucketAddress, entries: Sequence[Entry]) -> Outcome[str]:
    """One DeleteObjects, whose answer names the keys that were refused."""
    named = [
        {"Key": key} if version is None else {"Key": key, "VersionId": version} for key, version in entries
    ]
    with lean_rows():
        answer = bucket.cloud.invoke(
            S3,
            "delete_objects",
            {**contents_address(bucket), "Delete": {"Objects": named, "Quiet": False}},
            about=bucket,
        )
    refused = {
        (row.get("Key"), row.get("VersionId")): entry_error(
            S3,
            "delete_objects",
            code=row.get("Code", "Unknown"),
            message=row.get("Message", ""),
            about=f"s3://{bucket.name}/{row.get('Key')}",
        )
        for row in answer.get("Errors", [])
    }
    rows: Sequence[Mapping[str, str]] = answer.get("Deleted", [])
    done = set(map(_entry_of, rows))
    results: dict[int, str] = {}
    errors: dict[int, CloudError] = {}
    # An entry that neither list has is in neither of these: it must not pass for done.
    for index, (key, version) in enumerate(entries):
        error = refused.get((key, version)) or refused.get((key, None))
        if error is not None:
            errors[index] = error
        elif (key, version) in done or (key, None) in done:
            results[index] = key
    return Outcome(results, errors)


def _width(bucket: BucketAddress, suits: int) -> int:
    return bucket.cloud.transfers.width or suits
