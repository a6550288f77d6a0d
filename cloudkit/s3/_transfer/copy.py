"""Copies within S3: large ones in parts, in parallel."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.s3._service import S3

if TYPE_CHECKING:
    from cloudkit.s3.object import Object


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
