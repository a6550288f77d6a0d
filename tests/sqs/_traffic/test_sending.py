from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest, ServiceError
from cloudkit.sqs import Outgoing, Sent
from cloudkit.sqs._attributes import digest, to_wire
from cloudkit.sqs._bodies.typed import text_of
from cloudkit.sqs._rules import QUEUES
from cloudkit.sqs._traffic.batches import Entry
from cloudkit.sqs._traffic.sending import confirmed, entry_for, plain
from tests.sqs.answers import md5

MIB = 1024**2
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def ready(body: object = "x", *, fifo: bool = False, derives: bool = False, **options: Any) -> Entry:
    message = Outgoing(body, **options)
    return entry_for(queue_of(fifo=fifo, derives=lambda: derives), message, item=body)


def body_text(body: object) -> str:
    return text_of(None, body)


def queue_of(*, fifo: bool, derives: Callable[[], bool]) -> Any:
    """As much of a queue as a message needs to be made ready for it."""
    cloud = SimpleNamespace(lookup=lambda _key, ask: ask())

    class Some:
        content_deduplication = property(lambda _: derives())

        def __str__(self) -> str:
            return "jobs"

    made: Any = Some()
    made.cloud, made.fifo, made.name, made.account = cloud, fifo, "jobs", None
    made.body = made.overflow = None
    return made


@given(JSON.filter(lambda value: not isinstance(value, str)))
def test_any_json_can_be_sent_and_comes_back(value: Any) -> None:
    text = body_text(value)
    assert QUEUES.allows(text)
    assert json.loads(text) == value


@given(st.text(min_size=1))
def test_text_goes_as_it_is_or_is_refused(text: str) -> None:
    if QUEUES.allows(text):
        assert body_text(text) is text
    else:
        with pytest.raises(InvalidRequest, match="refuses"):
            body_text(text)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "empty"),
        (b"x", "bytes"),
        (bytearray(b"x"), "bytes"),
        ({1, 2}, "no JSON form"),
        ({"a": float("nan")}, "no JSON form"),
        (object(), "no JSON form"),
    ],
)
def test_refused_bodies(body: object, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        body_text(body)


def test_a_body_that_holds_itself() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(InvalidRequest, match="no JSON form"):
        body_text(loop)


def test_the_size_counts_bytes_and_attributes() -> None:
    assert ready("é" * (MIB // 2)).size == MIB
    assert ready("x" * (MIB - 8), attributes={"a": "1"}).size == MIB
    with pytest.raises(InvalidRequest, match="1,048,577 bytes"):
        ready("x" * (MIB + 1))
    with pytest.raises(InvalidRequest, match="1,048,577 bytes"):
        ready("x" * (MIB - 7), attributes={"a": "1"})


def test_only_what_is_given_is_sent() -> None:
    assert ready().params == {"MessageBody": "x"}
    assert ready(delay=0).params == {"MessageBody": "x", "DelaySeconds": 0}
    assert ready(group="a").params == {"MessageBody": "x", "MessageGroupId": "a"}


@pytest.mark.parametrize(
    ("fifo", "options", "says"),
    [
        (True, {}, "needs a group"),
        (True, {"group": "a", "delay": 1}, "delays all messages or none"),
        (False, {"deduplication_id": "a"}, "no FIFO queue"),
        (False, {"delay": 901}, "0 to 900"),
        (False, {"delay": -1}, "0 to 900"),
        (False, {"group": "a b"}, "group='a b'"),
        (False, {"group": ""}, "group=''"),
        (False, {"group": "x" * 129}, "1 to 128"),
        (True, {"group": "a", "deduplication_id": "é"}, "deduplication_id="),
    ],
)
def test_refused_options(fifo: bool, options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        ready(fifo=fifo, **options)


def unique(body: object = "x", **options: Any) -> str:
    return str(ready(body, fifo=True, **{"group": "a", **options}).params["MessageDeduplicationId"])


def test_the_deduplication_id_is_of_the_content() -> None:
    assert unique() == unique()
    assert len(unique()) == 64
    others = [unique("y"), unique(group="b"), unique(attributes={"n": 1}), unique(attributes={"n": "1"})]
    assert len({unique(), *others}) == 5
    assert unique(deduplication_id="mine") == "mine"


def test_the_queue_may_derive_it() -> None:
    assert "MessageDeduplicationId" not in ready(fifo=True, derives=True, group="a").params


def test_whether_the_queue_derives_it_is_not_asked_in_vain() -> None:
    def asked() -> bool:
        raise AssertionError

    given = Outgoing("x", group="a", deduplication_id="mine")
    entry_for(queue_of(fifo=True, derives=asked), given, item=None)
    entry_for(queue_of(fifo=False, derives=asked), Outgoing("x"), item=None)


def confirm(entry: Entry, **answer: Any) -> Sent:
    return confirmed(entry, answer, operation="SendMessage", about="jobs")


def test_confirmed() -> None:
    entry = ready("é", attributes={"n": 1})
    answer = {"MessageId": "1", "MD5OfMessageBody": md5("é"), "SequenceNumber": "7"}
    assert confirm(entry, **answer) == Sent("1", "7")
    assert confirm(entry, **answer, MD5OfMessageAttributes=digest(to_wire({"n": 1}))) == Sent("1", "7")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"MessageId": "1"},
        {"MD5OfMessageBody": md5("x")},
        {"MessageId": "1", "MD5OfMessageBody": md5("y")},
        {"MessageId": "1", "MD5OfMessageBody": md5("x"), "MD5OfMessageAttributes": md5("y")},
    ],
)
def test_not_confirmed(answer: dict[str, str]) -> None:
    with pytest.raises(ServiceError) as caught:
        confirm(ready("x", attributes={"n": 1}), **answer)
    assert not caught.value.retryable
    assert caught.value.resource == "jobs"


@given(st.text(max_size=20))
def test_a_body_alone_makes_the_entry_that_every_message_makes(text: str) -> None:
    makers: list[Callable[[], Entry]] = [lambda: plain(text), lambda: ready(text)]
    made: list[object] = []
    for make in makers:
        try:
            entry = make()
            made.append((entry.item, entry.params, entry.size, entry.group, entry.error, entry.parcel))
        except InvalidRequest as error:
            made.append(str(error))
    assert made[0] == made[1]
