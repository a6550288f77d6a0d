"""What becomes of SQS's methods when requests fail, or answers get lost."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from cloudkit.sqs import Message, OnceInBucket, Queue
from tests.contract.retry_laws import Law, Scene, conditional, reads, repeated, silent, token, writes

BUCKET = "arn:aws:s3:::acme-photos"
TWICE = "the message may come twice, as SQS may deliver any"
GOES_ON = "its requests are tried again until it is stopped, as `tests/sqs/test_under_faults.py` shows"
TASKS = "the embedded cloud has no such tasks: `tests/sqs/test_redrive.py` shows it"
MOVES = "it receives, sends and deletes as these methods do: `tests/sqs/test_redrive.py` shows it"
SENDS = "it sends as `send_many` does, on a thread of its own: `tests/sqs/test_batch.py` shows it"
HIDDEN = "what came with it comes again after the visibility timeout"
S3 = "s3.amazonaws.com"


def queue(scene: Scene) -> Queue:
    return scene.queue()


def fifo(scene: Scene) -> Queue:
    return scene.queue(".fifo")


def shared(scene: Scene) -> Queue:
    return scene.once(queue)


def by_name(scene: Scene) -> str:
    return shared(scene).name


def two_messages(scene: Scene) -> Queue:
    made = scene.queue()
    made.send_many(["one", "two"])
    return made


def message(scene: Scene) -> Message:
    made = scene.queue()
    made.send("work")
    return made.receive(wait=0)[0]


def messages(scene: Scene) -> tuple[Queue, Message]:
    found = message(scene)
    return found.queue, found


def with_policy(scene: Scene) -> Queue:
    made = scene.queue()
    made.allow_service(S3, BUCKET, source_account="123456789012")
    return made


def with_dead_letters(scene: Scene) -> tuple[Message, Queue]:
    failed = scene.queue()
    queue = scene.queue().update(dead_letters=failed)
    queue.send("work")
    return queue.receive(wait=0)[0], failed


def with_policy_for_all(scene: Scene) -> Queue:
    made = scene.queue()
    made.allow("*", sid="all")
    return made


def with_sources(scene: Scene) -> Queue:
    return failed_with_source(scene)[0]


def failed_with_source(scene: Scene) -> tuple[Queue, Queue]:
    failed = scene.queue()
    failed.send("work")
    return failed, scene.queue().update(dead_letters=failed)


class Sink:
    """A place for messages, which has one."""

    def open(self, _mode: str) -> io.StringIO:
        return io.StringIO('{"body": "work"}\n')


def held(queue: Queue) -> int:
    """How many messages it has, those that somebody works on among them."""
    counts = queue.counts
    return counts.visible + counts.in_flight


def in_flight(queue: Queue) -> int:
    return queue.counts.in_flight


def once(scene: Scene) -> OnceInBucket:
    return OnceInBucket(scene.bucket())


def begun(scene: Scene) -> OnceInBucket:
    made = once(scene)
    made.begin("k", owner="a", seconds=30)
    return made


def set_policy(queue: Queue) -> None:
    queue.policy = {"Version": "2012-10-17", "Statement": []}


def tag(queue: Queue) -> None:
    queue.tags["team"] = "web"


LAWS: Mapping[str, Law[Any]] = {
    "Queue.create": writes(lambda scene: scene.name("new"), lambda name: Queue.create(name)),
    "Queue.ensure": writes(lambda scene: scene.name("new"), lambda name: Queue.ensure(name)),
    "Queue.ensure of one that is there": reads(by_name, lambda name: Queue.ensure(name)),
    "Queue.get": reads(by_name, lambda name: Queue.get(name)),
    "Queue.list": reads(by_name, lambda name: Queue.list(prefix=name).to_list()),
    "Queue.refresh": reads(by_name, lambda name: Queue(name).refresh()),
    "Queue.exists": reads(by_name, lambda name: Queue(name).exists()),
    "Queue.url": reads(by_name, lambda name: Queue(name).url.rpartition("/")[2]),
    "Queue.update": writes(queue, lambda queue: queue.update(visibility_timeout=60)),
    "Queue.counts": reads(shared, lambda queue: queue.counts),
    "Queue.policy=": writes(queue, set_policy),
    "Queue.tags=": writes(queue, tag),
    "Queue.allow_service": writes(
        queue,
        lambda queue: queue.allow_service(S3, BUCKET, source_account="123456789012"),
        done=lambda queue: len(queue.policy["Statement"]),
    ),
    "Queue.disallow_service": writes(with_policy, lambda queue: queue.disallow_service(S3, BUCKET)),
    "Queue.send": repeated(queue, lambda queue: queue.send("work"), held, TWICE),
    "Queue.send to a FIFO queue": token(
        fifo, lambda queue: queue.send("work", group="g"), "MessageDeduplicationId", done=held
    ),
    "Queue.send_many": repeated(queue, lambda queue: queue.send_many(["work"]), held, TWICE),
    "Queue.send_many to a FIFO queue": token(
        fifo, lambda queue: queue.send_many(["work"], group="g"), "MessageDeduplicationId", done=held
    ),
    "Queue.receive": repeated(two_messages, lambda queue: queue.receive(1, wait=0), in_flight, HIDDEN),
    "Queue.receive from a FIFO queue": token(
        fifo, lambda queue: queue.receive(1, wait=0), "ReceiveRequestAttemptId"
    ),
    "Queue.drain": repeated(two_messages, lambda queue: next(queue.drain(wait=0)), in_flight, HIDDEN),
    "Queue.delete_messages": writes(
        messages, lambda given: given[0].delete_messages([given[1]]), done=lambda given: held(given[0])
    ),
    "Queue.purge": writes(
        two_messages,
        lambda queue: queue.purge(),
        again={"PurgeQueue": ("AWS.SimpleQueueService.PurgeQueueInProgress", 403)},
        done=held,
    ),
    "Queue.oldest_age": reads(shared, lambda queue: queue.oldest_age),
    "Queue.allow": writes(
        queue, lambda queue: queue.allow("123456789012"), done=lambda queue: len(queue.policy["Statement"])
    ),
    "Queue.disallow": writes(with_policy_for_all, lambda queue: queue.disallow("all")),
    "Queue.sources": reads(lambda scene: scene.once(with_sources), lambda queue: queue.sources().to_list()),
    "Queue.peek": writes(two_messages, lambda queue: queue.peek(), done=held),
    "Queue.redrive": silent(MOVES),
    "Queue.redrives": silent(TASKS),
    "Redrive.refresh": silent(TASKS),
    "Redrive.wait": silent(TASKS),
    "Redrive.cancel": silent(TASKS),
    "Queue.save": repeated(two_messages, lambda queue: queue.save(Sink(), limit=1), in_flight, HIDDEN),
    "Queue.load": repeated(queue, lambda queue: queue.load(Sink()), held, TWICE),
    "Queue.load into a FIFO queue": token(
        fifo, lambda queue: queue.load(Sink()), "MessageDeduplicationId", done=held
    ),
    "Batch.send": silent(SENDS),
    "Batch.flush": silent(SENDS),
    "Queue.delete": writes(queue, lambda queue: queue.delete()),
    "Message.delete": writes(
        message, lambda message: message.delete(), done=lambda message: held(message.queue)
    ),
    "Message.release": writes(
        message, lambda message: message.release(), done=lambda message: in_flight(message.queue)
    ),
    "Message.extend": writes(message, lambda message: message.extend(60)),
    "Message.dead_letter": repeated(
        with_dead_letters,
        lambda given: given[0].dead_letter("no"),
        lambda given: held(given[1]),
        TWICE,
    ),
    "OnceInBucket.begin": conditional(
        once, lambda once: once.begin("k", owner="a", seconds=30), "If-None-Match"
    ),
    "OnceInBucket.keep": conditional(begun, lambda once: once.keep("k", owner="a", seconds=30), "If-Match"),
    "OnceInBucket.finish": writes(once, lambda once: once.finish("k")),
    "OnceInBucket.forget": conditional(begun, lambda once: once.forget("k", owner="a"), "If-Match"),
    "Queue.consume": silent(GOES_ON),
    "Consumer.run": silent(GOES_ON),
    "Worker.run": silent(GOES_ON),
}
