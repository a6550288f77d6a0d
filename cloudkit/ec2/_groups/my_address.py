"""The address that this machine has for the rest of the world."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from http import HTTPStatus

from cloudkit._core.cloud import Cloud
from cloudkit._core.fetching import fetch
from cloudkit.ec2._limits import ADDRESS_SECONDS, MAX_ADDRESS_BYTES
from cloudkit.ec2._service import EC2
from cloudkit.errors import ServiceError

# AWS's own: it says over IPv4 who asks.
_URL = "https://checkip.amazonaws.com/"


def my_address(cloud: Cloud) -> str:
    """The address, as AWS sees it. One request, without credentials."""
    found = fetch(
        cloud,
        EC2,
        _URL,
        region=cloud.region or "",
        most_bytes=MAX_ADDRESS_BYTES,
        seconds=ADDRESS_SECONDS,
    )
    if found.status == HTTPStatus.OK and found.body is not None:
        with suppress(ValueError):
            return str(ipaddress.ip_address(found.body.decode("ascii", "replace").strip()))
    raise ServiceError(
        f"{_URL} does not say what this machine's address is",
        service=EC2.name,
        status=found.status,
        hint="give it: address='203.0.113.7'",
    )
