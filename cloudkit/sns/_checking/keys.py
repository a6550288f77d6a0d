"""The KMS key of a queue or topic, and whether SNS can use it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.policy import Document
from cloudkit._core.service import Service
from cloudkit.errors import AccessDenied, NotFound
from cloudkit.sns._arn import Arn
from cloudkit.sns._checking.granting import Verdict, verdict
from cloudkit.sns._principal import PRINCIPAL
from cloudkit.sqs._settings import json_object
from cloudkit.types import Answer

KMS = Service("kms")

_MANAGED_ALIAS = "alias/aws/"
_OF_AWS = "AWS"
_NEEDED = ("kms:GenerateDataKey", "kms:Decrypt")
_FIX = "give the queue a key of your own, or SQS's own encryption without a key (SqsManagedSseEnabled), which SNS can use"


@frozen
class Trouble:
    """What keeps SNS from using a key.

    Attributes:
        message: What it is.
        fix: What to do about it.
        certain: Whether it is so, or could only not be told.
    """

    message: str
    fix: str
    certain: bool = True


def key_trouble(cloud: Cloud, key: str, topic_arn: str) -> Trouble | None:
    """What keeps SNS from writing to a queue that is encrypted with a key. Two requests at most.

    Args:
        cloud: Where the queue is.
        key: The key's id, ARN or alias.
        topic_arn: The topic that the messages come from.
    """
    if _MANAGED_ALIAS in key:
        return _managed(key)
    found = state_trouble(cloud, key)
    if isinstance(found, Trouble):
        return found
    if found.get("KeyManager") == _OF_AWS:
        return _managed(key)
    arn = str(found["Arn"])
    try:
        answer = cloud.invoke(KMS, "get_key_policy", {"KeyId": arn, "PolicyName": "default"}, about=key)
    except AccessDenied:
        return _unseen(key, "kms:GetKeyPolicy")
    return _policy_trouble(key, arn, json_object(answer.get("Policy")), topic_arn)


def state_trouble(cloud: Cloud, key: str) -> Trouble | Answer:
    """What keeps everybody from using a key; else what KMS says of it. One request."""
    try:
        found: Answer = cloud.invoke(KMS, "describe_key", {"KeyId": key}, about=key)["KeyMetadata"]
    except NotFound:
        return Trouble(f"its KMS key {key} is not there", "give it another key")
    except AccessDenied:
        return _unseen(key, "kms:DescribeKey")
    if not found.get("Enabled", True):
        return Trouble(
            f"its KMS key {key} is {found.get('KeyState', 'Disabled')}",
            "enable the key, or give it another one",
        )
    return found


def _managed(key: str) -> Trouble:
    return Trouble(
        f"it is encrypted with {key}, a key that AWS manages and whose policy nobody can change: SNS cannot use it",
        _FIX,
    )


def _unseen(key: str, action: str) -> Trouble:
    return Trouble(
        f"whether SNS can use its KMS key {key} is not to be seen",
        f"these credentials lack {action}",
        certain=False,
    )


def _policy_trouble(key: str, arn: str, policy: Document, topic_arn: str) -> Trouble | None:
    context = request_of(topic_arn)
    said = {
        action: verdict(policy, service=PRINCIPAL, action=action, resource=arn, context=context)
        for action in _NEEDED
    }
    missing = [action for action, each in said.items() if each is Verdict.NO]
    if missing:
        return Trouble(
            f"the policy of its KMS key {key} does not allow {' and '.join(missing)} to {PRINCIPAL}",
            f"let the key's policy allow {' and '.join(_NEEDED)} to the service {PRINCIPAL}, on the condition that"
            f" aws:SourceArn is {topic_arn}",
        )
    if Verdict.MAYBE in said.values():
        return Trouble(
            f"the policy of its KMS key {key} has conditions that cannot be judged from here",
            "publish a message and see whether it arrives",
            certain=False,
        )
    return None


def request_of(topic_arn: str) -> Mapping[str, str]:
    """What is known of a request that SNS makes for a topic, by the names of condition keys."""
    return {
        "aws:SourceArn": topic_arn,
        "aws:SourceAccount": Arn.parse(topic_arn).account,
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": PRINCIPAL,
    }
