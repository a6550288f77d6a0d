"""What a plan says, done: several at once, deletes last, nothing unreported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from attrs import frozen
from typing_extensions import ParamSpec

from cloudkit._core.deadline import done_of, or_exceeded
from cloudkit._core.progress import Meter, metered
from cloudkit._core.workers import in_parallel
from cloudkit.errors import BatchError, CloudError, CredentialsError, DeadlineExceeded, Failed, Succeeded
from cloudkit.s3._engine import engine_for
from cloudkit.s3._limits import LARGE_AT_ONCE, SMALL_BYTES
from cloudkit.s3._options import WriteOptions, write_params
from cloudkit.s3._service import S3
from cloudkit.s3._transfer.copy import Kept, copy
from cloudkit.s3._transfer.download import download_into
from cloudkit.s3._transfer.upload import upload
from cloudkit.s3._tree.disk import Disk
from cloudkit.s3._tree.many import delete_objects
from cloudkit.s3._tree.rows import object_in
from cloudkit.s3.errors import BucketNotFound
from cloudkit.s3.sync import SyncAction, SyncFailed, SyncPlan, SyncResult
from cloudkit.types import Progress, ProgressHook

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress

P = ParamSpec("P")


class Mover(Protocol):
    """Does what a kind of sync does about one file or object."""

    @property
    def bucket(self) -> BucketAddress:
        """Where the requests go."""
        ...

    @property
    def title(self) -> str:
        """What is done, for people."""
        ...

    def move(self, action: SyncAction, hook: ProgressHook) -> None:
        """Do a transfer; the hook is told of bytes as they go, if there are many."""
        ...

    def delete(self, actions: Sequence[SyncAction]) -> Mapping[str, CloudError]:
        """Delete all of them; the errors, by name."""
        ...


@frozen
class Uploads:
    """Files of a folder, to a bucket."""

    root: Path
    bucket: BucketAddress
    prefix: str
    options: WriteOptions
    title: str = "upload"

    def move(self, action: SyncAction, hook: ProgressHook) -> None:
        """Small files by one PUT of the engine."""
        target = object_in(self.bucket, self.prefix + action.name)
        path = self.root.joinpath(*action.name.split("/"))
        if action.size <= SMALL_BYTES:
            params = write_params(target, self.options)
            engine_for(self.bucket.cloud).put(target, path.read_bytes(), params)
        else:
            upload(target, path, write_params(target, self.options), progress=hook, resume=False)

    def delete(self, actions: Sequence[SyncAction]) -> Mapping[str, CloudError]:
        """In bulk."""
        return _delete_objects(self.bucket, self.prefix, actions)


@frozen
class Downloads:
    """Objects of a bucket, to a folder."""

    bucket: BucketAddress
    prefix: str
    disk: Disk
    title: str = "download"

    def move(self, action: SyncAction, hook: ProgressHook) -> None:
        """Into a file that gets its name when it is complete."""
        source = object_in(self.bucket, self.prefix + action.name)

        def fill(file: BinaryIO) -> None:
            if action.size <= SMALL_BYTES:
                file.write(engine_for(self.bucket.cloud).get(source))
            else:
                download_into(source, file, hook)

        self.disk.write(action.name, fill)

    def delete(self, actions: Sequence[SyncAction]) -> Mapping[str, CloudError]:
        """One after the other."""
        tried = {each.name: _tried(self.disk.delete, each.name) for each in actions}
        return {name: error for name, error in tried.items() if error is not None}


@frozen
class Copies:
    """Objects of a bucket, to another place in S3."""

    source: BucketAddress
    source_prefix: str
    bucket: BucketAddress
    prefix: str
    options: WriteOptions
    keep: Sequence[Kept]
    title: str = "copy"

    def move(self, action: SyncAction, hook: ProgressHook) -> None:
        """S3 does it."""
        source = object_in(self.source, self.source_prefix + action.name)
        target = object_in(self.bucket, self.prefix + action.name)
        copy(source, target, self.options, keep=self.keep, progress=hook)

    def delete(self, actions: Sequence[SyncAction]) -> Mapping[str, CloudError]:
        """In bulk."""
        return _delete_objects(self.bucket, self.prefix, actions)


def _delete_objects(
    bucket: BucketAddress, prefix: str, actions: Sequence[SyncAction]
) -> Mapping[str, CloudError]:
    names = {prefix + each.name: each.name for each in actions}
    try:
        delete_objects(bucket, list(names))
    except CloudError as error:
        of_batch = done_of(error)
        if isinstance(of_batch, BatchError):
            return {names[str(each.item)]: each.error for each in of_batch.failed}
        return dict.fromkeys(names.values(), error)
    return {}


# -- doing it --------------------------------------------------------------------------------------------------


def execute(mover: Mover, plan: SyncPlan, progress: ProgressHook | bool | None) -> SyncResult:
    """Do what a plan says.

    Raises:
        SyncFailed: Some of it failed.
    """
    with metered(progress, plan.size, mover.bucket.cloud.clock, mover.title) as meter:
        transferred, failed = _move_all(plan.transfers, mover, meter)
    deleted: list[SyncAction] = []
    not_deleted: Sequence[SyncAction] = plan.deletes if failed else ()
    if plan.deletes and not failed:
        wrong = mover.delete(plan.deletes)
        deleted = [each for each in plan.deletes if each.name not in wrong]
        failed = [Failed(each, wrong[each.name]) for each in plan.deletes if each.name in wrong]
    result = SyncResult(
        tuple(transferred), tuple(deleted), plan.skipped, plan.refused, tuple(failed), tuple(not_deleted)
    )
    if failed:
        succeeded = [Succeeded(each, None) for each in (*transferred, *deleted)]
        error = SyncFailed.of(failed, succeeded, service=S3.name, resource=plan.target)
        error.result = result
        if not_deleted:
            error.message += f"; {len(not_deleted)} were left undeleted"
        raise or_exceeded(error)
    return result


def _move_all(
    actions: Sequence[SyncAction], mover: Mover, meter: Meter
) -> tuple[list[SyncAction], list[Failed]]:
    """What was moved and what was not. What would stop all the others stops them."""
    stopped: list[CloudError] = []

    def move(action: SyncAction) -> CloudError | None:
        if stopped:
            return _not_tried(stopped[0])
        told = _Told(meter)
        error = _tried(mover.move, action, told)
        if isinstance(error, (BucketNotFound, CredentialsError, DeadlineExceeded)):
            stopped.append(error)
        if error is None:
            told.whole(action.size)
        return error

    def late(_: SyncAction, error: DeadlineExceeded) -> CloudError:
        stopped.append(error)
        return error

    cloud = mover.bucket.cloud
    wide = cloud.transfers.width or engine_for(cloud).width
    moved: list[SyncAction] = []
    failed: list[Failed] = []
    for width, large in ((wide, False), (min(wide, LARGE_AT_ONCE), True)):
        group = [each for each in actions if (each.size > SMALL_BYTES) is large]
        for action, error in in_parallel(move, group, width=width, name=f"cloudkit-{mover.title}", late=late):
            if error is None:
                moved.append(action)
            else:
                failed.append(Failed(action, error))
    return moved, failed


class _Told:
    """What a meter of many is told of one transfer."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._done = 0

    def __call__(self, progress: Progress) -> None:
        self._meter(progress.done - self._done)
        self._done = progress.done

    def whole(self, size: int) -> None:
        """All of it was moved."""
        self._meter(size - self._done)


def _tried(work: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> CloudError | None:
    """Do it, or say why it failed."""
    try:
        work(*args, **kwargs)
    except CloudError as error:
        return error
    except OSError as error:
        failure = CloudError(str(error), service=S3.name)
        failure.__cause__ = error
        return failure
    return None


def _not_tried(error: CloudError) -> CloudError:
    return CloudError(
        f"not tried, since another failed: {error.message}",
        service=error.service,
        code=error.code,
        retryable=error.retryable,
        attempts=0,
    )
