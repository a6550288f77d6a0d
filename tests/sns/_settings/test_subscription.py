"""Settings of subscriptions, as texts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, strategies as st

from cloudkit.errors import InvalidRequest
from cloudkit.sns import FilterScope
from cloudkit.sns._settings.subscription import dead_letters_in, filter_in, of_replay, of_subscription
from cloudkit.sns._settings.topic import archive_days, of_topic
from cloudkit.sns._target import DeliveryProtocol

SQS = DeliveryProtocol.SQS
FIRST, LAST = (datetime.fromisoformat(text) for text in ("2000-01-01", "2100-01-01"))
ROLE = "arn:aws:iam::123456789012:role/to-s3"


@frozen
class Place:
    arn: str


def made(protocol: DeliveryProtocol = SQS, **given: Any) -> dict[str, str]:
    return of_subscription(protocol, **{"raw": None, "filter": None, "filter_scope": None, **given})


def test_what_is_not_given_is_left_out() -> None:
    assert made() == {}
    assert of_topic("a", {"display_name": None}) == {}


def test_raw_delivery_is_for_those_that_have_it() -> None:
    assert made(raw=True) == {"RawMessageDelivery": "true"}
    assert made(DeliveryProtocol.EMAIL, raw=False) == {"RawMessageDelivery": "false"}
    with pytest.raises(InvalidRequest, match="not to email"):
        made(DeliveryProtocol.EMAIL, raw=True)


def test_a_filter_is_json_and_stands_behind_its_scope() -> None:
    policy = {"event": ["paid", {"prefix": "x"}], "total": [{"numeric": [">", 1]}]}
    found = made(filter=policy, filter_scope=FilterScope.BODY)
    assert json.loads(found["FilterPolicy"]) == policy
    assert list(found) == ["FilterPolicyScope", "FilterPolicy"]
    assert made(filter={})["FilterPolicy"] == "{}"
    assert made(filter={"a": {"b": ["c"]}}, filter_scope="MessageBody")["FilterPolicyScope"] == "MessageBody"


@pytest.mark.parametrize(
    "policy", [{"event": "paid"}, {"event": 1}, {"event": []}, {"a": {"b": "c"}}, {"event": None}]
)
def test_a_filter_lists_what_it_accepts(policy: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="filter"):
        made(filter=policy)


@pytest.mark.parametrize("value", [b"x", float("nan"), object()])
def test_a_filter_has_values_that_sns_compares(value: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"filter\['event'\]"):
        made(filter={"event": [value]})


def test_a_scope_needs_a_filter_and_is_one_of_two() -> None:
    with pytest.raises(InvalidRequest, match="no filter="):
        made(filter_scope=FilterScope.BODY)
    with pytest.raises(InvalidRequest, match=r"FilterScope\.ATTRIBUTES or FilterScope\.BODY"):
        made(filter={}, filter_scope="Body")


def test_dead_letters_and_roles() -> None:
    assert made(dead_letters=Place("arn:aws:sqs:r:1:q")) == {
        "RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:r:1:q"}'
    }
    assert made(dead_letters="off") == {"RedrivePolicy": ""}
    assert made(DeliveryProtocol.FIREHOSE, role=ROLE) == {"SubscriptionRoleArn": ROLE}
    with pytest.raises(InvalidRequest, match="for Firehose"):
        made(role=ROLE)
    with pytest.raises(InvalidRequest, match="the ARN of a role"):
        made(DeliveryProtocol.FIREHOSE, role="arn:aws:iam::123456789012:user/ada")


def test_a_filter_is_looked_at_by_the_scope_that_it_has_or_gets() -> None:
    nested = {"order": {"state": ["paid"]}}
    with pytest.raises(InvalidRequest, match="keys within a key"):
        made(filter=nested)
    body = {"FilterPolicyScope": "MessageBody"}
    assert json.loads(made(filter=nested, present=body)["FilterPolicy"]) == nested
    with pytest.raises(InvalidRequest, match="keys within a key"):
        made(filter=nested, filter_scope="MessageAttributes", present=body)
    assert made(filter_scope="MessageBody", present={}) == {"FilterPolicyScope": "MessageBody"}


def test_what_aws_says_is_read_back() -> None:
    assert archive_days('{"MessageRetentionPeriod":"7"}') == 7
    assert archive_days(None) is None
    assert dead_letters_in('{"deadLetterTargetArn":"arn"}') == "arn"
    assert dead_letters_in(None) is None
    assert filter_in(None) is None
    # SNS may know more than this version does.
    assert filter_in('{"a":[{"shape":"round"}]}') == {"a": [{"shape": "round"}]}


@given(st.datetimes(timezones=st.timezones(), min_value=FIRST, max_value=LAST))
def test_a_moment_is_told_in_universal_time(moment: datetime) -> None:
    text = json.loads(of_replay(moment, None))["StartingPoint"]
    assert text.endswith("Z")
    assert abs(datetime.fromisoformat(text.replace("Z", "+00:00")) - moment) < timedelta(milliseconds=1)


def test_a_replay_has_an_end_after_its_start() -> None:
    first, then = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2026, 1, 2, tzinfo=timezone.utc)
    assert json.loads(of_replay(first, then)) == {
        "PointType": "Timestamp",
        "StartingPoint": "2026-01-01T00:00:00.000Z",
        "EndingPoint": "2026-01-02T00:00:00.000Z",
    }
    with pytest.raises(InvalidRequest, match="is not after"):
        of_replay(then, first)
    with pytest.raises(InvalidRequest, match="time zone"):
        of_replay(datetime(2026, 1, 1), None)  # noqa: DTZ001
