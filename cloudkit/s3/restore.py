"""Back to a moment: the plan of it, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import field, frozen
from typing_extensions import override

from cloudkit._core.deadline import limited
from cloudkit.s3._tree.history import RestoreAction, carry_out
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket
    from cloudkit.s3.object import Object


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

    Examples:
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

        Examples:
            >>> from datetime import datetime, timezone
            >>> bucket = Bucket("acme-photos")
            >>> bucket.versioning = True
            >>> bucket.restore("cats/", at=datetime.now(timezone.utc), dry_run=True).run()
            ()

        AWS: s3:CopyObject, s3:DeleteObject, s3:DeleteObjects, s3:HeadObject, the s3:CreateMultipartUpload family
        """
        with limited(timeout):
            carry_out(self.bucket, self.steps)
        return self.steps
