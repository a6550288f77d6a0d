"""S3 refuses a change of a bucket while it is busy with another one, and so for some seconds after it was made."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from cloudkit._core.backoff import Backoff
from cloudkit.errors import Conflict
from cloudkit.s3._limits import (
    SETTLE_FIRST_PAUSE_SECONDS,
    SETTLE_LONGEST_PAUSE_SECONDS,
    SETTLE_PAUSE_GROWTH,
    SETTLE_SECONDS,
)

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress

P = ParamSpec("P")
T = TypeVar("T")

BUSY = "OperationAborted"
_WHILE_BUSY = Backoff(
    SETTLE_FIRST_PAUSE_SECONDS, SETTLE_PAUSE_GROWTH, SETTLE_LONGEST_PAUSE_SECONDS, limit=SETTLE_SECONDS
)


def once_settled(bucket: BucketAddress, write: Callable[[], T]) -> T:
    """Do it, and again after a pause as long as S3 says that it is busy with another change of the bucket."""
    pauses = _WHILE_BUSY.begin(bucket.cloud.clock)
    while True:
        try:
            return write()
        except Conflict as error:
            if error.code != BUSY or not pauses.take():
                raise


def patient(write: Callable[Concatenate[BucketAddress, P], T]) -> Callable[Concatenate[BucketAddress, P], T]:
    """The same for a function that makes one request about a bucket."""

    @wraps(write)
    def settled(bucket: BucketAddress, /, *args: P.args, **named: P.kwargs) -> T:
        return once_settled(bucket, lambda: write(bucket, *args, **named))

    return settled
