from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cloudkit import LimitExceeded
from cloudkit.sqs import Queue
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import queue_on

ARN = "arn:aws:sqs:us-east-1:123456789012:jobs"


class Policed:
    """A queue that keeps its policy, and takes a moment to say it."""

    def __init__(self) -> None:
        self.policy = ""

    def __call__(self, request: Request) -> Reply:
        if request.operation == "SetQueueAttributes":
            self.policy = request.json["Attributes"]["Policy"]
            return Reply.json({})
        found = {"QueueArn": ARN, **({"Policy": self.policy} if self.policy else {})}
        return Reply(body=json.dumps({"Attributes": found}).encode(), delay=0.02)

    @property
    def sources(self) -> set[str]:
        told: list[Any] = json.loads(self.policy)["Statement"]
        return {each["Condition"]["ArnEquals"]["aws:SourceArn"] for each in told}


def test_threads_do_not_undo_what_others_allow(faults: FaultServer) -> None:
    state = Policed()
    faults.otherwise(state)
    cloud = faults.cloud()

    def queue() -> Queue:  # each thread with one of its own
        return Queue(f"{faults.url}/123456789012/jobs", cloud=cloud)

    sources = [f"arn:aws:s3:::acme-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: queue().allow_service("s3.amazonaws.com", each), sources))
        assert state.sources == set(sources)
        going = [pool.submit(queue().disallow_service, "s3.amazonaws.com", each) for each in sources[:4]]
        assert all(each.result() for each in going)
    assert state.sources == set(sources[4:])


def test_a_policy_that_is_full(faults: FaultServer) -> None:
    full = Reply.json_error(
        "OverLimit", "21 statements were found in the policy, max allowed is 20", status=403
    )
    state = Policed()
    faults.otherwise(lambda request: full if request.operation == "SetQueueAttributes" else state(request))
    with pytest.raises(LimitExceeded, match="join statements"):
        queue_on(faults).allow("123456789012", "SendMessage")
