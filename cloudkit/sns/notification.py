"""A message that SNS sends to a web server, or that says it is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar, cast, overload

from attrs import field, frozen
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.params import from_json
from cloudkit.errors import InvalidRequest
from cloudkit.sns._arn import Arn
from cloudkit.sns._attributes import AttributeValue
from cloudkit.sns._limits import MAX_NOTIFICATION_AGE_SECONDS
from cloudkit.sns._verifying import signature, verifying
from cloudkit.sns._verifying.addresses import is_action
from cloudkit.sns._verifying.certificate import Certificates
from cloudkit.sns._verifying.envelope import Body, Envelope, read
from cloudkit.sns._verifying.expecting import Topics, expected
from cloudkit.sns._verifying.saying import checked_function, truth
from cloudkit.sns._verifying.verifying import HasItems
from cloudkit.sns.errors import NotificationRefused
from cloudkit.sns.refusal import RefusalReason
from cloudkit.sns.subscription import Subscription, confirm
from cloudkit.types import Duration, Json, OpenEnum

T = TypeVar("T")


class NotificationKind(OpenEnum):
    """What SNS sends."""

    NOTIFICATION = signature.NOTIFICATION
    SUBSCRIPTION_CONFIRMATION = signature.SUBSCRIPTION_CONFIRMATION
    UNSUBSCRIBE_CONFIRMATION = signature.UNSUBSCRIBE_CONFIRMATION


@frozen(repr=False)
class Notification:
    """What SNS sent to a web server: a message, or the question whether a subscription is wanted.

    `Notification.verify` makes one of a request, if SNS did send it. `Notification.parse` only reads.

    SNS signs kind, message, id, subject, topic, time, and what confirms. It does **not** sign `attributes` and
    `unsubscribe_url`: somebody who was sent the same message can change those. Decide by the message.

    Attributes:
        kind: A notification, or a confirmation to subscribe or to have unsubscribed.
        message: The text.
        subject: Its subject; None if it has none.
        topic_arn: The topic.
        message_id: The id, which `Published.id` was. A repeat has the same.
        timestamp: When it was published.
        attributes: The attributes as plain values. Not signed.
        sequence_number: Its place in the order of a FIFO topic.
        unsubscribe_url: Whoever opens it ends the subscription. Not signed; after `verify`, None if it is not SNS's.
        subscribe_url: Whoever opens it confirms the subscription.
        token: What confirms the subscription, for two days.

    Examples:
        >>> Notification.parse(request_body).message
        'The site is up'

    AWS: none
    """

    kind: NotificationKind
    message: str
    subject: str | None
    topic_arn: str
    message_id: str
    timestamp: datetime
    attributes: Mapping[str, AttributeValue] = field(eq=False)
    sequence_number: str | None = field(eq=False)
    unsubscribe_url: str | None = field(eq=False)
    subscribe_url: str | None = field(eq=False)
    token: str | None = field(eq=False)
    _raw: Mapping[str, str] = field(eq=False, alias="raw")
    # Set by `verify` alone; no copy with other values has it.
    _cloud: Cloud | None = field(init=False, eq=False, default=None)

    # -- making one ------------------------------------------------------------------------------------------

    @classmethod
    def parse(cls, body: Body) -> Self:
        """Read a notification **without verifying it**: anybody can have written it. No request.

        For looking at what came, and for what came by a way that is itself trusted, such as a Lambda function's event.

        Args:
            body: The body of the request, as bytes or text; or the mapping that a Lambda function finds in
                `event["Records"][0]["Sns"]`. 2 MiB at most.

        Returns:
            What it says. It cannot confirm.

        Raises:
            NotificationRefused: It is no notification, or longer than any.
            InvalidRequest: `body` is something else.

        Examples:
            >>> Notification.parse(request_body).verified
            False

        AWS: none
        """
        return cls._of(read(body))

    @classmethod
    def verify(
        cls,
        body: Body,
        headers: HasItems | None = None,
        *,
        topics: Topics,
        max_age: Duration | None = MAX_NOTIFICATION_AGE_SECONDS,
        replay: Callable[[str], bool] | None = None,
        min_version: int = 1,
        certificates: Certificates | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Read a notification if SNS sent it, for a topic expected, and not long ago. Needs the extra `webhooks`.

        At most one request, of 5 seconds at most, for the certificate that it is signed with. That is kept for a day.
        It comes from SNS's own server in the topic's region, by HTTPS and without redirects, which is what makes it
        SNS's; a Cloud with an `endpoint_url` of another server takes it from that server.

        Args:
            body: As in `parse`: as it came, not decoded and encoded again.
            headers: Those of the request, from any framework. With them, raw delivery is told from forgery, and a
                message under the headers of another is refused.
            topics: The topics expected: `Topic` objects or ARNs, or a function that says of an ARN whether it is. Any
                account of AWS can make SNS sign a message, so there is no default. A topic given by name costs a
                request, once, for the account.
            max_age: Seconds since it was published; SNS tries for an hour at most. None: of any age, as for messages
                that waited in a queue.
            replay: Called with the message's id once all else is in order; says whether it was there before, and then
                it is refused. `SeenMessages()` is one. Default: repeats pass, as SNS makes some.
            min_version: 2 refuses signatures by SHA-1, which a topic makes unless its `signature_version` is 2.
                Default: 1, which takes both.
            certificates: Gives the certificate (PEM) of an address, in place of SNS; for tests.
            cloud: Whose way the requests go, `confirm`'s too. Default: the current Cloud.

        Returns:
            The notification, which `confirm` then works with.

        Raises:
            NotificationRefused: It is not to be acted upon; `.reason` says why. With `.retryable`, it could not be
                found out.
            InvalidRequest: `topics` is empty, or no topics; or a function of yours says neither True nor False, such
                as an async one.
            MissingExtra: cryptography is not installed.

        Examples:
            >>> notification = Notification.verify(request_body, topics=[Topic("news")], certificates=certificates)
            >>> notification.message
            'The site is up'

        AWS: sts:GetCallerIdentity
        """
        signature.check_extra()
        are_expected = expected(topics)
        age, least_version = verifying.checked_age(max_age), verifying.checked_version(min_version)
        if replay is not None:
            checked_function("replay", replay)
        verifying.refuse_raw(headers)
        envelope = read(body)
        own = cloud_or_current(cloud)
        topic = verifying.check(
            envelope,
            headers,
            expected=are_expected,
            max_age=age,
            least_version=least_version,
            certificates=certificates,
            cloud=own,
        )
        # Last: the id of what is forged must not stand in the way of what is not.
        if replay is not None and truth("replay", replay(envelope.required("MessageId"))):
            raise NotificationRefused.of(RefusalReason.REPLAYED, "it was there before")
        made = cls._of(envelope, verified_for=topic)
        object.__setattr__(made, "_cloud", own if own.region == topic.region else own.in_region(topic.region))
        return made

    @classmethod
    def _of(cls, envelope: Envelope, *, verified_for: Arn | None = None) -> Self:
        fields = envelope.fields
        unsubscribe = fields.get("UnsubscribeURL")
        if verified_for is not None and unsubscribe is not None and not is_action(unsubscribe, verified_for):
            unsubscribe = None
        return cls(
            kind=NotificationKind(envelope.required("Type")),
            message=fields.get("Message", ""),
            subject=fields.get("Subject"),
            topic_arn=envelope.required("TopicArn"),
            message_id=envelope.required("MessageId"),
            timestamp=envelope.timestamp,
            attributes=cast("Mapping[str, AttributeValue]", envelope.attributes),
            sequence_number=fields.get("SequenceNumber"),
            unsubscribe_url=unsubscribe,
            subscribe_url=fields.get("SubscribeURL"),
            token=fields.get("Token"),
            raw=fields,
        )

    # -- reading it ------------------------------------------------------------------------------------------

    @property
    def verified(self) -> bool:
        """Whether `verify` made it."""
        return self._cloud is not None

    @property
    def raw(self) -> Mapping[str, str]:
        """The fields as they came, read-only, by SNS's names; tokens and addresses among them. No attributes."""
        return MappingProxyType(dict(self._raw))

    @overload
    def json(self) -> Json: ...
    @overload
    def json(self, type: type[T]) -> T: ...
    def json(self, type: type[Any] | None = None) -> Any:
        """The message as JSON. No request.

        Args:
            type: The class it must be of, such as `dict` or `list[int]`, which type checkers then know too; what
                is inside is not checked. Default: any.

        Returns:
            What the JSON says.

        Raises:
            InvalidRequest: It is no JSON, or not of that type.

        Examples:
            >>> Notification.parse({**notification.raw, "Message": '{"order": 7}'}).json(dict)
            {'order': 7}

        AWS: none
        """
        return from_json(self.message, type, self)

    @override
    def __str__(self) -> str:
        return f"{self.topic_arn}/{self.message_id}"

    @override
    def __repr__(self) -> str:
        # No message, no token, no address: reprs end in logs.
        state = "" if self.verified else " not verified"
        return f"<{self.kind} {self}{state}>"

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        # As read: whether a pickle was tampered with, nobody can say.
        return _read_again, (type(self), dict(self._raw), dict(self.attributes))

    # -- acting upon it --------------------------------------------------------------------------------------

    def confirm(self, *, authenticated_unsubscribe: bool = False) -> Subscription:
        """Confirm the subscription that it asks about. One request.

        By the API, with the token; no address of the message's is opened. It needs no permission of IAM's, and on a
        `Cloud(anonymous=True)` no credentials.

        Args:
            authenticated_unsubscribe: Whether the link in each message shall no longer be enough to unsubscribe; this
                takes credentials.

        Returns:
            The subscription, confirmed.

        Raises:
            InvalidRequest: `verify` has not made it, or it asks nothing; or the token is wrong or too old.
            TopicNotFound: The topic is not there.

        Examples:
            >>> notification = Notification.verify(confirmation_body, topics=[Topic("news")], certificates=certificates)
            >>> notification.confirm().topic.name
            'news'

        AWS: sns:ConfirmSubscription
        """
        cloud = self._cloud
        if cloud is None:
            raise InvalidRequest(
                "it is not verified: nothing says that SNS sent it, and for which topic",
                resource=str(self),
                hint="Notification.verify(body, headers, topics=[...])",
            )
        if self.kind != NotificationKind.SUBSCRIPTION_CONFIRMATION or not self.token:
            raise InvalidRequest(f"it is a {self.kind}, and asks for no confirmation", resource=str(self))
        return confirm(cloud, self.topic_arn, self.token, authenticated_unsubscribe)


def _read_again(
    cls: type[Notification], fields: Mapping[str, str], attributes: Mapping[str, AttributeValue]
) -> Notification:
    made = cls.parse(fields)
    object.__setattr__(made, "attributes", attributes)
    return made
