"""What a client that is not boto3's needs, to reach S3 just as a Cloud does."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud

# What only botocore knows how to do.
_BOTOCORE_ONLY = ("use_fips_endpoint", "use_dualstack_endpoint")
_S3_BOTOCORE_ONLY = ("use_accelerate_endpoint", "use_arn_region", "us_east_1_regional_endpoint")


@frozen
class Credentials:
    """Credentials of a moment. Never shown."""

    key: str
    secret: str = field(repr=False)
    token: str | None = field(repr=False)
    ends: datetime | None


@frozen
class NativeAccess:
    """How to reach S3 without boto3.

    Attributes:
        endpoint: The server in AWS's place; None for AWS.
        connect: Seconds to open a connection.
        read: Seconds between two pieces of an answer.
        credentials: Gives those of now, refreshed by botocore; None sends requests unsigned.
    """

    endpoint: str | None
    connect: float
    read: float
    credentials: Callable[[], Credentials] | None


def native_access(cloud: Cloud) -> NativeAccess | None:
    """What is needed, or None if only boto3 can do what this Cloud asks for.

    A session of the caller's own may hold event hooks, and the embedded cloud answers boto3 alone. What verifies
    checksums, or speaks FIPS or dual stack, is boto3 too.
    """
    transfers = cloud.transfers
    if cloud.session is not None or transfers.engine == "boto3" or transfers.checksums == "when_supported":
        return None
    session: Any = cloud._configuration()  # pyright: ignore[reportPrivateUsage]
    if any(session.get_config_variable(name) for name in _BOTOCORE_ONLY):
        return None
    # Authorities of one's own are given to botocore by this, to others by the general variable.
    authorities = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    if authorities is not None and authorities != os.environ.get("SSL_CERT_FILE"):
        return None
    s3 = session.get_scoped_config().get("s3", {}) if _has_profile(session) else {}
    if any(name in s3 for name in _S3_BOTOCORE_ONLY):
        return None
    if cloud.partition != "aws":
        return None
    found: Any = None
    if not cloud.anonymous:
        found = session.get_credentials()
        if found is None:
            return None  # boto3 says best what is missing

    def now() -> Credentials:
        kept = found.get_frozen_credentials()
        ends = getattr(found, "_expiry_time", None)
        return Credentials(kept.access_key, kept.secret_key, kept.token, ends)

    return NativeAccess(
        endpoint=cloud._endpoint("s3"),  # pyright: ignore[reportPrivateUsage]
        connect=cloud.timeouts.connect,
        read=cloud.timeouts.read,
        credentials=None if cloud.anonymous else now,
    )


def _has_profile(session: Any) -> bool:
    from botocore.exceptions import ProfileNotFound

    try:
        session.get_scoped_config()
    except ProfileNotFound:
        return False
    return True
