"""As the developer guide has it: "Sending Amazon SNS messages to an Amazon SQS queue ... in a different Region"."""

from __future__ import annotations

import pytest

from cloudkit.sns._principal import principal_between


@pytest.mark.parametrize(
    ("topic", "queue", "service"),
    [
        ("us-east-1", "us-east-1", "sns.amazonaws.com"),
        ("us-east-1", "eu-west-1", "sns.amazonaws.com"),
        ("af-south-1", "af-south-1", "sns.amazonaws.com"),
        # Default to opt-in, opt-in to default, opt-in to opt-in.
        ("us-east-1", "af-south-1", "sns.af-south-1.amazonaws.com"),
        ("af-south-1", "us-east-1", "sns.af-south-1.amazonaws.com"),
        ("me-south-1", "af-south-1", "sns.af-south-1.amazonaws.com"),
        # A region that nobody has heard of is one to opt in to.
        ("xy-north-9", "us-east-1", "sns.xy-north-9.amazonaws.com"),
    ],
)
def test_by_the_regions(topic: str, queue: str, service: str) -> None:
    assert (
        principal_between(f"arn:aws:sns:{topic}:123456789012:news", f"arn:aws:sqs:{queue}:123456789012:jobs")
        == service
    )


@pytest.mark.parametrize(
    ("partition", "topic", "queue"),
    [("aws-cn", "cn-north-1", "cn-northwest-1"), ("aws-us-gov", "us-gov-west-1", "us-gov-east-1")],
)
def test_other_parts_of_aws_have_one(partition: str, topic: str, queue: str) -> None:
    assert (
        principal_between(f"arn:{partition}:sns:{topic}:1:news", f"arn:{partition}:sqs:{queue}:1:jobs")
        == "sns.amazonaws.com"
    )
