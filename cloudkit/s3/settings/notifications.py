"""Whom a bucket tells what happens in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from attrs import evolve, field, frozen
from typing_extensions import override

from cloudkit._core.params import dig, without_metadata
from cloudkit._core.waiting import wait_until
from cloudkit.errors import CloudError, Conflict, InvalidRequest, NotFound, WaitTimeout
from cloudkit.s3._address import bucket_address
from cloudkit.s3._limits import MAX_NOTIFICATIONS, NOTIFICATION_SETTLE_SECONDS
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import owner
from cloudkit.s3.settings._settling import patient
from cloudkit.types import Answer, HasArn

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket

CREATED = "s3:ObjectCreated:*"

_SENDER = "s3.amazonaws.com"
_ID_DIGITS = 16
# By the service in the receiver's ARN: where its notifications stand, and what they call the ARN.
_KINDS: Mapping[str, tuple[str, str]] = {
    "sqs": ("QueueConfigurations", "QueueArn"),
    "sns": ("TopicConfigurations", "TopicArn"),
    "lambda": ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
}
_ARN_PARTS = 6
_FIFO_SUFFIX = ".fifo"
_SERVER_ERROR = 500  # from here on nobody knows what was done
# In AWS's words, when its test message does not get through.
_NOT_REACHED = "Unable to validate the following destination configurations"


@runtime_checkable
class Receiver(HasArn, Protocol):
    """What can be told, and lets itself be told: a `Queue` or a `Topic`."""

    def allow_service(self, service: str, source_arn: str, *, source_account: str | None = None) -> bool:
        """Let a service of AWS send to it for one source, and say whether that changed anything. AWS: as its class says."""
        ...

    def disallow_service(self, service: str, source_arn: str) -> bool:
        """Take that back, and say whether it changed anything. AWS: as its class says."""
        ...


def _events(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@frozen
class Notification:
    """Who is told of what.

    Attributes:
        arn: The queue, topic or function.
        events: Of what, such as `"s3:ObjectCreated:*"`.
        prefix: What the keys start with.
        suffix: What the keys end with.
        id: Its name.
        raw: The configuration as S3 gives it.
    """

    arn: str
    events: Sequence[str] = field(converter=_events)
    prefix: str = field(default="", kw_only=True)
    suffix: str = field(default="", kw_only=True)
    id: str = field(default="", kw_only=True)
    raw: Mapping[str, Any] = field(factory=dict[str, Any], eq=False, repr=False, kw_only=True)


class Notifications:
    """Whom a bucket tells what happens in it. Iterating reads them; a change reads them and writes all of them back.

    Those of other tools stay as they are, EventBridge too.

    Example:
        >>> bucket = Bucket("acme-photos")
        >>> added = bucket.notifications.add(queue, prefix="cats/")
        >>> [(each.events, each.prefix) for each in bucket.notifications]
        [(('s3:ObjectCreated:*',), 'cats/')]
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def __iter__(self) -> Iterator[Notification]:
        return iter(_in(_read(self._bucket)))

    # Not __len__: `list(bucket.notifications)` would look at it first, and so ask twice.
    def __bool__(self) -> bool:
        return bool(_in(_read(self._bucket)))

    @override
    def __repr__(self) -> str:
        return f"Notifications({self._bucket})"

    @property
    def event_bridge(self) -> bool:
        """Whether EventBridge is told of everything; setting it switches, in two requests."""
        return "EventBridgeConfiguration" in _read(self._bucket)

    @event_bridge.setter
    def event_bridge(self, on: bool) -> None:
        found = _read(self._bucket)
        if on == ("EventBridgeConfiguration" in found):
            return
        if on:
            found["EventBridgeConfiguration"] = {}
        else:
            del found["EventBridgeConfiguration"]
        _write(self._bucket, found)

    def add(
        self,
        receiver: Receiver | HasArn | str,
        events: str | Iterable[str] = CREATED,
        *,
        prefix: str = "",
        suffix: str = "",
        id: str | None = None,
        update: bool = False,
    ) -> Notification:
        """Tell a queue, a topic or a function what happens; safe to repeat. Two requests, and one or two for a policy.

        The policy of a `Queue` or `Topic` gets a statement that lets S3, for this bucket of this account and for no
        other, send to it; all that is in the policy already stays. A receiver given by its ARN keeps its policy, and
        a function must allow `lambda:InvokeFunction` to S3 already. S3 sends a test message before it agrees, and as
        a new policy takes a while to count, its refusals are waited out for 20 seconds after one was written.

        Args:
            receiver: A `Queue`, a `Topic`, or the ARN of a queue, topic or function, all of the bucket's region. FIFO
                queues and topics cannot be told.
            events: Of what, such as `"s3:ObjectRemoved:*"`; one or several. Default: of new objects.
            prefix: What the keys start with.
            suffix: What the keys end with.
            id: Its name. Default: made of what it says.
            update: Whether to change one of that name that says something else.

        Returns:
            The notification.

        Raises:
            Conflict: There is one of that name that says something else, and `update` is not given.
            InvalidRequest: It cannot be told, its policy or key does not let S3 in, or another notification is about
                the same keys and events.

        Example:
            >>> Bucket("acme-photos").notifications.add(queue, "s3:ObjectRemoved:*", suffix=".jpg").arn
            'arn:aws:sqs:us-east-1:...:thumbnails'

        AWS: s3:GetBucketNotificationConfiguration, s3:PutBucketNotificationConfiguration, sts:GetCallerIdentity; those of `allow_service`
        """
        bucket = self._bucket
        made = _checked(_arn_of(receiver), events, prefix, suffix, id)
        found = _read(bucket)
        same = next((each for each in _in(found) if each.id == made.id), None)
        unchanged = same is not None and _same(same, made)
        if same is not None and not unchanged and not update:
            raise Conflict(
                f"there is a notification {made.id!r} that says something else",
                service=S3.name,
                resource=str(bucket),
                hint="update=True changes it; another id= makes a second one",
            )
        let_in = isinstance(receiver, Receiver) and receiver.allow_service(
            _SENDER, bucket.arn, source_account=owner(bucket)
        )
        if not unchanged:
            try:
                _write_once_let_in(bucket, _with(_without(found, {made.id}), made), let_in)
            except CloudError as error:
                if let_in and isinstance(receiver, Receiver) and _refused(error):
                    receiver.disallow_service(_SENDER, bucket.arn)
                raise
        return made

    def remove(self, receiver: Receiver | HasArn | str | None = None, *, id: str | None = None) -> None:
        """Tell somebody no more; fine if it was not told. Two requests, and one or two for a policy.

        Once nothing goes there any more, what `add` put into the policy of a `Queue` or `Topic` is taken out again.

        Args:
            receiver: Who, as in `add`. Default: whoever gets those of that `id`, whose policies stay as they are.
            id: The one of this name alone.

        Raises:
            InvalidRequest: Neither is given.

        Example:
            >>> Bucket("acme-photos").notifications.remove(queue)

        AWS: s3:GetBucketNotificationConfiguration, s3:PutBucketNotificationConfiguration; those of `disallow_service`
        """
        if receiver is None and id is None:
            raise InvalidRequest("remove() does not know what", hint="remove(queue), or remove(id='...')")
        arn = None if receiver is None else _arn_of(receiver)
        found = _read(self._bucket)
        gone = {each.id for each in _in(found) if arn in (None, each.arn) and id in (None, each.id)}
        if gone:
            found = _without(found, gone)
            _write(self._bucket, found)
        if isinstance(receiver, Receiver) and not any(each.arn == arn for each in _in(found)):
            try:
                receiver.disallow_service(_SENDER, self._bucket.arn)
            except NotFound:
                return  # a receiver that is gone has no policy

    def clear(self) -> None:
        """Tell nobody any more, EventBridge neither; the policies of the receivers stay as they are. One request.

        Raises:
            BucketNotFound: The bucket is not there.

        Example:
            >>> Bucket("acme-photos").notifications.clear()

        AWS: s3:PutBucketNotificationConfiguration
        """
        _write(self._bucket, {})


def _arn_of(receiver: HasArn | str) -> str:
    return receiver if isinstance(receiver, str) else receiver.arn


def _checked(arn: str, events: str | Iterable[str], prefix: str, suffix: str, id: str | None) -> Notification:
    """The notification, if S3 takes one like it."""
    parts = arn.split(":")
    if len(parts) < _ARN_PARTS or parts[0] != "arn" or parts[2] not in _KINDS:
        raise InvalidRequest(
            f"{arn!r} is nothing that a bucket can tell",
            hint="a Queue, a Topic, or the ARN of a queue, a topic or a Lambda function; EventBridge is told by"
            " bucket.notifications.event_bridge = True",
        )
    if arn.endswith(_FIFO_SUFFIX):
        raise InvalidRequest(
            f"{arn} is FIFO, and S3 tells no such queues and topics",
            hint="tell a standard one, or EventBridge, which can tell a FIFO queue",
        )
    named_events = _events(events)
    for event in named_events or ("",):
        if not event.startswith("s3:"):
            raise InvalidRequest(f"{event!r} is no event of S3's", hint=f"such as {CREATED!r}")
    text = json.dumps([arn, sorted(named_events), prefix, suffix])
    own = f"cloudkit-{hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS]}"
    return Notification(arn, named_events, prefix=prefix, suffix=suffix, id=own if id is None else id)


def _same(one: Notification, other: Notification) -> bool:
    """Whether they say the same, in whatever order."""
    return evolve(one, events=sorted(one.events)) == evolve(other, events=sorted(other.events))


def _refused(error: CloudError) -> bool:
    """Whether S3 has certainly not done it."""
    return error.status is not None and error.status < _SERVER_ERROR


def _read(bucket: Bucket) -> Answer:
    return without_metadata(
        bucket.cloud.invoke(S3, "get_bucket_notification_configuration", bucket_address(bucket), about=bucket)
    )


def _write_once(bucket: Bucket, configuration: Answer) -> None:
    bucket.cloud.invoke(
        S3,
        "put_bucket_notification_configuration",
        {**bucket_address(bucket), "NotificationConfiguration": configuration},
        about=bucket,
    )


_write = patient(_write_once)


@patient
def _write_once_let_in(bucket: Bucket, configuration: Answer, let_in: bool) -> None:
    """Write it; after a change of the receiver's policy, again and again until that counts."""
    number = sum(len(configuration.get(kind, [])) for kind, _ in _KINDS.values())
    if number > MAX_NOTIFICATIONS:
        raise InvalidRequest(
            f"{number} notifications: a bucket has up to {MAX_NOTIFICATIONS}", resource=str(bucket)
        )
    refusals: list[InvalidRequest] = []

    def write() -> bool:
        try:
            _write_once(bucket, configuration)
        except InvalidRequest as error:
            if not let_in or _NOT_REACHED not in error.message:
                raise
            refusals.append(error)
            return False
        return True

    try:
        wait_until(
            write,
            bool,
            timeout=NOTIFICATION_SETTLE_SECONDS,
            clock=bucket.cloud.clock,
            what="the receiver's policy to count",
        )
    except WaitTimeout as error:
        raise (refusals[-1] if refusals else error) from None


def _in(found: Answer) -> list[Notification]:
    """The notifications in a configuration."""
    return [_value(row, row[arn]) for kind, arn in _KINDS.values() for row in found.get(kind, [])]


def _value(row: Answer, arn: str) -> Notification:
    rules: Sequence[Answer] = dig(row, "Filter.Key.FilterRules") or ()
    # S3 answers "Prefix" to what was written as "prefix".
    texts = {str(rule.get("Name")).lower(): rule.get("Value", "") for rule in rules}
    return Notification(
        arn,
        row.get("Events", ()),
        prefix=texts.get("prefix", ""),
        suffix=texts.get("suffix", ""),
        id=row.get("Id", ""),
        raw=row,
    )


def _without(found: Answer, ids: set[str]) -> Answer:
    """The configuration without those, and all else as it was."""
    made = dict(found)
    for kind, _ in _KINDS.values():
        if kind in made:
            made[kind] = [row for row in made[kind] if row.get("Id", "") not in ids]
    return made


def _with(found: Answer, made: Notification) -> Answer:
    kind, arn = _KINDS[made.arn.split(":")[2]]
    row: Answer = {"Id": made.id, arn: made.arn, "Events": [*made.events]}
    rules = [
        {"Name": name, "Value": text}
        for name, text in (("prefix", made.prefix), ("suffix", made.suffix))
        if text
    ]
    if rules:
        row["Filter"] = {"Key": {"FilterRules": rules}}
    return {**found, kind: [*found.get(kind, []), row]}
