"""Which topics a receiver expects. Any account of AWS can make SNS sign a message: the topic says whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, Union

from cloudkit.errors import InvalidRequest
from cloudkit.sns._arn import topic_arn
from cloudkit.types import HasArn

Topics: TypeAlias = Union["Iterable[HasArn | str]", Callable[[str], bool]]
"""Topics, their ARNs, or a function that says of an ARN whether it is expected."""


def expected(topics: Topics) -> Callable[[str], bool]:
    """Whether an ARN is that of a topic expected.

    Raises:
        InvalidRequest: None is, or what is given is no topic.
    """
    if callable(topics):
        return topics
    if isinstance(topics, str) or not isinstance(topics, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest("topics= is one topic, not several", hint="topics=[topic]")
    arns = frozenset(str(topic_arn(each if isinstance(each, str) else each.arn)) for each in topics)
    if not arns:
        raise InvalidRequest(
            "topics=[]: no message would be taken",
            hint="name the topics whose messages you expect; any AWS account can make SNS sign a message",
        )
    return arns.__contains__
