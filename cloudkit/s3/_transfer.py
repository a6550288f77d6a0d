"""Whole files up and down, by boto3's managed transfer: large ones in parts, in parallel."""

from __future__ import annotations

import io
import os
import secrets
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.s3._service import S3
from cloudkit.types import Progress, ProgressHook, Readable

if TYPE_CHECKING:
    from cloudkit.s3.object import Object


class _Meter:
    """Bytes of several threads to one growing number; a part that is sent again counts once."""

    def __init__(self, hook: ProgressHook | None, total: int | None) -> None:
        self._hook = hook
        self._total = total
        self._moved = 0
        self._shown = 0
        self._lock = threading.Lock()

    def __call__(self, count: int) -> None:
        if self._hook is None:
            return
        with self._lock:
            self._moved += count
            if self._moved > self._shown:
                self._shown = self._moved
                self._hook(Progress(self._shown, self._total))


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
                kept, target.bucket_name, target.key, ExtraArgs=dict(options), Callback=_Meter(progress, None)
            ),
        )
        return
    path = os.fspath(source)
    meter = _Meter(progress, os.stat(path).st_size)
    target.cloud.run(
        S3,
        "put_object",
        target,
        lambda client: client.upload_file(
            path, target.bucket_name, target.key, ExtraArgs=dict(options), Callback=meter
        ),
    )


def download(
    source: Object,
    path: str | os.PathLike[str],
    options: Mapping[str, Any],
    progress: ProgressHook | None,
) -> Path:
    """Fetch into a temporary file beside the path, and rename it when it is complete."""
    target = Path(path)
    if target.is_dir():
        target = target / _file_name(source)
    meter = _Meter(progress, source.size if progress is not None else None)
    # Not longer than any name may be, however long the target's is.
    temporary = target.with_name(f".cloudkit-{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb") as file:
            source.cloud.run(
                S3,
                "get_object",
                source,
                lambda client: client.download_fileobj(
                    source.bucket_name, source.key, file, ExtraArgs=dict(options), Callback=meter
                ),
            )
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return target


def _file_name(source: Object) -> str:
    name = source.name
    # A key may spell what is no name of a file, or the way to another folder.
    if name in ("", ".", "..") or any(sign in name for sign in ("/", "\\", "\0")):
        raise InvalidRequest(
            f"the key ends in {name!r}, which is no name for a file",
            resource=str(source),
            hint="download(folder / name)",
        )
    return name


def copy(source: Object, target: Object, options: Mapping[str, Any]) -> None:
    """Copy within S3, in parts where one request would not take it."""
    from s3transfer.manager import TransferManager

    _check(options, TransferManager.ALLOWED_COPY_ARGS)
    place = {"Bucket": source.bucket_name, "Key": source.key}
    if source.version_id is not None:
        place["VersionId"] = source.version_id
    reader = source.cloud.client("s3")
    try:
        target.cloud.run(
            S3,
            "copy_object",
            target,
            lambda client: client.copy(
                place, target.bucket_name, target.key, ExtraArgs=dict(options), SourceClient=reader
            ),
        )
    except CloudError as error:
        if error.operation == "HeadObject":  # the transfer asks for the size of the source first
            error.resource = str(source)
        raise


def _check(options: Mapping[str, Any], allowed: Collection[str]) -> None:
    unknown = sorted(options.keys() - set(allowed))
    if unknown:
        raise InvalidRequest(
            f"a managed transfer takes no {', '.join(unknown)}", hint=f"it takes {', '.join(sorted(allowed))}"
        )
