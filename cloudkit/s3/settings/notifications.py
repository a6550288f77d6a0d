"""Whom a bucket tells what happens in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from attrs import evolve, field, frozen
from typing_extensions import override

from cloudkit._core.params import dig, without_metadata
from cloudkit._core.waiting import wait_until
from cloudkit.errors import CloudError, Conflict, InvalidRequest, NotFound, WaitTimeout
from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._given import is_text, refused, several, switch
from cloudkit.s3._limits import MAX_NOTIFICATIONS, NOTIFICATION_SETTLE_SECONDS
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import is_refusal, owner
from cloudkit.s3.settings._settling import patient
from cloudkit.types import Answer, HasArn

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress

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
# What goes there is for `bucket.notifications = [...]` to replace; there is no class of ours for functions.
_OURS = ("sqs", "sns")
_HINT = (
    "[queue], which is told of new objects; or [Notification(queue, 's3:ObjectRemoved:*', prefix='cats/')]"
)
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
    return (given,) if isinstance(given, str) else tuple(several("events", given, f"[{CREATED!r}]"))


def _arn_of(receiver: HasArn | str) -> str:
    # A notification has an ARN as well, and is no receiver.
    if isinstance(receiver, Notification) or not isinstance(receiver, (str, HasArn)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise refused("receiver", receiver, "a Queue, a Topic, or an ARN", _HINT)
    return receiver if isinstance(receiver, str) else receiver.arn


@frozen
class Notification:
    """Who is told of what.

    Attributes:
        receiver: The queue, topic or function; where it was read, its ARN.
        events: Of what, such as `"s3:ObjectRemoved:*"`; one or several. Default: of new objects.
        prefix: What the keys start with.
        suffix: What the keys end with.
        id: Its name. Default: made of what it says, as it is written.
        raw: The configuration as S3 gives it.

    Raises:
        InvalidRequest: That is no receiver.

    Examples:
        >>> from cloudkit.s3 import Notification
        >>> Notification(queue, "s3:ObjectRemoved:*", prefix="cats/").arn
        'arn:aws:sqs:us-east-1:...:thumbnails'
    """

    receiver: Receiver | HasArn | str = field(eq=_arn_of, repr=_arn_of)
    events: Sequence[str] = field(default=CREATED, converter=_events)
    prefix: str = field(default="", kw_only=True)
    suffix: str = field(default="", kw_only=True)
    id: str = field(default="", kw_only=True)
    raw: Mapping[str, Any] = field(factory=dict[str, Any], eq=False, repr=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _arn_of(self.receiver)

    @property
    def arn(self) -> str:
        """The ARN of the receiver."""
        return _arn_of(self.receiver)


NotificationLike: TypeAlias = "Notification | Receiver | HasArn | str"
"""What a notification can be given as: all of it, or who is told of new objects."""


class Notifications:
    """Whom a bucket tells what happens in it. Iterating reads them; a change reads them and writes all of them back.

    Those of other tools stay as they are, EventBridge too. `bucket.notifications = [...]` replaces what goes to queues
    and topics; functions and EventBridge are told as they were.

    Examples:
        >>> bucket = Bucket("acme-photos")
        >>> added = bucket.notifications.add(queue, prefix="cats/")
        >>> [(each.events, each.prefix) for each in bucket.notifications]
        [(('s3:ObjectCreated:*',), 'cats/')]
    """

    def __init__(self, bucket: BucketAddress) -> None:
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
        switch("event_bridge", on)
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

        Examples:
            >>> Bucket("acme-photos").notifications.add(queue, "s3:ObjectRemoved:*", suffix=".jpg").arn
            'arn:aws:sqs:us-east-1:...:thumbnails'

        AWS: s3:GetBucketNotificationConfiguration, s3:PutBucketNotificationConfiguration, sts:GetCallerIdentity; those of `allow_service`
        """
        bucket = self._bucket
        made = _checked(Notification(receiver, events, prefix=prefix, suffix=suffix, id=id or ""))
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
        others = _without(found, lambda each: each.id == made.id)
        _tell(bucket, [made], None if unchanged else _with(others, made))
        return made

    def remove(self, receiver: NotificationLike | None = None, *, id: str | None = None) -> None:
        """Tell somebody no more; fine if it was not told. Two requests, and one or two for a policy.

        Once nothing goes there any more, what `add` put into the policy of a `Queue` or `Topic` is taken out again.

        Args:
            receiver: Who, as in `add`; or one `Notification` alone. Default: whoever gets those of that `id`. The
                policies of those that are not given as a `Queue` or `Topic` stay as they are.
            id: The one of this name alone.

        Raises:
            InvalidRequest: Neither is given.

        Examples:
            >>> Bucket("acme-photos").notifications.remove(queue)

        AWS: s3:GetBucketNotificationConfiguration, s3:PutBucketNotificationConfiguration; those of `disallow_service`
        """
        name = id
        if isinstance(receiver, Notification):
            name = receiver.id if id is None else id
            receiver = receiver.receiver
        if receiver is None and name is None:
            raise InvalidRequest("remove() does not know what", hint="remove(queue), or remove(id='...')")
        arn = None if receiver is None else _arn_of(receiver)
        found = _read(self._bucket)
        left = _without(found, lambda each: arn in (None, each.arn) and name in (None, each.id))
        if len(_in(left)) < len(_in(found)):
            _write(self._bucket, left)
        if isinstance(receiver, Receiver) and not any(each.arn == arn for each in _in(left)):
            try:
                receiver.disallow_service(_SENDER, self._bucket.arn)
            except NotFound:
                return  # a receiver that is gone has no policy

    def clear(self) -> None:
        """Tell nobody any more, EventBridge neither; the policies of the receivers stay as they are. One request.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Bucket("acme-photos").notifications.clear()

        AWS: s3:PutBucketNotificationConfiguration
        """
        _write(self._bucket, {})


def set_notifications(bucket: BucketAddress, wanted: Iterable[NotificationLike] | None) -> None:
    """Tell these, and no other queue or topic. Functions and EventBridge are told as they were."""
    given = [] if wanted is None else several("notifications", wanted, _HINT)
    made = [_checked(each if isinstance(each, Notification) else Notification(each)) for each in given]
    named = [each.id for each in made]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise InvalidRequest(f"several notifications are named {', '.join(map(repr, twice))}")
    found = _read(bucket)

    def is_replaced(each: Notification) -> bool:
        return _service_of(each.arn) in _OURS or each.id in named

    before = {each.id: each for each in _in(found) if is_replaced(each)}
    unchanged = before.keys() == {*named} and all(_same(before[each.id], each) for each in made)
    written = _without(found, is_replaced)
    for each in made:
        written = _with(written, each)
    _tell(bucket, made, None if unchanged else written)


def _tell(bucket: BucketAddress, made: Sequence[Notification], configuration: Answer | None) -> None:
    """Let S3 in everywhere, and write the configuration, if there is anything to write."""
    number = sum(len((configuration or {}).get(kind, [])) for kind, _ in _KINDS.values())
    if number > MAX_NOTIFICATIONS:
        raise InvalidRequest(
            f"{number} notifications: a bucket has up to {MAX_NOTIFICATIONS}", resource=str(bucket)
        )
    let_in: list[Receiver] = []
    try:
        for receiver in _receivers(made):
            if receiver.allow_service(_SENDER, bucket.arn, source_account=owner(bucket)):
                let_in.append(receiver)  # noqa: PERF401 - those before it are let in even if it fails
        if configuration is not None:
            _write_once_let_in(bucket, configuration, bool(let_in))
    except CloudError as error:
        if is_refusal(error):
            for receiver in let_in:
                with suppress(CloudError):
                    receiver.disallow_service(_SENDER, bucket.arn)
        raise


def _receivers(made: Sequence[Notification]) -> Iterable[Receiver]:
    """Those with a policy, each once."""
    return {each.arn: each.receiver for each in made if isinstance(each.receiver, Receiver)}.values()


def _service_of(arn: str) -> str:
    """The service in an ARN; nothing if that is none."""
    parts = arn.split(":")
    return parts[2] if len(parts) >= _ARN_PARTS and parts[0] == "arn" else ""


def _checked(given: Notification) -> Notification:
    """The notification with a name, if S3 takes one like it."""
    arn = given.arn
    if _service_of(arn) not in _KINDS:
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
    for event in given.events or ("",):
        if not is_text(event) or not event.startswith("s3:"):
            raise InvalidRequest(f"{event!r} is no event of S3's", hint=f"such as {CREATED!r}")
    text = json.dumps([arn, sorted(given.events), given.prefix, given.suffix])
    own = f"cloudkit-{hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS]}"
    return evolve(given, id=given.id or own)


def _same(one: Notification, other: Notification) -> bool:
    """Whether they say the same, in whatever order."""
    return evolve(one, events=sorted(one.events)) == evolve(other, events=sorted(other.events))


def _read(bucket: BucketAddress) -> Answer:
    return without_metadata(
        bucket.cloud.invoke(S3, "get_bucket_notification_configuration", bucket_address(bucket), about=bucket)
    )


def _write_once(bucket: BucketAddress, configuration: Answer) -> None:
    bucket.cloud.invoke(
        S3,
        "put_bucket_notification_configuration",
        {**bucket_address(bucket), "NotificationConfiguration": configuration},
        about=bucket,
    )


_write = patient(_write_once)


@patient
def _write_once_let_in(bucket: BucketAddress, configuration: Answer, let_in: bool) -> None:
    """Write it; after a change of the receiver's policy, again and again until that counts."""
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


def _value(row: Mapping[str, Any], arn: str) -> Notification:
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


def _without(found: Answer, is_gone: Callable[[Notification], bool]) -> Answer:
    """The configuration without those, and all else as it was."""
    made = dict(found)
    for kind, arn in _KINDS.values():
        if kind in made:
            made[kind] = [row for row in made[kind] if not is_gone(_value(row, row[arn]))]
    return made


def _with(found: Answer, made: Notification) -> Answer:
    kind, arn = _KINDS[_service_of(made.arn)]
    if made.raw and _same(_value(made.raw, made.raw.get(arn, "")), made):
        return {**found, kind: [*found.get(kind, []), made.raw]}  # as it was read, to the last word
    row: Answer = {"Id": made.id, arn: made.arn, "Events": [*made.events]}
    rules = [
        {"Name": name, "Value": text}
        for name, text in (("prefix", made.prefix), ("suffix", made.suffix))
        if text
    ]
    if rules:
        row["Filter"] = {"Key": {"FilterRules": rules}}
    return {**found, kind: [*found.get(kind, []), row]}
