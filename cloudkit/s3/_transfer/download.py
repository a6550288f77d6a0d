"""A file down: large ones in ranges, in parallel."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudkit._core.progress import Meter
from cloudkit.errors import InvalidRequest
from cloudkit.s3._service import S3
from cloudkit.types import ProgressHook

if TYPE_CHECKING:
    from cloudkit.s3.object import Object


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
    meter = Meter(progress, source.size if progress is not None else None, source.cloud.clock)
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
