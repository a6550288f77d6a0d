"""The objects of a bucket, by what they are asked for; and what lies in one folder of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, cast

from cloudkit._core.listing import Listing, paged
from cloudkit._core.marks import lean_rows
from cloudkit._core.params import compact, within
from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import BucketAddress, contents_address
from cloudkit.s3._address.object import ObjectAddress
from cloudkit.s3._directory import refuse
from cloudkit.s3._limits import MAX_KEYS_PER_PAGE, MAX_LISTING_WIDTH
from cloudkit.s3._prefix import as_text
from cloudkit.s3._service import S3
from cloudkit.s3._tree.parallel import Page, list_in_parallel
from cloudkit.s3._tree.rows import objects_of
from cloudkit.types import Answer

F = TypeVar("F")
Thing = TypeVar("Thing", bound=ObjectAddress)

Keep = Callable[[ObjectAddress], bool]


def objects(
    bucket: BucketAddress[Thing],
    prefix: str,
    *,
    keep: Keep | None = None,
    parallel: int | None = None,
    ordered: bool = True,
) -> Listing[Thing]:
    """The objects below a prefix that `keep` leaves in."""
    if parallel is not None:
        width = within("parallel", parallel, 1, MAX_LISTING_WIDTH, "connections")
        if width > 1:
            refuse(bucket.name, "order in their listings, by which they are made in parallel")
            return _objects_in_parallel(bucket, prefix, keep, width, ordered=ordered)
    found = paged(
        bucket.cloud,
        S3,
        "list_objects_v2",
        "Contents",
        lambda row: objects_of(bucket, (row,))[0],
        of="Object",
        build_page=lambda rows: objects_of(bucket, rows),
        keep=keep,
        page_rows=(1, MAX_KEYS_PER_PAGE),
        about=bucket,
        Prefix=prefix or None,
        **contents_address(bucket),
    )
    return found.fetched_in(lean_rows)


def _objects_in_parallel(
    bucket: BucketAddress[Thing], prefix: str, keep: Keep | None, width: int, *, ordered: bool
) -> Listing[Thing]:
    def fetch(limit: int | None) -> Iterator[Sequence[Thing]]:
        if limit is not None and limit <= MAX_KEYS_PER_PAGE and keep is None:
            yield from objects(bucket, prefix, keep=keep, parallel=None, ordered=True).limit(limit).pages()
            return
        for rows in list_in_parallel(
            lambda after, most: page_behind(bucket, prefix, after, most),
            prefix=prefix,
            width=width,
            ordered=ordered,
        ):
            found = objects_of(bucket, rows)
            yield found if keep is None else [each for each in found if keep(each)]

    return Listing(fetch, "Object")


def page_behind(bucket: BucketAddress, prefix: str, after: str, most: int | None = None) -> Page:
    """The rows behind a key, at most so many, and whether there are more. One request."""
    place: dict[str, Any] = {"StartAfter": after or None}
    while True:
        with lean_rows():
            answer = bucket.cloud.invoke(
                S3,
                "list_objects_v2",
                {**contents_address(bucket), "Prefix": prefix or None, "MaxKeys": most, **place},
                about=bucket,
            )
        rows: Sequence[Answer] = answer.get("Contents", [])
        more = bool(answer.get("IsTruncated"))
        if rows or not more:
            return rows, more
        # S3 may stop at any point, before the first row too.
        place = compact({"ContinuationToken": answer.get("NextContinuationToken")})


def filtered(
    suffix: str | Sequence[str] | None, modified_after: datetime | None, modified_before: datetime | None
) -> Keep | None:
    """What leaves out the objects that are not asked for; None if all are.

    Raises:
        InvalidRequest: A time without a zone, or what is no time or no text.
    """
    for name, moment in (("modified_after", modified_after), ("modified_before", modified_before)):
        if moment is not None:
            _check_moment(name, moment)
    if suffix is None and modified_after is None and modified_before is None:
        return None
    endings = (suffix,) if isinstance(suffix, str) else ("",) if suffix is None else _texts(suffix)

    def keep(each: ObjectAddress) -> bool:
        return (
            each.key.endswith(endings)
            and (modified_after is None or each.last_modified > modified_after)
            and (modified_before is None or each.last_modified < modified_before)
        )

    return keep


def limited(found: Listing[Thing], limit: int | None) -> Listing[Thing]:
    """The first so many of a listing.

    Raises:
        InvalidRequest: What is no number of objects.
    """
    if limit is None:
        return found
    if not isinstance(cast("object", limit), int) or limit < 0:
        raise InvalidRequest(
            f"limit={limit!r}: it is a whole number, 0 or more", hint="limit=None, the default, takes all"
        )
    return found.limit(limit)


def _check_moment(name: str, moment: object) -> None:
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise InvalidRequest(
                f"{name}={moment!r} does not say in which time zone it is",
                hint=f"{name}=datetime(..., tzinfo=timezone.utc), or moment.astimezone() for this machine's",
            )
        return
    if isinstance(moment, timedelta):
        fix = "datetime.now(timezone.utc) - timedelta(...)"
    elif isinstance(moment, date):
        fix = f"datetime({moment.year}, {moment.month}, {moment.day}, tzinfo=timezone.utc)"
    elif isinstance(moment, str):
        fix = "datetime.fromisoformat(...).astimezone()"
    else:
        fix = "datetime(..., tzinfo=timezone.utc)"
    raise InvalidRequest(
        f"{name}={moment!r} is a {type(moment).__name__}, and no datetime", hint=f"{name}={fix}"
    )


def _texts(suffix: object) -> tuple[str, ...]:
    if not isinstance(suffix, Iterable):
        as_text("suffix", suffix)
    given = cast("Iterable[object]", suffix)
    return tuple(as_text("suffix", each) for each in given)


def children(bucket: BucketAddress[Thing], prefix: str, folder: Callable[[str], F]) -> Listing[F | Thing]:
    """What lies in a folder: the folders and the objects, in the order of their keys, without its own empty marker.

    Args:
        bucket: Where.
        prefix: The folder's.
        folder: Makes a folder of its prefix.
    """

    def rows_of(page: Answer) -> Sequence[Answer]:
        return sorted([*page.get("Contents", []), *page.get("CommonPrefixes", [])], key=_key_or_prefix)

    def build(row: Answer) -> F | Thing:
        return folder(row["Prefix"]) if "Prefix" in row else objects_of(bucket, (row,))[0]

    found: Listing[F | Thing] = paged(
        bucket.cloud,
        S3,
        "list_objects_v2",
        rows_of,
        build,
        of="Folder or Object",
        keep=lambda each: not isinstance(each, ObjectAddress) or each.key != prefix or each.size > 0,
        about=bucket,
        Prefix=prefix or None,
        Delimiter="/",
        **contents_address(bucket),
    )
    return found


def objects_in(bucket: BucketAddress[Thing], prefix: str, keep: Keep) -> Listing[Thing]:
    """The objects that begin with the prefix and lie in no folder behind it."""
    return paged(
        bucket.cloud,
        S3,
        "list_objects_v2",
        "Contents",
        lambda row: objects_of(bucket, (row,))[0],
        of="Object",
        build_page=lambda rows: objects_of(bucket, rows),
        keep=keep,
        about=bucket,
        Prefix=prefix or None,
        Delimiter="/",
        **contents_address(bucket),
    )


def folders(bucket: BucketAddress, prefix: str, folder: Callable[[str], F]) -> Listing[F]:
    """The folders in a folder, each made of its prefix."""
    found: Listing[F] = paged(
        bucket.cloud,
        S3,
        "list_objects_v2",
        "CommonPrefixes",
        lambda row: folder(row["Prefix"]),
        of="Folder",
        about=bucket,
        Prefix=prefix or None,
        Delimiter="/",
        **contents_address(bucket),
    )
    return found


def _key_or_prefix(row: Answer) -> str:
    found: str = row["Key"] if "Key" in row else row["Prefix"]
    return found
