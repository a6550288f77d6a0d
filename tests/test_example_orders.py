"""The example of a web hook and a worker: in processes of their own, on a cloud that is another one."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import cloudkit
from cloudkit import Bucket, Cloud, Queue, Topic
from cloudkit.sqs import Counts
from tests.sns import signing

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "orders"
PAGE = ROOT / "docs" / "orders.md"

# How long anything may take before the test gives up: a machine may be busy.
PATIENCE_SECONDS = 60.0
# An idle worker is gone within a second, as its own tests say; here the interpreter ends as well.
QUICK_SECONDS = 5.0

_REFUSED = "a notification is refused: "
_INVOICE = re.compile(r"INFO:worker:invoice (\d+)")


class Program:
    """A program in a process of its own, and what it has said."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._said: list[str] = []
        self._over = False
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=EXAMPLE,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self._said.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()

    @property
    def said(self) -> Sequence[str]:
        with self._news:
            return tuple(self._said)

    @property
    def invoices(self) -> list[int]:
        """The orders that it has written invoices for, in their order."""
        return [int(found[1]) for line in self.said if (found := _INVOICE.fullmatch(line))]

    def _wait(self, ready: Callable[[], bool]) -> None:
        with self._news:
            self._news.wait_for(lambda: ready() or self._over, PATIENCE_SECONDS)
            assert ready(), "\n".join(self._said)

    def wait_for_invoices(self, number: int) -> None:
        self._wait(lambda: sum(_INVOICE.fullmatch(line) is not None for line in self._said) >= number)

    def wait_for_refusals(self, number: int) -> list[str]:
        """Why the web hook has refused what it has."""
        self._wait(lambda: sum(_REFUSED in line for line in self._said) >= number)
        return [line.rpartition(_REFUSED)[2] for line in self.said if _REFUSED in line]

    def wait_for(self, pattern: str) -> str:
        """The first group of the first line that has it."""
        self._wait(lambda: any(re.search(pattern, line) for line in self._said))
        return next(found[1] for line in self.said if (found := re.search(pattern, line)))

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send it a signal: its exit code, and how many seconds it took to end."""
        begun = time.monotonic()
        self._process.send_signal(number)
        return self.ended(), time.monotonic() - begun

    def ended(self) -> int:
        code = self._process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return code

    def close(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()


class Shop:
    """The programs of the example, and the cloud that they are on. All have ended when the stack has."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        package = str(Path(cloudkit.__file__).parents[1])
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": package}
        self.server = self.start("-m", "cloudkit", "local", "--port", "0")
        url = self.server.wait_for(r"AWS_ENDPOINT_URL=(\S+)")
        self._environment |= {"AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": "us-east-1"}
        self.cloud = Cloud(region="us-east-1", endpoint_url=url)
        stack.callback(self.cloud.close)
        self.web = self.start("-m", "uvicorn", "web:app", "--port", "0", "--no-access-log")
        self.address = self.web.wait_for(r"running on (http://\S+)")

    def start(self, *arguments: str) -> Program:
        program = Program(arguments, self._environment)
        self._stack.callback(program.close)
        return program

    def run(self, *arguments: str) -> str:
        """What a program says that ends by itself."""
        program = self.start(*arguments)
        code = program.ended()
        said = "\n".join(program.said)
        assert code == 0, said
        return said

    def worker(self) -> Program:
        worker = self.start("worker.py")
        worker.wait_for("(waiting for orders)")
        return worker

    def post(self, fields: Mapping[str, Any]) -> int:
        """Post to the web hook what says that it is a notification: the status of the answer."""
        split = urlsplit(self.address)
        connection = http.client.HTTPConnection(str(split.hostname), split.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("POST", "/", json.dumps(fields), signing.headers(fields))
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    with ExitStack() as stack:
        shop = Shop(stack)
        with shop.cloud:
            yield shop


PRICES = {"tea": Decimal("3.20"), "coffee": Decimal("4.50")}


def item(order: int) -> str:
    return ("tea", "coffee", "coffee", "sugar")[order % 4]


def invoice(order: int) -> str:
    quantity = order % 5 + 1
    return f"{quantity} {item(order)}: {quantity * PRICES[item(order)]}"


def sold(first: int, last: int) -> list[int]:
    """Those of the orders that get an invoice: nobody sells sugar here."""
    return [order for order in range(first, last + 1) if item(order) != "sugar"]


@pytest.mark.timeout(4 * PATIENCE_SECONDS)
def test_orders_go_from_topic_to_invoice(shop: Shop) -> None:
    told = shop.run("set_up.py", f"{shop.address}/")
    assert told == f"SNS posts to {shop.address}/"
    assert shop.run("set_up.py", f"{shop.address}/") == told  # it is safe to repeat
    queue, failed = Queue("shop-orders"), Queue("shop-orders-failed")

    # The hook takes what is published while no worker is there.
    assert shop.run("publish.py", "1", "40") == "40 orders are published"
    assert queue.counts == Counts(visible=40, in_flight=0, delayed=0)

    # A worker that is stopped in the middle of it finishes what it has begun, and another goes on.
    first = shop.worker()
    first.wait_for_invoices(3)
    code, took = first.end()
    assert code == 0
    assert took < QUICK_SECONDS
    second = shop.worker()
    second.wait_for_invoices(len(sold(1, 40)) - len(first.invoices))

    # While one waits, orders come through at once; what is none makes the hook fail, and nothing else.
    Topic("shop-sales").publish("no order at all")
    inbox = Queue.create("inbox")
    Topic("shop-sales").subscribe(inbox)
    shop.run("publish.py", "41", "45")
    second.wait_for_invoices(len(sold(1, 45)) - len(first.invoices))
    refuse_forgeries(shop, inbox.receive(wait=5)[0].json(dict))
    wait_until_empty(queue)

    code, took = second.end()
    assert code == 0
    assert took < QUICK_SECONDS

    # Each was dealt with once, and in the way that it should be.
    assert sorted([*first.invoices, *second.invoices]) == sold(1, 45)
    kept = {each.name: each.read_text() for each in Bucket("acme-shop-invoices").objects()}
    assert kept == {f"{order}.txt": invoice(order) for order in sold(1, 45)}
    put_aside = list(failed.drain(wait=0))
    assert {each.attributes["DeadLetterReason"] for each in put_aside} == {"no sugar is sold"}
    assert sorted(each.json(dict)["id"] for each in put_aside) == [
        order for order in range(1, 46) if item(order) == "sugar"
    ]
    assert queue.counts == Counts(visible=0, in_flight=0, delayed=0)
    assert shop.server.end()[0] == 0


def wait_until_empty(queue: Queue) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while queue.counts != Counts(visible=0, in_flight=0, delayed=0):
        assert time.monotonic() < ends, queue.counts
        time.sleep(0.05)


def refuse_forgeries(shop: Shop, genuine: Mapping[str, Any]) -> None:
    """What SNS did send comes again, as it was and otherwise."""
    order = json.dumps({"id": 666, "item": "tea", "quantity": 1})
    strangers = Topic.create("strangers")
    inbox = Queue.create("strangers-inbox")
    strangers.subscribe(inbox)
    strangers.publish(order)
    [theirs] = inbox.receive(wait=5)

    assert shop.post(genuine) == 200  # a repeat, of which nothing becomes
    forged = {
        "signature": [{**genuine, "Message": order}, signing.signed({**genuine, "Message": order})],
        "address": [{**genuine, "SigningCertURL": shop.address + urlsplit(genuine["SigningCertURL"]).path}],
        "topic": [theirs.json(dict)],
        "old": [{**genuine, "Timestamp": signing.ago(2 * 3600)}],
    }
    for reason, bodies in forged.items():
        for body in bodies:
            assert shop.post(body) == 403, reason
    reasons = [reason for reason, bodies in forged.items() for _ in bodies]
    assert shop.web.wait_for_refusals(len(reasons)) == reasons


def test_the_page_shows_the_programs_as_they_are() -> None:
    page = PAGE.read_text()
    shown = dict(re.findall(r'```py title="(\w+\.py)"\n(.*?)```', page, re.DOTALL))
    programs = {each.name: each.read_text() for each in EXAMPLE.glob("*.py")}
    assert shown == programs
