from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cloudkit import InvalidRequest
from cloudkit.sns import Topic
from cloudkit.sns._verifying.expecting import expected
from tests.conftest import Rig
from tests.sns.signing import TOPIC

OTHER = f"{TOPIC}-2"


def one_by_one() -> Iterator[str]:
    yield TOPIC


@pytest.mark.parametrize(
    "topics",
    [[TOPIC], (TOPIC,), {TOPIC}, {TOPIC: 1}, one_by_one(), [TOPIC, OTHER[:-2]], [TOPIC].__contains__],
)
def test_topics(topics: Any) -> None:
    ask = expected(topics)
    for _ in range(2):  # an iterator is not used up
        assert ask(TOPIC)
        assert not ask(OTHER)
        assert not ask(TOPIC.upper())


def test_topics_as_objects(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    ask = expected([topic])
    assert ask(topic.arn)
    assert not ask(TOPIC)


@pytest.mark.parametrize(
    "topics",
    [
        [],
        TOPIC,
        TOPIC.encode(),
        None,
        7,
        [7],
        [None],
        [TOPIC.encode()],
        [TOPIC, None],
        ["news"],
        [""],
        ["*"],
        [TOPIC + ":2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"],
        [TOPIC.replace(":sns:", ":sqs:")],
        Topic,
        dict,
    ],
)
def test_what_is_no_list_of_topics(topics: Any) -> None:
    with pytest.raises(InvalidRequest):
        expected(topics)


async def _later(arn: str) -> bool:
    return False


SAYING_NOTHING: dict[str, Callable[[str], Any]] = {
    "a coroutine": lambda arn: _later(arn),
    "nothing": lambda arn: None,
    "text": lambda arn: "no",
    "a list": lambda arn: [arn],
}


@pytest.mark.parametrize("function", SAYING_NOTHING.values(), ids=SAYING_NOTHING.keys())
def test_a_function_that_says_neither_yes_nor_no(function: Any) -> None:
    ask = expected(function)
    with pytest.raises(InvalidRequest, match="topics"):
        ask(TOPIC)


def test_an_async_function_would_always_say_yes() -> None:
    with pytest.raises(InvalidRequest, match="async"):
        expected(_later)  # type: ignore[arg-type]
