"""The events in what S3 sends to a queue: by itself, or through EventBridge."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import unquote_plus

from cloudkit._core.params import as_datetime
from cloudkit.sqs.object_event import ObjectEvent

_TEST = "s3:TestEvent"
_SOURCES = ("aws:s3", "minio:s3", "ceph:s3")  # and servers that speak as S3 does
_BRIDGED = "aws.s3"


def events_in(text: str) -> tuple[ObjectEvent, ...]:
    """The events that a text tells of; none in S3's test of a new notification.

    Raises:
        ValueError: It tells of no events of S3's.
    """
    found: Any = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("its JSON is no object")
    told = cast("dict[str, Any]", found)
    if told.get("Event") == _TEST:
        return ()
    try:
        if told.get("source") == _BRIDGED:
            return (_bridged(told),)
        records = told["Records"]
        if not all(each["eventSource"] in _SOURCES for each in records):
            raise ValueError("its records are not S3's")
        return tuple(map(_event, records))
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not of the form of S3's events ({type(error).__name__}: {error})") from error


def _event(record: dict[str, Any]) -> ObjectEvent:
    told = record["s3"]
    thing = told["object"]
    return ObjectEvent(
        name=record["eventName"],
        bucket=told["bucket"]["name"],
        key=unquote_plus(thing["key"]),
        region=record["awsRegion"],
        time=as_datetime(record["eventTime"]),
        size=thing.get("size"),
        etag=thing.get("eTag"),
        version_id=thing.get("versionId"),
        sequencer=thing.get("sequencer"),
        configuration_id=told.get("configurationId"),
    )


def _bridged(told: dict[str, Any]) -> ObjectEvent:
    detail = told["detail"]
    thing = detail["object"]
    return ObjectEvent(
        name=told["detail-type"],
        bucket=detail["bucket"]["name"],
        key=thing["key"],  # EventBridge's are not encoded
        region=told["region"],
        time=as_datetime(told["time"]),
        size=thing.get("size"),
        etag=thing.get("etag"),
        version_id=thing.get("version-id"),
        sequencer=thing.get("sequencer"),
    )
