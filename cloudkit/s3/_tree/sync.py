"""Trees made alike: from a folder, to a folder, from bucket to bucket."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import BucketAddress
from cloudkit.s3._address.folder import FolderAddress
from cloudkit.s3._address.way import way_to
from cloudkit.s3._options import WriteOptions, write_params
from cloudkit.s3._prefix import as_prefix, without_slash
from cloudkit.s3._transfer.copy import KEPT_BY_DEFAULT, checked_keep
from cloudkit.s3._tree.disk import Disk
from cloudkit.s3._tree.moving import Copies, Downloads, Mover, Uploads, execute
from cloudkit.s3._tree.plan import Found, plan_copies, plan_downloads, plan_uploads
from cloudkit.s3._tree.rows import object_in
from cloudkit.s3.sync import CopyTreeOptions, SyncFromOptions, SyncOptions, SyncPlan

_WRITING = frozenset(WriteOptions.__annotations__)
_DECIDED = ("if_absent", "if_match")


def upload_plan(
    bucket: BucketAddress,
    folder: str | os.PathLike[str],
    prefix: str | FolderAddress,
    options: Mapping[str, Any],
) -> SyncPlan:
    """What `Bucket.sync_from` does."""
    root, prefix = Path(folder), _prefix_in(bucket, prefix)
    own, writing = _split("sync_from", options, SyncFromOptions)
    write_params(object_in(bucket, "x"), writing)
    found = plan_uploads(bucket, root, prefix, own, follow=bool(options.get("follow_symlinks")))
    return _plan(str(root), _address(bucket, prefix), found, Uploads(root, bucket, prefix, writing), own)


def download_plan(
    bucket: BucketAddress, folder: str | os.PathLike[str], prefix: str | FolderAddress, options: SyncOptions
) -> SyncPlan:
    """What `Bucket.sync_to` does."""
    root, prefix = Path(folder), _prefix_in(bucket, prefix)
    own, _ = _split("sync_to", options, SyncOptions)
    found = plan_downloads(bucket, prefix, root, own)
    return _plan(_address(bucket, prefix), str(root), found, Downloads(bucket, prefix, Disk(root)), own)


def copy_plan(
    bucket: BucketAddress,
    target: BucketAddress | FolderAddress,
    prefix: str | FolderAddress,
    target_prefix: str | None,
    options: Mapping[str, Any],
) -> SyncPlan:
    """What `Bucket.copy_tree` does."""
    prefix = _prefix_in(bucket, prefix)
    own, writing = _split("copy_tree", options, CopyTreeOptions)
    keep = checked_keep(options.get("keep", KEPT_BY_DEFAULT))
    if isinstance(target, FolderAddress):
        if target_prefix is not None:
            raise InvalidRequest("target_prefix is for a bucket: the folder has one", resource=str(target))
        to, to_prefix = type(bucket)(target.bucket_name, **way_to(target)), target.prefix
    elif not isinstance(target, BucketAddress):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
        raise InvalidRequest(
            f"the target is a Bucket or a Folder, and not {target!r}",
            hint="copy_tree(Bucket('name')), or copy_tree(bucket.folder('prefix'))",
        )
    elif target_prefix is None:
        to, to_prefix = target, prefix
    else:
        to, to_prefix = target, as_prefix(without_slash("target_prefix", target_prefix))
    write_params(object_in(to, "x"), writing)
    found = plan_copies(bucket, prefix, to, to_prefix, own)
    mover = Copies(bucket, prefix, to, to_prefix, writing, keep)
    return _plan(_address(bucket, prefix), _address(to, to_prefix), found, mover, own)


def _prefix_in(bucket: BucketAddress, prefix: str | FolderAddress) -> str:
    """What keys begin with that lie in a folder of the bucket."""
    if not isinstance(prefix, FolderAddress):
        return as_prefix(without_slash("prefix", prefix))
    if prefix.bucket_name != bucket.name:
        raise InvalidRequest(f"{prefix} is not in the bucket {bucket.name}")
    return prefix.prefix


def _split(method: str, options: Mapping[str, Any], taken: type[Any]) -> tuple[SyncOptions, WriteOptions]:
    """What is the sync's own, and what is for each write."""
    known = frozenset(taken.__annotations__)
    unknown = sorted(options.keys() - known)
    if unknown:
        raise InvalidRequest(
            f"{method} takes no {', '.join(unknown)}",
            hint=f"it takes {', '.join(sorted(known - {*_DECIDED}))}",
        )
    for name in _DECIDED:
        if options.get(name):
            raise InvalidRequest(f"a sync takes no {name}: it decides for each object")
    own = {name: value for name, value in options.items() if name not in _WRITING}
    writing = {name: value for name, value in options.items() if name in _WRITING}
    return cast("SyncOptions", own), cast("WriteOptions", writing)


def _plan(source: str, target: str, found: Found, mover: Mover, options: SyncOptions) -> SyncPlan:
    return SyncPlan(
        source,
        target,
        tuple(found.transfers),
        tuple(found.deletes),
        tuple(found.skipped),
        tuple(found.refused),
        execute=partial(execute, mover),
        progress=options.get("progress"),
    )


def _address(bucket: BucketAddress, prefix: str) -> str:
    return f"s3://{bucket.name}/{prefix}"
