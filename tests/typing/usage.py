"""What type checkers know of everyday code. mypy and pyright read it in strict mode; test_usage.py runs it too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from attrs import frozen
from typing_extensions import assert_type

from cloudkit import (
    AccessDenied,
    AssumeRole,
    BatchError,
    Bucket,
    Cloud,
    CloudError,
    DeadlineExceeded,
    Folder,
    Identity,
    Listing,
    NotFound,
    Object,
    Retry,
    SyncAction,
    SyncPlan,
    SyncResult,
    Timeouts,
    WaitTimeout,
    configure,
    current_cloud,
    deadline,
    local,
    whoami,
)
from cloudkit.errors import Failed, Succeeded
from cloudkit.s3 import (
    BucketNotFound,
    Checksum,
    Contents,
    CopyTreeOptions,
    CorsRule,
    LifecycleRule,
    Link,
    Notification,
    Notifications,
    ObjectNotFound,
    PublicAccess,
    SyncFromOptions,
    SyncOptions,
    Uploads,
    Website,
    WriteOptions,
)
from cloudkit.sqs import (
    Backoff,
    Batch,
    Consumer,
    Counters,
    Hooks,
    Message,
    Outgoing,
    Queue,
    Receipt,
    Redrive,
    Redriven,
    Sent,
    Worker,
)
from cloudkit.types import HasArn, Json, Progress, Readable


def attributes(bucket: Bucket, thing: Object) -> None:
    assert_type(bucket.name, str)
    assert_type(bucket.region, str)
    assert_type(bucket.created, datetime | None)
    assert_type(bucket.versioning, bool)
    assert_type(bucket.tags["team"], str)
    assert_type(bucket.exists(), bool)
    assert_type(bucket.refresh(), Bucket)
    assert_type(bucket.raw, Mapping[str, Any])
    assert_type(thing.size, int)
    assert_type(thing.etag, str)
    assert_type(thing.last_modified, datetime)
    assert_type(thing.content_type, str | None)
    assert_type(thing.version_id, str | None)
    assert_type(thing.bucket, Bucket)
    assert_type(thing.metadata, dict[str, str])


def settings(bucket: Bucket, logs: Bucket, queue: Queue, thing: Object) -> None:
    """What is set may be given in other forms than what is read."""
    bucket.versioning = True
    bucket.website = "index.html"
    assert_type(bucket.website, Website | None)
    bucket.website = None
    bucket.encryption = "alias/reports"
    bucket.public_access = "blocked"
    bucket.public_access = PublicAccess(block_policy=False)
    bucket.ownership = "ObjectWriter"
    bucket.logging = logs
    bucket.logging = logs.name
    bucket.cors = ["https://example.com", CorsRule("*", "HEAD")]
    bucket.cors += ["https://example.org"]
    bucket.tags = {"team": "web"}
    bucket.lifecycle = [LifecycleRule(prefix="tmp/", expire=timedelta(days=30), abort_uploads=7)]
    bucket.notifications = [queue, Notification(queue, "s3:ObjectRemoved:*", prefix="x/")]
    bucket.policy = None
    thing.tags = {"team": "web"}
    assert_type(bucket.notifications, Notifications)
    assert_type(bucket.uploads(older_than=timedelta(days=1)), Uploads)
    assert_type(bucket.uploads().abort(dry_run=True), int)
    assert_type(bucket.delete_objects(["k"], dry_run=True), int)
    assert_type(bucket.delete(force=True, dry_run=True), Contents)


def verbs(name: str) -> None:
    bucket = assert_type(Bucket.ensure(name, versioning=True, update=True), Bucket)
    assert_type(Bucket.get(name), Bucket)
    assert_type(bucket["k"], Object)
    assert_type("k" in bucket, bool)
    assert_type(Object.get(name, "config.json"), Object)


def listings(bucket: Bucket) -> None:
    found = assert_type(bucket.objects("a/"), Listing[Object])
    assert_type(Bucket.list(prefix="x"), Listing[Bucket])
    assert_type(found.limit(3), Listing[Object])
    assert_type(found.first(), Object | None)
    assert_type(found.to_list(), list[Object])
    assert_type(found.map(lambda each: each.size), Listing[int])
    for some in found.batches(2):
        assert_type(some, list[Object])
    for page in found.pages():
        assert_type(page, list[Object])
    for each in bucket:
        assert_type(each, Object)


def trees(bucket: Bucket, here: Path, target: Bucket, *, dry_run: bool) -> None:
    folder = assert_type(bucket.folder("a"), Folder)
    assert_type(bucket.sync_from(here, "a"), SyncResult)
    assert_type(bucket.sync_from(here, folder, dry_run=True), SyncPlan)
    assert_type(bucket.sync_from(here, dry_run=dry_run), SyncPlan | SyncResult)
    assert_type(bucket.sync_to(here, folder), SyncResult)
    assert_type(bucket.sync_to(here, "a", dry_run=True), SyncPlan)
    assert_type(bucket.sync_to(here, dry_run=dry_run), SyncPlan | SyncResult)
    assert_type(bucket.copy_tree(target), SyncResult)
    assert_type(bucket.copy_tree(target, folder, dry_run=True), SyncPlan)
    assert_type(bucket.copy_tree(target, dry_run=dry_run), SyncPlan | SyncResult)
    assert_type(folder.sync_from(here), SyncResult)
    assert_type(folder.sync_from(here, dry_run=dry_run), SyncPlan | SyncResult)
    assert_type(folder.sync_to(here, dry_run=True), SyncPlan)
    assert_type(folder.sync_to(here, dry_run=dry_run), SyncPlan | SyncResult)
    assert_type(folder.glob("*"), Listing[Object])
    assert_type(folder.empty(dry_run=True), Contents)
    for action in bucket.sync_from(here, dry_run=True):
        assert_type(action, SyncAction)
    writing: WriteOptions = {"cache_control": "max-age=60"}
    up: SyncFromOptions = {"delete": False, "follow_symlinks": True, "cache_control": "max-age=60"}
    down: SyncOptions = {"delete": False, "exclude": ["*.tmp"]}
    across: CopyTreeOptions = {"compare": "size", "storage_class": "STANDARD_IA", "keep": ("tags",)}
    assert_type(bucket.sync_from(here, **up), SyncResult)
    assert_type(bucket.sync_to(here, dry_run=True, **down), SyncPlan)
    assert_type(bucket.copy_tree(target, **across), SyncResult)
    assert_type(bucket["k"].write_text("x", **writing), Object)


def contents(thing: Object, folder: Path) -> None:
    assert_type(thing.read_bytes(), bytes)
    assert_type(thing.read_text(), str)
    assert_type(thing.read_json(), Json)
    assert_type(thing.read_json(dict[str, int]), dict[str, int])
    assert_type(thing.write_text("{}", content_type="text/csv", if_absent=False), Object)
    assert_type(thing.write_json({"a": [1, None]}), Object)
    with thing.open() as text:
        assert_type(text, TextIO)
        assert_type(text.read(), str)
    with thing.open("rb") as data:
        assert_type(data, BinaryIO)
        assert_type(data.read(), bytes)
    assert_type(thing.download(folder / "x", progress=show), Path)
    with open(folder / "y", "wb") as target:
        assert_type(thing.download(target), int)
    assert_type(thing.json_lines(dict[str, int]), Iterator[dict[str, int]])
    assert_type(thing.lines(), Iterator[str])
    assert_type(thing.checksum, Checksum | None)
    with open(folder / "x", "rb") as file:
        readable: Readable = file
        assert_type(thing.upload(readable), Object)
    assert_type(thing.copy_to("other"), Object)
    assert_type(thing.url(expires=timedelta(hours=1)), Link)
    thing.read_json(int, str)  # type: ignore[call-overload]
    thing.write_text("x", colour="red")  # type: ignore[call-arg]
    thing.open("r+")  # type: ignore[call-overload]


def show(progress: Progress) -> None:
    assert_type(progress.done, int)
    assert_type(progress.total, int | None)
    assert_type(progress.fraction, float | None)


def clouds() -> None:
    cloud = Cloud(
        region="eu-west-1", retry=Retry(attempts=3), timeouts=Timeouts(read=10), role=AssumeRole("arn:aws:x")
    )
    with cloud as entered:
        assert_type(entered, Cloud)
    assert_type(Cloud(role="arn:aws:x").role, AssumeRole | None)
    assert_type(cloud.region, str | None)
    assert_type(cloud.in_region("us-east-1"), Cloud)
    assert_type(cloud.with_options(retry=Retry(attempts=1)), Cloud)
    assert_type(current_cloud(), Cloud)
    embedded: Cloud = local()
    assert_type(embedded.call("sqs", "list_queues", MaxResults=1), dict[str, Any])
    assert_type(whoami(embedded), Identity)
    assert_type(whoami(embedded).expires, datetime | None)
    Retry(mode="legacy" if embedded.anonymous else "standard")  # type: ignore[arg-type]


def unused() -> None:
    """Read by the type checkers alone: it would change the default of the process."""
    assert_type(configure(region="eu-west-1"), Cloud)


def failures(bucket: Bucket) -> None:
    try:
        bucket["nothing"].read_text()
    except ObjectNotFound as error:
        assert_type(error.code, str | None)
        assert_type(error.retryable, bool)
        missing: FileNotFoundError = error
        also: NotFound = error
        assert str(missing) == str(also)
    except BucketNotFound as error:
        place: LookupError = error
        raise place from None
    with deadline(timedelta(seconds=30)) as nothing:
        assert_type(nothing, None)
    assert_type(DeadlineExceeded("x").seconds, float | None)
    assert_type(DeadlineExceeded("x").batch, BatchError | None)
    batch, denied, late = BatchError("x"), AccessDenied("x"), WaitTimeout("x")
    assert_type(batch.failed, Sequence[Failed])
    assert_type(batch.succeeded, Sequence[Succeeded])
    for item, reason in batch.failed:
        assert_type(item, object)
        assert_type(reason, CloudError)
    assert_type(denied.action, str | None)
    assert_type(late.pending, Sequence[str])


def protocols(bucket: Bucket, queue: Queue) -> None:
    things: list[HasArn] = [bucket, queue]
    assert_type(things[0].arn, str)
    wrong: HasArn = bucket["k"]  # type: ignore[assignment]
    assert wrong is not None


def queues(queue: Queue) -> None:
    assert_type(queue.visibility_timeout, int)
    assert_type(queue.created, datetime)
    assert_type(Queue.list(prefix="x"), Listing[Queue])
    assert_type(Queue.get(queue.name), Queue)
    assert_type(queue.tags.get("x"), str | None)
    assert_type(queue.consume(work, concurrency=2, stop_when_empty=True, wait=0), Counters)
    assert_type(queue.consume(concurrency=2)(lambda message: print(message.body)), Worker)
    with queue.consumer(wait_for, retry=Backoff(1, max=60), hooks=Hooks(on_ack=work), grace=5) as consumer:
        consumer.stop()
        assert_type(consumer.wait(), Counters)
        assert_type(consumer.counters.acked, int)


def no_consumers(queue: Queue) -> None:
    queue.consumer(lambda: None)  # type: ignore[arg-type, misc]
    queue.consumer(work, workers=3)  # type: ignore[call-arg]


def work(message: Message) -> None:
    assert_type(message.lost, bool)


async def wait_for(message: Message) -> str:
    return message.body


@frozen
class Order:
    id: int
    price: Decimal


class Upper:
    def encode(self, value: object) -> str:
        return str(value).lower()

    def decode(self, text: str) -> bytes:
        return text.upper().encode()


def typed_queues(name: str, failed: Queue[Order]) -> None:
    """A queue of orders is made in one line, and says so of all that comes out of it."""
    orders = assert_type(Queue[Order].create(name, visibility_timeout=60), Queue[Order])
    assert_type(Queue.create(f"{name}-2", body=Order, dead_letters=failed), Queue[Order])
    assert_type(Queue.create(f"{name}-3", body=list[Order], tags={"a": "b"}), Queue[list[Order]])
    assert_type(Queue.create(f"{name}-4", body=Upper()), Queue[bytes])
    assert_type(Queue.create(f"{name}-5"), Queue[str])
    assert_type(Queue[Order].ensure(name), Queue[Order])
    assert_type(Queue.ensure(name, body=Order, visibility_timeout=60), Queue[Order])
    assert_type(Queue[Order].get(name), Queue[Order])
    assert_type(Queue.get(name, body=Order), Queue[Order])
    assert_type(Queue[Order].list(prefix=name), Listing[Queue[Order]])
    assert_type(Queue.list(prefix=name, body=Order), Listing[Queue[Order]])
    assert_type(Queue[Order](name), Queue[Order])
    assert_type(Queue(name, body=Order), Queue[Order])
    assert_type(Queue(name, body=Upper()), Queue[bytes])
    assert_type(orders.refresh().update(delay=0), Queue[Order])
    assert_type(orders.dead_letters, Queue[Order] | None)
    assert_type(failed.sources(), Listing[Queue[Order]])


def typed_messages(orders: Queue[Order], place: Path) -> None:
    order = Order(7, Decimal("1.10"))
    assert_type(orders.send(order), Sent)
    assert_type(orders.send_many([order, Outgoing(order, delay=1)]), Sequence[Sent])
    assert_type(orders.send_many((order for _ in range(2)), group=lambda each: str(each.id)), Sequence[Sent])
    with orders.batch() as batch:
        assert_type(batch, Batch[Order])
        assert_type(batch.send(order), Receipt)
    for message in orders.receive(1, wait=0):
        assert_type(message, Message[Order])
        assert_type(message.data, Order)
        assert_type(message.queue, Queue[Order])
        assert_type(message.body, str)
        with message as entered:
            assert_type(entered, Message[Order])
    for message in orders:
        assert_type(message.data.price, Decimal)
        message.release()
        break
    for message in orders.drain(wait=0):
        assert_type(message.data, Order)
    for message in orders.peek():
        assert_type(message.data, Order)
    assert_type(orders.save(place), int)
    assert_type(orders.redrive(where=lambda message: message.data.id > 7, limit=1), Redriven)


def typed_consumers(orders: Queue[Order]) -> None:
    assert_type(orders.consume(handle_order, stop_when_empty=True, wait=0), Counters)
    assert_type(
        orders.consume(lambda message: show_order(message.data), stop_when_empty=True, wait=0), Counters
    )
    assert_type(orders.consume(handle_any, stop_when_empty=True, wait=0), Counters)
    assert_type(orders.consume(wait=0)(handle_order), Worker)
    assert_type(orders.consumer(wait_for_order, wait=0), Consumer)


def never(orders: Queue[Order]) -> None:
    """Read by the type checkers alone."""
    assert_type(orders.redrive(rate=5), Redrive)
    orders.consume(work)  # type: ignore[arg-type]
    Queue[Order].create("orders", body=int, colour="red")  # type: ignore[call-overload]
    Queue.create("orders", body=7)  # type: ignore[call-overload]


def handle_order(message: Message[Order]) -> None:
    assert_type(message.data, Order)


def handle_any(message: Message[Any]) -> None:
    assert message.data


async def wait_for_order(message: Message[Order]) -> int:
    return message.data.id


def show_order(order: Order) -> None:
    assert_type(order, Order)
