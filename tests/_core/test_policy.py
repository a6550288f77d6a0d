"""Policies as data: what a merge changes, and all that it must leave alone."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit._core.policy import (
    Policy,
    Statement,
    adding,
    document_in,
    for_service,
    removing,
    service_sid,
    warn_if_too_wide,
)
from cloudkit.errors import InvalidRequest
from cloudkit.types import Json

SNS = "sns.amazonaws.com"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:news"
OTHER_TOPIC = "arn:aws:sns:eu-west-1:123456789012:olds"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs"

STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.sampled_from(["*", {"AWS": "123456789012"}, {"Service": SNS}]),
        "Action": st.sampled_from(["sqs:SendMessage", "sqs:*", ["sqs:SendMessage"]]),
        "Resource": st.just(QUEUE),
    },
    optional={
        "Sid": st.sampled_from(["a", "b", "__owner"]),
        "Condition": st.just({"Bool": {"aws:SecureTransport": "false"}}),
        "NotAnythingWeKnow": st.just(["x"]),
    },
)
POLICIES: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries(
    {"Statement": STATEMENTS | st.lists(STATEMENTS, max_size=4)},
    optional={"Version": st.sampled_from(["2008-10-17", "2012-10-17"]), "Id": st.just("mine")},
)
NEW = st.builds(
    lambda sid, effect: {"Sid": sid, "Effect": effect, "Action": "sqs:PurgeQueue", "Resource": QUEUE},
    st.sampled_from(["new", "newer"]),
    st.sampled_from(["Allow", "Deny"]),
)


def of(topic: str) -> dict[str, Json]:
    return for_service(SNS, "sqs:SendMessage", QUEUE, source_arn=topic)


def listed(policy: dict[str, Any]) -> list[Any]:
    found = policy.get("Statement", [])
    return found if isinstance(found, list) else [found]


# -- letting a service in ----------------------------------------------------------------------------------------


def test_the_least_that_a_service_needs() -> None:
    assert adding({}, of(TOPIC)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": service_sid(SNS, TOPIC),
                "Effect": "Allow",
                "Principal": {"Service": SNS},
                "Action": "sqs:SendMessage",
                "Resource": QUEUE,
                "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
            }
        ],
    }


def test_a_source_whose_arn_names_no_account_is_pinned_to_one() -> None:
    made = for_service(
        "s3.amazonaws.com", "x:Y", QUEUE, source_arn="arn:aws:s3:::acme", source_account="123456789012"
    )
    assert made["Condition"] == {
        "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::acme"},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }


def test_the_sid_is_the_source_s_alone_and_what_sqs_takes() -> None:
    assert service_sid(SNS, TOPIC) == service_sid(SNS, TOPIC) != service_sid(SNS, OTHER_TOPIC)
    assert service_sid(SNS, TOPIC) != service_sid("s3.amazonaws.com", TOPIC)
    for service in (SNS, "logging.s3.amazonaws.com"):
        assert service_sid(service, TOPIC).isalnum()
        assert service_sid(service, TOPIC).isascii()
    with pytest.raises(InvalidRequest, match="no service as a principal"):
        service_sid("s3", TOPIC)


@given(POLICIES)
def test_two_sources_have_two_statements(policy: dict[str, Any]) -> None:
    both = adding(adding(policy, of(TOPIC)), of(OTHER_TOPIC))
    assert both["Statement"] == [*listed(policy), of(TOPIC), of(OTHER_TOPIC)]
    assert listed(removing(both, service_sid(SNS, TOPIC))) == [*listed(policy), of(OTHER_TOPIC)]


def test_a_statement_of_ours_that_somebody_changed_is_put_right() -> None:
    wide = {**of(TOPIC), "Principal": "*"}
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": [wide]}
    assert adding(policy, of(TOPIC))["Statement"] == [of(TOPIC)]


def test_a_deny_is_never_ours() -> None:
    deny = {**of(TOPIC), "Effect": "Deny"}
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": [deny]}
    assert adding(policy, of(TOPIC))["Statement"] == [deny, of(TOPIC)]
    assert removing(policy, service_sid(SNS, TOPIC), "Allow") == policy


# -- the laws of a merge -----------------------------------------------------------------------------------------


@given(POLICIES, NEW)
def test_all_else_stays_in_its_order_and_repeating_changes_nothing(
    policy: dict[str, Any], statement: dict[str, Json]
) -> None:
    before = copy.deepcopy(policy)
    made = adding(policy, statement)
    assert policy == before
    assert made["Statement"] == [*listed(policy), statement]
    assert made["Version"] == policy.get("Version", "2012-10-17")
    assert made.get("Id") == policy.get("Id")
    assert adding(made, statement) == made


@given(POLICIES, NEW)
def test_removing_what_was_added_gives_what_there_was(
    policy: dict[str, Any], statement: dict[str, Json]
) -> None:
    left = removing(adding(policy, statement), str(statement["Sid"]))
    assert listed(left) == listed(policy)
    assert removing(policy, str(statement["Sid"])) == policy
    if not listed(policy):
        assert left == {}


@given(POLICIES, st.sampled_from(["a", "b", "c"]))
def test_removing_takes_those_of_the_sid_and_no_other(policy: dict[str, Any], sid: str) -> None:
    left = listed(removing(policy, sid))
    assert left == [each for each in listed(policy) if each.get("Sid") != sid]
    allowed = listed(removing(policy, sid, "Allow"))
    assert [each for each in allowed if each["Effect"] == "Deny"] == [
        each for each in listed(policy) if each["Effect"] == "Deny"
    ]


@given(POLICIES, NEW)
def test_no_deny_is_lost_in_a_merge(policy: dict[str, Any], statement: dict[str, Json]) -> None:
    statement = {**statement, "Sid": "a", "Effect": "Allow"}
    denials = [each for each in listed(policy) if each["Effect"] == "Deny"]
    made = listed(adding(policy, statement))
    assert [each for each in made if each["Effect"] == "Deny"] == denials


@given(POLICIES, NEW)
def test_nothing_is_shared_with_what_was_given(policy: dict[str, Any], statement: dict[str, Json]) -> None:
    made: Any = adding(policy, statement)
    for each in made["Statement"]:
        each["Sid"] = "changed"
    assert statement["Sid"] != "changed"
    assert all(each.get("Sid") != "changed" for each in listed(policy))


@given(POLICIES)
def test_a_policy_is_its_document(document: dict[str, Any]) -> None:
    policy = Policy.of(document)
    assert policy.document == document
    assert [each.document for each in policy] == listed(document)
    assert len(policy) == len(listed(document))
    assert Policy.of(policy) is policy
    assert pickle.loads(pickle.dumps(policy)) == policy


# -- statements --------------------------------------------------------------------------------------------------


def test_a_statement_is_made_of_plain_values() -> None:
    made = Statement.allow(
        ["s3:GetObject", "s3:GetObjectVersion"],
        "arn:aws:s3:::acme/*",
        principal="123456789012",
        conditions={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    )
    assert made.document == {
        "Sid": made.sid,
        "Effect": "Allow",
        "Principal": {"AWS": "123456789012"},
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": "arn:aws:s3:::acme/*",
        "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    }
    assert (made.effect, made.actions, made.resources) == (
        "Allow",
        ("s3:GetObject", "s3:GetObjectVersion"),
        ("arn:aws:s3:::acme/*",),
    )
    assert made.principal == {"AWS": "123456789012"}
    assert made.conditions == {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    assert str(made.sid).startswith("cloudkitAllow")


def test_the_sid_is_made_of_what_it_says() -> None:
    one = Statement.allow("s3:GetObject", "arn:aws:s3:::acme/*")
    assert one == Statement.allow("s3:GetObject", "arn:aws:s3:::acme/*")
    assert one.sid != Statement.deny("s3:GetObject", "arn:aws:s3:::acme/*").sid
    assert one.sid != Statement.allow("s3:PutObject", "arn:aws:s3:::acme/*").sid
    assert Statement.deny("s3:GetObject", "*", sid="mine").sid == "mine"
    assert one.principal is None
    assert one.conditions == {}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("*", "*"),
        ("123456789012", {"AWS": "123456789012"}),
        ("arn:aws-cn:iam::123456789012:role/r", {"AWS": "arn:aws-cn:iam::123456789012:role/r"}),
        ("logging.s3.amazonaws.com", {"Service": "logging.s3.amazonaws.com"}),
        ({"Federated": "cognito-identity.amazonaws.com"}, {"Federated": "cognito-identity.amazonaws.com"}),
    ],
)
def test_whom_it_is_about(given: Any, wanted: Json) -> None:
    assert Statement.allow("s3:GetObject", "*", principal=given).principal == wanted


def test_what_is_no_statement() -> None:
    with pytest.raises(InvalidRequest, match="is nobody"):
        Statement.allow("s3:GetObject", "*", principal="me")
    with pytest.raises(InvalidRequest, match="at least one action"):
        Statement.allow([], "*")
    with pytest.raises(InvalidRequest, match="no JSON form"):
        Policy({"Statement": {"Effect": object()}})
    with pytest.raises(InvalidRequest, match="at least one resource"):
        Statement.deny("s3:GetObject", "")


def test_reading_what_others_wrote() -> None:
    found = Policy.of(document_in('{"Statement": {"Effect": "Deny", "NotAction": "s3:*", "Principal": "*"}}'))
    (statement,) = found
    assert (statement.sid, statement.effect, statement.actions, statement.resources) == (
        None,
        "Deny",
        (),
        (),
    )
    assert document_in('"text"') == {}


def test_a_policy_of_statements() -> None:
    one = Statement.allow("s3:GetObject", "*", sid="one")
    two = Statement.deny("s3:PutObject", "*", sid="two")
    policy = Policy.of([one, two])
    assert list(policy) == [one, two]
    assert next(iter(policy.adding(Statement.allow("s3:*", "x", sid="one")))) == two
    assert list(policy.removing("two")) == [one]
    assert policy.removing("two", effect="Allow") == policy
    assert policy.removing("one").removing("two").document == {}
    assert len(policy) == 2


@pytest.mark.parametrize(
    ("statement", "wide"),
    [
        (Statement.allow("*", "*"), True),
        (Statement.allow("*", "*", principal="123456789012"), True),
        (Statement.allow("s3:*", "arn:aws:s3:::acme/*", principal="*"), True),
        (Statement.allow("s3:*", "arn:aws:s3:::acme/*", principal={"AWS": ["*"]}), True),
        (Statement.allow("s3:*", "arn:aws:s3:::acme/*", principal="123456789012"), False),
        (Statement.allow("s3:*", "x", principal="*", conditions={"Bool": {"a": "b"}}), False),
        (Statement.allow("s3:GetObject", "arn:aws:s3:::acme/*", principal="*"), False),
        (Statement.deny("*", "*", principal="*"), False),
    ],
)
def test_what_allows_everything_warns(statement: Statement, wide: bool) -> None:
    assert statement.too_wide is wide
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_if_too_wide([statement], stacklevel=1)
    assert bool(caught) is wide
    if caught:
        assert "name what is needed" in str(caught[0].message)
        assert caught[0].filename == __file__
