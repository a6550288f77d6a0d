"""Settings of topics and subscriptions, as texts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudkit.errors import InvalidRequest
from cloudkit.sns._settings import FilterScope, conflict, meaning, of_subscription, of_topic
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sqs._settings import differing

SQS = DeliveryProtocol.SQS


def made(protocol: DeliveryProtocol = SQS, **given: Any) -> dict[str, str]:
    return of_subscription(protocol, **{"raw": None, "filter": None, "filter_scope": None, **given})


def test_what_is_not_given_is_left_out() -> None:
    assert made() == {}
    assert of_topic("a", display_name=None, content_deduplication=None) == {}


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
def test_a_filter_is_what_json_has_a_form_for(value: Any) -> None:
    with pytest.raises(InvalidRequest, match="no JSON form"):
        made(filter={"event": [value]})


def test_a_scope_needs_a_filter_and_is_one_of_two() -> None:
    with pytest.raises(InvalidRequest, match="no filter="):
        made(filter_scope=FilterScope.BODY)
    with pytest.raises(InvalidRequest, match=r"FilterScope\.ATTRIBUTES or FilterScope\.BODY"):
        made(filter={}, filter_scope="Body")


def test_meanings_are_compared_and_not_texts() -> None:
    wanted = {
        "RawMessageDelivery": "false",
        "FilterPolicy": '{"a": ["b"]}',
        "FilterPolicyScope": "MessageAttributes",
    }
    assert differing(wanted, {"FilterPolicy": '{"a":["b"]}'}, meaning) == {}
    assert differing(wanted, {"FilterPolicy": '{"a":["b","c"]}'}, meaning) == {"FilterPolicy": '{"a": ["b"]}'}
    assert differing({"FilterPolicy": "{}"}, {}, meaning) == {}
    assert differing({"DisplayName": ""}, {}, meaning) == {}
    assert differing({"ContentBasedDeduplication": "true"}, {}, meaning) == {
        "ContentBasedDeduplication": "true"
    }


def test_a_conflict_speaks_our_language() -> None:
    error = conflict(
        {"RawMessageDelivery": "true", "FilterPolicy": "{}"},
        {"FilterPolicy": '{"a":["b"]}'},
        operation="Subscribe",
        about="x",
    )
    assert error.message == "it is there, and raw is False, not True, filter is {'a': ['b']}, not {}"
    assert error.hint == "update=True changes it"


def test_settings_of_a_topic() -> None:
    assert of_topic("a.fifo", display_name="A", content_deduplication=False, max_message_size=1024) == {
        "DisplayName": "A",
        "ContentBasedDeduplication": "false",
        "MaximumMessageSize": "1024",
    }
    with pytest.raises(InvalidRequest, match="100"):
        of_topic("a", display_name="x" * 101, content_deduplication=None)
    with pytest.raises(InvalidRequest, match="FIFO"):
        of_topic("a", display_name=None, content_deduplication=True)
    for size in (1023, 1024**2 + 1):
        with pytest.raises(InvalidRequest, match="1024 to 1048576"):
            of_topic("a", display_name=None, content_deduplication=None, max_message_size=size)
