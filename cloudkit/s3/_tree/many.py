"""Many small objects at once, read, written and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from cloudkit._core.batching import Outcome
from cloudkit._core.translate import entry_error
from cloudkit._core.workers import in_parallel
from cloudkit.errors import BatchError, CloudError, CredentialsError, Failed, InvalidRequest, Succeeded
from cloudkit.s3._address import bucket_address
from cloudkit.s3._engine import engine_for
from cloudkit.s3._files.body import as_bytes
from cloudkit.s3._options import WriteOptions, params_for_many
from cloudkit.s3._service import S3
from cloudkit.s3.errors import BucketNotFound

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket
    from cloudkit.s3.object import Object


Entry: TypeAlias = tuple[str, str | None]
"""A key, and the version of it; None is the newest."""


def read_many(bucket: Bucket, objects: Iterable[str | Object]) -> Iterator[tuple[Object, bytes]]:
    """Each object with its content, in order; those that fail are told of at the end."""
    engine = engine_for(bucket.cloud)

    def read(each: str | Object) -> tuple[Object, bytes | CloudError]:
        source = bucket[each] if isinstance(each, str) else each
        try:
            return source, engine.get(source)
        except (BucketNotFound, CredentialsError):
            raise  # and so would all others
        except CloudError as error:
            return source, error

    failed: list[Failed] = []
    succeeded: list[Succeeded] = []
    for each, (source, content) in in_parallel(read, objects, width=_width(bucket, engine.width)):
        if isinstance(content, CloudError):
            failed.append(Failed(each, content))
            continue
        succeeded.append(Succeeded(each, source))
        yield source, content
    if failed:
        raise BatchError.of(failed, succeeded, service="s3", operation="GetObject", resource=bucket.name)


def write_many(
    bucket: Bucket,
    items: Mapping[str, bytes | str] | Iterable[tuple[str, bytes | str]],
    options: WriteOptions,
) -> int:
    """Write each content under its key; how many."""
    engine = engine_for(bucket.cloud)
    params_of = params_for_many(options)
    pairs: Iterable[tuple[str, bytes | str]] = items.items() if isinstance(items, Mapping) else items  # pyright: ignore[reportUnknownVariableType, reportAssignmentType]

    def write(pair: tuple[str, bytes | str]) -> CloudError | None:
        try:
            key, content = pair
            target = bucket[key]
            engine.put(target, _bytes_of(content), params_of(target))
        except (BucketNotFound, CredentialsError):
            raise  # and so would all others
        except CloudError as error:
            return error
        except (TypeError, ValueError) as error:
            refused = InvalidRequest(f"it cannot be written: {error}", service="s3", resource=bucket.name)
            refused.__cause__ = error
            return refused
        return None

    failed: list[Failed] = []
    written: list[str] = []
    for pair, error in in_parallel(write, pairs, width=_width(bucket, engine.width)):
        if error is None:
            written.append(pair[0])
        else:
            failed.append(Failed(_named(pair), error))
    if failed:
        succeeded = [Succeeded(key, bucket[key]) for key in written]
        raise BatchError.of(failed, succeeded, service="s3", operation="PutObject", resource=bucket.name)
    return len(written)


def _named(pair: object) -> object:
    """The key of an entry; what is no pair is named as a whole."""
    return pair[0] if isinstance(pair, tuple) and pair else pair  # pyright: ignore[reportUnknownVariableType]


def _bytes_of(content: object) -> bytes:
    return content.encode() if isinstance(content, str) else as_bytes(content)


def delete_batch(bucket: Bucket, entries: Sequence[Entry]) -> Outcome[str]:
    """One DeleteObjects, whose answer names the keys that were refused."""
    named = [
        {"Key": key} if version is None else {"Key": key, "VersionId": version} for key, version in entries
    ]
    answer = bucket.cloud.invoke(
        S3,
        "delete_objects",
        {**bucket_address(bucket), "Delete": {"Objects": named, "Quiet": False}},
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
    done = {(row.get("Key"), row.get("VersionId")) for row in answer.get("Deleted", [])}
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


def _width(bucket: Bucket, suits: int) -> int:
    return bucket.cloud.transfers.width or suits
