"""The tour's topic and queue."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from cloudkit import Queue, Topic
from cloudkit.demo.stage import Check
from cloudkit.demo.world import World
from cloudkit.types import Json


def topic(world: World) -> None:
    world.topic = Topic.create("demo-news")
    world.inbox = Queue.create("demo-inbox")
    world.topic.subscribe("ops@example.com")
    world.topic.subscribe(world.receiver.url)  # a real HTTP server in this process
    world.topic.subscribe(world.inbox)  # its policy now lets this topic in, and nobody else
    for subscription in world.topic.subscriptions():
        print(subscription.protocol, subscription.endpoint, "(pending)" if subscription.pending else "")
    world.topic.publish("The site is up", subject="News")
    print("over HTTP:", world.receiver.received[-1]["Message"])
    for message in world.inbox.receive(wait=0):
        with message:
            print("in the queue:", message.json(dict[str, str])["Message"])


def topic_checks(world: World) -> Iterator[Check]:
    protocols = sorted(each.protocol for each in world.topic.subscriptions())
    yield "there are three subscribers", protocols == ["email", "http", "sqs"]
    pending = [each.protocol for each in world.topic.subscriptions() if each.pending]
    yield "the one by mail has yet to confirm", pending == ["email"]
    messages = [each["Message"] for each in world.receiver.received if each["Type"] == "Notification"]
    yield "the HTTP server received it once", messages == ["The site is up"]
    yield "the queue had it, and it is worked off", not list(world.inbox.drain(wait=0))
    statements = world.inbox.policy.get("Statement")
    yield "the queue lets this topic alone send", _lets_in(statements, world.topic.arn)


def _lets_in(statements: Json, topic_arn: str) -> bool:
    if not isinstance(statements, list) or len(statements) != 1 or not isinstance(statements[0], dict):
        return False
    return (
        statements[0].get("Condition") == {"ArnEquals": {"aws:SourceArn": topic_arn}}
        and statements[0].get("Action") == "sqs:SendMessage"
    )


def queue(world: World) -> None:
    world.jobs = Queue.create("demo-jobs", visibility_timeout=1)
    world.jobs.send_many({"job": number} for number in range(9))

    def consume(name: str) -> None:
        for message in world.jobs.drain(wait=2):
            job = message.json(dict[str, int])["job"]
            if job == 4 and message.receives == 1:
                print(name, "dies over job 4: nobody deletes the message")
                return
            with message:
                time.sleep(0.1)  # the work
                print(name, "did job", job, "again" if message.receives > 1 else "")
                world.done.append((name, job, message.receives))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(consume, ["ann", "bob", "cyd"]))


def queue_checks(world: World) -> Iterator[Check]:
    yield "every job was done once", sorted(job for _, job, _ in world.done) == list(range(9))
    again = [(job, receives) for _, job, receives in world.done if receives > 1]
    yield "job 4 came back after its visibility timeout", again == [(4, 2)]
    counts = world.jobs.counts
    yield "nothing is left", (counts.visible, counts.in_flight, counts.delayed) == (0, 0, 0)
