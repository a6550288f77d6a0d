"""ARNs."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cloudkit._core.partitions import partition_of
from cloudkit.errors import InvalidRequest
from cloudkit.sns._arn import Arn, subscription_arn, topic_arn, topic_of

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)


@given(WORDS, WORDS, WORDS, WORDS, WORDS)
def test_an_arn_survives_being_taken_apart(
    partition: str, service: str, region: str, account: str, resource: str
) -> None:
    arn = Arn(partition, service, region, account, resource)
    assert Arn.parse(str(arn)) == arn


@pytest.mark.parametrize(
    "text", ["", "news", "arn:", "arn:aws:sns:eu-west-1", "arn:aws:sns:eu-west-1:1:", "urn:a:b:c:d:e"]
)
def test_what_is_no_arn(text: str) -> None:
    with pytest.raises(InvalidRequest, match="is no ARN"):
        Arn.parse(text)


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_partitions_agree_with_botocore(region: str, partition: str) -> None:
    import botocore.session

    assert partition_of(region) == partition
    if partition not in ("aws-iso-f",):  # its regions are not in every botocore
        assert botocore.session.get_session().get_partition_for_region(region) == partition


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:sqs:eu-west-1:123456789012:news",
        "arn:aws:sns:eu-west-1:123456789012:news:8a21d249",
        "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/app/1",
        "arn:aws:sns::123456789012:news",
        "arn:aws:sns:eu-west-1::news",
    ],
)
def test_what_is_no_topic(text: str) -> None:
    with pytest.raises(InvalidRequest, match="something else than a topic"):
        topic_arn(text)


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:sns:eu-west-1:123456789012:news",
        "arn:aws:sns:eu-west-1:123456789012:news:",
        "arn:aws:sqs:r:1:news:8a21",
    ],
)
def test_what_is_no_subscription(text: str) -> None:
    with pytest.raises(InvalidRequest, match="something else than a subscription"):
        subscription_arn(text)


@pytest.mark.parametrize("text", ["PendingConfirmation", "pending confirmation", "Deleted"])
def test_what_aws_writes_in_place_of_an_arn(text: str) -> None:
    with pytest.raises(InvalidRequest, match="not confirmed yet, or deleted") as caught:
        subscription_arn(text)
    assert "pending_subscriptions" in str(caught.value.hint)


def test_the_topic_of_a_subscription() -> None:
    assert topic_of("arn:aws:sns:eu-west-1:1:news:8a21") == "arn:aws:sns:eu-west-1:1:news"
