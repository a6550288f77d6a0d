"""Trees made alike: from a folder, to a folder, from bucket to bucket."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cloudkit.errors import InvalidRequest
from cloudkit.s3._options import WriteOptions, write_params
from cloudkit.s3._tree.disk import Disk
from cloudkit.s3._tree.moving import Copies, Downloads, Mover, Uploads, execute
from cloudkit.s3._tree.plan import Found, plan_copies, plan_downloads, plan_uploads
from cloudkit.s3.folder import Folder, as_prefix
from cloudkit.s3.sync import SyncOptions, SyncPlan

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket

_OWN = frozenset({*SyncOptions.__annotations__, "follow_symlinks"})
_DECIDED = ("if_absent", "if_match")


def upload_plan(
    bucket: Bucket, folder: str | os.PathLike[str], prefix: str, options: Mapping[str, Any]
) -> SyncPlan:
    """What `Bucket.sync_from` does."""
    root, prefix = Path(folder), as_prefix(prefix)
    own, writing = _split(options)
    write_params(bucket["x"], writing)
    found = plan_uploads(bucket, root, prefix, own, follow=bool(options.get("follow_symlinks")))
    return _plan(str(root), _address(bucket, prefix), found, Uploads(root, bucket, prefix, writing), own)


def download_plan(
    bucket: Bucket, folder: str | os.PathLike[str], prefix: str, options: SyncOptions
) -> SyncPlan:
    """What `Bucket.sync_to` does."""
    root, prefix = Path(folder), as_prefix(prefix)
    own, writing = _split(options)
    if writing or "follow_symlinks" in options:
        raise InvalidRequest(
            f"sync_to takes no {', '.join(sorted({*options} - {*SyncOptions.__annotations__}))}"
        )
    found = plan_downloads(bucket, prefix, root, own)
    return _plan(_address(bucket, prefix), str(root), found, Downloads(bucket, prefix, Disk(root)), own)


def copy_plan(
    bucket: Bucket,
    target: Bucket | Folder,
    prefix: str,
    target_prefix: str | None,
    options: Mapping[str, Any],
) -> SyncPlan:
    """What `Bucket.copy_tree` does."""
    prefix = as_prefix(prefix)
    own, writing = _split(options)
    if isinstance(target, Folder):
        if target_prefix is not None:
            raise InvalidRequest("target_prefix is for a bucket: the folder has one", resource=str(target))
        to, to_prefix = target.bucket, target.prefix
    else:
        to, to_prefix = target, prefix if target_prefix is None else as_prefix(target_prefix)
    write_params(to["x"], writing)
    found = plan_copies(bucket, prefix, to, to_prefix, own)
    mover = Copies(bucket, prefix, to, to_prefix, writing)
    return _plan(_address(bucket, prefix), _address(to, to_prefix), found, mover, own)


def _split(options: Mapping[str, Any]) -> tuple[SyncOptions, WriteOptions]:
    """What is the sync's own, and what is for each write."""
    for name in _DECIDED:
        if options.get(name):
            raise InvalidRequest(f"a sync takes no {name}: it decides for each object")
    own = {name: value for name, value in options.items() if name in _OWN}
    writing = {name: value for name, value in options.items() if name not in _OWN}
    return cast("SyncOptions", own), cast("WriteOptions", writing)


def _plan(source: str, target: str, found: Found, mover: Mover, options: SyncOptions) -> SyncPlan:
    return SyncPlan(
        source,
        target,
        tuple(found.transfers),
        tuple(found.deletes),
        tuple(found.skipped),
        tuple(found.refused),
        execute=lambda plan, progress: execute(plan, mover, progress),
        progress=options.get("progress"),
    )


def _address(bucket: Bucket, prefix: str) -> str:
    return f"s3://{bucket.name}/{prefix}"
