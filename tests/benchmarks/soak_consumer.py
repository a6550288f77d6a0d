"""A consumer at work for a long time: do its memory and its sockets grow? Prints both, and says so at the end.

    python -m tests.benchmarks.soak_consumer --minutes 20

One process serves a queue on loopback with faults (2% resets, 10% duplicates) and sends into it at a steady rate; this
one consumes it, with 5% handler errors, and puts an object for each message. Nothing leaves the machine, and it ends by
itself.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import random
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection

from typing_extensions import override

from cloudkit import Bucket, Cloud, CloudError, Retry
from cloudkit.sqs import Backoff, Hooks, Message, Queue
from cloudkit.types import SystemClock
from tests.faults import Reply, Request
from tests.sqs.server import FakeQueue, Stored

# Growth after the first minutes that counts as a leak, as the project promises.
MAX_GROWTH_BYTES = 5 * 1024**2
WARM_MINUTES = 5.0
# Those that failed last rest for a while.
DRAIN_SECONDS = 60.0
DUPLICATES, RESETS, FAILURES = 0.10, 0.02, 0.05


# -- the server --------------------------------------------------------------------------------------------------


def serve(pipe: Connection, rate: float, seconds: float) -> None:
    """Serve the queue, and take objects, until the other end says that it is enough."""
    dice = random.Random(13)

    def twice(message: Stored) -> bool:
        return message.receives == 1 and dice.random() < DUPLICATES

    queue = FakeQueue(SystemClock(), visibility=5, twice=twice)
    queue.deleted = Forgetful()
    queue.idle = lambda wait: wait_for_message(queue, wait)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if dice.random() < RESETS:
                self.close_connection = True
                return
            self._send(queue(Request("POST", self.path, {}, dict(self.headers.items()), body, self.path)))

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._send(Reply(headers={"ETag": '"x"'}))

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        @override
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send(server.server_port)
    ends = time.monotonic() + seconds
    number = 0
    while time.monotonic() < ends:
        time.sleep(1 / rate)
        queue.send(f"message {number}")
        number += 1
    pipe.send(number)
    while pipe.recv() == "left?":
        pipe.send(len(queue.messages))
    server.shutdown()


class Forgetful(list[str]):
    """Which messages were deleted: nobody asks here, and the list would grow."""

    @override
    def append(self, body: str, /) -> None:
        pass


def wait_for_message(queue: FakeQueue, wait: float) -> None:
    ends = time.monotonic() + wait
    while time.monotonic() < ends:
        now = queue.clock.now()
        if any(each.visible_at <= now for each in list(queue.messages.values())):
            return
        time.sleep(0.02)


# -- the consumer ------------------------------------------------------------------------------------------------


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def sockets() -> int:
    count = 0
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # closed in between
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    return count


def soak(minutes: float, rate: float) -> bool:
    """Consume for so long; whether neither memory nor sockets grew."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(theirs, rate, minutes * 60), daemon=True
    )
    process.start()
    url = f"http://127.0.0.1:{ours.recv()}"
    cloud = Cloud(region="us-east-1", endpoint_url=url, retry=Retry(attempts=1))
    queue = Queue(f"{url}/123456789012/jobs", cloud=cloud)
    bucket = Bucket("acme-soak", cloud=cloud)
    dice = random.Random(5)

    def work(message: Message) -> None:
        if dice.random() < FAILURES:
            raise ValueError("on purpose")
        if dice.random() < 0.001:
            time.sleep(8)  # longer than the lease
        bucket[message.id].write_bytes(b"x" * 256)

    def ignore(error: CloudError) -> None:
        pass

    hooks = Hooks(on_fail=lambda message, error: None, on_lost=lambda message, error: None)
    seen: list[tuple[float, int, int]] = []
    begun = time.monotonic()
    with queue.consumer(
        work, concurrency=8, retry=Backoff(1, max=10), hooks=hooks, on_error=ignore, signals=False
    ) as consumer:
        while (passed := time.monotonic() - begun) < minutes * 60:
            time.sleep(min(10.0, minutes * 60 - passed + 0.01))
            gc.collect()
            seen.append(((time.monotonic() - begun) / 60, resident_bytes(), sockets()))
            at, memory, open_sockets = seen[-1]
            print(
                f"{at:6.2f} min  {memory / 1024**2:7.2f} MiB  {open_sockets:3} sockets"
                f"  {threading.active_count():3} threads  {consumer.counters}",
                flush=True,
            )
        sent = ours.recv()
        ends = time.monotonic() + DRAIN_SECONDS
        while (left := asked(ours, "left?")) and time.monotonic() < ends:
            time.sleep(0.5)
    ours.send("enough")
    process.join(10)
    print(f"sent {sent}, left in the queue {left}; {consumer.counters}")
    return steady(seen, minutes) and left == 0


def asked(pipe: Connection, question: str) -> int:
    pipe.send(question)
    answer: int = pipe.recv()
    return answer


def steady(seen: Sequence[tuple[float, int, int]], minutes: float) -> bool:
    """Whether memory and sockets stayed, once it was warm."""
    warm = [each for each in seen if each[0] >= min(WARM_MINUTES, minutes / 2)]
    grown = warm[-1][1] - warm[0][1]
    counts = [each[2] for each in warm]
    print(
        f"memory {grown / 1024**2:+.2f} MiB since minute {warm[0][0]:.1f}, sockets {min(counts)} to {max(counts)}"
    )
    return grown <= MAX_GROWTH_BYTES and counts[-1] <= counts[0] + 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    given = parser.parse_args()
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing")
    good = soak(given.minutes, given.rate)
    print("steady" if good else "NOT STEADY")
    sys.exit(not good)


if __name__ == "__main__":
    main()
