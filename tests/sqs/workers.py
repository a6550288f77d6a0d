"""What other processes run in tests: handlers that travel by pickle, and a whole worker."""

from __future__ import annotations

import os
import sys
import time

from cloudkit import Cloud
from cloudkit.sqs import Message, Queue


def crunch(message: Message) -> None:
    """Work that says in the queue of its name's answers which process has done it."""
    if message.body == "bad" and message.receives == 1:
        raise ValueError("bad")
    if message.body == "give back" and message.receives == 1:
        message.release()
        return
    Queue(f"{message.queue.name}-answers", cloud=message.queue.cloud).send(f"{message.body} {os.getpid()}")


def main(url: str, name: str, what: str) -> None:
    """Consume a queue until a signal comes, and say what was done."""
    queue = Queue(name, cloud=Cloud(region="us-east-1", endpoint_url=url))

    def work(message: Message) -> None:
        print("begun", message.body, flush=True)
        if what == "slow":
            time.sleep(0.7)
        elif what == "endless":
            time.sleep(60)

    print("ready", flush=True)
    counters = queue.consume(work, concurrency=1, prefetch=4, lease=30, grace=2)
    print("end", counters, flush=True)
    if what == "endless":
        # What a program does at its end must not wait for a handler that was left.
        sys.exit(3)


if __name__ == "__main__":
    main(*sys.argv[1:])
