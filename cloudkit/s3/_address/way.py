"""How what is in S3 is reached: what a bucket hands on to all that is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from attrs import define, field

from cloudkit._core.resource import Resource
from cloudkit.errors import InvalidRequest
from cloudkit.s3._headers import one_line

if TYPE_CHECKING:
    from attrs import Attribute

    from cloudkit._core.cloud import Cloud

PAYER = "requester"


def _yes_or_no(_: object, attribute: Attribute[bool], value: bool) -> None:
    """`request_payer` as it has to be: boto3's word for it would be taken for any."""
    if not isinstance(value, bool):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
        raise InvalidRequest(
            f"{attribute.name}={value!r}: it is True or False",
            hint=f"{attribute.name}=True is boto3's RequestPayer='{PAYER}'",
        )


@define(eq=False, repr=False)
class Reached(Resource):
    """A bucket, or what is in one: whose it must be, and who pays."""

    expected_bucket_owner: str | None = field(kw_only=True, default=None, validator=one_line)
    request_payer: bool = field(kw_only=True, default=False, validator=_yes_or_no)


class Way(TypedDict):
    """How something is reached, whatever it is."""

    expected_bucket_owner: str | None
    request_payer: bool
    cloud: Cloud


def way_to(of: Reached) -> Way:
    """How it is reached, to make others that are reached in the same way."""
    return {
        "expected_bucket_owner": of.expected_bucket_owner,
        "request_payer": of.request_payer,
        "cloud": of.cloud,
    }


def bucket_named(name: str, of: Reached) -> dict[str, Any]:
    """The bucket that something is, or is in, for its settings."""
    named: dict[str, Any] = {"Bucket": name}
    if of.expected_bucket_owner is not None:
        named["ExpectedBucketOwner"] = of.expected_bucket_owner
    return named


def contents_named(name: str, of: Reached) -> dict[str, Any]:
    """The same for what is in it: listings and deletes, which its owner may make the requester pay."""
    named = bucket_named(name, of)
    if of.request_payer:
        named["RequestPayer"] = PAYER
    return named
