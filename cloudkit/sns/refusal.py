"""Why a notification is refused."""

from __future__ import annotations

from cloudkit.types import OpenEnum


class RefusalReason(OpenEnum):
    """Why a notification is refused."""

    MALFORMED = "malformed"
    TOO_LONG = "too-long"
    RAW = "raw"
    HEADERS = "headers"
    TOPIC = "topic"
    OLD = "old"
    FUTURE = "future"
    VERSION = "version"
    ADDRESS = "address"
    CERTIFICATE = "certificate"
    UNAVAILABLE = "unavailable"
    SIGNATURE = "signature"
    REPLAYED = "replayed"
