"""All that is in a bucket: counted, and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import define, frozen
from typing_extensions import override

from cloudkit._core.listing import Listing
from cloudkit.errors import InvalidRequest
from cloudkit.s3._directory import is_directory
from cloudkit.s3._tree.aborting import Abortable, abort_all
from cloudkit.s3._tree.history import versions
from cloudkit.s3._tree.listing import objects
from cloudkit.s3._tree.many import delete_objects
from cloudkit.s3.errors import BucketNotFound

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress
    from cloudkit.s3._address.object import ObjectAddress


@frozen
class Contents:
    """What is in a bucket, or was: `bucket.empty()` deletes it, and `empty(dry_run=True)` counts it.

    Attributes:
        versions: Objects, each version of them counted.
        delete_markers: What deletes have left.
        uploads: Uploads in parts that were neither completed nor aborted.
        size: Bytes of the versions. What open uploads hold is not counted: each would cost a request.
    """

    versions: int
    delete_markers: int
    uploads: int
    size: int

    def __bool__(self) -> bool:
        return bool(self.versions or self.delete_markers or self.uploads)

    @override
    def __str__(self) -> str:
        return (
            f"{self.versions} versions ({self.size} bytes), {self.delete_markers} delete markers,"
            f" {self.uploads} open uploads"
        )


@define
class _Count:
    versions: int = 0
    markers: int = 0
    uploads: int = 0
    size: int = 0


_NOTHING = Contents(0, 0, 0, 0)


def empty(bucket: BucketAddress, prefix: str, uploads: Iterable[Abortable], *, dry_run: bool) -> Contents:
    """Delete it all, in as few requests as there are pages; or count it."""
    count = _Count()
    found = (
        objects(bucket, prefix)
        if is_directory(bucket.name)
        else versions(bucket, prefix, delete_markers=True)
    )
    rows = _counted(_page_ahead(found), count)
    noted = _noted(uploads, count)
    if dry_run:
        for each in (rows, noted):
            for _ in each:
                pass
    else:
        delete_objects(bucket, rows)
        abort_all(noted, about=bucket)
    return Contents(count.versions, count.markers, count.uploads, count.size)


def to_delete(bucket: BucketAddress, uploads: Iterable[Abortable], *, force: bool) -> Contents:
    """What would be deleted along with a bucket."""
    if not force:
        raise InvalidRequest(
            "without force=True nothing is deleted along with the bucket",
            resource=str(bucket),
            hint="delete(force=True, dry_run=True)",
        )
    try:
        return empty(bucket, "", uploads, dry_run=True)
    except BucketNotFound:
        return _NOTHING


def to_delete_below(objects: Iterable[ObjectAddress]) -> Contents:
    """What would be deleted of a folder: the objects as they are now."""
    count = _Count()
    try:
        for _ in _counted(objects, count):
            pass
    except BucketNotFound:
        return _NOTHING
    return Contents(count.versions, 0, 0, count.size)


def _page_ahead(versions: Listing[ObjectAddress]) -> Iterator[ObjectAddress]:
    """One page is fetched before the one before it is given out.

    A page is asked for by the last row of the one before, which some servers look for: it must not be deleted yet.
    """
    held: list[ObjectAddress] = []
    for page in versions.pages():
        yield from held
        held = page
    yield from held


def _counted(versions: Iterable[ObjectAddress], count: _Count) -> Iterator[ObjectAddress]:
    for each in versions:
        if each._known("IsDeleteMarker"):  # pyright: ignore[reportPrivateUsage]
            count.markers += 1
        else:
            count.versions += 1
            # As the row says: to ask for it would cost a request for each.
            count.size += each._known("Size") or 0  # pyright: ignore[reportPrivateUsage]
        yield each


def _noted(uploads: Iterable[Abortable], count: _Count) -> Iterator[Abortable]:
    for each in uploads:
        count.uploads += 1
        yield each
