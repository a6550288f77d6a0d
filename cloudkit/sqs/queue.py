"""A queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from attrs import define, field
from typing_extensions import Self, Unpack, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import merge_raw
from cloudkit._core.policy import adding, for_service, removing, service_sid
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags, checked_tags
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest, ServiceError
from cloudkit.sqs import _deleting, _receiving, _sending
from cloudkit.sqs._address import checked_account, parse
from cloudkit.sqs._attributes import AttributeValue
from cloudkit.sqs._limits import (
    DRAIN_WAIT_SECONDS,
    MAX_QUEUES_PER_PAGE,
    MAX_RECEIVE_MESSAGES,
    MAX_WAIT_SECONDS,
)
from cloudkit.sqs._rules import FIFO_SUFFIX, QUEUES, derives_id
from cloudkit.sqs._service import SQS
from cloudkit.sqs._settings import (
    QueueSettings,
    differing,
    json_object,
    max_receives,
    named,
    redrive_target,
    tags_named,
    to_attributes,
)
from cloudkit.sqs.counts import COUNT_ATTRIBUTES, Counts, counts_of
from cloudkit.sqs.errors import QueueNotFound
from cloudkit.sqs.message import Message
from cloudkit.sqs.outgoing import Outgoing, Sent
from cloudkit.types import Answer, Duration, Json, TagMap

T = TypeVar("T")


@define(eq=False, repr=False)
class Queue(Resource):
    """A queue, by its name, URL or ARN. Making one calls nothing.

    Iterating receives its messages without end, one at a time, and deletes none: `with message:` does.

    Args:
        name: The name; or a URL or ARN, which say the account too, and whose region replaces the Cloud's.
        account: The number of the account that it belongs to. Default: the Cloud's account.
        url: Its URL, if it is known. Default: asked for when it is needed.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: SQS takes no such name.

    Example:
        >>> Queue("jobs")
        <Queue jobs>
        >>> Queue("arn:aws:sqs:eu-west-1:123456789012:jobs").cloud.region
        'eu-west-1'

    AWS: none
    """

    _service = SQS
    _boto3_name: ClassVar[str | None] = "Queue"

    name: str
    account: str | None = None
    _url: str | None = field(kw_only=True, default=None, alias="url")

    _arn: ClassVar[Attribute[str]] = attribute("QueueArn", str)
    created: ClassVar[Attribute[datetime]] = attribute("CreatedTimestamp", datetime)
    modified: ClassVar[Attribute[datetime]] = attribute("LastModifiedTimestamp", datetime)
    visibility_timeout: ClassVar[Attribute[int]] = attribute("VisibilityTimeout", int)
    retention: ClassVar[Attribute[int]] = attribute("MessageRetentionPeriod", int)
    delay: ClassVar[Attribute[int]] = attribute("DelaySeconds", int)
    receive_wait: ClassVar[Attribute[int]] = attribute("ReceiveMessageWaitTimeSeconds", int)
    max_message_size: ClassVar[Attribute[int]] = attribute("MaximumMessageSize", int)
    content_deduplication: ClassVar[Attribute[bool]] = attribute("ContentBasedDeduplication", bool)
    max_receives: ClassVar[Attribute[int | None]] = attribute("RedrivePolicy", max_receives, optional=True)

    def __attrs_post_init__(self) -> None:
        found = parse(self.name)
        if found.account is not None and self.account not in (None, found.account):
            raise InvalidRequest(f"account={self.account!r}, but {self.name} is {found.account}'s")
        self.name = found.name
        self.account = found.account or checked_account(self.account)
        self._url = self._url or found.url
        if found.region is not None:
            # Not compared with the Cloud's region: finding that out may read a file.
            self.cloud = self.cloud.in_region(found.region)
        if found.arn is not None:
            self._learn({"QueueArn": found.arn}, whole=False)

    @override
    def __str__(self) -> str:
        return self.name if self.account is None else f"{self.account}/{self.name}"

    @override
    def _boto3_identity(self) -> tuple[Any, ...]:
        return (self.url,)

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
        return str(_said(answer, "QueueUrl", "GetQueueUrl", self))

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        fifo: bool | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **settings: Unpack[QueueSettings],
    ) -> Self:
        """Make a queue. Two requests, since SQS itself takes a queue of the same settings for a new one.

        Two processes that do so at the same moment may both be told that they made it.

        Args:
            name: Up to 80 letters, digits, hyphens and underscores.
            fifo: Whether it keeps order; its name ends in `.fifo` then. Default: as the name says.
            tags: Its tags.
            aws: More parameters of CreateQueue, as boto3 takes them; `Attributes` are added to those of the settings.
            cloud: Where to make it. Default: the current Cloud.
            **settings: `visibility_timeout`, `retention`, `delay`, `receive_wait`, `max_message_size`,
                `dead_letters`, `max_receives`, `content_deduplication`, as in `QueueSettings`.

        Returns:
            The queue.

        Raises:
            AlreadyExists: There is one of that name.
            Conflict: One of that name was deleted less than a minute ago.
            InvalidRequest: SQS takes no such name or setting.

        Example:
            >>> failed = Queue.create("thumbnails-failed")
            >>> Queue.create("thumbnails", visibility_timeout=120, dead_letters=failed, max_receives=5)
            <Queue thumbnails>

        AWS: sqs:GetQueueUrl, sqs:CreateQueue; sqs:GetQueueAttributes for the ARN of `dead_letters`
        """
        queue = cls._named(name, fifo, cloud)
        raw = dict(aws or {})
        attributes = {"FifoQueue": "true"} if queue.fifo else {}
        attributes |= to_attributes(settings, fifo=queue.fifo)
        attributes = merge_raw(attributes, raw.pop("Attributes", None))
        checked = checked_tags(tags) if tags else None
        if queue._is_there():
            raise QUEUES.taken(name)
        answer = queue._call(
            "create_queue", QueueName=name, Attributes=attributes or None, tags=checked, aws=raw
        )
        url = str(_said(answer, "QueueUrl", "CreateQueue", queue))
        for made in (name, url):
            queue.cloud.remember(made, QueueNotFound)
        return cls(name, url=url, cloud=queue.cloud)

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        fifo: bool | None = None,
        tags: TagMap | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
        **settings: Unpack[QueueSettings],
    ) -> Self:
        """Take the queue, or make it if it is not there; safe to repeat. Two requests or more.

        Args:
            name: As in `create`.
            fifo: As in `create`.
            tags: Tags that it has among others.
            update: Whether to change what differs.
            cloud: Where it lives. Default: the current Cloud.
            **settings: As in `create`. Those not given stay as they are.

        Returns:
            The queue.

        Raises:
            Conflict: It is there with other settings or tags, and `update` is not given.
            InvalidRequest: SQS takes no such name or setting.

        Example:
            >>> Queue.ensure("thumbnails", retention=3600)
            <Queue thumbnails>
            >>> Queue.ensure("thumbnails", retention=7200, update=True).retention
            7200

        AWS: sqs:GetQueueUrl, sqs:GetQueueAttributes, sqs:CreateQueue, sqs:SetQueueAttributes, sqs:ListQueueTags, sqs:TagQueue
        """
        queue = cls._named(name, fifo, cloud)
        if not queue.exists():
            try:
                return cls.create(name, tags=tags, cloud=queue.cloud, **settings)
            except AlreadyExists:
                queue.refresh()  # made by another process in between
        changes = differing(to_attributes(settings, fifo=queue.fifo, present=queue.raw), queue.raw)
        present = queue._read_tags() if tags else {}
        missing = {key: value for key, value in (tags or {}).items() if present.get(key) != value}
        if (changes or missing) and not update:
            raise Conflict(
                "; ".join([*named(changes, queue.raw), *tags_named(missing, present)]),
                service=SQS.name,
                resource=name,
                hint="update=True changes it",
            )
        if changes:
            queue._set(changes)
        queue.tags.merge(missing)
        return queue

    @classmethod
    def _named(cls, name: str, fifo: bool | None, cloud: Cloud | None) -> Self:
        queue = cls(name, cloud=cloud)
        if queue.name != name:
            raise InvalidRequest(f"{name!r}: a new queue is made by its name", hint=f"such as {queue.name!r}")
        QUEUES.checked_name(name, fifo)
        return queue

    def _is_there(self) -> bool:
        try:
            self._find_url()
        except QueueNotFound:
            return False
        return True

    @classmethod
    def get(cls, name: str, *, account: str | None = None, cloud: Cloud | None = None) -> Self:
        """Find a queue by name, URL or ARN. Two requests, or one if it is a URL.

        Args:
            name: As in `Queue`.
            account: As in `Queue`.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The queue, loaded.

        Raises:
            QueueNotFound: There is none.
            AccessDenied: It is not yours to see.

        Example:
            >>> Queue.get("jobs").visibility_timeout
            30

        AWS: sqs:GetQueueUrl, sqs:GetQueueAttributes
        """
        return cls(name, account, cloud=cloud).refresh()

    @classmethod
    def list(cls, *, prefix: str = "", cloud: Cloud | None = None) -> Listing[Self]:
        """The queues of the account in the region. One request for each 1,000.

        Args:
            prefix: What their names start with.
            cloud: Whose queues. Default: the current Cloud's.

        Returns:
            The queues.

        Raises:
            AccessDenied: These credentials may not ask.

        Example:
            >>> [queue.name for queue in Queue.list(prefix="jo")]
            ['jobs']

        AWS: sqs:ListQueues
        """
        cloud = cloud_or_current(cloud)
        return paged(
            cloud,
            SQS,
            "list_queues",
            "QueueUrls",
            lambda url: cls(parse(url).name, url=url, cloud=cloud),
            of="Queue",
            page_rows=(1, MAX_QUEUES_PER_PAGE),
            QueueNamePrefix=prefix or None,
            # Without it AWS gives one page and no token, and so loses queues.
            MaxResults=MAX_QUEUES_PER_PAGE,
        )

    @override
    def _load(self) -> Answer:
        # Standard queues have no such attribute.
        return {"ContentBasedDeduplication": "false", **self._read("All")}

    # -- settings --------------------------------------------------------------------------------------------

    def update(self, **settings: Unpack[QueueSettings]) -> Self:
        """Change the settings that are given. One request; two for dead letters, whose present ones are read first.

        SQS needs up to a minute to follow, and up to 15 minutes for `retention`.

        Args:
            **settings: As in `create`; `dead_letters="off"` ends that.

        Returns:
            The queue itself.

        Raises:
            QueueNotFound: It is not there.
            InvalidRequest: SQS takes no such setting.

        Example:
            >>> Queue("jobs").update(visibility_timeout=60).visibility_timeout
            60

        AWS: sqs:SetQueueAttributes, sqs:GetQueueAttributes
        """
        redrives = settings.get("dead_letters") is not None or settings.get("max_receives") is not None
        changes = to_attributes(settings, fifo=self.fifo, present=self._load() if redrives else {})
        if changes:
            self._set(changes)
        return self

    def _set(self, attributes: Mapping[str, str]) -> None:
        self._call("set_queue_attributes", QueueUrl=self.url, Attributes=attributes)
        self.cloud.forget_lookup(self._derives_key)
        arn = self._known("QueueArn")
        self._unlearn()
        if arn is not None:
            self._learn({"QueueArn": arn}, whole=False)

    def _read(self, *names: str) -> Mapping[str, str]:
        answer = self._call("get_queue_attributes", QueueUrl=self.url, AttributeNames=names)
        found: Mapping[str, str] = _said(answer, "Attributes", "GetQueueAttributes", self)
        return found

    @property
    def counts(self) -> Counts:
        """How many messages it has, approximately. One request each time. AWS: sqs:GetQueueAttributes."""
        return counts_of(self._read(*COUNT_ATTRIBUTES))

    @property
    def dead_letters(self) -> Queue | None:
        """The queue that gets what failed too often, if there is one; `update(dead_letters=...)` sets it."""
        arn = redrive_target(self.raw.get("RedrivePolicy"))
        if arn is None:
            return None
        # It is of the same account and region, so that it equals the one made by name.
        return Queue(parse(arn).name, self.account, cloud=self.cloud)._learn({"QueueArn": arn}, whole=False)

    @property
    def policy(self) -> dict[str, Json]:
        """Who may do what with it, empty for none; setting it replaces it. One request each way."""
        # The ARN is always there: without it, an answer that was cut would pass for a queue without a policy.
        return json_object(self._read("Policy", "QueueArn").get("Policy"))

    @policy.setter
    def policy(self, policy: dict[str, Json]) -> None:
        self._set({"Policy": json.dumps(policy) if policy else ""})

    def allow_service(self, service: str, source_arn: str, *, source_account: str | None = None) -> bool:
        """Let a service of AWS send to it for one source, and for no other; safe to repeat. One or two requests.

        The policy gets one statement; all that is in it already stays. SQS has no way to change a policy in one
        step: of two processes that change it at the same moment, one may lose its change.

        Args:
            service: The service as a principal, such as `"s3.amazonaws.com"`.
            source_arn: The ARN of the source, such as a bucket's or a topic's.
            source_account: The account that the source must be of, where its ARN does not say.

        Returns:
            Whether the policy was changed.

        Raises:
            QueueNotFound: The queue is not there.
            InvalidRequest: That is no service.

        Example:
            >>> Queue("jobs").allow_service("s3.amazonaws.com", "arn:aws:s3:::acme-photos", source_account="123456789012")
            True
            >>> Queue("jobs").disallow_service("s3.amazonaws.com", "arn:aws:s3:::acme-photos")
            True

        AWS: sqs:GetQueueAttributes, sqs:SetQueueAttributes
        """
        service_sid(service, source_arn)
        found = json_object(self.refresh().raw.get("Policy"))
        statement = for_service(
            service, "sqs:SendMessage", self.arn, source_arn=source_arn, source_account=source_account
        )
        return self._change_policy(found, adding(found, statement))

    def disallow_service(self, service: str, source_arn: str) -> bool:
        """Take back what `allow_service` allowed; fine if it did not. All else in the policy stays. One or two requests.

        Args:
            service: As in `allow_service`.
            source_arn: As in `allow_service`.

        Returns:
            Whether the policy was changed.

        Raises:
            QueueNotFound: The queue is not there.
            InvalidRequest: That is no service.

        Example:
            >>> Queue("jobs").disallow_service("s3.amazonaws.com", "arn:aws:s3:::acme-photos")
            False

        AWS: sqs:GetQueueAttributes, sqs:SetQueueAttributes
        """
        sid = service_sid(service, source_arn)
        found = self.policy
        return self._change_policy(found, removing(found, sid, "Allow"))

    def _change_policy(self, found: dict[str, Json], wanted: dict[str, Json]) -> bool:
        if wanted == found:
            return False
        self.policy = wanted
        return True

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

    # -- sending ---------------------------------------------------------------------------------------------

    def send(
        self,
        body: object,
        *,
        attributes: Mapping[str, AttributeValue] | None = None,
        delay: Duration | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Sent:
        """Send a message. One request; on a FIFO queue one more now and then, which reads whether that derives ids.

        Args:
            body: Text, or what `json.dumps` takes; up to 1,048,576 bytes with the attributes.
            attributes: Up to 10 names with text, numbers or bytes. Floats are sent as the decimal that they print.
            delay: Seconds before it can be received, 0 to 900; not for FIFO queues. Default: the queue's.
            group: For FIFO queues: messages of a group are received in their order. On others: SQS shares the
                consumers fairly between groups.
            deduplication_id: For FIFO queues: of messages with the same id within five minutes, the first one
                counts. Default: made of group, body and attributes (by SQS, of the body, if the queue has
                `content_deduplication`).
            aws: More parameters of SendMessage, as boto3 takes them.

        Returns:
            Its id and sequence number.

        Raises:
            QueueNotFound: The queue is not there.
            InvalidRequest: SQS would refuse it; nothing was sent.
            ServiceError: What SQS received is not what was sent.

        Example:
            >>> Queue("jobs").send({"resize": "cat.jpg"}, attributes={"tries": 3}).sequence_number is None
            True

        AWS: sqs:SendMessage; sqs:GetQueueAttributes
        """
        message = Outgoing(
            body, attributes=attributes, delay=delay, group=group, deduplication_id=deduplication_id
        )
        return _sending.send(self, message, derives_id=self._derives_id, aws=aws)

    def send_many(
        self,
        items: Iterable[T],
        *,
        attributes: Mapping[str, AttributeValue] | None = None,
        delay: Duration | None = None,
        group: str | Callable[[T], str] | None = None,
    ) -> Sequence[Sent]:
        """Send any number of messages, ten and 1 MiB a request; several requests at once unless it is a FIFO queue.

        What SQS refuses for a passing reason is sent again. On a FIFO queue, once a message has failed, the later
        ones of its group are not sent, so that none overtakes another.

        Args:
            items: Bodies as in `send`, or `Outgoing(...)` where a body alone does not say enough. Read as they are
                sent.
            attributes: For those that have none of their own.
            delay: For those that have none of their own.
            group: For those that have none of their own; or a function that makes it of the item.

        Returns:
            What came of each, in the order of the items.

        Raises:
            BatchError: Some were not sent, for example because SQS would refuse them; `.failed` and `.succeeded`
                name the items.
            QueueNotFound: The queue is not there.

        Example:
            >>> len(Queue("jobs").send_many({"id": number} for number in range(25)))
            25

        AWS: sqs:SendMessageBatch; sqs:GetQueueAttributes
        """
        return _sending.send_many(
            self, items, attributes=attributes, delay=delay, group=group, derives_id=self._derives_id
        )

    def _derives_id(self) -> bool:
        return derives_id(self.cloud, self._derives_key, lambda: self.content_deduplication)

    @property
    def _derives_key(self) -> tuple[object, ...]:
        return ("content_deduplication", self.name, self.account)

    # -- receiving -------------------------------------------------------------------------------------------

    def receive(
        self,
        limit: int = MAX_RECEIVE_MESSAGES,
        *,
        wait: Duration = MAX_WAIT_SECONDS,
        visibility_timeout: Duration | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Sequence[Message]:
        """Receive what is there, or wait for the first message. One request.

        Args:
            limit: How many at most, 1 to 10. SQS may give fewer although there are more.
            wait: Seconds to wait if there is none, 0 to 20. Without waiting SQS asks some of its servers only, and
                may find nothing although there is something.
            visibility_timeout: Seconds that others do not see them, 0 to 43,200. Default: the queue's.
            aws: More parameters of ReceiveMessage, as boto3 takes them.

        Returns:
            The messages; none if there were none in that time.

        Raises:
            QueueNotFound: The queue is not there.
            LimitExceeded: Too many messages of the queue are in flight.
            ServiceError: A message does not fit its MD5.

        Example:
            >>> [message.body for message in Queue("jobs").receive(wait=0)]
            ['resize cat.jpg']

        AWS: sqs:ReceiveMessage
        """
        return _receiving.receive(self, limit, wait=wait, visibility_timeout=visibility_timeout, aws=aws)

    def __iter__(self) -> Iterator[Message]:
        # One at a time: no other message's time runs while the caller works, and `break` leaves none behind.
        while True:
            yield from self.receive(1)

    def drain(
        self, *, wait: Duration = DRAIN_WAIT_SECONDS, visibility_timeout: Duration | None = None
    ) -> Iterator[Message]:
        """Receive messages one at a time until there are none. One request each, and one that finds nothing.

        Like iterating over the queue it deletes nothing. What is neither deleted nor released comes back after the
        visibility timeout, into this iteration if it still runs.

        Args:
            wait: Seconds without a message after which it ends, 0 to 20.
            visibility_timeout: As in `receive`.

        Returns:
            The messages.

        Raises:
            QueueNotFound: The queue is not there.

        Example:
            >>> for message in Queue("jobs").drain(wait=0):
            ...     with message:
            ...         print(message.body)
            resize cat.jpg

        AWS: sqs:ReceiveMessage
        """
        while found := self.receive(1, wait=wait, visibility_timeout=visibility_timeout):
            yield from found

    def delete_messages(self, messages: Iterable[Message]) -> int:
        """Delete many messages; fine if they are gone. One request for each ten, several at once.

        Args:
            messages: Messages of this queue, any number.

        Returns:
            How many were asked for.

        Raises:
            BatchError: Some could not be deleted; `.failed` says which and why.
            QueueNotFound: The queue is not there.

        Example:
            >>> jobs = Queue("jobs")
            >>> jobs.delete_messages(jobs.receive())
            1

        AWS: sqs:DeleteMessageBatch
        """
        return _deleting.delete_messages(self, messages)

    def purge(self) -> None:
        """Delete all its messages for good; SQS takes up to a minute, and keeps what comes after the request. One request.

        Raises:
            Conflict: It was purged less than a minute ago.
            QueueNotFound: It is not there.

        Example:
            >>> Queue("jobs").purge()

        AWS: sqs:PurgeQueue
        """
        self._call("purge_queue", QueueUrl=self.url)

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete the queue with all its messages; fine if it is not there. One request, two if it was made by name.

        SQS takes up to a minute, and lets nobody take the name for as long.

        Raises:
            AccessDenied: These credentials may not.

        Example:
            >>> Queue("jobs").delete()

        AWS: sqs:DeleteQueue, sqs:GetQueueUrl
        """
        url = self._url
        with suppress(QueueNotFound):
            url = self.url
            self._call("delete_queue", QueueUrl=url)
        for gone in (self.name, url):
            if gone is not None:
                self.cloud.forget(gone)
        self.cloud.forget_lookup(self._url_key)
        self.cloud.forget_lookup(self._derives_key)
        self._unlearn()


def _said(answer: Answer, name: str, operation: str, about: object) -> Any:
    if not answer.get(name):
        raise ServiceError(
            f"AWS's answer has no {name}",
            service=SQS.name,
            operation=operation,
            resource=str(about),
            retryable=True,
        )
    return answer[name]
