"""What SNS answers, for the fault server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from xml.sax.saxutils import escape

from cloudkit._core.policy import for_service
from cloudkit.types import Json
from tests.faults import Reply, Request

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
FIFO = f"{TOPIC}.fifo"
SUBSCRIPTION = f"{TOPIC}:8a21d249-4329-4871-acc6-7be709c6ea7f"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"


def answer(operation: str, inside: str = "") -> Reply:
    return Reply.xml(
        f"<{operation}Response><{operation}Result>{inside}</{operation}Result>"
        f"<ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></{operation}Response>"
    )


def attributes(operation: str, found: Mapping[str, str]) -> Reply:
    entries = "".join(
        f"<entry><key>{name}</key><value>{escape(value)}</value></entry>" for name, value in found.items()
    )
    return answer(operation, f"<Attributes>{entries}</Attributes>")


def letting(topic_arn: str, queue_arn: str) -> dict[str, Json]:
    """The statement that lets a topic, and nothing else, send to that queue."""
    return for_service("sns.amazonaws.com", "sqs:SendMessage", queue_arn, source_arn=topic_arn)


def subscribed(arn: str = SUBSCRIPTION) -> Reply:
    return answer("Subscribe", f"<SubscriptionArn>{arn}</SubscriptionArn>")


def other_settings() -> Reply:
    return Reply.query_error(
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
    )


def subscriptions(operation: str, rows: Iterable[Mapping[str, str]], token: str | None = None) -> Reply:
    members = "".join(
        "<member>" + "".join(f"<{name}>{value}</{name}>" for name, value in row.items()) + "</member>"
        for row in rows
    )
    following = f"<NextToken>{token}</NextToken>" if token else ""
    return answer(operation, f"<Subscriptions>{members}</Subscriptions>{following}")


def row(arn: str, endpoint: str, protocol: str = "email") -> Mapping[str, str]:
    return {
        "SubscriptionArn": arn,
        "TopicArn": TOPIC,
        "Protocol": protocol,
        "Endpoint": endpoint,
        "Owner": ACCOUNT,
    }


def sent(request: Request) -> Mapping[str, str]:
    """By the id of an entry of a PublishBatch request, its message."""
    form = request.form
    stem = "PublishBatchRequestEntries.member."
    numbers = [name.split(".")[2] for name in form if name.startswith(stem) and name.endswith(".Id")]
    return {form[f"{stem}{number}.Id"]: form[f"{stem}{number}.Message"] for number in numbers}


def batch(fails: Callable[[str], tuple[str, bool] | None] = lambda _: None) -> Callable[[Request], Reply]:
    """Answers PublishBatch; `fails` gives the code and the fault of the sender for a message that fails."""

    def reply(request: Request) -> Reply:
        done, failed = "", ""
        for number, message in sent(request).items():
            why = fails(message)
            if why is None:
                done += f"<member><Id>{number}</Id><MessageId>id-{message[:20]}</MessageId></member>"
            else:
                code, sender = why
                failed += (
                    f"<member><Id>{number}</Id><Code>{code}</Code><Message>no</Message>"
                    f"<SenderFault>{str(sender).lower()}</SenderFault></member>"
                )
        return answer("PublishBatch", f"<Successful>{done}</Successful><Failed>{failed}</Failed>")

    return reply


def by_operation(**replies: Reply | Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """Answers each operation in its own way, however often it is asked."""

    def reply(request: Request) -> Reply:
        found = replies[request.operation]
        return found if isinstance(found, Reply) else found(request)

    return reply


def topic_said(**found: str) -> Reply:
    """The attributes of a topic."""
    return attributes("GetTopicAttributes", {"TopicArn": TOPIC, "Owner": ACCOUNT, **found})
