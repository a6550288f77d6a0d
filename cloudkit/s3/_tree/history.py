"""Back to a moment: what the versions of a prefix say was there, and what brings it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from cloudkit._core.deadline import done_of, or_exceeded
from cloudkit._core.listing import Listing
from cloudkit._core.marks import ORDER, lean_rows
from cloudkit._core.params import rows as rows_of
from cloudkit._core.workers import in_parallel
from cloudkit.errors import BatchError, CloudError, Conflict, Failed, Succeeded
from cloudkit.s3._address.bucket import BucketAddress, contents_address
from cloudkit.s3._address.object import ObjectAddress, address
from cloudkit.s3._limits import RESTORE_WORKERS
from cloudkit.s3._service import S3
from cloudkit.s3._transfer.version import bring_back
from cloudkit.s3._tree.many import delete_objects
from cloudkit.s3._tree.rows import objects_of
from cloudkit.s3.errors import ObjectNotFound
from cloudkit.s3.settings.switches import versioning
from cloudkit.types import OpenEnum

Thing = TypeVar("Thing", bound=ObjectAddress)

# The signs of `ORDER`, one for each row of a page.
_VERSION, _MARKER = "V", "D"

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


class RestoreAction(OpenEnum):
    """What brings one object back to what it was."""

    RESTORE = "restore"  # an older version is copied onto the key
    UNDELETE = "undelete"  # the delete markers above it are taken away
    DELETE = "delete"  # it was not there: it gets a delete marker


class Step(Protocol):
    """`RestoreStep`, by what is done about it."""

    @property
    def object(self) -> ObjectAddress: ...
    @property
    def action(self) -> RestoreAction: ...
    @property
    def version(self) -> ObjectAddress | None: ...
    @property
    def now(self) -> ObjectAddress | None: ...
    @property
    def markers(self) -> Sequence[ObjectAddress]: ...


S = TypeVar("S")
Make: TypeAlias = Callable[[Thing, RestoreAction, "Thing | None", "Thing | None", tuple[Thing, ...]], S]


def carry_out(bucket: BucketAddress, steps: Sequence[Step]) -> None:
    """Do the steps, several objects at once.

    Raises:
        BatchError: Some failed.
    """
    failed: list[Failed] = []
    succeeded: list[Succeeded] = []
    undeletes = [step for step in steps if step.action == RestoreAction.UNDELETE]
    others = [step for step in steps if step.action != RestoreAction.UNDELETE]
    for step, error in _undelete(bucket, undeletes):
        _note(step, error, failed, succeeded)
    done = in_parallel(
        _do, others, width=RESTORE_WORKERS, name="cloudkit-restore", late=lambda _, error: error
    )
    for step, error in done:
        _note(step, error, failed, succeeded)
    if failed:
        raise or_exceeded(BatchError.of(failed, succeeded, service=S3.name, resource=bucket.name))


def _undelete(bucket: BucketAddress, steps: Sequence[Step]) -> Iterator[tuple[Step, CloudError | None]]:
    """Take the markers away, a thousand a request."""
    wrong: dict[object, CloudError] = {}
    try:
        delete_objects(bucket, [marker for step in steps for marker in step.markers])
    except CloudError as error:
        of_batch = done_of(error)
        if isinstance(of_batch, BatchError):
            wrong = {failed.item: failed.error for failed in of_batch.failed}
        else:
            wrong = {marker: error for step in steps for marker in step.markers}
    for step in steps:
        yield step, next((wrong[marker] for marker in step.markers if marker in wrong), None)


def _note(step: Step, error: CloudError | None, failed: list[Failed], succeeded: list[Succeeded]) -> None:
    if error is None:
        succeeded.append(Succeeded(step, step.object))
    else:
        failed.append(Failed(step, error))


def _do(step: Step) -> CloudError | None:
    try:
        if step.version is None:
            _delete(step)
        elif step.now is None or step.now.is_delete_marker:
            bring_back(step.version, step.object, if_absent=True)
        else:
            bring_back(step.version, step.object, if_match=step.now.etag)
    except CloudError as error:
        return error
    return None


def _delete(step: Step) -> None:
    params: dict[str, Any] = address(step.object)
    if step.now is not None:
        params["IfMatch"] = step.now.etag
    with suppress(ObjectNotFound):  # gone already: by somebody else, or by an earlier try of this request
        step.object.cloud.invoke(S3, "delete_object", params, about=step.object)


# -- the plan ----------------------------------------------------------------------------------------------------


def steps_to(
    bucket: BucketAddress[Thing], prefix: str, at: datetime, make: Make[Thing, S]
) -> tuple[tuple[S, ...], int]:
    """What to do, from the versions that there are, and how many objects stay as they are.

    Raises:
        Conflict: The bucket keeps no versions now, so that what is replaced or deleted would be gone for good.
    """
    if not versioning(bucket):
        raise Conflict(
            "the bucket keeps no versions: going back would destroy what is there now",
            service=S3.name,
            resource=bucket.name,
            hint="bucket.versioning = True keeps them from now on",
        )
    steps: list[S] = []
    unchanged = 0
    for _, rows in groupby(versions(bucket, prefix, delete_markers=True), key=lambda each: each.key):
        step = step_for(list(rows), at, make)
        if step is not None:
            steps.append(step)
        else:
            unchanged += 1
    return tuple(steps), unchanged


def step_for(rows: Sequence[Thing], at: datetime, make: Make[Thing, S]) -> S | None:
    """What brings one key back to what it was, from its versions and markers, the newest first.

    Args:
        rows: Its versions and delete markers.
        at: The moment.
        make: Makes a step, as `RestoreStep` does.
    """
    now = rows[0]
    began = _since_when(rows)
    index = next((place for place, since in enumerate(began) if since <= at), None)
    then = None if index is None or rows[index].is_delete_marker else rows[index]
    key = now._sibling(now.key)  # pyright: ignore[reportPrivateUsage]
    if then is None:
        return None if now.is_delete_marker else make(key, RestoreAction.DELETE, None, now, ())
    above = rows[:index]
    if not above:
        return None
    if all(each.is_delete_marker for each in above):
        return make(key, RestoreAction.UNDELETE, then, now, tuple(above))
    return make(key, RestoreAction.RESTORE, then, now, ())


def _since_when(rows: Sequence[ObjectAddress]) -> list[datetime]:
    """From when on each of them was the newest.

    What is made in parts has the time when that was begun, so that what it was put upon may be younger.
    """
    upwards = accumulate((each.last_modified for each in reversed(rows)), max)
    return list(upwards)[::-1]


# -- what a listing says -----------------------------------------------------------------------------------------


def versions(
    bucket: BucketAddress[Thing], prefix: str = "", *, key: str | None = None, delete_markers: bool = False
) -> Listing[Thing]:
    """What `Bucket.versions` gives."""
    wanted = prefix if key is None else key

    def fetch(_: int | None) -> Iterator[Sequence[Thing]]:
        for page in bucket.cloud.pages(
            S3, "list_object_versions", about=bucket, Prefix=wanted or None, **contents_address(bucket)
        ):
            rows = versions_of_page(page, delete_markers=delete_markers)
            yield objects_of(bucket, [row for row in rows if key is None or row["Key"] == key])
            if key is not None and any(row["Key"] != key for row in rows):
                return  # keys come in order: after the first other one there is no more of it

    return Listing(fetch, "Object").fetched_in(lean_rows)


def versions_of_page(page: Mapping[str, Any], *, delete_markers: bool) -> list[dict[str, Any]]:
    """The rows of a page of ListObjectVersions: by key, the newest first.

    Times are whole seconds, so that they do not tell the order of a version and a marker; S3's listing does.
    """
    versions = [{**row, "IsDeleteMarker": False} for row in rows_of(page, "Versions")]
    if not delete_markers:
        return versions
    markers = [{**row, "IsDeleteMarker": True} for row in rows_of(page, "DeleteMarkers")]
    if not (versions and markers):
        return versions or markers
    order = str(page.get(ORDER, ""))
    if order.count(_VERSION) == len(versions) and order.count(_MARKER) == len(markers):
        kinds = {_VERSION: iter(versions), _MARKER: iter(markers)}
        merged = [next(kinds[sign]) for sign in order]
        if _is_in_order(merged, order):
            return merged
    return sorted((*versions, *markers), key=_newest_first)


def _is_in_order(rows: Sequence[Mapping[str, Any]], order: str) -> bool:
    """Whether the order of a page is that of the history: not every server mixes versions and markers."""
    apart = order.find(_MARKER) > order.rfind(_VERSION)
    for above, below in pairwise(rows):
        if below["Key"] < above["Key"]:
            return False
        if below["Key"] == above["Key"] and (
            below.get("IsLatest") or (apart and below["LastModified"] > above["LastModified"])
        ):
            return False
    return True


def _newest_first(row: Mapping[str, Any]) -> tuple[str, bool, float]:
    # Two of the same second need to be told which one counts.
    return row["Key"], not row.get("IsLatest"), -row["LastModified"].timestamp()


def undelete(bucket: BucketAddress, of: ObjectAddress) -> None:
    """Take away the delete markers above the newest version.

    Raises:
        ObjectNotFound: There is no version below them. The markers stay then.
    """
    tried: set[str | None] = set()
    # Times are whole seconds, so that the order of what was made within one is only known as far as the newest.
    while True:
        markers, version = _markers_on_top(versions(bucket, key=of.key, delete_markers=True))
        if not version:
            raise ObjectNotFound(
                "there is no version to come back to",
                service=S3.name,
                operation="ListObjectVersions",
                resource=str(of),
                hint=None
                if markers
                else "only buckets with versioning keep what is deleted: bucket.versioning = True",
            )
        if not markers:
            return
        if markers[0].version_id in tried:
            raise Conflict(
                "its delete markers stay where they are", service=S3.name, resource=str(of), retryable=True
            )
        tried.update(marker.version_id for marker in markers)
        delete_objects(bucket, markers)


def _markers_on_top(rows: Iterable[ObjectAddress]) -> tuple[list[ObjectAddress], bool]:
    """The delete markers above the newest version, and whether there is a version at all."""
    markers: list[ObjectAddress] = []
    for each in rows:
        if not each.is_delete_marker:
            return markers, True
        markers.append(each)
    return markers, False
