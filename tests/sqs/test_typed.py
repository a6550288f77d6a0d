"""Queues whose messages are objects of a class."""

from __future__ import annotations

import pickle
import typing
from decimal import Decimal
from typing import Any

import pytest
from attrs import frozen

from cloudkit import Bucket, InvalidRequest
from cloudkit.sqs import DecodeError, Message, Outgoing, Queue
from tests.conftest import Rig
from tests.faults import FaultServer
from tests.sqs.answers import queue_on, received, row


@frozen
class Order:
    id: int
    price: Decimal


ORDER = Order(7, Decimal("1.10"))


class Plain:
    pass


class Upper:
    def encode(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError("no text")
        return value.lower()

    def decode(self, text: str) -> str:
        if text == "bad":
            raise KeyError("bad")
        return text.upper()


def test_objects_are_sent_and_received(rig: Rig) -> None:
    orders = Queue(Queue.create(rig.name("orders")).name, body=Order)
    orders.send(ORDER, attributes={"n": 1})
    orders.send_many([ORDER, Outgoing(ORDER, attributes={"n": 2})])
    found = [*orders.receive(wait=0), *orders.receive(wait=0)]
    assert [message.data for message in found] == [ORDER] * 3
    assert found[0].body == '{"id": 7, "price": "1.10"}'
    assert found[0].data is found[0].data
    copied: Message[Order] = pickle.loads(pickle.dumps(found[0]))
    assert copied.data == ORDER


def test_the_type_can_stand_in_brackets(rig: Rig) -> None:
    name = Queue.create(rig.name("orders")).name
    orders = Queue[Order](name)
    assert orders.body is Order
    assert orders == Queue(name)
    assert pickle.loads(pickle.dumps(orders)).body is Order
    upper: Any = Upper()
    assert Queue[Order](name, body=upper).body is upper  # what is said counts
    orders.send(ORDER)
    assert orders.receive(wait=0)[0].data == ORDER
    with pytest.raises(InvalidRequest, match="no type"):
        Queue[Plain](name).send("x")
    with pytest.raises(InvalidRequest, match="no type"):
        Queue(name, body=Plain)


def test_the_verbs_make_typed_queues(rig: Rig) -> None:
    name = rig.name("orders")
    store: Any = Bucket(rig.name("bodies"))
    made = Queue[Order].create(name, visibility_timeout=60, overflow=store)
    others = [
        Queue.create(rig.name("orders"), body=Order, overflow=store),
        Queue[Order].ensure(name, overflow=store),
        Queue.ensure(name, body=Order, overflow=store),
        Queue[Order].ensure(rig.name("orders"), overflow=store),
        Queue[Order].get(name, overflow=store),
        Queue.get(name, body=Order, overflow=store),
        Queue[Order].list(prefix=name, overflow=store).one(),
        Queue.list(prefix=name, body=Order, overflow=store).one(),
    ]
    for each in (made, *others):
        assert (each.body, each.overflow) == (Order, store)
        assert type(each) is Queue
    assert made == Queue(name) == others[1]
    made.send(ORDER)
    assert [message.data for message in others[1].receive(wait=0)] == [ORDER]
    upper: Any = Upper()
    assert Queue[Order].get(name, body=upper).body is upper
    assert Queue.get(name).body is None


def test_a_wrong_type_makes_no_queue(faults: FaultServer) -> None:
    cloud = faults.cloud()
    for make in (Queue[Plain].create, Queue[Plain].ensure, Queue[Plain].get):
        with pytest.raises(InvalidRequest, match="no type"):
            make("orders", cloud=cloud)
    with pytest.raises(InvalidRequest, match="no type"):
        Queue[Plain]("orders", cloud=cloud)
    assert faults.requests == []


def test_the_brackets_are_those_of_any_generic_class() -> None:
    def take(queue: Queue[Order] | None) -> None: ...

    assert typing.get_type_hints(take, {**globals(), "Queue": Queue})["queue"] == Queue[Order] | None
    assert typing.get_origin(Queue[Order]) is Queue
    assert typing.get_args(Queue[Order]) == (Order,)
    assert pickle.loads(pickle.dumps(Queue[Order])) == Queue[Order]
    wrong: Any = (Order, Order)
    with pytest.raises(TypeError):
        Queue[wrong]

    class Orders(Queue[Order]):
        pass

    assert issubclass(Orders, Queue)
    assert repr(Orders("orders")) == "<Orders orders>"


def test_what_is_not_of_the_type_is_not_sent(faults: FaultServer) -> None:
    orders = Queue("orders", body=Order, cloud=faults.cloud())
    for wrong in ("text", {"id": 7}, Order("7", Decimal(1))):  # type: ignore[arg-type]
        with pytest.raises(InvalidRequest, match="not of the queue's type"):
            orders.send(wrong)
    assert faults.requests == []


@pytest.mark.parametrize(
    "body", ["x", "{}", '{"id": "7", "price": "1"}', "[" * 100_000, '{"id": 7, "price": "?"}']
)
def test_what_is_not_of_the_type_is_said_when_it_is_read(faults: FaultServer, body: str) -> None:
    queue = queue_on(faults)
    orders = Queue(queue.url, body=Order, cloud=queue.cloud)
    faults.replies(received(row(body)))
    [message] = orders.receive(wait=0)
    with pytest.raises(DecodeError) as caught:
        _ = message.data
    assert isinstance(caught.value, (InvalidRequest, ValueError))
    assert caught.value.resource == str(message)
    assert message.body == body


def test_without_a_type_it_is_the_text(rig: Rig) -> None:
    jobs = Queue.create(rig.name("jobs"))
    jobs.send({"a": 1})
    [message] = jobs.receive(wait=0)
    assert message.data == '{"a": 1}'
    assert jobs.body is None


def test_a_codec_of_one_s_own(rig: Rig) -> None:
    jobs = Queue(Queue.create(rig.name("jobs")).name, body=Upper())
    jobs.send("CAT")
    jobs.send("BAD")
    found = {message.body: message for message in jobs.receive(wait=0)}
    assert found["cat"].data == "CAT"
    with pytest.raises(DecodeError, match="bad"):
        _ = found["bad"].data
    with pytest.raises(InvalidRequest, match="no text"):
        jobs.send(7)
    with pytest.raises(InvalidRequest, match="empty"):
        jobs.send("")


def test_dead_letters_are_of_the_same_type(rig: Rig) -> None:
    failed = Queue.create(rig.name("failed"))
    name = Queue.create(rig.name("orders"), dead_letters=failed).name
    orders = Queue(name, body=Order)
    assert orders.dead_letters == failed
    assert orders.dead_letters.body is Order


def test_bodies_nested_too_deep_are_not_sent(faults: FaultServer) -> None:
    deep: Any = []
    for _ in range(501):
        deep = [deep]
    with pytest.raises(InvalidRequest, match="nested"):
        Queue("jobs", cloud=faults.cloud()).send(deep)
    assert faults.requests == []


def test_wide_bodies_are_not_deep(rig: Rig) -> None:
    assert Queue.create(rig.name("jobs")).send([[each] for each in range(2000)]).id
