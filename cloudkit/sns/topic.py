"""A topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from attrs import define
from typing_extensions import Self, Unpack

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing
from cloudkit._core.params import seconds
from cloudkit.sns._address.subscription import pending_of, subscriptions_of
from cloudkit.sns._address.topic import TopicAddress
from cloudkit.sns._attributes import AttributeValue
from cloudkit.sns._checking.walking import checkup
from cloudkit.sns._limits import TAP_AGE_SECONDS, TAP_WAIT_SECONDS
from cloudkit.sns._managing.finding import topics_in
from cloudkit.sns._managing.making import create, delete, ensure
from cloudkit.sns._managing.permitting import allow_service, disallow_service
from cloudkit.sns._publishing.sending import publish, publish_many
from cloudkit.sns._settings.topic import TopicSettings, of_topic
from cloudkit.sns._subscribing.asking import subscribe
from cloudkit.sns.check import Checkup, told
from cloudkit.sns.filter import FilterScope
from cloudkit.sns.metrics import TopicMetrics, topic_metrics
from cloudkit.sns.outgoing import Content, Outgoing, Published
from cloudkit.sns.pending import PendingSubscription
from cloudkit.sns.subscription import Subscription, confirm
from cloudkit.sns.tap import Tap, end_left_behind
from cloudkit.sqs import Queue
from cloudkit.types import Duration, HasArn, TagMap


@define(eq=False, repr=False)
class Topic(TopicAddress):
    """A topic, by its name or its ARN. Making one calls nothing.

    A name stands for a topic of the Cloud's account and region; its ARN is put together when it is needed first,
    with one request for the account's number (asked once a Cloud). An ARN may name any account, and any region: the
    topic then lives in that one. A topic named with its account and one named without are not equal, since
    comparing asks nobody.

    Args:
        name: Such as `"news"`, or `"arn:aws:sns:eu-west-1:123456789012:news"`.
        account: The number of the account that owns it. Default: the Cloud's, or the ARN's.
        overflow: A `Bucket` for messages that are too large for the topic: the message is put there, and what goes
            to the subscribers says where it is, as AWS's "extended client" does. Default: none.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: It is an ARN, and no topic's.

    Examples:
        >>> Topic("news").name
        'news'

    AWS: none
    """

    @property
    def metrics(self) -> TopicMetrics:
        """Its metrics in CloudWatch: `topic.metrics.failed.last("3h")`. No request."""
        return topic_metrics(self.name, self.cloud)

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        fifo: bool | None = None,
        tags: TagMap | None = None,
        aws: dict[str, Any] | None = None,
        cloud: Cloud | None = None,
        **settings: Unpack[TopicSettings],
    ) -> Self:
        """Make a topic. Two requests, and one for the account's number, once a Cloud.

        SNS itself takes a topic that is there for success, so this looks first whether it is; of two processes that
        do so at the same moment, both succeed, with the same topic.

        Args:
            name: 1 to 256 letters, digits, hyphens and underscores; a FIFO topic's ends in `.fifo` besides.
            fifo: Whether it keeps messages in order and drops repeats. Default: as the name says.
            tags: Its tags.
            aws: More parameters of CreateTopic, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.
            **settings: `display_name`, `content_deduplication`, `max_message_size`, `kms_key`, `signature_version`,
                `archive_days`, `tracing`, as in `TopicSettings`.

        Returns:
            The topic.

        Raises:
            AlreadyExists: There is one of that name.
            InvalidRequest: SNS takes no such name, or the settings do not go together.

        Examples:
            >>> Topic.create("orders.fifo", display_name="Orders")
            <Topic orders.fifo>

        AWS: sns:GetTopicAttributes, sns:CreateTopic, sts:GetCallerIdentity
        """
        return create(cls, name, settings, fifo=fifo, tags=tags, aws=aws, cloud=cloud)

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        fifo: bool | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
        **settings: Unpack[TopicSettings],
    ) -> Self:
        """Take the topic, or make it if it is not there; safe to repeat. One request or more.

        Args:
            name: As in `create`.
            fifo: As in `create`.
            update: Whether to change what differs.
            cloud: Where it lives. Default: the current Cloud.
            **settings: As in `create`. Those not given stay as they are.

        Returns:
            The topic.

        Raises:
            Conflict: It is there with other settings, and `update` is not given.
            InvalidRequest: SNS takes no such name, or the settings do not go together.

        Examples:
            >>> Topic.ensure("news")
            <Topic news>

        AWS: sns:GetTopicAttributes, sns:CreateTopic, sns:SetTopicAttributes, sts:GetCallerIdentity
        """
        return ensure(cls, name, settings, fifo=fifo, update=update, cloud=cloud)

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a topic by its name or ARN. One request, and for a name one for the account's number, once a Cloud.

        Args:
            name: The name or the ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The topic, loaded.

        Raises:
            TopicNotFound: There is none.
            AccessDenied: It is not yours to see.

        Examples:
            >>> Topic.get("news").fifo
            False

        AWS: sns:GetTopicAttributes, sts:GetCallerIdentity
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(cls, *, prefix: str = "", cloud: Cloud | None = None) -> Listing[Self]:
        """The topics of the account in the Cloud's region. One request for each 100.

        Args:
            prefix: What their names start with; AWS gives all, and the others are left out here.
            cloud: Whose topics. Default: the current Cloud's.

        Returns:
            The topics.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [topic.name for topic in Topic.list(prefix="ne")]
            ['news']

        AWS: sns:ListTopics
        """
        return topics_in(cloud, prefix, cls)

    # -- publishing ------------------------------------------------------------------------------------------

    def publish(
        self,
        message: Content,
        *,
        subject: str | None = None,
        attributes: Mapping[str, AttributeValue] | None = None,
        per_protocol: Mapping[str, str] | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
        aws: dict[str, Any] | None = None,
    ) -> Published:
        """Publish a message to all subscribers. One request, and on a FIFO topic now and then one more.

        Args:
            message: Text, or a dict or list, which goes as JSON. With its attributes 1 to 262,144 bytes, or up to
                1,048,576 if the topic was set to take more.
            subject: The subject of e-mails, which others get too: 1 to 99 characters, no line breaks.
            attributes: Text, numbers, bytes or lists by name, for filters and subscribers. SNS drops, for raw
                delivery to a queue, a message with more than 10.
            per_protocol: Other texts for some protocols, such as `{"sms": "short"}`; all others get the message.
            group: What is kept in order; a FIFO topic must have it. 1 to 128 letters, digits and punctuation.
            deduplication_id: On a FIFO topic, what makes a message within 5 minutes a repeat, which is not
                delivered; characters as in `group`. Default: what SNS makes of the message if the topic has
                content-based deduplication, else a hash of message, subject, attributes and group.
            aws: More parameters of Publish, as boto3 takes them.

        Returns:
            The message's id, and on a FIFO topic its sequence number.

        Raises:
            TopicNotFound: The topic is not there.
            InvalidRequest: SNS takes no such message.

        Examples:
            >>> topic = Topic("news")
            >>> topic.publish({"event": "paid", "total": 12}, attributes={"event": "paid"}).sequence_number
            >>> topic.publish("A long story", subject="News", per_protocol={"sms": "News!"}).id
            '...'

        AWS: sns:Publish, sns:GetTopicAttributes
        """
        outgoing = Outgoing(
            message,
            subject=subject,
            attributes=attributes,
            per_protocol=per_protocol,
            group=group,
            deduplication_id=deduplication_id,
        )
        return publish(self, outgoing, aws=aws)

    def publish_many(self, messages: Iterable[Outgoing | Content]) -> Sequence[Published]:
        """Publish any number of messages. One request for each 10, or 262,144 bytes.

        Messages that SNS cannot take at the moment are sent again, up to 4 times in all. On a FIFO topic, once a
        message has failed for good, the later ones of its group are not sent, so that none overtakes it.

        Args:
            messages: Texts, dicts, lists, or `Outgoing(...)` for those with a subject, attributes or a group; any
                iterable, read as it is sent.

        Returns:
            What SNS says of each message, in their order.

        Raises:
            BatchError: Some were not published; `.failed` pairs those with why, and has those of which SNS takes
                none; the others are published.
            TopicNotFound: The topic is not there.

        Examples:
            >>> len(Topic("news").publish_many(["one", {"n": 2}, Outgoing("three", subject="Third")]))
            3

        AWS: sns:PublishBatch, sns:GetTopicAttributes
        """
        return publish_many(self, messages)

    # -- subscriptions ---------------------------------------------------------------------------------------

    def subscribe(
        self,
        target: Queue | HasArn | str,
        *,
        raw: bool | None = None,
        filter: Mapping[str, object] | None = None,
        filter_scope: FilterScope | str | None = None,
        dead_letters: HasArn | None = None,
        role: HasArn | str | None = None,
        protocol: str | None = None,
        update: bool = False,
        aws: dict[str, Any] | None = None,
    ) -> Subscription:
        """Deliver to a queue, a web server, an e-mail address, a phone or a function; safe to repeat.

        One request. For a `Queue` two or three more come first: its policy gets a statement that lets this topic,
        and nothing else, send to this queue; all else in the policy stays. (SQS has no way to change a policy in one
        step. Threads take turns; of two processes that change the same one at the same moment, one may lose its change,
        and repeating this brings it back.) If the queue is encrypted with a KMS key, two more ask whether SNS can use
        that. A queue given by its ARN is not looked at. A function must allow `lambda:InvokeFunction` to SNS already.

        Web servers, e-mail addresses, and queues of other accounts must confirm first; until then the subscription
        is `pending`. Subscribing them once more sends the confirmation again.

        Args:
            target: A `Queue`; `"https://..."`; `"me@example.com"`; `"+441632960543"`; the ARN of a queue, a Lambda
                function, a Firehose stream or a mobile endpoint, or anything that has such an `arn`.
            raw: Whether the message goes as it is, without SNS's envelope of JSON: to queues, web servers and
                Firehose. Default: with envelope, or as it is set.
            filter: The filter policy: a `Filter` such as `F.event == "paid"`, or AWS's form of one. Default:
                everything passes, or as it is set. SNS needs up to 15 minutes to follow a change.
            filter_scope: Whether the filter looks at attributes or at the body. Default: attributes.
            dead_letters: The queue that gets what cannot be delivered, of the topic's region and kind; a `Queue` gets
                a statement in its policy as the target does. Default: none, or as it is set.
            role: For Firehose: the role by which SNS writes to the stream.
            protocol: How to reach the target, where there is a choice: `"email-json"` for an e-mail address.
            update: Whether to change what differs, if the subscription is there with other settings.
            aws: More parameters of Subscribe, as boto3 takes them.

        Returns:
            The subscription, new or not.

        Raises:
            Conflict: It is there with other settings, and `update` is not given; the embedded cloud changes them
                instead. Or the queue is encrypted with a key that SNS cannot use.
            TopicNotFound: The topic is not there.
            QueueNotFound: The queue is not there.
            LimitExceeded: The queue's policy has 20 statements already.
            InvalidRequest: SNS does not deliver to this, or not with these settings, or takes no such filter.

        Examples:
            >>> Topic("news").subscribe(queue, raw=True, filter=F.event == "paid")
            <Subscription ... sqs arn:aws:sqs:us-east-1:...:jobs>

        AWS: sns:Subscribe, sns:GetSubscriptionAttributes, sns:SetSubscriptionAttributes, sqs:GetQueueAttributes, sqs:SetQueueAttributes, kms:DescribeKey, kms:GetKeyPolicy
        """
        return subscribe(
            self,
            target,
            Subscription,
            raw=raw,
            filter=filter,
            filter_scope=filter_scope,
            dead_letters=dead_letters,
            role=role,
            protocol=protocol,
            update=update,
            aws=aws,
        )

    def check(self) -> Checkup:
        """Find what keeps messages from arriving, subscriber by subscriber. Changes nothing.

        It looks at confirmations, filters, the policies and KMS keys of queues, dead letters, the policies of
        functions, mobile endpoints that are switched off, and phones that want no messages. Three requests, and
        one to five for each subscription, several at once. What these credentials may not see is a finding of
        severity `unknown`.

        Returns:
            The findings, the worst first; true if nothing blocks delivery.

        Raises:
            TopicNotFound: The topic is not there.
            AccessDenied: These credentials may not list its subscriptions.

        Examples:
            >>> bool(Topic("news").check())
            True

        AWS: sns:GetTopicAttributes, sns:ListSubscriptionsByTopic, sns:GetSubscriptionAttributes, sns:GetEndpointAttributes, sns:CheckIfPhoneNumberIsOptedOut, sqs:GetQueueUrl, sqs:GetQueueAttributes, kms:DescribeKey, kms:GetKeyPolicy, lambda:GetPolicy
        """
        return told(self.arn, *checkup(self, Subscription))

    def tap(
        self,
        *,
        filter: Mapping[str, object] | None = None,
        filter_scope: FilterScope | str | None = None,
        timeout: Duration = TAP_WAIT_SECONDS,
        limit: int | None = None,
    ) -> Tap:
        """Look at what the topic publishes from now on, through a queue that goes away again. No request yet.

        `with topic.tap() as messages:` makes the queue and subscribes it, six requests, and removes both at the end,
        whatever happened. What was published before is not seen; on AWS it may take a second or two until the
        subscription works. The queue's name begins with `cloudkit-tap-`, and it keeps messages for an hour; should a
        process die within the block, `end_taps()` removes what it left.

        Args:
            filter: As in `subscribe`. Default: everything.
            filter_scope: As in `subscribe`.
            timeout: Seconds without a message after which iterating ends.
            limit: How many notifications iterating gives at most. Default: any number.

        Returns:
            The tap: within the block, iterate over it, or `collect` some.

        Raises:
            InvalidRequest: SNS takes no such filter.

        Examples:
            >>> with Topic("news").tap(timeout=0) as messages:
            ...     topic = Topic("news").publish("The site is up")
            ...     [each.message for each in messages]
            ['The site is up']

        AWS: none
        """
        return Tap(self, filter=filter, filter_scope=filter_scope, timeout=timeout, limit=limit)

    def end_taps(self, *, older_than: Duration = TAP_AGE_SECONDS) -> int:
        """Remove taps of this topic that were left behind, each a queue and its subscription. Two requests or more.

        Args:
            older_than: Seconds since they were made; younger ones may still be in use.

        Returns:
            How many there were.

        Raises:
            TopicNotFound: The topic is not there.
            AccessDenied: These credentials may not.

        Examples:
            >>> Topic("news").end_taps()
            0

        AWS: sqs:ListQueues, sqs:GetQueueAttributes, sqs:DeleteQueue, sns:ListSubscriptionsByTopic, sns:Unsubscribe
        """
        return end_left_behind(self, seconds(older_than), datetime.now(timezone.utc))

    def subscriptions(self) -> Listing[Subscription]:
        """The confirmed subscriptions. One request for each 100.

        Those that are not confirmed yet are left out, since AWS does not tell their ARNs here; they are in
        `pending_subscriptions()`.

        Returns:
            The subscriptions, with protocol, endpoint and owner already known.

        Raises:
            TopicNotFound: The topic is not there.

        Examples:
            >>> [each.protocol for each in Topic("news").subscriptions()]
            [<DeliveryProtocol.SQS: 'sqs'>]

        AWS: sns:ListSubscriptionsByTopic
        """
        return subscriptions_of(self, Subscription)

    def pending_subscriptions(self) -> Listing[PendingSubscription]:
        """The subscriptions that their endpoints have not confirmed yet. One request for each 100.

        They are plain values: without an ARN there is nothing to call them by. `confirm` makes a subscription of
        one, and `subscribe` to the same endpoint sends the confirmation once more and tells the ARN.

        Returns:
            Protocol, endpoint and owner of each.

        Raises:
            TopicNotFound: The topic is not there.

        Examples:
            >>> Topic("news").pending_subscriptions().to_list()
            []

        AWS: sns:ListSubscriptionsByTopic
        """
        return pending_of(self)

    def confirm(self, token: str, *, authenticated_unsubscribe: bool = False) -> Subscription:
        """Confirm a subscription, with the token that SNS sent to its endpoint. One request.

        Args:
            token: From the confirmation message; it is good for two days.
            authenticated_unsubscribe: Whether the link in each message shall no longer be enough to unsubscribe.

        Returns:
            The subscription, confirmed.

        Raises:
            InvalidRequest: The token is wrong or too old.
            TopicNotFound: The topic is not there.

        Examples:
            >>> Topic("news").confirm("2336412f37fb687f5d51e6e2425e...").topic.name
            'news'

        AWS: sns:ConfirmSubscription
        """
        return confirm(self.cloud, self.arn, token, authenticated_unsubscribe)

    # -- settings and the end --------------------------------------------------------------------------------

    def update(self, **settings: Unpack[TopicSettings]) -> Self:
        """Change settings; those not named stay. One request each.

        Args:
            **settings: As in `create`; `"off"` ends `kms_key` and `archive_days`.

        Returns:
            The topic itself.

        Raises:
            TopicNotFound: The topic is not there.
            InvalidRequest: SNS takes no such setting.

        Examples:
            >>> Topic("news").update(display_name="The News").display_name
            'The News'

        AWS: sns:SetTopicAttributes
        """
        return self._set(of_topic(self.name, settings))

    def allow_service(self, service: str, source_arn: str, *, source_account: str | None = None) -> bool:
        """Let a service of AWS publish to it for one source, and for no other; safe to repeat. One or two requests.

        The policy gets one statement; all else stays. Of two processes that change it at once, one may lose its change.

        Args:
            service: The service as a principal, such as `"s3.amazonaws.com"`.
            source_arn: The ARN of the source, such as a bucket's.
            source_account: The account that the source must be of, where its ARN does not say.

        Returns:
            Whether the policy was changed.

        Raises:
            TopicNotFound: The topic is not there.
            InvalidRequest: That is no service.

        Examples:
            >>> Topic("news").allow_service("s3.amazonaws.com", "arn:aws:s3:::acme-photos", source_account="123456789012")
            True
            >>> Topic("news").disallow_service("s3.amazonaws.com", "arn:aws:s3:::acme-photos")
            True

        AWS: sns:GetTopicAttributes, sns:SetTopicAttributes
        """
        return allow_service(self, service, source_arn, source_account=source_account)

    def disallow_service(self, service: str, source_arn: str) -> bool:
        """Take back what `allow_service` allowed; fine if it did not. All else in the policy stays. One or two requests.

        Args:
            service: As in `allow_service`.
            source_arn: As in `allow_service`.

        Returns:
            Whether the policy was changed.

        Raises:
            TopicNotFound: The topic is not there.
            InvalidRequest: That is no service.

        Examples:
            >>> Topic("news").disallow_service("s3.amazonaws.com", "arn:aws:s3:::acme-photos")
            False

        AWS: sns:GetTopicAttributes, sns:SetTopicAttributes
        """
        return disallow_service(self, service, source_arn)

    def delete(self) -> None:
        """Delete the topic with its subscriptions; fine if it is not there. One request.

        The policies of subscribed queues keep their statements, which allow nothing any more;
        `subscription.unsubscribe()` before takes them out.

        Raises:
            AccessDenied: It is not yours to delete.

        Examples:
            >>> Topic("news").delete()

        AWS: sns:DeleteTopic
        """
        delete(self)
