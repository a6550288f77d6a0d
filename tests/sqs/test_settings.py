from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

import pytest
from attrs import frozen

from cloudkit import InvalidRequest
from cloudkit.sqs._settings import QueueSettings, differing, named, to_attributes

ARN = "arn:aws:sqs:us-east-1:123456789012:failed"


@frozen
class Dead:
    arn: str = ARN


def made(*, fifo: bool = False, present: dict[str, Any] | None = None, **settings: Any) -> dict[str, str]:
    return to_attributes(cast("QueueSettings", settings), fifo=fifo, present=present)


def redrive(**settings: Any) -> Any:
    return json.loads(made(**settings)["RedrivePolicy"])


def test_all_are_texts() -> None:
    assert made(
        fifo=True,
        visibility_timeout=timedelta(minutes=2),
        retention=60,
        delay=0,
        receive_wait=20.0,
        max_message_size=1024,
        content_deduplication=False,
    ) == {
        "VisibilityTimeout": "120",
        "MessageRetentionPeriod": "60",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "20",
        "MaximumMessageSize": "1024",
        "ContentBasedDeduplication": "false",
    }


def test_none_is_not_given() -> None:
    assert (
        made(visibility_timeout=None, max_message_size=None, dead_letters=None, content_deduplication=None)
        == {}
    )


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("visibility_timeout", 0, 43_200),
        ("retention", 60, 1_209_600),
        ("delay", 0, 900),
        ("receive_wait", 0, 20),
        ("max_message_size", 1024, 1_048_576),
    ],
)
def test_ranges(name: str, low: int, high: int) -> None:
    def set_to(value: int) -> list[str]:
        options: dict[str, Any] = {name: value}
        return list(made(**options).values())

    assert (set_to(low), set_to(high)) == ([str(low)], [str(high)])
    for wrong in (low - 1, high + 1):
        with pytest.raises(InvalidRequest, match=name):
            set_to(wrong)


def test_content_deduplication_is_for_fifo() -> None:
    with pytest.raises(InvalidRequest, match="FIFO"):
        made(content_deduplication=True)


def test_dead_letters() -> None:
    assert redrive(dead_letters=Dead()) == {"deadLetterTargetArn": ARN, "maxReceiveCount": 10}
    assert redrive(dead_letters=Dead(), max_receives=3) == {"deadLetterTargetArn": ARN, "maxReceiveCount": 3}
    present = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": "other", "maxReceiveCount": 4})}
    assert redrive(dead_letters=Dead(), present=present) == {"deadLetterTargetArn": ARN, "maxReceiveCount": 4}
    assert redrive(max_receives=3, present=present) == {"deadLetterTargetArn": "other", "maxReceiveCount": 3}
    assert made(dead_letters="off", present=present) == {"RedrivePolicy": ""}
    assert made(dead_letters="off") == {}


def test_dead_letters_are_of_the_same_kind() -> None:
    assert made(fifo=True, dead_letters=Dead(f"{ARN}.fifo"))
    for fifo, arn in ((True, ARN), (False, f"{ARN}.fifo")):
        with pytest.raises(InvalidRequest, match="FIFO"):
            made(fifo=fifo, dead_letters=Dead(arn))


@pytest.mark.parametrize("settings", [{}, {"present": {}}, {"dead_letters": "off", "present": {}}])
def test_max_receives_needs_dead_letters(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="without dead letters"):
        made(max_receives=3, **settings)


@pytest.mark.parametrize("count", [0, 1001])
def test_max_receives_has_a_range(count: int) -> None:
    with pytest.raises(InvalidRequest, match="1 to 1000"):
        made(dead_letters=Dead(), max_receives=count)


def test_what_differs() -> None:
    present = {
        "VisibilityTimeout": "30",
        "DelaySeconds": "0",
        # AWS gives the number as a number or as a text, and in any order.
        "RedrivePolicy": json.dumps({"maxReceiveCount": "3", "deadLetterTargetArn": ARN}),
    }
    assert differing(made(visibility_timeout=30, dead_letters=Dead(), max_receives=3), present) == {}
    changes = differing(made(visibility_timeout=31, delay=0, dead_letters=Dead(), max_receives=4), present)
    assert changes.keys() == {"VisibilityTimeout", "RedrivePolicy"}
    assert named(changes, present)[0] == "visibility_timeout is 30, not 31"
    assert differing(made(dead_letters="off", present=present), present) == {"RedrivePolicy": ""}
    assert differing(made(dead_letters="off", present={}), {}) == {}
