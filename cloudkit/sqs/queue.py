"""A queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast, overload

from attrs import define
from typing_extensions import Self, TypeVar, Unpack

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import within
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.sqs import redrive as redrives_by_sqs
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._address.subscripted import Subscripted
from cloudkit.sqs._attributes import AttributeValue
from cloudkit.sqs._bodies.overflow import Store
from cloudkit.sqs._consuming.options import ConsumerOptions
from cloudkit.sqs._limits import DRAIN_WAIT_SECONDS, MAX_MOVE_RATE, MAX_RECEIVE_MESSAGES, MAX_WAIT_SECONDS
from cloudkit.sqs._managing import ages, making, permitting
from cloudkit.sqs._managing.finding import queues, sources_of
from cloudkit.sqs._moving import redriving, saving
from cloudkit.sqs._moving.saving import Place
from cloudkit.sqs._settings import QueueSettings, to_attributes
from cloudkit.sqs._traffic import deleting, receiving, sending
from cloudkit.sqs.batch import Batch
from cloudkit.sqs.codec import Codec
from cloudkit.sqs.consumer import Consumer
from cloudkit.sqs.counters import Counters
from cloudkit.sqs.errors import QueueNotFound
from cloudkit.sqs.message import Message
from cloudkit.sqs.metrics import QueueMetrics, queue_metrics
from cloudkit.sqs.outgoing import Outgoing, Sent
from cloudkit.sqs.redrive import Redrive
from cloudkit.sqs.redriven import Redriven
from cloudkit.sqs.worker import Worker, as_worker
from cloudkit.types import Duration, TagMap

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True, default=str)


@define(eq=False, repr=False)
class Queue(QueueAddress[T_co, "Message[T_co]"]):
    """A queue, by its name, URL or ARN. Making one calls nothing.

    Iterating receives its messages without end, one at a time, and deletes none: `with message:` does.

    `Queue[Order]("orders")`, or `Queue("orders", body=Order)`, sends and receives objects of that class, as JSON; and so
    with `Queue[Order].create("orders")`, and the other verbs that make one.

    Args:
        name: The name; or a URL or ARN, which say the account too, and whose region replaces the Cloud's.
        account: The number of the account that it belongs to. Default: the Cloud's account.
        url: Its URL, if it is known. Default: asked for when it is needed.
        body: What its messages are, which `message.data` gives: a class made with attrs or `dataclass`, of text,
            numbers, enums, datetimes, Decimals, lists, dicts, `X | None` and more such classes; or a type of them, as
            `list[Order]`; or a `Codec` of your own. Default: text, and `send` takes what JSON can say too.
        overflow: A `Bucket` for bodies that are too large for the queue: they are put there, and what is sent says
            where, as AWS's extended clients for other languages do. Deleting a message deletes its body there.
            Bodies in other buckets are not read.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: SQS takes no such name, or JSON has no form of such a type.

    Examples:
        >>> Queue("jobs")
        <Queue jobs>
        >>> Queue("arn:aws:sqs:eu-west-1:123456789012:jobs").cloud.region
        'eu-west-1'

    AWS: none
    """

    _makes = Message

    if not TYPE_CHECKING:  # for type checkers the brackets are those of any generic class

        def __class_getitem__(cls, body: Any) -> Any:
            super().__class_getitem__(body)  # which says what is wrong with it
            return Subscripted(cls, body)

    # -- making and finding ----------------------------------------------------------------------------------

    @overload
    @classmethod
    def create(
        cls,
        name: str,
        *,
        body: None = None,
        overflow: Store | None = None,
        fifo: bool | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **settings: Unpack[QueueSettings],
    ) -> Self: ...
    @overload
    @classmethod
    def create(
        cls,
        name: str,
        *,
        body: type[T] | Codec[T],
        overflow: Store | None = None,
        fifo: bool | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **settings: Unpack[QueueSettings],
    ) -> Queue[T]: ...
    @classmethod
    def create(  # pyright: ignore[reportInconsistentOverload] - `body` says of what it is
        cls,
        name: str,
        *,
        body: Any = None,
        overflow: Store | None = None,
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
            body: As in `Queue`: what its messages are. `Queue[Order].create("orders")` says it too.
            overflow: As in `Queue`.
            fifo: Whether it keeps order; its name ends in `.fifo` then. Default: as the name says.
            tags: Its tags.
            aws: More parameters of CreateQueue, as boto3 takes them; `Attributes` are added to those of the settings.
            cloud: Where to make it. Default: the current Cloud.
            **settings: `visibility_timeout`, `retention`, `delay`, `receive_wait`, `max_message_size`,
                `dead_letters`, `max_receives`, `content_deduplication`, `high_throughput`, `encryption`, `key_reuse`,
                as in `QueueSettings`.

        Returns:
            The queue.

        Raises:
            AlreadyExists: There is one of that name.
            Conflict: One of that name was deleted less than a minute ago.
            InvalidRequest: SQS takes no such name or setting.

        Examples:
            >>> failed = Queue.create("thumbnails-failed")
            >>> Queue.create("thumbnails", visibility_timeout=120, dead_letters=failed, max_receives=5)
            <Queue thumbnails>

        AWS: sqs:GetQueueUrl, sqs:CreateQueue; sqs:GetQueueAttributes for the ARN of `dead_letters`
        """
        queue = cls(name, body=body, overflow=overflow, cloud=cloud)
        return making.create(queue, name, settings, fifo=fifo, tags=tags, aws=aws)

    @overload
    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        body: None = None,
        overflow: Store | None = None,
        fifo: bool | None = None,
        tags: TagMap | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
        **settings: Unpack[QueueSettings],
    ) -> Self: ...
    @overload
    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        body: type[T] | Codec[T],
        overflow: Store | None = None,
        fifo: bool | None = None,
        tags: TagMap | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
        **settings: Unpack[QueueSettings],
    ) -> Queue[T]: ...
    @classmethod
    def ensure(  # pyright: ignore[reportInconsistentOverload] - `body` says of what it is
        cls,
        name: str,
        *,
        body: Any = None,
        overflow: Store | None = None,
        fifo: bool | None = None,
        tags: TagMap | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
        **settings: Unpack[QueueSettings],
    ) -> Self:
        """Take the queue, or make it if it is not there; safe to repeat. Two requests or more.

        Args:
            name: As in `create`.
            body: As in `Queue`.
            overflow: As in `Queue`.
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

        Examples:
            >>> Queue.ensure("thumbnails", retention=3600)
            <Queue thumbnails>
            >>> Queue.ensure("thumbnails", retention=7200, update=True).retention
            7200

        AWS: sqs:GetQueueUrl, sqs:GetQueueAttributes, sqs:CreateQueue, sqs:SetQueueAttributes, sqs:ListQueueTags, sqs:TagQueue
        """
        queue = cls(name, body=body, overflow=overflow, cloud=cloud)
        return making.ensure(queue, name, settings, fifo=fifo, tags=tags, update=update)

    @overload
    @classmethod
    def get(
        cls,
        name: str,
        *,
        body: None = None,
        account: str | None = None,
        overflow: Store | None = None,
        cloud: Cloud | None = None,
    ) -> Self: ...
    @overload
    @classmethod
    def get(
        cls,
        name: str,
        *,
        body: type[T] | Codec[T],
        account: str | None = None,
        overflow: Store | None = None,
        cloud: Cloud | None = None,
    ) -> Queue[T]: ...
    @classmethod
    def get(  # pyright: ignore[reportInconsistentOverload] - `body` says of what it is
        cls,
        name: str,
        *,
        body: Any = None,
        account: str | None = None,
        overflow: Store | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Find a queue by name, URL or ARN. Two requests, or one if it is a URL.

        Args:
            name: As in `Queue`.
            body: As in `Queue`.
            account: As in `Queue`.
            overflow: As in `Queue`.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The queue, loaded.

        Raises:
            QueueNotFound: There is none.
            AccessDenied: It is not yours to see.

        Examples:
            >>> Queue.get("jobs").visibility_timeout
            30

        AWS: sqs:GetQueueUrl, sqs:GetQueueAttributes
        """
        return cls(name, account, body=body, overflow=overflow, cloud=cloud).refresh()

    @overload
    @classmethod
    def list(
        cls,
        *,
        body: None = None,
        prefix: str = "",
        overflow: Store | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]: ...
    @overload
    @classmethod
    def list(
        cls,
        *,
        body: type[T] | Codec[T],
        prefix: str = "",
        overflow: Store | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Queue[T]]: ...
    @classmethod
    def list(
        cls,
        *,
        body: Any = None,
        prefix: str = "",
        overflow: Store | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Any]:
        """The queues of the account in the region. One request for each 1,000.

        Args:
            body: As in `Queue`, of all of them.
            prefix: What their names start with.
            overflow: As in `Queue`.
            cloud: Whose queues. Default: the current Cloud's.

        Returns:
            The queues.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [queue.name for queue in Queue.list(prefix="jo")]
            ['jobs']

        AWS: sqs:ListQueues
        """
        cloud = cloud_or_current(cloud)

        def made(name: str, url: str) -> Any:
            return cls(name, url=url, body=body, overflow=overflow, cloud=cloud)

        return queues(made, prefix=prefix, cloud=cloud)

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

        Examples:
            >>> Queue("jobs").update(visibility_timeout=60).visibility_timeout
            60

        AWS: sqs:SetQueueAttributes, sqs:GetQueueAttributes
        """
        redrives = settings.get("dead_letters") is not None or settings.get("max_receives") is not None
        changes = to_attributes(settings, fifo=self.fifo, present=self._load() if redrives else {})
        if changes:
            self._set(changes)
        return self

    @property
    def oldest_age(self) -> float | None:
        """Seconds since its oldest message was sent; None if CloudWatch knows of none. One request each time.

        SQS tells CloudWatch once a minute, and of queues in use alone. Only the account's own queues have it.

        AWS: cloudwatch:GetMetricData
        """
        return ages.oldest_age(self)

    @property
    def metrics(self) -> QueueMetrics:
        """Its metrics in CloudWatch: `queue.metrics.visible.last("3h")`. No request."""
        return queue_metrics(self.name, self.cloud)

    def allow(
        self,
        principal: str | Mapping[str, object],
        actions: str | Iterable[str] = "SendMessage",
        *,
        conditions: Mapping[str, object] | None = None,
        sid: str | None = None,
    ) -> str:
        """Let somebody do something with it, such as send; safe to repeat. One or two requests.

        The policy gets one statement; all that is in it already stays. Of two processes that change it at the same
        moment, one may lose its change.

        Args:
            principal: Who: the number of an account, the ARN of a role or user, `"*"` for everybody, or AWS's own form
                of it. `allow_service` is for services.
            actions: What, as SQS names it: `"SendMessage"`, `"ReceiveMessage"`, `"DeleteMessage"`, `"GetQueueUrl"` ...;
                up to seven.
            conditions: AWS's conditions, such as `{"Bool": {"aws:SecureTransport": "true"}}`.
            sid: The statement's name, which replaces one of the same name. Default: made of what it says.

        Returns:
            The statement's name, for `disallow`.

        Raises:
            QueueNotFound: The queue is not there.
            InvalidRequest: That is nobody, or nothing that can be done.

        Examples:
            >>> jobs = Queue("jobs")
            >>> sid = jobs.allow("123456789012", ["SendMessage", "GetQueueUrl"])
            >>> jobs.disallow(sid)
            True

        AWS: sqs:GetQueueAttributes, sqs:SetQueueAttributes
        """
        return permitting.allow(self, principal, actions, conditions=conditions, sid=sid)

    def disallow(self, sid: str) -> bool:
        """Take back what `allow` allowed; fine if it is not there. All else in the policy stays. One or two requests.

        Args:
            sid: The statement's name, as `allow` gave it.

        Returns:
            Whether the policy was changed.

        Raises:
            QueueNotFound: The queue is not there.

        Examples:
            >>> Queue("jobs").disallow("partners")
            False

        AWS: sqs:GetQueueAttributes, sqs:SetQueueAttributes
        """
        return permitting.disallow(self, sid)

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

        Examples:
            >>> Queue("jobs").allow_service("s3.amazonaws.com", "arn:aws:s3:::acme-photos", source_account="123456789012")
            True
            >>> Queue("jobs").disallow_service("s3.amazonaws.com", "arn:aws:s3:::acme-photos")
            True

        AWS: sqs:GetQueueAttributes, sqs:SetQueueAttributes
        """
        return permitting.allow_service(self, service, source_arn, source_account=source_account)

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

        Examples:
            >>> Queue("jobs").disallow_service("s3.amazonaws.com", "arn:aws:s3:::acme-photos")
            False

        AWS: sqs:GetQueueAttributes, sqs:SetQueueAttributes
        """
        return permitting.disallow_service(self, service, source_arn)

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
            body: Text, or what `json.dumps` takes; up to 1,048,576 bytes with the attributes, if the queue has no
                `overflow`. If it has a type as its `body`, an object of that.
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

        Examples:
            >>> Queue("jobs").send({"resize": "cat.jpg"}, attributes={"tries": 3}).sequence_number is None
            True

        AWS: sqs:SendMessage; sqs:GetQueueAttributes
        """
        message = Outgoing(
            body, attributes=attributes, delay=delay, group=group, deduplication_id=deduplication_id
        )
        return sending.send(self, message, aws=aws)

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
                sent. If reading them raises, so does this; tens that were complete by then are sent all the same.
            attributes: For those that have none of their own.
            delay: For those that have none of their own.
            group: For those that have none of their own; or a function that makes it of the item.

        Returns:
            What came of each, in the order of the items.

        Raises:
            BatchError: Some were not sent, for example because SQS would refuse them; `.failed` and `.succeeded`
                name the items.
            QueueNotFound: The queue is not there.

        Examples:
            >>> len(Queue("jobs").send_many({"id": number} for number in range(25)))
            25

        AWS: sqs:SendMessageBatch; sqs:GetQueueAttributes
        """
        return sending.send_many(self, items, attributes=attributes, delay=delay, group=group)

    def batch(self) -> Batch[T_co]:
        """Send messages together as they come, one by one and from any thread, in a `with` block. No request.

        Returns:
            The block: `batch.send(...)` takes a message, as `Batch` says.

        Examples:
            >>> with Queue("jobs").batch() as batch:
            ...     receipts = [batch.send({"id": number}) for number in range(25)]
            >>> len({receipt.id for receipt in receipts})
            25

        AWS: none
        """
        return Batch(self)

    # -- receiving -------------------------------------------------------------------------------------------

    def receive(
        self,
        limit: int = MAX_RECEIVE_MESSAGES,
        *,
        wait: Duration = MAX_WAIT_SECONDS,
        visibility_timeout: Duration | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> Sequence[Message[T_co]]:
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

        Examples:
            >>> [message.body for message in Queue("jobs").receive(wait=0)]
            ['resize cat.jpg']

        AWS: sqs:ReceiveMessage
        """
        return receiving.receive(self, limit, wait=wait, visibility_timeout=visibility_timeout, aws=aws)

    def __iter__(self) -> Iterator[Message[T_co]]:
        # One at a time: no other message's time runs while the caller works, and `break` leaves none behind.
        while True:
            yield from self.receive(1)

    def drain(
        self, *, wait: Duration = DRAIN_WAIT_SECONDS, visibility_timeout: Duration | None = None
    ) -> Iterator[Message[T_co]]:
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

        Examples:
            >>> for message in Queue("jobs").drain(wait=0):
            ...     with message:
            ...         print(message.body)
            resize cat.jpg

        AWS: sqs:ReceiveMessage
        """
        while found := self.receive(1, wait=wait, visibility_timeout=visibility_timeout):
            yield from found

    def delete_messages(self, messages: Iterable[Message[Any]]) -> int:
        """Delete many messages; fine if they are gone. One request for each ten, several at once.

        Bodies in the queue's `overflow` are deleted after them, with one request each.

        Args:
            messages: Messages of this queue, any number.

        Returns:
            How many were asked for.

        Raises:
            BatchError: Some could not be deleted; `.failed` says which and why.
            QueueNotFound: The queue is not there.

        Examples:
            >>> jobs = Queue("jobs")
            >>> jobs.delete_messages(jobs.receive())
            1

        AWS: sqs:DeleteMessageBatch
        """
        return deleting.delete_messages(self, messages)

    # -- consuming -------------------------------------------------------------------------------------------

    @overload
    def consume(
        self, handler: Callable[[Message[T_co]], object], **options: Unpack[ConsumerOptions]
    ) -> Counters: ...
    @overload
    def consume(
        self, handler: None = None, **options: Unpack[ConsumerOptions]
    ) -> Callable[[Callable[[Message[T_co]], object]], Worker]: ...
    def consume(
        self, handler: Callable[[Message[T_co]], object] | None = None, **options: Unpack[ConsumerOptions]
    ) -> Counters | Callable[[Callable[[Message[T_co]], object]], Worker]:
        """Have a handler work on the messages, until it is stopped by SIGTERM or SIGINT. One request for each poll.

        A message whose handler ends without an error is deleted, ten with a request. If it raises, the message rests
        for a while that grows with its receives, and then comes again. While a message is here, its lease is kept up,
        however long its handler takes, up to the 12 hours that SQS allows. Of a FIFO queue no two messages of a group
        are in work at once, and after a failure the group waits for the message that failed.

        Without a handler it is a decorator: the function stays what it is, and gets a `run()`, as `Worker` says.

        Args:
            handler: A function that takes a `Message`, or an `async` one. What it returns does not matter.
            **options: `concurrency`, `retry`, `wait`, `prefetch`, `lease`, `stop_when_empty`, `executor`, `undecodable`,
                `once`, `key`, `on_error`, `hooks`, `signals`, `grace`, as in `ConsumerOptions`.

        Returns:
            What was done, once it has ended; a decorator, if there is no handler.

        Raises:
            QueueNotFound: The queue is not there.
            AccessDenied: These credentials may not read it.
            InvalidRequest: The options make no sense.

        Examples:
            >>> def resize(message):
            ...     print(message.body)
            >>> Queue("jobs").consume(resize, concurrency=4, stop_when_empty=True, wait=0)
            resize cat.jpg
            Counters(received=1, acked=1, failed=0, ...)

        AWS: sqs:ReceiveMessage, sqs:DeleteMessageBatch, sqs:ChangeMessageVisibilityBatch, sqs:GetQueueAttributes
        """
        if handler is None:
            return lambda handler: as_worker(cast("Queue[Any]", self), handler, options)
        return self.consumer(handler, **options).run()

    def consumer(
        self, handler: Callable[[Message[T_co]], object], **options: Unpack[ConsumerOptions]
    ) -> Consumer:
        """Make a consumer that works on a thread of its own, as long as its `with` block lasts. No request.

        Args:
            handler: As in `consume`.
            **options: As in `consume`.

        Returns:
            The consumer.

        Raises:
            InvalidRequest: The options make no sense.

        Examples:
            >>> def resize(message): ...
            >>> with Queue("jobs").consumer(resize, stop_when_empty=True, wait=0) as consumer:
            ...     consumer.wait().acked
            1

        AWS: none
        """
        return Consumer(cast("Queue[Any]", self), handler, **options)

    def peek(self, limit: int = MAX_RECEIVE_MESSAGES, *, wait: Duration = 0) -> Sequence[Message[T_co]]:
        """Look at some messages and leave them to others. One request.

        It counts as a receive, which brings a message nearer to the dead letters. Their receipts are good for
        nothing: a message that is to be deleted has to be received.

        Args:
            limit: How many at most, 1 to 10. SQS may give fewer although there are more.
            wait: As in `receive`. Default: not at all.

        Returns:
            The messages.

        Raises:
            QueueNotFound: The queue is not there.

        Examples:
            >>> [message.body for message in Queue("jobs").peek()]
            ['resize cat.jpg']
            >>> len(Queue("jobs").peek(5))
            1

        AWS: sqs:ReceiveMessage
        """
        return self.receive(limit, wait=wait, visibility_timeout=0)

    # -- keeping them ----------------------------------------------------------------------------------------

    def save(self, place: Place, *, delete: bool = False, limit: int | None = None) -> int:
        """Write the messages into a file: one a line, as JSON, with all that `load` needs. One request for each ten.

        They are hidden from others meanwhile, and then visible again, which counts as a receive; or deleted, once the
        file is complete. What is not deleted, since it took longer than five minutes, is in both places. Of a FIFO
        queue they are deleted as they are written.

        Args:
            place: A path where there is nothing yet, or what can be opened, such as an `Object`.
            delete: Whether to delete them. FIFO queues need it, and a path.
            limit: How many at most. Default: all.

        Returns:
            How many were saved.

        Raises:
            InvalidRequest: It is a FIFO queue, and that does not go.
            BatchError: Some were saved, and could not be deleted.
            QueueNotFound: The queue is not there.

        Examples:
            >>> jobs = Queue("jobs")
            >>> jobs.save(Bucket("acme-photos")["jobs.jsonl"], delete=True)
            1
            >>> jobs.load(Bucket("acme-photos")["jobs.jsonl"])
            1

        AWS: sqs:ReceiveMessage, sqs:DeleteMessageBatch, sqs:ChangeMessageVisibilityBatch
        """
        return saving.Saver(self, delete, limit).run(place)

    def load(self, place: Place) -> int:
        """Send the messages that `save` wrote: bodies, attributes, groups. One request for each ten.

        They are new messages, with new ids. Loading a file into a FIFO queue again within five minutes adds nothing.

        Args:
            place: Where they are, as in `save`.

        Returns:
            How many were sent.

        Raises:
            BatchError: Some were not sent; `.failed` has their lines.
            QueueNotFound: The queue is not there.

        Examples:
            >>> jobs = Queue("jobs")
            >>> jobs.save(Bucket("acme-photos")["jobs.jsonl"], limit=100)
            1
            >>> jobs.load(Bucket("acme-photos")["jobs.jsonl"])
            1

        AWS: sqs:SendMessageBatch; sqs:GetQueueAttributes
        """
        return saving.load(self, place)

    # -- dead letters ----------------------------------------------------------------------------------------

    def sources(self) -> Listing[Queue[T_co]]:
        """The queues whose dead letters come here. One request for each 1,000.

        Returns:
            The queues.

        Raises:
            QueueNotFound: The queue is not there.

        Examples:
            >>> failed = Queue.create("jobs-failed")
            >>> Queue("jobs").update(dead_letters=failed)
            <Queue jobs>
            >>> failed.sources().to_list()
            [<Queue jobs>]

        AWS: sqs:ListDeadLetterSourceQueues
        """
        return sources_of(self)

    @overload
    def redrive(self, *, to: Queue[Any] | None = None, rate: int | None = None) -> Redrive: ...
    @overload
    def redrive(
        self,
        *,
        to: Queue[Any] | None = None,
        where: Callable[[Message[T_co]], bool] | None = None,
        edit: Callable[[Message[T_co]], object] | None = None,
        limit: int | None = None,
    ) -> Redriven: ...
    def redrive(
        self,
        *,
        to: Queue[Any] | None = None,
        rate: int | None = None,
        where: Callable[[Message[T_co]], bool] | None = None,
        edit: Callable[[Message[T_co]], object] | None = None,
        limit: int | None = None,
    ) -> Redrive | Redriven:
        """Move the dead letters that are here back to where they came from: `jobs.dead_letters.redrive()`.

        Without `where`, `edit` or `limit` SQS does it: two requests start a task, which `wait` waits for.

        With one of them cloudkit does it, ten messages at a time, each with three requests: a message is sent, and
        then deleted here. None is lost; if it ends in between, one may be in both queues. Messages that stay are
        hidden until the end, and then visible again. Groups of FIFO queues keep their order: behind a message that
        stays, all of its group stay. `edit` and `where` see messages as consumers do.

        Args:
            to: Where they go. Default: where each came from; one that does not say goes to the only queue whose dead
                letters come here.
            rate: Messages a second that SQS moves at most, 1 to 500. Default: as SQS thinks fit.
            where: Whether to move a message.
            edit: What to send in place of its body; or an `Outgoing`, to change attributes and group too.
            limit: How many to move at most.

        Returns:
            The task of SQS's, or how many were moved.

        Raises:
            InvalidRequest: SQS does not take the queue for one of dead letters, or `edit` gave None.
            Conflict: A message does not say where it came from, and more than one queue has its dead letters here.
            BatchError: Some could not be sent, and stay; or not be deleted, and are in both queues.
            QueueNotFound: A queue is not there.
            ServiceError: The server has no such tasks.

        Examples:
            >>> failed = Queue.create("jobs-failed")
            >>> jobs = Queue("jobs").update(dead_letters=failed)
            >>> jobs.receive(wait=0)[0].dead_letter("no such cat")
            >>> failed.redrive(where=lambda message: "cat" in message.body, edit=lambda message: "resize dog.jpg")
            Redriven(moved=1, stayed=0)
            >>> [message.body for message in jobs.peek()]
            ['resize dog.jpg']

        AWS: sqs:ListMessageMoveTasks, sqs:StartMessageMoveTask; sqs:ReceiveMessage, sqs:SendMessageBatch, sqs:DeleteMessageBatch, sqs:ChangeMessageVisibilityBatch, sqs:ListDeadLetterSourceQueues, sqs:GetQueueAttributes
        """
        if where is None and edit is None and limit is None:
            within("rate", 1 if rate is None else rate, 1, MAX_MOVE_RATE, "messages a second")
            return redrives_by_sqs.begin(self, None if to is None else to.arn, rate)
        if rate is not None:
            raise InvalidRequest(
                "rate= is for redrives by SQS", hint="leave it out, or where=, edit= and limit="
            )
        return redriving.Mover(self, to, where, edit, limit).run()

    def redrives(self) -> Sequence[Redrive]:
        """The latest redrives from here by SQS, the newest first, up to ten. One request.

        Returns:
            The redrives.

        Raises:
            QueueNotFound: The queue is not there.

        Examples:
            >>> [redrive.moved for redrive in Queue.create("jobs-failed").redrives()]
            [3]

        AWS: sqs:ListMessageMoveTasks
        """
        return [Redrive(self, row) for row in redrives_by_sqs.tasks(self)]

    def purge(self) -> None:
        """Delete all its messages for good; SQS takes up to a minute, and keeps what comes after the request. One request.

        Bodies in the queue's `overflow` stay there.

        Raises:
            Conflict: It was purged less than a minute ago.
            QueueNotFound: It is not there.

        Examples:
            >>> Queue("jobs").purge()

        AWS: sqs:PurgeQueue
        """
        try:
            self._call("purge_queue", QueueUrl=self.url)
        except Conflict as error:
            # An attempt of our own, whose answer was lost, has begun it.
            if error.attempts <= 1:
                raise

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete the queue with all its messages; fine if it is not there. One request, two if it was made by name.

        SQS takes up to a minute, and lets nobody take the name for as long.

        Raises:
            AccessDenied: These credentials may not.

        Examples:
            >>> Queue("jobs").delete()

        AWS: sqs:DeleteQueue, sqs:GetQueueUrl
        """
        url = self._url
        with suppress(QueueNotFound):
            url = self.url
            self._call("delete_queue", QueueUrl=url)
        self._forget(url)
