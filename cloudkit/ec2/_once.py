"""Making what AWS has no token for, once: a token of ours is among its tags, by which it is found again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from attrs import field, frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import filter_list, rows
from cloudkit.ec2._limits import MAX_TAGS
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import TOKEN_TAG, tag_specifications
from cloudkit.errors import AccessDenied, AlreadyExists, CloudError, ConnectionFailed, ServiceError
from cloudkit.types import Answer, TagMap

_TAGS = "TagSpecifications"


@frozen
class Made:
    """What is made, and how it is found.

    Attributes:
        tagged: What tags call its kind.
        operation: The operation that lists it.
        path: Where the rows stand in that operation's answer.
        id: Where its id stands in a row, and in the answer that made it.
        undo: Takes one away, given the cloud and its row.
        unique: Whether AWS refuses a second one, so that there are never two.
        anew: Whether what was found is of no use, so that it is taken away and made anew: once.
        where: More of that operation's parameters.
        beside: What tags call the kinds of what AWS makes with it, which gets the caller's tags too.
    """

    tagged: str
    operation: str
    path: str
    id: str
    undo: Callable[[Cloud, Answer], object]
    unique: bool = False
    anew: bool = False
    where: Mapping[str, Any] = field(factory=dict[str, Any])
    beside: tuple[str, ...] = ()


def make_once(
    cloud: Cloud,
    made: Made,
    operation: str,
    params: Mapping[str, Any],
    *,
    tags: TagMap | None,
    aws: Mapping[str, Any] | None = None,
    about: object = None,
) -> Answer:
    """Call the operation. One request; and where one of its answers was lost, those that find and undo.

    - A second one that a repetition has made is taken away again.
    - Where AWS refuses a second one, the first one is what the call has made, if the token says so.
    - Where no answer came at all, what was made is found, if AWS can be asked.

    What was made a moment ago may not be shown yet: then it is as if there were no token. There is none either where
    the thing has as many tags as it may have, and where a policy does not let these credentials tag, or not with it.

    Returns:
        The answer, or the row that lists what was made.
    """
    if _TAGS in (aws or {}):
        return cloud.invoke(EC2, operation, params, aws=aws, about=about)
    own = dict(tags or {})
    token = uuid.uuid4().hex

    def send(marks: TagMap) -> Answer:
        specifications = [
            *(tag_specifications([made.tagged], {**own, **marks}) or ()),
            *(tag_specifications(made.beside, own) or ()),
        ]
        tagged = {**params, _TAGS: specifications or None}
        return cloud.invoke(EC2, operation, tagged, aws=aws, about=about)

    if len(own) >= MAX_TAGS:
        return send({})
    try:
        answer = send({TOKEN_TAG: token})
    except AccessDenied:
        # A policy may know the keys of the tags that it allows (aws:TagKeys): nothing was made, and the token is ours.
        return send({})
    except (AlreadyExists, ConnectionFailed, ServiceError) as error:
        if isinstance(error, AlreadyExists) and error.attempts == 1:
            raise
        found = _marked_with(cloud, made, token)
        if not found:
            raise
        if made.anew:
            made.undo(cloud, found[0])
            return send({TOKEN_TAG: token})
        _undo(cloud, made, found[1:])
        return found[0]
    if not made.unique and _was_repeated(answer):
        found = _marked_with(cloud, made, token)
        _undo(cloud, made, [row for row in found if row[made.id] != answer[made.id]])
    return answer


def _was_repeated(answer: Answer) -> bool:
    return bool(answer.get("ResponseMetadata", {}).get("RetryAttempts"))


def _marked_with(cloud: Cloud, made: Made, token: str) -> Sequence[Answer]:
    """What the call has made. Nothing if AWS does not say: what the call itself said counts then."""
    filters = filter_list({f"tag:{TOKEN_TAG}": token})
    try:
        pages = cloud.pages(EC2, made.operation, about=made.tagged, Filters=filters, **made.where)
        return [row for page in pages for row in rows(page, made.path)]
    except CloudError:
        return []


def _undo(cloud: Cloud, made: Made, found: Sequence[Answer]) -> None:
    for row in found:
        with suppress(CloudError):
            made.undo(cloud, row)
