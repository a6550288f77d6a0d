from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.elb._naming import (
    MARK,
    balancer_name,
    checked_listener_arn,
    checked_name,
    classic_arn,
    classic_name,
    group_name,
    is_group_of,
    marked,
    target_group_name,
)
from tests.elb.answers import BALANCER_ARN, CLASSIC_ARN, GROUP_ARN, LISTENER_ARN

names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?", fullmatch=True)
ports = st.integers(1, 65535)


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("web", "web"),
        (BALANCER_ARN, "web"),
        ("arn:aws-cn:elasticloadbalancing:cn-north-1:1:loadbalancer/net/my-nlb/0a1b", "my-nlb"),
        ("arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/old-one", "old-one"),
        ("web-1234567890.us-east-1.elb.amazonaws.com", "web"),
        ("internal-web-1234567890.eu-west-1.elb.amazonaws.com", "web"),
        ("dualstack.web-app-1234567890.eu-west-1.elb.amazonaws.com.", "web-app"),
        ("my-nlb-0123456789abcdef.elb.us-east-1.amazonaws.com", "my-nlb"),
        ("web-1234567890.cn-north-1.elb.amazonaws.com.cn", "web"),
        ("WEB-1234567890.US-EAST-1.ELB.AMAZONAWS.COM", "WEB"),
    ],
)
def test_a_load_balancer_is_named_by_name_arn_or_dns_name(given_name: str, name: str) -> None:
    found, arn, dns_name = balancer_name(given_name)
    assert found == name
    assert arn == (given_name if given_name.startswith("arn:") else None)
    assert (dns_name is not None) == ("amazonaws" in given_name.lower())


def test_a_dns_name_is_compared_without_what_aws_does_not_say() -> None:
    given_name = "dualstack.Web-1234567890.us-east-1.elb.amazonaws.com."
    assert balancer_name(given_name) == ("Web", None, "web-1234567890.us-east-1.elb.amazonaws.com")


def test_the_arn_of_a_classic_one_has_its_name_alone() -> None:
    arn = classic_arn("aws", "us-east-1", "123456789012", "web")
    assert arn == CLASSIC_ARN
    assert classic_name(arn) == "web"
    assert classic_name(BALANCER_ARN) is None
    assert classic_name(GROUP_ARN) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "arn:aws:s3:::acme",
        GROUP_ARN,
        LISTENER_ARN,
        "example.com",
        "web.elb.amazonaws.com.evil.test",
        "arn:aws",
    ],
)
def test_what_names_something_else_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(repr(wrong))):
        balancer_name(wrong)


def test_target_groups_and_listeners_by_arn() -> None:
    assert target_group_name("web-8080") == ("web-8080", None)
    assert target_group_name(GROUP_ARN) == ("web-8080", GROUP_ARN)
    assert checked_listener_arn(LISTENER_ARN) == LISTENER_ARN
    for wrong in (BALANCER_ARN, LISTENER_ARN):
        with pytest.raises(InvalidRequest, match="not the ARN of a targetgroup"):
            target_group_name(wrong)
    with pytest.raises(InvalidRequest, match="not the ARN of a listener"):
        checked_listener_arn(BALANCER_ARN)


@pytest.mark.parametrize(
    "name", ["", "-web", "web-", "a_b", "web app", "x" * 33, "größe", "web\n", "internal-x"]
)
def test_names_that_aws_refuses(name: str) -> None:
    with pytest.raises(InvalidRequest, match="1 to 32"):
        checked_name("load balancer", name)


def test_only_load_balancers_may_not_begin_with_internal() -> None:
    assert checked_name("target group", "internal-x") == "internal-x"
    assert checked_name("load balancer", "x" * 32) == "x" * 32


@given(names, ports)
def test_a_group_name_is_one_that_aws_takes(name: str, port: int) -> None:
    made = group_name(name, port)
    assert checked_name("target group", made) == made
    assert "--" not in made
    assert made.endswith(f"-{port}")
    assert is_group_of(name, made)


@given(names, names, ports)
def test_two_load_balancers_do_not_share_a_group_name(one: str, other: str, port: int) -> None:
    assert (group_name(one, port) == group_name(other, port)) == (one == other)


@given(names, ports, ports)
def test_two_ports_do_not_share_a_group_name(name: str, one: int, other: int) -> None:
    assert (group_name(name, one) == group_name(name, other)) == (one == other)


def test_group_names() -> None:
    assert group_name("web", 8080) == "web-8080"
    assert re.fullmatch(r"a-b-[0-9a-f]{6}-80", group_name("a--b", 80))
    assert re.fullmatch(r"x{20}-[0-9a-f]{6}-8080", group_name("x" * 32, 8080))
    assert not is_group_of("web", "web-api")
    assert not is_group_of("web", "web-api-8080")


def test_the_mark_is_put_on_and_cannot_be_given() -> None:
    assert marked("web", {"team": "x"}) == {"team": "x", MARK: "web"}
    assert marked("web", None) == {MARK: "web"}
    with pytest.raises(InvalidRequest, match="set by cloudkit"):
        marked("web", {MARK: "other"})
    with pytest.raises(InvalidRequest, match="aws:"):
        marked("web", {"aws:x": "y"})
