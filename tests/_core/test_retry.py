from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cloudkit import Cloud, InvalidRequest, Retry, Timeouts
from cloudkit._core.retry import client_config
from cloudkit._core.service import Service


@pytest.mark.parametrize(
    ("cls", "wrong"),
    [
        (Retry, {"attempts": 0}),
        (Retry, {"attempts": 101}),
        (Retry, {"attempts": -1}),
        (Retry, {"mode": "legacy"}),
        (Retry, {"mode": "none"}),
        (Timeouts, {"connect": 0}),
        (Timeouts, {"read": -1}),
    ],
)
def test_values_that_make_no_sense(cls: type[Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=next(iter(wrong))):
        cls(**wrong)


@pytest.mark.parametrize("wrong", ["3", 2.5, True, None])
def test_attempts_are_a_whole_number(wrong: Any) -> None:
    with pytest.raises(InvalidRequest, match="whole number"):
        Retry(attempts=wrong)


@pytest.mark.parametrize("wrong", ["5", True, None, [1]])
def test_times_are_seconds_or_a_timedelta(wrong: Any) -> None:
    for name in ("connect", "read"):
        with pytest.raises(InvalidRequest, match="is no time"):
            Timeouts(**{name: wrong})


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), timedelta(0), timedelta(seconds=-1)])
def test_times_are_more_than_nothing_and_end(wrong: Any) -> None:
    with pytest.raises(InvalidRequest, match="more than 0"):
        Timeouts(read=wrong)


def test_a_timedelta_becomes_seconds() -> None:
    found = Timeouts(connect=timedelta(milliseconds=500), read=timedelta(minutes=2))
    assert (found.connect, found.read) == (0.5, 120.0)
    assert found == Timeouts(connect=0.5, read=120)
    assert made(timeouts=found).read_timeout == 120.0


def test_equal_by_value() -> None:
    assert Retry() == Retry(attempts=5, mode="standard")
    assert hash(Timeouts()) == hash(Timeouts(connect=5.0, read=60.0))
    assert Retry(attempts=1) != Retry()


def made(service: str = "sqs", **changes: Any) -> Any:
    options: dict[str, Any] = {
        "retry": Retry(),
        "timeouts": Timeouts(),
        "min_read_timeout": 0.0,
        "anonymous": False,
        "custom_endpoint": False,
        "checksums": "auto",
    }
    return client_config(service, **{**options, **changes})


def test_the_read_timeout_is_longer_than_a_long_poll() -> None:
    assert made(min_read_timeout=30.0, timeouts=Timeouts(read=5)).read_timeout == 30.0
    assert made(min_read_timeout=30.0, timeouts=Timeouts(read=45)).read_timeout == 45


def test_signatures() -> None:
    import botocore

    assert made("s3").signature_version is None  # which would do away with what botocore chooses
    assert made("sqs").signature_version is None
    assert made("s3", anonymous=True).signature_version is botocore.UNSIGNED
    assert made("sqs", anonymous=True).signature_version is botocore.UNSIGNED


def test_clouds_that_differ_in_patience_share_a_session() -> None:
    cloud = Cloud(region="us-east-1")
    patient = cloud.with_options(retry=Retry(attempts=10), timeouts=Timeouts(read=100))
    assert patient == cloud
    assert patient._hub is cloud._hub
    assert patient.client("sqs").meta.config.read_timeout == 100
    assert cloud.client("sqs").meta.config.retries["total_max_attempts"] == 5
    assert patient.with_options(timeouts=Timeouts(read=1)).retry == Retry(attempts=10)


def test_a_service_made_in_passing_is_not_kept() -> None:
    from cloudkit._core import service

    plain = service.service_named("zzz")
    assert plain.name == "zzz"
    assert "zzz" not in service._registry
    mine = Service("zzz", min_read_timeout=3.0)
    try:
        assert service.service_named("zzz") is mine is service.service_named(mine)
    finally:
        del service._registry["zzz"]
