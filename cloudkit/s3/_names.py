"""What a bucket is named by: its name, or the ARN or the alias of an access point that leads to one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from cloudkit.errors import InvalidRequest
from cloudkit.s3._directory import check_new_directory_name, is_directory
from cloudkit.s3._limits import (
    ACCOUNT_NAMESPACE_SUFFIX,
    MAX_BUCKET_NAME_CHARACTERS,
    MAX_OLD_BUCKET_NAME_CHARACTERS,
    MIN_BUCKET_NAME_CHARACTERS,
    RESERVED_BUCKET_PREFIXES,
    RESERVED_BUCKET_SUFFIXES,
)

SCHEME = "s3://"

_NEW = re.compile(r"[a-z0-9][a-z0-9.-]*[a-z0-9]")
# Buckets of us-east-1 from before 2018 may have upper case and underscores, and be long; access points have aliases.
_EXISTING = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_OLD_BUCKET_NAME_CHARACTERS}}}")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
# Access points of S3, of Outposts and of Object Lambda, and those of several regions, which name none.
_ARN = re.compile(
    r"arn:[a-z0-9-]+:(?:"
    r"(?:s3|s3-object-lambda):(?P<region>[a-z0-9-]*):\d{12}:accesspoint[:/][A-Za-z0-9.-]+"
    r"|s3-outposts:(?P<outpost>[a-z0-9-]+):\d{12}:outpost[:/][A-Za-z0-9-]+[:/]accesspoint[:/][A-Za-z0-9-]+"
    r")"
)
_BUCKET_ARN = re.compile(r"arn:[a-z0-9-]+:s3:::(?P<name>[^/]+)(?:/(?P<key>.*))?", re.DOTALL)


def split_address(address: str) -> tuple[str, str]:
    """Bucket and rest of `"s3://bucket/rest"`; the bucket may be an ARN, which has a slash of its own."""
    rest = address[len(SCHEME) :]
    found = _ARN.match(rest)
    if found is not None and rest[found.end() : found.end() + 1] in ("", "/"):
        return found[0], rest[found.end() + 1 :]
    bucket, _, rest = rest.partition("/")
    return bucket, rest


def as_bucket_name(given: str) -> str:
    """The name of a bucket, which may be given as the address `"s3://bucket"`.

    Raises:
        InvalidRequest: It can be no name of a bucket.
    """
    if isinstance(cast("object", given), str) and given.startswith(SCHEME):
        name, key = split_address(given)
        if key:
            raise InvalidRequest(
                f"{given!r} is the address of an object, not of a bucket", hint=f"Object({given!r})"
            )
        given = name
    check_bucket_name(given)
    return given


@lru_cache(1024)
def check_bucket_name(name: str) -> None:
    """Refuse what is no name, ARN or alias: in a request it would be taken for something else.

    Raises:
        InvalidRequest: It can be no name of a bucket.
    """
    if not isinstance(cast("object", name), str):
        raise InvalidRequest(f"the name of a bucket is text, not {type(name).__name__}")
    if _EXISTING.fullmatch(name) or _ARN.fullmatch(name):
        return
    raise InvalidRequest(f"{name[:80]!r} is no name of a bucket", hint=_meant(name))


def _meant(name: str) -> str:
    arn = _BUCKET_ARN.fullmatch(name)
    if arn is not None:
        return f"Object({arn['name']!r}, {arn['key']!r})" if arn["key"] else f"Bucket({arn['name']!r})"
    bucket, slash, key = name.partition("/")
    if slash and key and _EXISTING.fullmatch(bucket):
        return f"Object({bucket!r}, {key!r}), or Folder({bucket!r}, {key!r})"
    return "letters, digits, dots, hyphens and underscores; or the ARN or the alias of an access point"


def region_in(name: str) -> str | None:
    """The region that an ARN names; None for names, and for access points of several regions."""
    found = _ARN.fullmatch(name)
    return None if found is None else found["region"] or found["outpost"] or None


def is_arn(name: str) -> bool:
    """Whether it is an ARN in place of a name."""
    return name.startswith("arn:")


def check_new_name(name: str, *, namespaced: bool = False) -> None:
    """Refuse a name that S3 takes for no new bucket.

    Args:
        name: The name.
        namespaced: Whether it is made in the account's own namespace.

    Raises:
        InvalidRequest: Why it does not.
    """
    if (
        not isinstance(cast("object", name), str)
        or not MIN_BUCKET_NAME_CHARACTERS <= len(name) <= MAX_BUCKET_NAME_CHARACTERS
        or not _NEW.fullmatch(name)
    ):
        raise InvalidRequest(
            f"bucket name {name!r}: it has {MIN_BUCKET_NAME_CHARACTERS} to {MAX_BUCKET_NAME_CHARACTERS} lower-case"
            " letters, digits, dots and hyphens, and begins and ends with a letter or digit"
        )
    if ".." in name:
        raise InvalidRequest(f"bucket name {name!r}: S3 takes no two dots in a row")
    if _IP_ADDRESS.fullmatch(name):
        raise InvalidRequest(f"bucket name {name!r}: S3 takes none that looks like an IP address")
    for prefix in RESERVED_BUCKET_PREFIXES:
        if name.startswith(prefix):
            raise InvalidRequest(
                f"bucket name {name!r}: S3 keeps names that begin with {prefix!r} for itself"
            )
    if is_directory(name):
        check_new_directory_name(name)
        return
    for suffix in RESERVED_BUCKET_SUFFIXES:
        if name.endswith(suffix):
            raise InvalidRequest(f"bucket name {name!r}: S3 keeps names that end with {suffix!r} for itself")
    if name.endswith(ACCOUNT_NAMESPACE_SUFFIX) and not namespaced:
        raise InvalidRequest(
            f"bucket name {name!r}: names that end with {ACCOUNT_NAMESPACE_SUFFIX!r} are for an account's own namespace",
            hint="Bucket.create(..., aws={'BucketNamespace': 'account-regional'}), or another name",
        )
