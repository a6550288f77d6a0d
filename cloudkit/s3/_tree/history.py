"""Back to a moment: what the versions of a prefix say was there, and what brings it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from typing_extensions import override

from cloudkit._core.deadline import done_of, limited, or_exceeded
from cloudkit._core.marks import ORDER
from cloudkit._core.params import rows as rows_of
from cloudkit._core.workers import in_parallel
from cloudkit.errors import BatchError, CloudError, Conflict, Failed, InvalidRequest, Succeeded
from cloudkit.s3._address import address
from cloudkit.s3._limits import RESTORE_WORKERS
from cloudkit.s3._options import WriteOptions
from cloudkit.s3._service import S3
from cloudkit.s3._transfer.copy import Kept, copy
from cloudkit.s3.errors import ObjectNotFound
from cloudkit.types import Duration, OpenEnum

# The signs of `ORDER`, one for each row of a page.
_VERSION, _MARKER = "V", "D"
_NOT_ALLOWED = 405  # what S3 says to HEAD of a delete marker

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket
    from cloudkit.s3.object import Object


class RestoreAction(OpenEnum):
    """What brings one object back to what it was."""

    RESTORE = "restore"  # an older version is copied onto the key
    UNDELETE = "undelete"  # the delete markers above it are taken away
    DELETE = "delete"  # it was not there: it gets a delete marker


@frozen
class RestoreStep:
    """What is to be done about one key.

    Attributes:
        object: The object.
        action: `"restore"`, `"undelete"` or `"delete"`.
        version: The version that was the object then; None for `"delete"`.
        now: The version, or the delete marker, that is the newest now.
        markers: The delete markers to take away.
    """

    object: Object
    action: RestoreAction
    version: Object | None = None
    now: Object | None = None
    markers: Sequence[Object] = ()

    @override
    def __str__(self) -> str:
        of = "" if self.version is None else f" {self.version.version_id}"
        return f"{self.action} {self.object.key}{of}"


@frozen
class RestorePlan:
    """What brings the objects of a prefix back to what they were at a moment. Made by `Bucket.restore`.

    Nothing of the history is lost by it, but delete markers: a version that is copied onto its key becomes a new
    version, and what was not there then gets a delete marker.

    Attributes:
        bucket: The bucket.
        prefix: What the keys start with.
        at: The moment.
        steps: What to do, by key.
        unchanged: How many objects are what they were.

    Example:
        >>> from datetime import datetime, timezone
        >>> bucket = Bucket("acme-photos")
        >>> bucket.versioning = True
        >>> plan = bucket.restore("cats/", at=datetime.now(timezone.utc), dry_run=True)
        >>> plan.steps, plan.unchanged
        ((), 1)
    """

    bucket: Bucket
    prefix: str
    at: datetime
    steps: tuple[RestoreStep, ...] = field(default=(), repr=False)
    unchanged: int = 0

    @override
    def __str__(self) -> str:
        counts = Counter(step.action.value for step in self.steps)
        said = [f"{count} to {action}" for action, count in counts.items()]
        head = f"s3://{self.bucket.name}/{self.prefix} as of {self.at:%Y-%m-%d %H:%M:%S %Z}"
        lines = [f"{head}: {', '.join([*said, f'{self.unchanged} as they were'])}"]
        return "\n".join([*lines, *(f"  {step}" for step in self.steps)])

    def run(self, *, timeout: Duration | None = None) -> Sequence[RestoreStep]:
        """Do it, several objects at once. Two requests for each copy, more above 5 GB; one for each delete.

        An object that somebody changed since the plan was made is left alone, and is among the failed ones.

        Args:
            timeout: Seconds for all of it. Default: no limit.

        Returns:
            The steps that were done: all of them.

        Raises:
            BatchError: Some failed; `.failed` pairs their steps with the reasons, `.succeeded` has the rest.
            DeadlineExceeded: The time was over; its `batch` is that error.

        Example:
            >>> from datetime import datetime, timezone
            >>> bucket = Bucket("acme-photos")
            >>> bucket.versioning = True
            >>> bucket.restore("cats/", at=datetime.now(timezone.utc), dry_run=True).run()
            ()

        AWS: s3:CopyObject, s3:DeleteObject, s3:DeleteObjects, s3:HeadObject, the s3:CreateMultipartUpload family
        """
        with limited(timeout):
            return self._run()

    def _run(self) -> Sequence[RestoreStep]:
        failed: list[Failed] = []
        succeeded: list[Succeeded] = []
        undeletes = [step for step in self.steps if step.action == RestoreAction.UNDELETE]
        others = [step for step in self.steps if step.action != RestoreAction.UNDELETE]
        for step, error in self._undelete(undeletes):
            _note(step, error, failed, succeeded)
        done = in_parallel(_do, others, width=RESTORE_WORKERS, name="cloudkit-restore")
        for step, error in done:
            _note(step, error, failed, succeeded)
        if failed:
            raise or_exceeded(BatchError.of(failed, succeeded, service=S3.name, resource=self.bucket.name))
        return self.steps

    def _undelete(self, steps: Sequence[RestoreStep]) -> Iterator[tuple[RestoreStep, CloudError | None]]:
        """Take the markers away, a thousand a request."""
        wrong: dict[object, CloudError] = {}
        try:
            self.bucket.delete_objects([marker for step in steps for marker in step.markers])
        except CloudError as error:
            of_batch = done_of(error)
            if isinstance(of_batch, BatchError):
                wrong = {failed.item: failed.error for failed in of_batch.failed}
            else:
                wrong = {marker: error for step in steps for marker in step.markers}
        for step in steps:
            yield step, next((wrong[marker] for marker in step.markers if marker in wrong), None)


def _note(
    step: RestoreStep, error: CloudError | None, failed: list[Failed], succeeded: list[Succeeded]
) -> None:
    if error is None:
        succeeded.append(Succeeded(step, step.object))
    else:
        failed.append(Failed(step, error))


def _do(step: RestoreStep) -> CloudError | None:
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


def _delete(step: RestoreStep) -> None:
    params: dict[str, Any] = address(step.object)
    if step.now is not None:
        params["IfMatch"] = step.now.etag
    with suppress(ObjectNotFound):  # gone already: by somebody else, or by an earlier try of this request
        step.object.cloud.invoke(S3, "delete_object", params, about=step.object)


def bring_back(
    version: Object, target: Object, *, if_match: str | None = None, if_absent: bool = False
) -> None:
    """Copy a version onto its key, all that belongs to it included."""
    options: WriteOptions = {"if_absent": if_absent}
    if if_match is not None:
        options["if_match"] = if_match
    keep: tuple[Kept, ...] = ("metadata", "tags", "storage_class")
    try:
        copy(version, target, options, keep=keep, entire=True)
    except ObjectNotFound as error:
        if error.status == _NOT_ALLOWED:
            raise _no_content(version) from error
        raise


# -- the plan ----------------------------------------------------------------------------------------------------


def plan_of(bucket: Bucket, prefix: str, at: datetime) -> RestorePlan:
    """What to do, from the versions that there are.

    Raises:
        Conflict: The bucket keeps no versions now, so that what is replaced or deleted would be gone for good.
    """
    if not bucket.versioning:
        raise Conflict(
            "the bucket keeps no versions: going back would destroy what is there now",
            service=S3.name,
            resource=bucket.name,
            hint="bucket.versioning = True keeps them from now on",
        )
    steps: list[RestoreStep] = []
    unchanged = 0
    versions = bucket.versions(prefix, delete_markers=True)
    for _, rows in groupby(versions, key=lambda each: each.key):
        step = step_for(list(rows), at)
        if step is not None:
            steps.append(step)
        else:
            unchanged += 1
    return RestorePlan(bucket, prefix, at, tuple(steps), unchanged)


def step_for(rows: Sequence[Object], at: datetime) -> RestoreStep | None:
    """What brings one key back to what it was, from its versions and markers, the newest first.

    Args:
        rows: Its versions and delete markers.
        at: The moment.
    """
    now = rows[0]
    began = _since_when(rows)
    index = next((place for place, since in enumerate(began) if since <= at), None)
    then = None if index is None or rows[index].is_delete_marker else rows[index]
    key = now._sibling(now.key)  # pyright: ignore[reportPrivateUsage]
    if then is None:
        return None if now.is_delete_marker else RestoreStep(key, RestoreAction.DELETE, None, now)
    above = rows[:index]
    if not above:
        return None
    if all(each.is_delete_marker for each in above):
        return RestoreStep(key, RestoreAction.UNDELETE, then, now, tuple(above))
    return RestoreStep(key, RestoreAction.RESTORE, then, now)


def _since_when(rows: Sequence[Object]) -> list[datetime]:
    """From when on each of them was the newest.

    What is made in parts has the time when that was begun, so that what it was put upon may be younger.
    """
    upwards = accumulate((each.last_modified for each in reversed(rows)), max)
    return list(upwards)[::-1]


# -- what a listing says -----------------------------------------------------------------------------------------


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


# -- one object --------------------------------------------------------------------------------------------------


def version_of(of: Object, version: Object | str | None) -> Object:
    """The version that a caller means.

    Raises:
        InvalidRequest: None, or none of that object's.
    """
    if version is None:
        found = of
    elif isinstance(version, str):
        found = of.at(version)
    elif hasattr(version, "version_id"):
        found = version
    else:
        raise InvalidRequest(
            f"restore({version!r}): it takes a version, or the id of one",
            resource=str(of),
            hint="version.restore() for one of object.versions()",
        )
    if found.version_id is None:
        raise InvalidRequest(
            "no version is named",
            resource=str(of),
            hint="version.restore() for one of object.versions(); object.undelete() takes back a delete",
        )
    if (found.bucket_name, found.key) != (of.bucket_name, of.key):
        raise InvalidRequest(f"{found} is no version of {of}", hint="copy_to copies from one key to another")
    if found._known("IsDeleteMarker"):  # pyright: ignore[reportPrivateUsage]
        raise _no_content(found)
    return found


def _no_content(marker: Object) -> InvalidRequest:
    return InvalidRequest(
        "a delete marker has no content", resource=str(marker), hint="object.undelete() takes it away"
    )


def undelete(of: Object) -> None:
    """Take away the delete markers above the newest version.

    Raises:
        ObjectNotFound: There is no version below them. The markers stay then.
    """
    bucket = of.bucket
    tried: set[str | None] = set()
    # Times are whole seconds, so that the order of what was made within one is only known as far as the newest.
    while True:
        markers, version = _markers_on_top(bucket.versions(key=of.key, delete_markers=True))
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
        bucket.delete_objects(markers)


def _markers_on_top(rows: Iterable[Object]) -> tuple[list[Object], bool]:
    """The delete markers above the newest version, and whether there is a version at all."""
    markers: list[Object] = []
    for each in rows:
        if not each.is_delete_marker:
            return markers, True
        markers.append(each)
    return markers, False
