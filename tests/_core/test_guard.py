from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudkit import Bucket, Cloud, Instance, Listing, LoadBalancer, Queue, ServiceError, Topic
from tests.faults import FaultServer, Reply

PAGE = b"<!DOCTYPE html>\n<html><body>Please log in</body></html>"
PLAIN_PAGE = b"  <HTML><body>502</body></HTML>"


XHTML_PAGE = b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- portal --><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'
TYPED_PAGE = b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN"><html><body/></html>'


@pytest.mark.parametrize("page", [PAGE, PLAIN_PAGE, XHTML_PAGE, b"<!-- x --><html><body/></html>"])
def test_a_web_page_is_no_empty_listing(faults: FaultServer, page: bytes) -> None:
    faults.otherwise(Reply(200, page, {"Content-Type": "text/html"}))
    cloud = faults.cloud()
    listings: list[Listing[Any]] = [
        Bucket("acme", cloud=cloud).objects(),
        Bucket.list(cloud=cloud),
        Queue.list(cloud=cloud),
        Topic.list(cloud=cloud),
        Instance.list(cloud=cloud),
        LoadBalancer.list(cloud=cloud),
    ]
    for listing in listings:
        with pytest.raises(ServiceError, match="page|JSON") as caught:
            listing.to_list()
        assert caught.value.retryable
        assert caught.value.hint


def test_nor_is_one_with_a_document_type(faults: FaultServer) -> None:
    faults.otherwise(Reply(200, TYPED_PAGE, {"Content-Type": "text/html"}))
    cloud = faults.cloud()
    for listing in (Bucket("acme", cloud=cloud).objects(), Topic.list(cloud=cloud)):
        with pytest.raises(ServiceError) as caught:
            listing.to_list()
        assert caught.value.retryable


@pytest.mark.parametrize("body", [b'{"Messages": [', b"oops", b'"text"'])
def test_what_is_no_json_is_no_empty_receive(faults: FaultServer, body: bytes) -> None:
    faults.otherwise(Reply(200, body, {"Content-Type": "application/x-amz-json-1.0"}))
    queue = Queue(f"{faults.url}/123456789012/jobs", cloud=faults.cloud())
    with pytest.raises(ServiceError, match="no JSON"):
        queue.receive(wait=0)


TOPICS = (
    b"<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>arn:aws:sns:us-east-1:123456789012:news</TopicArn>"
    b"</member></Topics></ListTopicsResult></ListTopicsResponse>"
)
QUEUES = b'{"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/123456789012/jobs"]}'
POLICY = b'{"Version": "2012-10-17", "Statement": []}'
ANSWERS = [
    (TOPICS, lambda cloud: [topic.name for topic in Topic.list(cloud=cloud)], ["news"]),
    (QUEUES, lambda cloud: [queue.name for queue in Queue.list(cloud=cloud)], ["jobs"]),
    (POLICY, lambda cloud: list(Bucket("acme", cloud=cloud).policy), []),
]


@pytest.mark.parametrize(("body", "ask", "said"), ANSWERS, ids=["query", "json", "text"])
@pytest.mark.parametrize("wrong", [None, PAGE], ids=["cut", "page"])
def test_it_is_asked_again(
    faults: FaultServer, body: bytes, ask: Callable[[Cloud], object], said: object, wrong: bytes | None
) -> None:
    broken = Reply(200, body, cut_after=len(body) // 2) if wrong is None else Reply(200, wrong)
    faults.replies(broken, broken, Reply(200, body))
    assert ask(faults.cloud(attempts=3, pauses=False)) == said
    assert len(faults.requests) == 3


@pytest.mark.parametrize("ask", [ask for _, ask, _ in ANSWERS], ids=["query", "json", "text"])
def test_until_it_is_given_up(faults: FaultServer, ask: Callable[[Cloud], object]) -> None:
    faults.otherwise(Reply(200, PAGE, {"x-amzn-RequestId": "r-1"}))
    with pytest.raises(ServiceError, match="the answer is (a web page|no JSON): .*Please log in") as caught:
        ask(faults.cloud(attempts=3, pauses=False))
    error = caught.value
    assert (error.code, error.status, error.attempts) == ("BrokenAnswer", 200, 3)
    assert error.retryable
    assert error.__cause__ is not None
    assert "proxy" in str(error.hint)
    assert len(faults.requests) == 3


def test_an_empty_success_is_one(faults: FaultServer) -> None:
    faults.otherwise(Reply(200, b"", {"Content-Type": "application/x-amz-json-1.0"}))
    assert not Queue(f"{faults.url}/123456789012/jobs", cloud=faults.cloud()).receive(wait=0)


def test_an_error_page_stays_the_error_of_its_status(faults: FaultServer) -> None:
    faults.otherwise(Reply(503, PAGE, {"Content-Type": "text/html"}))
    with pytest.raises(ServiceError) as caught:
        Bucket("acme", cloud=faults.cloud()).objects().to_list()
    assert caught.value.status == 503


def test_an_object_that_is_a_web_page_is_read(faults: FaultServer) -> None:
    faults.otherwise(Reply(200, PAGE, {"Content-Type": "text/html", "ETag": '"1"'}))
    assert Bucket("acme", cloud=faults.cloud())["index.html"].read_bytes() == PAGE
