from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.elb import HealthCheck
from cloudkit.elb.health_check import health_check_of, health_check_params

checks = st.builds(
    HealthCheck,
    path=st.sampled_from(["/", "/up", "/health?full=1"]),
    codes=st.sampled_from(["200", "200,302", "200-299"]),
    interval=st.integers(5, 300),
    timeout=st.integers(2, 4),
    healthy_threshold=st.integers(2, 10),
    unhealthy_threshold=st.integers(2, 10),
    port=st.none() | st.integers(1, 65535),
    protocol=st.sampled_from(["HTTP", "HTTPS"]),
)


@given(checks)
def test_what_is_sent_reads_back_as_the_same(check: HealthCheck) -> None:
    assert health_check_of(health_check_params(check.checked())) == check


def test_of_a_tcp_group() -> None:
    check = health_check_of({"HealthCheckProtocol": "TCP", "HealthCheckPort": "9000"})
    assert (check.path, check.codes, check.port, check.protocol) == (None, None, 9000, "TCP")
    assert "HealthCheckPath" not in health_check_params(check)
    assert "Matcher" not in health_check_params(check)


def test_durations_are_seconds_or_timedeltas() -> None:
    assert HealthCheck(interval=timedelta(minutes=1)).interval == 60
    assert HealthCheck(timeout=3.2).timeout == 3


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (HealthCheck(path="up"), "begins with /"),
        (HealthCheck(path=""), "0 characters"),
        (HealthCheck(path="/" + "x" * 1024), "1025 characters"),
        (HealthCheck(path="/a b"), "printable"),
        (HealthCheck(path="/a\r\nHost: x"), "printable"),
        (HealthCheck(path="/größe"), "ASCII"),
        (HealthCheck(interval=4), "5 to 300"),
        (HealthCheck(interval=301), "5 to 300"),
        (HealthCheck(timeout=1), "2 to 120"),
        (HealthCheck(interval=5, timeout=5), "less than the interval"),
        (HealthCheck(healthy_threshold=1), "healthy_threshold=1"),
        (HealthCheck(unhealthy_threshold=11), "unhealthy_threshold=11"),
        (HealthCheck(port=0), "1 to 65535"),
    ],
)
def test_what_aws_would_refuse_is_refused_before(check: HealthCheck, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        check.checked()


def test_the_hint_for_a_timeout_that_is_too_long_is_itself_right() -> None:
    with pytest.raises(InvalidRequest) as caught:
        HealthCheck(interval=5, timeout=5).checked()
    assert caught.value.hint == "HealthCheck(interval=5, timeout=4)"
    HealthCheck(interval=5, timeout=4).checked()
