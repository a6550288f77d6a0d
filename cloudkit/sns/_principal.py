"""How the policies of others name SNS."""

from __future__ import annotations

from cloudkit.sns._arn import Arn

PRINCIPAL = "sns.amazonaws.com"

# The regions that an account has without asking for them; no new one will be such. Account management guide, "Enable or
# disable AWS Regions in your account".
_DEFAULT_REGIONS = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)


def principal_between(topic_arn: str, target_arn: str) -> str:
    """How the policy of a queue or function names SNS for a topic, which may be in another region.

    Where one of the two has to be opted in to, it is the SNS of a region. Developer guide, "Sending Amazon SNS
    messages to an Amazon SQS queue or AWS Lambda function in a different Region".

    Args:
        topic_arn: The topic.
        target_arn: The queue or function.
    """
    topic, target = Arn.parse(topic_arn), Arn.parse(target_arn)
    if topic.partition != "aws" or topic.region == target.region:
        return PRINCIPAL
    opted = [each for each in (target.region, topic.region) if each not in _DEFAULT_REGIONS]
    return f"sns.{opted[0]}.amazonaws.com" if opted else PRINCIPAL
