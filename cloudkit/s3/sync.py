"""Whole trees of files and objects made alike: what is to be done, and what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from attrs import field, frozen
from typing_extensions import TypedDict, override

from cloudkit._core.deadline import limited
from cloudkit.errors import BatchError, Failed
from cloudkit.s3._options import WriteOptions
from cloudkit.s3._transfer.copy import Kept
from cloudkit.types import Duration, OpenEnum, ProgressHook

# Lines of a plan that `str` shows of each kind.
_SHOWN_LINES = 20
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class SyncKind(OpenEnum):
    """What is done about one file or object."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    COPY = "copy"
    DELETE = "delete"
    SKIP = "skip"  # it is the same on both sides
    REFUSE = "refuse"  # it cannot be, or must not be, moved


@frozen
class SyncAction:
    """What is done about one file or object.

    Attributes:
        kind: `"upload"`, `"download"`, `"copy"`, `"delete"`, `"skip"` or `"refuse"`.
        name: Its path below both trees, with `/` on every system.
        reason: Why, such as `"new"`, `"size differs"`, `"content differs"` or `"same content"`.
        size: Bytes.
        key: The key of the object: of the one that is written, read or deleted. None: there is none.
        path: The file on disk that is read, written or deleted. None: there is none.
    """

    kind: SyncKind
    name: str
    reason: str
    size: int = 0
    key: str | None = None
    path: Path | None = None

    @override
    def __str__(self) -> str:
        size = f" ({_bytes(self.size)})" if self.size else ""
        return f"{self.kind} {self.name}{size}: {self.reason}"


class SyncOptions(TypedDict, total=False):
    """What every way of making two trees alike takes.

    What begins with `.locks/` in the bucket, where `Bucket.lock` keeps its locks, is left alone on both sides unless
    the prefix asked for begins so.

    Attributes:
        delete: Delete what is in the target and not in the source, once all else is done and only if nothing
            failed. What `exclude` and `include` leave out stays, and what was refused.
        allow_empty: Let `delete` go on where the source is empty, which mostly means that its name is wrong.
        exclude: Patterns of what is left alone on both sides. One without a slash is compared with each part of
            the path, such as `"*.pyc"` or `".git"`; one with a slash with the whole path or the way to it, such as
            `"build/**/*.o"`. A folder that matches is left alone with all that is in it.
        include: Patterns in the same form; what matches none of them is left alone. Default: all is taken.
        compare: How things of the same size are told apart. `"checksum"` (the default) by their content, read here
            and compared with the ETag or checksum that S3 keeps; `"size"` not at all; `"time"` takes them for the
            same unless the source is younger.
        progress: Called with a `Progress` as bytes are moved; True shows a bar.
        timeout: Seconds for all of it, the plan included. Default: no limit.
    """

    delete: bool
    allow_empty: bool
    exclude: str | Sequence[str]
    include: str | Sequence[str]
    compare: Literal["checksum", "size", "time"]
    progress: ProgressHook | bool | None
    timeout: Duration | None


class SyncFromOptions(SyncOptions, WriteOptions, total=False):
    """What `Bucket.sync_from` takes: `SyncOptions`, `WriteOptions` for what is uploaded, and one of its own.

    Attributes:
        follow_symlinks: Take symbolic links for what they point to. Default: they are refused, and listed.
    """

    follow_symlinks: bool


class CopyTreeOptions(SyncOptions, WriteOptions, total=False):
    """What `Bucket.copy_tree` takes: `SyncOptions`, `WriteOptions` for the copies, and one of its own.

    Attributes:
        keep: What the copies get of their sources beside the content, as in `Object.copy_to`. Default: metadata and
            tags.
    """

    keep: Iterable[Kept]


@frozen
class SyncResult:
    """What was done.

    Attributes:
        transferred: What was uploaded, downloaded or copied.
        deleted: What was deleted.
        skipped: What was the same already.
        refused: What cannot be, or must not be, moved; `reason` says why.
        failed: What was tried, or would have been, each with its error.
        not_deleted: What would have been deleted, had nothing failed.
    """

    transferred: Sequence[SyncAction] = ()
    deleted: Sequence[SyncAction] = ()
    skipped: Sequence[SyncAction] = ()
    refused: Sequence[SyncAction] = ()
    failed: Sequence[Failed] = ()
    not_deleted: Sequence[SyncAction] = ()

    @property
    def size(self) -> int:
        """Bytes that were moved."""
        return sum(each.size for each in self.transferred)

    @override
    def __str__(self) -> str:
        counts = {
            "transferred": self.transferred,
            "deleted": self.deleted,
            "the same": self.skipped,
            "refused": self.refused,
            "failed": self.failed,
            "not deleted": self.not_deleted,
        }
        said = [f"{len(found)} {what}" for what, found in counts.items() if found]
        return f"{', '.join(said) or 'nothing to do'} ({_bytes(self.size)})"


class SyncFailed(BatchError):
    """Some transfers or deletes of a sync failed. What succeeded stays done, and a second run does the rest.

    Attributes:
        result: What was done and what was not.
    """

    result: SyncResult | None = None


@frozen(repr=False)
class SyncPlan:
    """What would be done, and `run()` does. Made by `sync_from`, `sync_to` and `copy_tree` with `dry_run=True`.

    Iterating gives what is to be done, `transfers` and then `deletes`; `len` counts it, so that a plan that has
    nothing to do is false. It can be pickled, and run elsewhere.

    Attributes:
        source: Where things come from, for people.
        target: Where they go, for people.
        transfers: What is to be uploaded, downloaded or copied, in the order of the names.
        deletes: What is to be deleted after that.
        skipped: What is the same already.
        refused: What cannot be, or must not be, moved; `reason` says why.

    Examples:
        >>> plan = Bucket("acme-photos").sync_from("site", "www", dry_run=True)
        >>> [str(each) for each in plan.transfers]
        ['upload index.html (14 B): new']
    """

    source: str
    target: str
    transfers: Sequence[SyncAction] = ()
    deletes: Sequence[SyncAction] = ()
    skipped: Sequence[SyncAction] = ()
    refused: Sequence[SyncAction] = ()
    _execute: Callable[[SyncPlan, ProgressHook | bool | None], SyncResult] = field(
        kw_only=True, eq=False, alias="execute"
    )
    _progress: ProgressHook | bool | None = field(kw_only=True, eq=False, default=None, alias="progress")

    @property
    def size(self) -> int:
        """Bytes to move."""
        return sum(each.size for each in self.transfers)

    def __iter__(self) -> Iterator[SyncAction]:
        yield from self.transfers
        yield from self.deletes

    def __len__(self) -> int:
        return len(self.transfers) + len(self.deletes)

    def run(
        self, *, progress: ProgressHook | bool | None = None, timeout: Duration | None = None
    ) -> SyncResult:
        """Do exactly what the plan says. One request or more for each transfer, one for each 1,000 deletes.

        Args:
            progress: Called with a `Progress` as bytes are moved; True shows a bar. Default: as the plan was asked
                for.
            timeout: Seconds for all of it. Default: no limit.

        Returns:
            What was done.

        Raises:
            SyncFailed: Some failed; its `result` says what was done, `.failed` which failed and why.
            DeadlineExceeded: The time was over; its `batch` is that error.

        Examples:
            >>> print(Bucket("acme-photos").sync_from("site", "www", dry_run=True).run())
            1 transferred (14 B)

        AWS: those of the method that made it
        """
        with limited(timeout):
            return self._execute(self, self._progress if progress is None else progress)

    @override
    def __repr__(self) -> str:
        return f"<SyncPlan {self._summary()}>"

    @override
    def __str__(self) -> str:
        return "\n".join([self._summary(), *self._lines()])

    def _summary(self) -> str:
        counts = {
            f"to {self.transfers[0].kind} ({_bytes(self.size)})" if self.transfers else "": self.transfers,
            "to delete": self.deletes,
            "the same": self.skipped,
            "refused": self.refused,
        }
        said = [f"{len(found)} {what}" for what, found in counts.items() if found]
        return f"{self.source} -> {self.target}: {', '.join(said) or 'nothing to do'}"

    def _lines(self) -> Iterator[str]:
        for found in (self.transfers, self.deletes, self.refused):
            yield from (f"  {each}" for each in found[:_SHOWN_LINES])
            if len(found) > _SHOWN_LINES:
                yield f"  ... and {len(found) - _SHOWN_LINES} more to {found[0].kind}"


def _bytes(count: float) -> str:
    power = 0
    while count >= 1024 and power < len(_UNITS) - 1:
        count, power = count / 1024, power + 1
    return f"{count:.1f} {_UNITS[power]}" if power else f"{count:.0f} B"
