"""How often and how long: the only place that builds botocore's Config."""

from __future__ import annotations

import math
import platform
from datetime import timedelta
from typing import Any, Literal, cast

from attrs import field, frozen

from cloudkit._core.params import seconds
from cloudkit._version import __version__
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration

# botocore's own defaults changed between releases (legacy with 5 attempts, then standard with 3): never left to it.
DEFAULT_ATTEMPTS = 5
MOST_ATTEMPTS = 100
DEFAULT_CONNECT_SECONDS = 5.0
DEFAULT_READ_SECONDS = 60.0
# Connections are opened as they are needed, so a wide pool costs nothing until many threads are at work.
POOL_CONNECTIONS = 64

_MODES = ("standard", "adaptive")


@frozen
class Retry:
    """How requests are repeated. Mode and number are always set, so that every botocore behaves the same.

    Attributes:
        attempts: Requests sent at most for one call, the first one included; 1 to 100.
        mode: botocore's mode: `"standard"`, or `"adaptive"`, which also slows down when AWS throttles.

    Raises:
        InvalidRequest: A number or mode that makes no sense.
    """

    attempts: int = DEFAULT_ATTEMPTS
    mode: Literal["standard", "adaptive"] = "standard"

    def __attrs_post_init__(self) -> None:
        if not isinstance(cast("object", self.attempts), int) or isinstance(self.attempts, bool):
            raise InvalidRequest(f"attempts={self.attempts!r}: it is a whole number, 1 to {MOST_ATTEMPTS}")
        if not 1 <= self.attempts <= MOST_ATTEMPTS:
            raise InvalidRequest(f"attempts={self.attempts}: it is 1 to {MOST_ATTEMPTS}; 1 repeats nothing")
        if self.mode not in _MODES:
            raise InvalidRequest(f"mode={self.mode!r}: it is one of {', '.join(map(repr, _MODES))}")


def _as_seconds(value: Duration) -> float:
    if isinstance(value, bool) or not isinstance(cast("object", value), (int, float, timedelta)):
        raise InvalidRequest(f"{value!r} is no time", hint="seconds as a number, or a timedelta")
    return seconds(value)


@frozen
class Timeouts:
    """How long one request may take.

    Attributes:
        connect: Seconds, or a `timedelta`, to open a connection; more than 0.
        read: The same between two pieces of an answer.

    Raises:
        InvalidRequest: A time that is not more than 0, or none.
    """

    connect: float = field(default=DEFAULT_CONNECT_SECONDS, converter=_as_seconds)
    read: float = field(default=DEFAULT_READ_SECONDS, converter=_as_seconds)

    def __attrs_post_init__(self) -> None:
        for name, value in (("connect", self.connect), ("read", self.read)):
            if not value > 0 or math.isinf(value):
                raise InvalidRequest(f"{name}={value} seconds: it is more than 0, and has an end")


def client_config(
    service: str,
    *,
    retry: Retry,
    timeouts: Timeouts,
    min_read_timeout: float,
    anonymous: bool,
    custom_endpoint: bool,
    checksums: str,
    named: bool = False,
) -> Any:
    """Botocore's Config for a client.

    `named` says who asks in words that are put together once: botocore does so twice for each request, which is a
    tenth of what a small one costs.
    """
    import botocore
    from botocore.config import Config

    options: dict[str, Any] = {
        "retries": {"mode": retry.mode, "total_max_attempts": retry.attempts},
        "connect_timeout": timeouts.connect,
        "read_timeout": max(timeouts.read, min_read_timeout),
        "max_pool_connections": POOL_CONNECTIONS,
        "user_agent_extra": f"cloudkit/{__version__}",
    }
    if named:
        options["user_agent"] = _user_agent()
    if anonymous:
        options["signature_version"] = botocore.UNSIGNED
    if custom_endpoint:
        # S3-compatible servers know no virtual host names; nor, mostly, the newer checksum trailers.
        options["s3"] = {"addressing_style": "path"}
    elif service == "s3":
        # As by default; but links too name the region then, which botocore leaves out of them otherwise.
        options["s3"] = {"addressing_style": "virtual"}
    if checksums == "auto":
        checksums = "when_required" if custom_endpoint else "when_supported"
    options["request_checksum_calculation"] = checksums
    options["response_checksum_validation"] = checksums
    return Config(**options)


def _user_agent() -> str:
    import boto3
    import botocore

    system = f"{platform.system()}/{platform.release()}"
    return f"Boto3/{boto3.__version__} Botocore/{botocore.__version__} Python/{platform.python_version()} {system}"
