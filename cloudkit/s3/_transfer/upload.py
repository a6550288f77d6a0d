"""A file up: large ones in parts, in parallel."""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from cloudkit._core.progress import Meter
from cloudkit.errors import InvalidRequest
from cloudkit.s3._service import S3
from cloudkit.types import ProgressHook, Readable

if TYPE_CHECKING:
    from cloudkit.s3.object import Object


class _KeptOpen:
    """The caller's file, which the transfer would close when it is done."""

    def __init__(self, file: Readable) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def upload(
    target: Object,
    source: str | os.PathLike[str] | Readable,
    options: Mapping[str, Any],
    progress: ProgressHook | None,
) -> None:
    """Send a file, by its path or open."""
    from s3transfer.manager import TransferManager

    _check(options, TransferManager.ALLOWED_UPLOAD_ARGS)
    if isinstance(source, io.TextIOBase):
        raise InvalidRequest("the file is open for text, which has no bytes", hint="open(path, 'rb')")
    if isinstance(source, Readable):
        kept = _KeptOpen(source)
        target.cloud.run(
            S3,
            "put_object",
            target,
            lambda client: client.upload_fileobj(
                kept,
                target.bucket_name,
                target.key,
                ExtraArgs=dict(options),
                Callback=Meter(progress, None, target.cloud.clock),
            ),
        )
        return
    path = os.fspath(source)
    meter = Meter(progress, os.stat(path).st_size, target.cloud.clock)
    target.cloud.run(
        S3,
        "put_object",
        target,
        lambda client: client.upload_file(
            path, target.bucket_name, target.key, ExtraArgs=dict(options), Callback=meter
        ),
    )


def _check(options: Mapping[str, Any], allowed: Collection[str]) -> None:
    unknown = sorted(options.keys() - set(allowed))
    if unknown:
        raise InvalidRequest(
            f"a managed transfer takes no {', '.join(unknown)}", hint=f"it takes {', '.join(sorted(allowed))}"
        )
