"""Old versions of an object: named, and made the newest again."""

from __future__ import annotations

from typing import TypeVar

from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.object import ObjectAddress
from cloudkit.s3._given import is_text
from cloudkit.s3._options import WriteOptions
from cloudkit.s3._transfer.copy import Kept, copy
from cloudkit.s3.errors import ObjectNotFound

Thing = TypeVar("Thing", bound=ObjectAddress)

_NOT_ALLOWED = 405  # what S3 says to HEAD of a delete marker


def at_version(of: Thing, version_id: str) -> Thing:
    """What `Object.at` gives."""
    if not is_text(version_id):
        raise InvalidRequest(
            f"at({version_id!r}): the id of a version is text, and not empty",
            resource=str(of),
            hint="object.versions() has the versions; the object itself is the newest",
        )
    return of._sibling(of.key, version_id=version_id)  # pyright: ignore[reportPrivateUsage]


def version_of(of: Thing, version: Thing | str | None) -> Thing:
    """The version that a caller means.

    Raises:
        InvalidRequest: None, or none of that object's.
    """
    if version is None:
        found = of
    elif isinstance(version, str):
        found = at_version(of, version)
    elif isinstance(version, ObjectAddress):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
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


def bring_back(
    version: ObjectAddress, target: ObjectAddress, *, if_match: str | None = None, if_absent: bool = False
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


def _no_content(marker: ObjectAddress) -> InvalidRequest:
    return InvalidRequest(
        "a delete marker has no content", resource=str(marker), hint="object.undelete() takes it away"
    )
