"""A move within one directory bucket, which S3 does in one step: nothing is copied, and nothing is ever there twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloudkit._core.progress import metered
from cloudkit.s3._directory import is_directory
from cloudkit.s3._options import WriteOptions, write_params
from cloudkit.s3._service import S3
from cloudkit.types import ProgressHook

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

_CONDITIONS = {"if_absent", "if_match"}
# What RenameObject takes for the conditions of a PUT.
_OF_TARGET = {"IfMatch": "DestinationIfMatch", "IfNoneMatch": "DestinationIfNoneMatch"}


def can_rename(
    source: ObjectAddress, target: ObjectAddress, options: WriteOptions, keep: Iterable[str]
) -> bool:
    """Whether it is a move that S3 makes by renaming: what is renamed stays as it is in all else."""
    others = {name for name, value in options.items() if value is not None} - _CONDITIONS
    return (
        is_directory(source.bucket_name)
        and source.bucket_name == target.bucket_name
        and source.cloud == target.cloud
        and not others
        and "metadata" in keep
        # Not a key that stands for a folder: S3 renames objects alone.
        and not source.key.endswith("/")
        and not target.key.endswith("/")
        and (source.version_id, target.version_id, source.customer_key, target.customer_key) == (None,) * 4
    )


def rename(
    source: ObjectAddress,
    target: ObjectAddress,
    options: WriteOptions,
    *,
    progress: ProgressHook | bool | None,
) -> None:
    """Rename it. One request, with a token of botocore's by which S3 knows a repetition."""
    conditions = write_params(target, options)
    params: dict[str, Any] = {
        "Bucket": target.bucket_name,
        "Key": target.key,
        "RenameSource": quote(source.key),
        **{ours: conditions[name] for name, ours in _OF_TARGET.items() if name in conditions},
    }
    size = source._known("Size")  # pyright: ignore[reportPrivateUsage]
    with metered(progress, size, target.cloud.clock, target.name) as meter:
        source.cloud.invoke(S3, "rename_object", params, about=source)
        meter(size or 0)
