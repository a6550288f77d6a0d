from __future__ import annotations

import json
import re
from pathlib import Path

import botocore
import pytest

from cloudkit.sns import NotificationRefused
from cloudkit.sns._arn import Arn
from cloudkit.sns._verifying.addresses import is_action, is_certificate, server_of
from tests.sns.signing import PATH, SERVER, TOPIC, URL

DATA = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text())
REGIONS = [
    (partition["id"], region, partition["outputs"]["dnsSuffix"])
    for partition in DATA["partitions"]
    for region in partition["regions"]
    if re.search("[0-9]$", region)
]


@pytest.mark.parametrize(("partition", "region", "suffix"), REGIONS)
def test_the_servers_of_all_regions(partition: str, region: str, suffix: str) -> None:
    """What botocore knows of regions and names is what is accepted."""
    topic = Arn(partition, "sns", region, "123456789012", "news")
    assert server_of(topic) == f"https://sns.{region}.{suffix}"
    assert is_certificate(f"https://sns.{region}.{suffix}{PATH}", topic)
    assert not is_certificate(f"https://sns.{region}.{suffix}.evil.test{PATH}", topic)


@pytest.mark.parametrize(
    ("partition", "region"),
    [
        ("aws", "cn-north-1"),
        ("aws-cn", "us-east-1"),
        ("aws-us-gov", "us-east-1"),
        ("aws-new", "us-east-1"),
        ("aws", "us-east-1.evil.test/"),
        ("aws", "evil.test#"),
        ("aws", "s3"),
        ("aws", "US-EAST-1"),
        ("aws", "us-east-\u0661"),
        ("aws", "us-east-1\n"),
        ("aws", ""),
    ],
)
def test_regions_that_are_none(partition: str, region: str) -> None:
    """Where a function says which topics are expected, the region may be anything."""
    with pytest.raises(NotificationRefused):
        server_of(Arn(partition, "sns", region, "123456789012", "news"))


def test_actions() -> None:
    topic = Arn.parse(TOPIC)
    assert is_action(f"{SERVER}/?Action=Unsubscribe", topic)
    for url in (
        URL,
        SERVER,
        f"{SERVER}.evil.test/?a",
        f"{SERVER}@evil.test/?a",
        f"{SERVER}:80/?a",
        f"{SERVER}/a?b",
    ):
        assert not is_action(url, topic)
