"""Which topics a receiver expects. Any account of AWS can make SNS sign a message: the topic says whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, Union, cast

from cloudkit.errors import InvalidRequest
from cloudkit.sns._arn import topic_arn
from cloudkit.sns._verifying.saying import checked_function, truth
from cloudkit.types import HasArn

Topics: TypeAlias = Union["Iterable[HasArn | str]", Callable[[str], bool]]
"""Topics, their ARNs, or a function that says of an ARN whether it is expected."""


def expected(topics: Topics) -> Callable[[str], bool]:
    """Whether an ARN is that of a topic expected.

    Raises:
        InvalidRequest: None is, or what is given is no topic. A function that says neither true nor false raises it
            when it is asked.
    """
    if callable(topics):
        checked_function("topics", topics)
        return lambda arn: truth("topics", topics(arn))
    if isinstance(topics, (str, bytes, bytearray)) or not isinstance(topics, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest("topics= is one topic, not several", hint="topics=[topic]")
    arns = frozenset(_arn_of(each) for each in topics)
    if not arns:
        raise InvalidRequest(
            "topics=[]: no message would be taken",
            hint="name the topics whose messages you expect; any AWS account can make SNS sign a message",
        )
    return arns.__contains__


def _arn_of(topic: HasArn | str) -> str:
    named = topic if isinstance(topic, str) else cast("object", getattr(topic, "arn", None))
    if not isinstance(named, str):
        raise InvalidRequest(
            f"topics= holds a {type(topic).__name__}, which is no topic", hint="Topic objects, or their ARNs"
        )
    return str(topic_arn(named))
