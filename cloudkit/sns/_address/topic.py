"""A topic: what names it, and what AWS says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, TypeVar, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import tag_dict, tag_list
from cloudkit._core.partitions import partition_of
from cloudkit._core.policy import Statement, adding
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.errors import InvalidRequest
from cloudkit.sns._answering import said
from cloudkit.sns._arn import PREFIX, Arn, topic_arn
from cloudkit.sns._service import SNS
from cloudkit.sns._settings.off import Off
from cloudkit.sns._settings.topic import (
    ARCHIVE,
    KMS_KEY,
    MAX_MESSAGE_SIZE,
    SIGNATURE_VERSION,
    TRACING,
    archive_days,
    is_traced,
    of_topic,
)
from cloudkit.sqs._address.parsing import checked_account
from cloudkit.sqs._bodies.overflow import Store
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.sqs._settings import json_object
from cloudkit.types import Answer, HasArn, Json


@define(eq=False, repr=False)
class TopicAddress(Resource):
    """What `Topic` is but for its verbs. It is made as a `Topic` alone."""

    _service = SNS
    _boto3_name: ClassVar[str | None] = "Topic"

    name: str
    account: str | None = None
    overflow: Store | None = field(kw_only=True, default=None)
    _arn: str | None = field(init=False, default=None)

    display_name: ClassVar[Attribute[str | None]] = attribute("DisplayName", str, optional=True)
    owner: ClassVar[Attribute[str]] = attribute("Owner", str)
    _policy: ClassVar[Attribute[dict[str, Json]]] = attribute("Policy", json_object)
    content_deduplication: ClassVar[Attribute[bool | None]] = attribute(
        "ContentBasedDeduplication", bool, optional=True
    )
    tracing: ClassVar[Attribute[bool | None]] = attribute(TRACING, is_traced, optional=True)
    archive_start: ClassVar[Attribute[datetime | None]] = attribute(
        "BeginningArchiveTime", datetime, optional=True
    )
    _max_message_size: ClassVar[Attribute[int | None]] = attribute(MAX_MESSAGE_SIZE, int, optional=True)
    _kms_key: ClassVar[Attribute[str | None]] = attribute(KMS_KEY, str, optional=True)
    _signature_version: ClassVar[Attribute[int | None]] = attribute(SIGNATURE_VERSION, int, optional=True)
    _archive_days: ClassVar[Attribute[int | None]] = attribute(ARCHIVE, archive_days, optional=True)
    subscriptions_confirmed: ClassVar[Attribute[int]] = attribute(
        "SubscriptionsConfirmed", int, volatile=True
    )
    subscriptions_pending: ClassVar[Attribute[int]] = attribute("SubscriptionsPending", int, volatile=True)

    def __attrs_post_init__(self) -> None:
        if self.name.startswith(PREFIX):
            found = topic_arn(self.name)
            if self.account not in (None, found.account):
                raise InvalidRequest(f"account={self.account!r}, but {self.name} is {found.account}'s")
            # Not compared with the Cloud's region: finding that out may read a file.
            self._arn = self.name
            self._identify(
                name=found.resource, account=found.account, cloud=self.cloud.in_region(found.region)
            )
        self._identify(account=checked_account(self.account))

    @classmethod
    def _own(cls, arn: str, cloud: Cloud) -> Self:
        """A topic of the Cloud's own account, whose ARN is known: equal to one made by name."""
        made = cls(topic_arn(arn).resource, cloud=cloud)
        made._arn = arn
        return made

    @property
    def arn(self) -> str:
        """The Amazon Resource Name. For a topic made by name, one request for the account's number, once a Cloud."""
        if self._arn is None:
            region = self.cloud.region
            if region is None:
                raise InvalidRequest(
                    f"topic {self.name}: no region is set",
                    hint="set AWS_REGION, give Cloud(region='eu-west-1'), or name the topic by its ARN",
                )
            account = self.account or self.cloud.account_id
            self._arn = str(Arn(partition_of(region), "sns", region, account, self.name))
        return self._arn

    @property
    def fifo(self) -> bool:
        """Whether it keeps messages in order and drops repeats. AWS makes it part of the name."""
        return self.name.endswith(FIFO_SUFFIX)

    @override
    def _boto3_identity(self) -> tuple[Any, ...]:
        return (self.arn,)

    @override
    def __str__(self) -> str:
        return self.name if self.account is None else f"{self.account}/{self.name}"

    @override
    def _load(self) -> Answer:
        answer = self._call("get_topic_attributes", TopicArn=self.arn)
        found: Answer = said(answer, "Attributes", "GetTopicAttributes", self)
        return found

    # -- settings --------------------------------------------------------------------------------------------

    @property
    def max_message_size(self) -> int | None:
        """Bytes that a message can have; None if the server does not say. Setting it changes it. One request each way."""
        return self._max_message_size

    @max_message_size.setter
    def max_message_size(self, size: int) -> None:
        self._set(of_topic(self.name, {"max_message_size": size}))

    @property
    def kms_key(self) -> str | None:
        """The KMS key that messages are encrypted with, None for none; setting it changes it, `"off"` ends that."""
        return self._kms_key or None

    @kms_key.setter
    def kms_key(self, key: HasArn | str) -> None:
        self._set(of_topic(self.name, {"kms_key": key}))

    @property
    def signature_version(self) -> int:
        """How SNS signs what it sends: 1 with SHA-1, 2 with SHA-256; setting it changes that. One request each way."""
        return self._signature_version or 1

    @signature_version.setter
    def signature_version(self, version: int) -> None:
        self._set(of_topic(self.name, {"signature_version": version}))

    @property
    def archive_days(self) -> int | None:
        """Days that a FIFO topic keeps messages for `replay`, None for none; setting it changes it, `"off"` ends that."""
        return self._archive_days

    @archive_days.setter
    def archive_days(self, days: int | Off) -> None:
        self._set(of_topic(self.name, {"archive_days": days}))

    @property
    def policy(self) -> dict[str, Json]:
        """Who may do what with it; setting it replaces it. One request each way."""
        return self._policy

    @policy.setter
    def policy(self, policy: Mapping[str, Json]) -> None:
        self._set({"Policy": json.dumps(dict(policy) or self._least_policy())})

    def _least_policy(self) -> dict[str, Json]:
        """What says nothing that is not so anyway: a topic has a policy at all times."""
        return adding({}, Statement.allow("sns:GetTopicAttributes", self.arn, principal=self.owner).document)

    def _set(self, attributes: Mapping[str, str]) -> Self:
        arn = self.arn
        try:
            for name, value in attributes.items():
                self._call("set_topic_attributes", TopicArn=arn, AttributeName=name, AttributeValue=value)
        finally:
            # One that failed may have been carried out all the same, and so were those before it.
            self._forget()
        return self

    def _forget(self) -> None:
        self.cloud.forget_lookup(derives_key(self.arn))
        self.cloud.forget_lookup(limit_key(self.arn))
        self._unlearn()

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return Tags(self._read_tags, self._put_tags, self._remove_tags)

    def _read_tags(self) -> dict[str, str]:
        return tag_dict(self._call("list_tags_for_resource", ResourceArn=self.arn).get("Tags"))

    def _put_tags(self, tags: dict[str, str]) -> None:
        self._call("tag_resource", ResourceArn=self.arn, Tags=tag_list(tags))

    def _remove_tags(self, keys: Sequence[str]) -> None:
        self._call("untag_resource", ResourceArn=self.arn, TagKeys=[*keys])


T = TypeVar("T", bound=TopicAddress)


def derives_key(arn: str) -> tuple[object, ...]:
    """What is kept under it: whether a topic makes deduplication ids itself."""
    return ("content_deduplication", arn)


def limit_key(arn: str, said: int | None = None) -> tuple[object, ...]:
    """What a topic's limit is kept under; that an object knows another one is a reason to ask."""
    return ("max_message_size", arn, said)
