"""The statement in a queue's policy, as data. The embedded cloud delivers with any policy, so the text decides."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, strategies as st

from cloudkit.sns._policy import allowing, statement, statement_id, withdrawing

TOPIC = "arn:aws:sns:eu-west-1:123456789012:news"
OTHER_TOPIC = "arn:aws:sns:eu-west-1:123456789012:olds"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs"

STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.sampled_from(["*", {"AWS": "123456789012"}, {"Service": "sns.amazonaws.com"}]),
        "Action": st.sampled_from(["sqs:SendMessage", "sqs:*", ["sqs:SendMessage"]]),
        "Resource": st.just(QUEUE),
    },
    optional={
        "Sid": st.sampled_from(["a", "b", "__owner"]),
        "Condition": st.just({"Bool": {"aws:SecureTransport": "false"}}),
    },
)
POLICIES: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries(
    {"Statement": STATEMENTS | st.lists(STATEMENTS, max_size=4)},
    optional={"Version": st.sampled_from(["2008-10-17", "2012-10-17"]), "Id": st.just("mine")},
)


def listed(policy: dict[str, Any]) -> list[Any]:
    found = policy.get("Statement", [])
    return found if isinstance(found, list) else [found]


def test_the_least_that_sns_needs() -> None:
    assert allowing({}, TOPIC, QUEUE) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": statement_id(TOPIC),
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": QUEUE,
                "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
            }
        ],
    }


def test_the_sid_is_the_topics_alone_and_what_sqs_takes() -> None:
    assert statement_id(TOPIC) == statement_id(TOPIC) != statement_id(OTHER_TOPIC)
    assert statement_id(TOPIC).isalnum()
    assert statement_id(TOPIC).isascii()


@given(POLICIES)
def test_all_else_stays_and_repeating_changes_nothing(policy: dict[str, Any]) -> None:
    before = copy.deepcopy(policy)
    made = allowing(policy, TOPIC, QUEUE)
    assert policy == before
    assert made["Statement"] == [*listed(policy), statement(TOPIC, QUEUE)]
    assert made["Version"] == policy.get("Version", "2012-10-17")
    assert made.get("Id") == policy.get("Id")
    assert allowing(made, TOPIC, QUEUE) == made


@given(POLICIES)
def test_taking_out_is_the_opposite(policy: dict[str, Any]) -> None:
    left = withdrawing(allowing(policy, TOPIC, QUEUE), TOPIC)
    assert listed(left) == listed(policy)
    assert withdrawing(policy, TOPIC) == policy
    if not listed(policy):
        assert left == {}


@given(POLICIES)
def test_two_topics_have_two_statements(policy: dict[str, Any]) -> None:
    both = allowing(allowing(policy, TOPIC, QUEUE), OTHER_TOPIC, QUEUE)
    assert both["Statement"] == [*listed(policy), statement(TOPIC, QUEUE), statement(OTHER_TOPIC, QUEUE)]
    assert listed(withdrawing(both, TOPIC)) == [*listed(policy), statement(OTHER_TOPIC, QUEUE)]


def test_a_statement_of_ours_that_somebody_changed_is_put_right() -> None:
    wide = {**statement(TOPIC, QUEUE), "Principal": "*"}
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": [wide]}
    assert allowing(policy, TOPIC, QUEUE)["Statement"] == [statement(TOPIC, QUEUE)]


def test_a_deny_is_never_ours() -> None:
    deny = {**statement(TOPIC, QUEUE), "Effect": "Deny"}
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": [deny]}
    assert allowing(policy, TOPIC, QUEUE)["Statement"] == [deny, statement(TOPIC, QUEUE)]
    assert withdrawing(policy, TOPIC) == policy
