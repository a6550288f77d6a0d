"""A queue: what names it and the way there, and what AWS says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic

from attrs import define, field
from typing_extensions import Self, TypeVar, override

from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.errors import InvalidRequest, ServiceError
from cloudkit.sqs._address.parsing import checked_account, parse
from cloudkit.sqs._bodies.overflow import Store
from cloudkit.sqs._bodies.typed import checked_body
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.sqs._service import SQS
from cloudkit.sqs._settings import PER_GROUP, encryption_of, json_object, max_receives, redrive_target
from cloudkit.sqs.codec import Codec
from cloudkit.sqs.counts import COUNT_ATTRIBUTES, Counts, counts_of
from cloudkit.types import Answer, Json

# What the bodies of its messages say, and the class of those messages.
T_co = TypeVar("T_co", covariant=True, default=str)
Made_co = TypeVar("Made_co", covariant=True, default=Any)


@define(eq=False, repr=False)
class QueueAddress(Resource, Generic[T_co, Made_co]):
    """What `Queue` is but for its verbs. It is made as a `Queue` alone."""

    _service = SQS
    _boto3_name: ClassVar[str | None] = "Queue"
    _makes: ClassVar[type[Any]]

    name: str
    account: str | None = None
    _url: str | None = field(kw_only=True, default=None, alias="url")
    body: type[T_co] | Codec[T_co] | None = field(kw_only=True, default=None)
    overflow: Store | None = field(kw_only=True, default=None)

    _arn: ClassVar[Attribute[str]] = attribute("QueueArn", str)
    created: ClassVar[Attribute[datetime]] = attribute("CreatedTimestamp", datetime)
    modified: ClassVar[Attribute[datetime]] = attribute("LastModifiedTimestamp", datetime)
    visibility_timeout: ClassVar[Attribute[int]] = attribute("VisibilityTimeout", int)
    retention: ClassVar[Attribute[int]] = attribute("MessageRetentionPeriod", int)
    delay: ClassVar[Attribute[int]] = attribute("DelaySeconds", int)
    receive_wait: ClassVar[Attribute[int]] = attribute("ReceiveMessageWaitTimeSeconds", int)
    max_message_size: ClassVar[Attribute[int]] = attribute("MaximumMessageSize", int)
    content_deduplication: ClassVar[Attribute[bool]] = attribute("ContentBasedDeduplication", bool)
    high_throughput: ClassVar[Attribute[bool]] = attribute(
        "FifoThroughputLimit", lambda limit: limit == PER_GROUP
    )
    key_reuse: ClassVar[Attribute[int | None]] = attribute("KmsDataKeyReusePeriodSeconds", int, optional=True)
    max_receives: ClassVar[Attribute[int | None]] = attribute("RedrivePolicy", max_receives, optional=True)

    def __attrs_post_init__(self) -> None:
        checked_body(self.body)
        found = parse(self.name)
        if found.account is not None and self.account not in (None, found.account):
            raise InvalidRequest(f"account={self.account!r}, but {self.name} is {found.account}'s")
        self._identify(name=found.name, account=found.account or checked_account(self.account))
        self._url = self._url or found.url
        if found.region is not None:
            # Not compared with the Cloud's region: finding that out may read a file.
            self._identify(cloud=self.cloud.in_region(found.region))
        if found.arn is not None:
            self._learn({"QueueArn": found.arn}, whole=False)

    @override
    def __str__(self) -> str:
        return self.name if self.account is None else f"{self.account}/{self.name}"

    @override
    def _boto3_identity(self) -> tuple[Any, ...]:
        return (self.url,)

    def _kind(self) -> type[Made_co]:
        """Of which class its messages are made."""
        return self._makes

    def _sibling(self, name: str, account: str | None = None, *, url: str | None = None) -> Self:
        """A queue that has messages of the same kind."""
        return type(self)(name, account, url=url, body=self.body, overflow=self.overflow, cloud=self.cloud)

    # -- where it is -----------------------------------------------------------------------------------------

    @property
    def arn(self) -> str:
        """The Amazon Resource Name."""
        # A property, not an attribute: type checkers take no descriptor for what the Protocol HasArn asks.
        return self._arn

    @property
    def fifo(self) -> bool:
        """Whether it keeps messages in order, and each once."""
        return self.name.endswith(FIFO_SUFFIX)

    @property
    def url(self) -> str:
        """Its URL; asked for when it is first needed, unless the queue was made by it. AWS: sqs:GetQueueUrl."""
        if self._url is not None:
            return self._url
        return self.cloud.lookup(self._url_key, self._find_url)

    @property
    def _url_key(self) -> tuple[object, ...]:
        return ("queue-url", self.name, self.account)

    def _find_url(self) -> str:
        answer = self._call("get_queue_url", QueueName=self.name, QueueOwnerAWSAccountId=self.account)
        return str(said(answer, "QueueUrl", "GetQueueUrl", self))

    def _forget(self, url: str | None) -> None:
        """Keep nothing of a queue that is gone, and had that URL."""
        for gone in (self.name, url):
            if gone is not None:
                self.cloud.forget(gone)
        for key in (self._url_key, *self._asked_keys):
            self.cloud.forget_lookup(key)
        self._unlearn()

    @property
    def _asked_keys(self) -> Sequence[tuple[object, ...]]:
        """What is asked of it once in a while is kept under these."""
        return (derives_key(self), limit_key(self))

    # -- what AWS says of it ---------------------------------------------------------------------------------

    @override
    def _load(self) -> Answer:
        # Standard queues have no such attributes.
        return {
            "ContentBasedDeduplication": "false",
            "FifoThroughputLimit": "perQueue",
            **self._read("All"),
        }

    def _read(self, *names: str) -> Mapping[str, str]:
        answer = self._call("get_queue_attributes", QueueUrl=self.url, AttributeNames=names)
        found: Mapping[str, str] = said(answer, "Attributes", "GetQueueAttributes", self)
        return found

    def _set(self, attributes: Mapping[str, str]) -> None:
        self._call("set_queue_attributes", QueueUrl=self.url, Attributes=attributes)
        for key in self._asked_keys:
            self.cloud.forget_lookup(key)
        arn = self._known("QueueArn")
        self._unlearn()
        if arn is not None:
            self._learn({"QueueArn": arn}, whole=False)

    @property
    def counts(self) -> Counts:
        """How many messages it has, approximately. One request each time. AWS: sqs:GetQueueAttributes."""
        return counts_of(self._read(*COUNT_ATTRIBUTES))

    @property
    def encryption(self) -> str:
        """`"sqs"` for keys of SQS's own, `"off"`, or the KMS key; `update(encryption=...)` sets it."""
        return encryption_of(self.raw)

    @property
    def dead_letters(self) -> Self | None:
        """The queue that gets what failed too often, if there is one; `update(dead_letters=...)` sets it."""
        arn = redrive_target(self.raw.get("RedrivePolicy"))
        if arn is None:
            return None
        # It is of the same account and region, so that it equals the one made by name.
        return self._sibling(parse(arn).name, self.account)._learn({"QueueArn": arn}, whole=False)

    @property
    def policy(self) -> dict[str, Json]:
        """Who may do what with it, empty for none; setting it replaces it. One request each way."""
        # The ARN is always there: without it, an answer that was cut would pass for a queue without a policy.
        return json_object(self._read("Policy", "QueueArn").get("Policy"))

    @policy.setter
    def policy(self, policy: dict[str, Json]) -> None:
        self._set({"Policy": json.dumps(policy) if policy else ""})

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return Tags(self._read_tags, self._add_tags, self._remove_tags)

    def _read_tags(self) -> dict[str, str]:
        return dict(self._call("list_queue_tags", QueueUrl=self.url).get("Tags", {}))

    def _add_tags(self, tags: dict[str, str]) -> None:
        self._call("tag_queue", QueueUrl=self.url, Tags=tags)

    def _remove_tags(self, keys: Sequence[str]) -> None:
        self._call("untag_queue", QueueUrl=self.url, TagKeys=keys)


def limit_key(queue: QueueAddress[Any]) -> tuple[object, ...]:
    """What a queue's limit is kept under."""
    return ("max_message_size", queue.name, queue.account)


def derives_key(queue: QueueAddress[Any]) -> tuple[object, ...]:
    """What is kept under it: whether a FIFO queue makes deduplication ids of bodies itself."""
    return ("content_deduplication", queue.name, queue.account)


def said(answer: Answer, name: str, operation: str, about: object) -> Any:
    """What an answer has to say.

    Args:
        answer: The answer.
        name: Where it says it.
        operation: Which operation it was, for errors.
        about: The queue, for errors.

    Raises:
        ServiceError: It does not say it.
    """
    if not answer.get(name):
        raise ServiceError(
            f"AWS's answer has no {name}",
            service=SQS.name,
            operation=operation,
            resource=str(about),
            retryable=True,
        )
    return answer[name]
