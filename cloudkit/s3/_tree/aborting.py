"""Uploads in parts thrown away, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from cloudkit._core.batching import Outcome, send_all
from cloudkit.errors import CloudError
from cloudkit.s3._address.bucket import BucketAddress
from cloudkit.s3._limits import ABORT_WORKERS


class Abortable(Protocol):
    """An upload."""

    def abort(self) -> None: ...


def abort_all(uploads: Iterable[Abortable], *, about: BucketAddress) -> int:
    """Abort them, several at once."""
    gone = send_all(
        uploads,
        _abort,
        clock=about.cloud.clock,
        most=1,
        workers=ABORT_WORKERS,
        service="s3",
        operation="AbortMultipartUpload",
        resource=about.name,
    )
    return len(gone)


def _abort(batch: Sequence[Abortable]) -> Outcome[None]:
    """Abort each: what fails is that one's error, and the others go on."""
    errors: dict[int, CloudError] = {}
    for index, upload in enumerate(batch):
        try:
            upload.abort()
        except CloudError as error:
            errors[index] = error
    return Outcome({index: None for index in range(len(batch)) if index not in errors}, errors)
