"""Bodies are decoded before handlers are called, and what says nothing is put aside."""

from __future__ import annotations

from typing import Literal, TypeAlias

from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.sqs._consuming.handled import Handled
from cloudkit.sqs.errors import DecodeError
from cloudkit.sqs.message import Message

Undecodable: TypeAlias = Literal["dead-letters", "handler", "raise"]
"""What is done with a message whose body cannot be decoded."""

CHOICES: tuple[Undecodable, ...] = ("dead-letters", "handler", "raise")


def decoded(message: Message) -> DecodeError | None:
    """Read and decode the body, which the message then has; why that can never work, if so. One request at most.

    Raises:
        CloudError: It did not work, and may yet: the bucket could not be read, or the codec's own service.
    """
    try:
        _ = message.data
    except DecodeError as error:
        why = error.__cause__
        # A codec that has to ask somebody, a registry or KMS, says nothing about the body if it got no answer.
        if isinstance(why, CloudError) and not isinstance(why, (InvalidRequest, FileNotFoundError)):
            raise why from None
        return error
    return None


def put_aside(undecodable: Undecodable, message: Message, error: DecodeError) -> Handled:
    """Send it to the dead letters, if that was chosen and there are some. Up to four requests.

    Where it cannot be sent there, it stays, as it does after a failure.
    """
    if undecodable == "raise":
        return Handled(undecodable=error, ends=True)
    trouble: CloudError | None = None
    try:
        # Its queue may have got some since it was looked at.
        if message.queue.dead_letters is not None or message.queue.refresh().dead_letters is not None:
            message.dead_letter(error.message)
    except CloudError as failure:
        trouble = failure
    return Handled(message.settlement, undecodable=error, trouble=trouble)
