"""From values that were counted to requests that CloudWatch takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from cloudkit._core.batching import split
from cloudkit.cloudwatch._limits import (
    DATUM_BYTES,
    FIELD_BYTES,
    MAX_DATA_PER_CALL,
    MAX_DATUM_VALUES,
    MAX_PUT_BYTES,
    MINUTE_SECONDS,
    PAST_SECONDS,
    TEXT_GROWTH,
    VALUE_BYTES,
)
from cloudkit.cloudwatch._names import Pairs
from cloudkit.cloudwatch._service import CLOUDWATCH
from cloudkit.cloudwatch._spans import now
from cloudkit.cloudwatch.datum import Datum
from cloudkit.errors import BatchError, CloudError, Failed, InvalidRequest

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud

Key: TypeAlias = tuple[str, "str | None", Pairs]
"""Name, unit and dimensions."""


def data_of(gathered: Mapping[tuple[Key, int], Mapping[float, float]]) -> Iterator[Datum]:
    """The data that say what was counted: of more than 150 distinct values there are several."""
    for ((name, unit, dimensions), moment), values in gathered.items():
        time = datetime.fromtimestamp(moment, timezone.utc)
        pairs = iter(values.items())
        while some := dict(islice(pairs, MAX_DATUM_VALUES)):
            yield Datum(name, some, unit, dict(dimensions), time)


def size_of(datum: Datum) -> int:
    """Bytes of a datum in the wordiest of AWS's protocols, uncompressed; rather too many than too few."""
    texts = len(datum.name) + sum(len(key) + len(value) for key, value in datum.dimensions.items())
    fields = FIELD_BYTES * 2 * len(datum.dimensions)
    return DATUM_BYTES + TEXT_GROWTH * texts + fields + VALUE_BYTES * len(datum.values)


def requests_of(data: Iterable[Datum]) -> Iterator[Sequence[Datum]]:
    """Those data, as many in a request as CloudWatch takes."""
    return split(data, most=MAX_DATA_PER_CALL, most_bytes=MAX_PUT_BYTES, size_of=size_of)


def row_of(datum: Datum, grain: int) -> dict[str, Any]:
    """A datum in AWS's form."""
    row: dict[str, Any] = {
        "MetricName": datum.name,
        "Timestamp": datum.time,
        "Values": list(datum.values),
        "Counts": list(datum.values.values()),
    }
    if datum.unit is not None:
        row["Unit"] = datum.unit
    if datum.dimensions:
        row["Dimensions"] = [{"Name": name, "Value": value} for name, value in datum.dimensions.items()]
    if grain < MINUTE_SECONDS:
        row["StorageResolution"] = grain
    return row


def put(cloud: Cloud, namespace: str, data: Sequence[Datum], grain: int) -> list[Failed]:
    """Send those data; those that did not get through, each with the reason.

    After a request that failed for a passing reason no other is sent: it would fail too.
    """
    failed: list[Failed] = []
    stopped: CloudError | None = None
    oldest = now().timestamp() - PAST_SECONDS
    fresh: list[Datum] = []
    for datum in data:
        if datum.time.timestamp() >= oldest:
            fresh.append(datum)
        else:
            failed.append(
                Failed(datum, InvalidRequest("it became older than the two weeks that CloudWatch takes"))
            )
    for some in requests_of(fresh):
        if stopped is None:
            try:
                cloud.invoke(
                    CLOUDWATCH,
                    "put_metric_data",
                    {"Namespace": namespace, "MetricData": [row_of(datum, grain) for datum in some]},
                    about=namespace,
                )
                continue
            except CloudError as error:
                failed.extend(Failed(datum, error) for datum in some)
                stopped = error if error.retryable else None
        else:
            failed.extend(Failed(datum, stopped) for datum in some)
    return failed


def unsent(failed: Sequence[Failed], namespace: str) -> BatchError:
    """The error that says what was not sent."""
    error = BatchError.of(failed, (), service=CLOUDWATCH.name, operation="PutMetricData", resource=namespace)
    error.hint = "`.failed` pairs each datum with its error"
    return error
