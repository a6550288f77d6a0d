from __future__ import annotations

import pytest

from cloudkit import InvalidRequest
from cloudkit.elb import HealthyMinimum, Stickiness


def test_values() -> None:
    assert Stickiness.load_balancer(60) == Stickiness("lb_cookie", 60)
    assert Stickiness.app_cookie("session").duration == 86_400
    assert Stickiness.flow(protocol=True).type == "source_ip_dest_ip_proto"
    assert Stickiness.source_ip()
    assert not Stickiness.off()


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a=b", "AWSALB", "AWSALBAPP-x", "AWSALBTG"])
def test_cookies_that_aws_does_not_take(name: str) -> None:
    with pytest.raises(InvalidRequest, match="cookie"):
        Stickiness.app_cookie(name)


@pytest.mark.parametrize("duration", [0, 604_801])
def test_durations_that_aws_does_not_take(duration: int) -> None:
    with pytest.raises(InvalidRequest, match="1 to 604800"):
        Stickiness.load_balancer(duration)


def test_minimums_that_aws_does_not_take() -> None:
    with pytest.raises(InvalidRequest, match="1 or more"):
        HealthyMinimum(0)
    with pytest.raises(InvalidRequest, match="1 to 100"):
        HealthyMinimum(percent=101)
