"""A real web server on loopback hears what is published."""

from __future__ import annotations

import json

import pytest

from cloudkit.sns import DeliveryProtocol, Topic
from tests.conftest import Rig
from tests.faults import FaultServer, Reply


@pytest.fixture
def hook(faults: FaultServer) -> FaultServer:
    faults.otherwise(Reply())
    return faults


def test_a_web_server_is_told(rig: Rig, hook: FaultServer) -> None:
    topic = Topic.create(rig.name("news"))
    subscription = topic.subscribe(f"{hook.url}/hook?key=1")
    assert subscription.protocol is DeliveryProtocol.HTTP
    done = topic.publish({"site": "up"}, subject="News")
    notifications = [
        json.loads(request.body)
        for request in hook.requests
        if json.loads(request.body)["Type"] == "Notification"
    ]
    (found,) = notifications
    assert json.loads(found["Message"]) == {"site": "up"}
    assert found["Subject"] == "News"
    assert found["TopicArn"] == topic.arn
    assert found["MessageId"] == done.id
    assert {(request.method, request.path) for request in hook.requests} == {("POST", "/hook")}


def test_after_unsubscribing_it_hears_nothing(rig: Rig, hook: FaultServer) -> None:
    topic = Topic.create(rig.name("news"))
    topic.subscribe(hook.url).unsubscribe()
    heard = len(hook.requests)
    topic.publish_many(["one", "two"])
    assert len(hook.requests) == heard


def test_its_own_text(rig: Rig, hook: FaultServer) -> None:
    topic = Topic.create(rig.name("news"))
    topic.subscribe(hook.url)
    topic.publish("for all", per_protocol={"http": "for web servers"})
    assert json.loads(hook.requests[-1].body)["Message"] == "for web servers"
