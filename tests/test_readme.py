"""The README's table: both sides of each row run, and leave the same world behind."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import frozen
from botocore.config import Config
from botocore.exceptions import ClientError

import cloudkit
from cloudkit import Bucket, Cloud, Instance, Queue, SecurityGroup, local
from cloudkit.ec2 import Rule

README = (Path(__file__).parent.parent / "README.md").read_text()
_ROW = re.compile(
    r"<tr><td>(?P<task>[^<]+)</td><td>\n\n```python\n(?P<boto3>.*?)```\n\n</td><td>\n\n```python\n(?P<ours>.*?)```",
    re.S,
)


@frozen
class Row:
    task: str
    boto3: str
    ours: str


ROWS = [Row(match["task"], match["boto3"], match["ours"]) for match in _ROW.finditer(README)]


def _before() -> None:
    """The world that every row starts in."""
    bucket = Bucket.create("acme")
    for number in range(3):
        bucket[f"a/{number}.txt"].write_text("x" * number)
    bucket["b.txt"].write_text("stays")
    Queue.create("jobs")
    Queue.create("work").send_many({"id": number} for number in range(12))
    SecurityGroup.create("web", description="web servers")


def _keys(_: Mapping[str, Any]) -> object:
    return [each.key for each in Bucket("acme")]


def _bodies(_: Mapping[str, Any]) -> object:
    return sorted(message.body for message in Queue("jobs").drain(wait=0))


def _delivered(_: Mapping[str, Any]) -> object:
    (message,) = Queue("jobs").drain(wait=0)
    statements = Queue("jobs").policy["Statement"]
    assert isinstance(statements, list)
    (statement,) = statements
    assert isinstance(statement, dict)
    return message.json(dict)["Message"], statement["Principal"], statement["Action"]


def _launched(_: Mapping[str, Any]) -> object:
    box = Instance.list(name="web-1").one()
    return box.state, box.type, box.image_id.startswith("ami-"), box.raw["MetadataOptions"]["HttpTokens"]


SEEN: dict[str, tuple[Callable[[Mapping[str, Any]], object], object]] = {
    "Write and read a text": (
        lambda names: (names["text"], Bucket("acme")["hello.txt"].content_type),
        ("Hello", "text/plain; charset=utf-8"),
    ),
    "Is an object there?": (lambda names: names["there"], True),
    "The sizes below a prefix": (lambda names: names["sizes"], {"a/0.txt": 0, "a/1.txt": 1, "a/2.txt": 2}),
    "Delete all below a prefix, and see what failed": (_keys, ["b.txt"]),
    "A link for an hour": (
        lambda names: sorted(re.findall(r"a/1\.txt|AWS4-HMAC-SHA256|Expires=3600", names["link"])),
        ["AWS4-HMAC-SHA256", "Expires=3600", "a/1.txt"],
    ),
    "Send 25 messages": (_bodies, sorted(json.dumps({"id": number}) for number in range(25))),
    "Work through a queue": (
        lambda names: (sorted(names["done"]), list(Queue("work").drain(wait=0))),
        (list(range(12)), []),
    ),
    "Deliver a topic to a queue": (
        _delivered,
        ("Hello", {"Service": "sns.amazonaws.com"}, "sqs:SendMessage"),
    ),
    "Open a port, also the second time": (
        lambda _: SecurityGroup.list(name="web").one().rules,
        {Rule(443)},
    ),
    "Launch a server and wait for it": (_launched, ("running", "t3.micro", True, "required")),
}


def _names(cloud: Cloud) -> dict[str, Any]:
    """What the reader has imported, with boto3's clients in the same cloud."""

    def client(service: str, **_: object) -> Any:
        return cloud.client(service)

    ours = {name: getattr(cloudkit, name) for name in cloudkit.__all__}
    return {
        **ours,
        "boto3": SimpleNamespace(client=client),
        "ClientError": ClientError,
        "Config": Config,
        "json": json,
        "uuid": uuid,
    }


def test_ten_tasks() -> None:
    assert [row.task for row in ROWS] == list(SEEN)
    assert len(ROWS) == 10


@pytest.mark.parametrize("side", ["boto3", "ours"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.task)
def test_row(row: Row, side: str) -> None:
    code: str = getattr(row, side)
    look, expected = SEEN[row.task]
    with local() as cloud:
        _before()
        names = _names(cloud)
        for _ in range(2 if "second time" in row.task else 1):
            exec(compile(code, "README.md", "exec"), names)
        assert look(names) == expected


def test_ours_is_shorter() -> None:
    def size(code: str) -> int:
        return len(code.split())

    longer: Sequence[str] = [row.task for row in ROWS if size(row.ours) >= size(row.boto3)]
    assert not longer
