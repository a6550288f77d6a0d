"""A queue's name, URL or ARN, taken apart."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from attrs import frozen

from cloudkit.errors import InvalidRequest
from cloudkit.sqs._rules import QUEUES

_ACCOUNT = re.compile(r"\d{12}")
_ARN = re.compile(r"arn:[a-z-]+:sqs:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<name>[^:]+)")
# sqs.eu-west-1.amazonaws.com and its kin (FIPS, dual stack, VPC endpoints, China, Europe) ...
_HOST = re.compile(
    r"(?:.+\.)?sqs(?:-fips)?\.(?P<region>[a-z0-9-]+)(?:\.vpce)?"
    r"\.(?:amazonaws\.(?:com|com\.cn|eu)|api\.aws|api\.amazonwebservices\.(?:com\.cn|eu))"
)
# ... and the two forms of old: eu-west-1.queue.amazonaws.com, and queue.amazonaws.com for us-east-1.
_OLD_HOST = re.compile(r"(?:(?P<region>[a-z0-9-]+)\.)?queue\.amazonaws\.com(?:\.cn)?")
_OLDEST_REGION = "us-east-1"


@frozen
class Address:
    """What a name, URL or ARN says of a queue.

    Attributes:
        name: The name.
        account: The account, where it is said.
        region: The region, where it is said.
        url: The URL, if that was given.
        arn: The ARN, if that was given.
    """

    name: str
    account: str | None = None
    region: str | None = None
    url: str | None = None
    arn: str | None = None


def parse(text: str) -> Address:
    """The address that a text spells.

    Args:
        text: A name, a URL or an ARN.

    Raises:
        InvalidRequest: It is none of them.
    """
    if text.startswith(("https://", "http://")):
        return _of_url(text)
    if text.startswith("arn:"):
        found = _ARN.fullmatch(text)
        if found is None:
            raise InvalidRequest(
                f"{text!r} is no ARN of a queue", hint="such as arn:aws:sqs:eu-west-1:123456789012:jobs"
            )
        return Address(QUEUES.checked_name(found["name"]), found["account"], found["region"], arn=text)
    return Address(QUEUES.checked_name(text))


def _of_url(text: str) -> Address:
    split = urlsplit(text)
    *before, name = split.path.strip("/").split("/")
    account = before[-1] if before and _ACCOUNT.fullmatch(before[-1]) else None
    host = split.hostname or ""
    found = _HOST.fullmatch(host) or _OLD_HOST.fullmatch(host)
    if found is not None and account is None:
        raise InvalidRequest(
            f"{text!r} is no URL of a queue",
            hint="such as https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
        )
    region = None if found is None else found["region"] or _OLDEST_REGION
    return Address(QUEUES.checked_name(name), account, region, url=text)


def checked_account(account: str | None) -> str | None:
    """The account, if it is an account's number."""
    if account is not None and not _ACCOUNT.fullmatch(account):
        raise InvalidRequest(f"account={account!r}: it is the 12 digits of an account's number")
    return account
