from __future__ import annotations

import pytest

from cloudkit import InvalidRequest
from cloudkit.sqs._address.parsing import Address, parse

ACCOUNT = "123456789012"


@pytest.mark.parametrize("name", ["jobs", "jobs.fifo", "J_o-b", "x" * 80, "x" * 75 + ".fifo"])
def test_a_name(name: str) -> None:
    assert parse(name) == Address(name)


@pytest.mark.parametrize(
    "name", ["", "jo bs", "jobs.fif", ".fifo", "jobs.fifo.fifo", "x" * 81, "sqs://jobs", "jobs\n", "é"]
)
def test_no_name(name: str) -> None:
    with pytest.raises(InvalidRequest, match="letters"):
        parse(name)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_an_arn(partition: str) -> None:
    arn = f"arn:{partition}:sqs:eu-west-1:{ACCOUNT}:jobs"
    assert parse(arn) == Address("jobs", ACCOUNT, "eu-west-1", arn=arn)


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:sns:eu-west-1:{ACCOUNT}:jobs",
        "arn:aws:sqs:eu-west-1::jobs",
        f"arn:aws:sqs:eu-west-1:{ACCOUNT}",
    ],
)
def test_no_arn_of_a_queue(arn: str) -> None:
    with pytest.raises(InvalidRequest, match="no ARN of a queue"):
        parse(arn)


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("sqs.eu-west-1.amazonaws.com", "eu-west-1"),
        ("sqs-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("sqs.eu-west-1.api.aws", "eu-west-1"),
        ("vpce-0a1-b2.sqs.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
        ("eu-west-1.queue.amazonaws.com", "eu-west-1"),
        ("queue.amazonaws.com", "us-east-1"),
    ],
)
def test_a_url_of_aws(host: str, region: str) -> None:
    url = f"https://{host}/{ACCOUNT}/jobs.fifo"
    assert parse(url) == Address("jobs.fifo", ACCOUNT, region, url=url)


@pytest.mark.parametrize(
    ("url", "account"),
    [
        (f"http://localhost:5000/{ACCOUNT}/jobs", ACCOUNT),
        ("http://localhost:9324/queue/jobs", None),
        ("http://localhost:9324/jobs/", None),
        (f"http://sqs.us-east-1.localhost.localstack.cloud:4566/{ACCOUNT}/jobs", ACCOUNT),
        (f"https://sqs.eu-west-1.amazonaws.com.evil.test/{ACCOUNT}/jobs", ACCOUNT),
    ],
)
def test_a_url_of_another_server_says_no_region(url: str, account: str | None) -> None:
    assert parse(url) == Address("jobs", account, url=url)


@pytest.mark.parametrize(
    "url", ["https://sqs.eu-west-1.amazonaws.com/jobs", "https://sqs.eu-west-1.amazonaws.com/x/jobs"]
)
def test_aws_says_the_account(url: str) -> None:
    with pytest.raises(InvalidRequest, match="no URL of a queue"):
        parse(url)
