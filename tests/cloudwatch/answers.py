"""What CloudWatch answers, for tests that script it; in whichever protocol it was asked."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from xml.sax.saxutils import escape

from attrs import field, frozen

from tests.faults import Reply, Request, Script

# Not long ago: older points are kept in longer periods, and then not at all.
NOON = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def minute(number: int, start: datetime = NOON) -> datetime:
    return start + timedelta(minutes=number)


def asked(request: Request) -> dict[str, Any]:
    """The parameters of a request."""
    body = request.body
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    if "X-Amz-Target" in request.headers:
        found: dict[str, Any] = json.loads(body)
        return found
    plain = Request(request.method, request.path, request.query, {}, body, request.target)
    return _nested(plain.form)


def _nested(form: Mapping[str, str]) -> dict[str, Any]:
    """`A.member.1.B` and the like as what they stand for; all values are texts."""
    tree: dict[str, Any] = {}
    for name, value in form.items():
        place = tree
        *way, last = name.split(".")
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if set(tree) == {"member"}:
        return [_listed(tree["member"][key]) for key in sorted(tree["member"], key=int)]
    return {name: _listed(value) for name, value in tree.items()}


@frozen
class Row:
    """One result of GetMetricData."""

    id: str
    points: Mapping[datetime, float] = field(factory=dict[datetime, float])
    label: str = "label"
    status: str | None = "Complete"
    messages: Sequence[tuple[str, str]] = ()


def data(*rows: Row, token: str | None = None, messages: Sequence[tuple[str, str]] = ()) -> Script:
    """A page of GetMetricData."""
    return lambda request: answer(
        request,
        "GetMetricData",
        {
            "MetricDataResults": [
                {
                    "Id": row.id,
                    "Label": row.label,
                    "Timestamps": list(row.points),
                    "Values": list(row.points.values()),
                    **({} if row.status is None else {"StatusCode": row.status}),
                    "Messages": [{"Code": code, "Value": value} for code, value in row.messages],
                }
                for row in rows
            ],
            "Messages": [{"Code": code, "Value": value} for code, value in messages],
            **({} if token is None else {"NextToken": token}),
        },
    )


def alarms(*rows: Mapping[str, Any], composite: Sequence[Mapping[str, Any]] = ()) -> Script:
    """A page of DescribeAlarms."""
    told = {"MetricAlarms": list(rows), "CompositeAlarms": list(composite)}
    return lambda request: answer(request, "DescribeAlarms", told)


def alarm(name: str = "slow", state: str = "OK", **more: Any) -> dict[str, Any]:
    """A row of it."""
    return {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}",
        "StateValue": state,
        "StateReason": f"it is {state}",
        "StateUpdatedTimestamp": NOON,
        "ActionsEnabled": True,
        "MetricName": "errors",
        "Namespace": "App",
        "Statistic": "Sum",
        "Dimensions": [],
        "Period": 60,
        "EvaluationPeriods": 5,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **more,
    }


def nothing(request: Request) -> Reply:
    """The answer of an operation that has none."""
    return answer(request, operations([request])[0], {})


def answer(request: Request, operation: str, value: Mapping[str, Any]) -> Reply:
    if "X-Amz-Target" in request.headers:
        return Reply.json(json.loads(json.dumps(value, default=datetime.timestamp)))
    result = f"<{operation}Result>{_xml(value)}</{operation}Result>"
    meta = "<ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata>"
    return Reply.xml(f"<{operation}Response>{result}{meta}</{operation}Response>")


def _xml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(each)}</{name}>" for name, each in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(each)}</member>" for each in value)
    if isinstance(value, datetime):
        return value.isoformat()
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def error(code: str, status: int = 400) -> Script:
    """A refusal."""

    def script(request: Request) -> Reply:
        if "X-Amz-Target" in request.headers:
            return Reply.json_error(code, "no", status)
        return Reply.query_error(code, "no", status)

    return script


def operations(requests: Sequence[Request]) -> list[str]:
    """What was asked, bodies that are packed included."""
    found = []
    for request in requests:
        target = request.headers.get("X-Amz-Target", "")
        found.append(target.rpartition(".")[2] or str(asked(request).get("Action")))
    return found
