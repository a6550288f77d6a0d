from __future__ import annotations

import pickle

import pytest

from cloudkit import (
    AlreadyExists,
    Conflict,
    InvalidRequest,
    LimitExceeded,
    NotFound,
    ServiceError,
    WaitFailed,
)
from cloudkit.elb import (
    Health,
    ListenerNotFound,
    LoadBalancer,
    LoadBalancerNotFound,
    TargetGroupNotFound,
    TargetHealth,
    TargetUnhealthy,
)
from tests.faults import FaultServer, Reply


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("LoadBalancerNotFound", LoadBalancerNotFound),
        ("TargetGroupNotFound", TargetGroupNotFound),
        ("ListenerNotFound", ListenerNotFound),
        ("SubnetNotFound", NotFound),
        ("DuplicateLoadBalancerName", AlreadyExists),
        ("DuplicateTargetGroupName", AlreadyExists),
        ("DuplicateListener", AlreadyExists),
        ("DuplicateTagKeys", InvalidRequest),
        ("ResourceInUse", Conflict),
        ("OperationNotPermitted", Conflict),
        ("TooManyLoadBalancers", LimitExceeded),
        ("TooManyTargets", LimitExceeded),
        ("TargetGroupAssociationLimit", LimitExceeded),
        ("InvalidTarget", InvalidRequest),
        ("InvalidConfigurationRequest", InvalidRequest),
        ("IncompatibleProtocols", InvalidRequest),
        ("AvailabilityZoneNotSupported", InvalidRequest),
        ("ValidationError", InvalidRequest),
        ("HealthUnavailable", ServiceError),
    ],
)
def test_codes(faults: FaultServer, code: str, expected: type[Exception]) -> None:
    faults.otherwise(Reply.query_error(code, "no good"))
    with pytest.raises(expected) as caught:
        LoadBalancer("web", cloud=faults.cloud()).refresh()
    assert type(caught.value) is expected
    assert caught.value.code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", ["ResourceInUse", "InvalidTarget", "OperationNotPermitted"])
def test_hints(faults: FaultServer, code: str) -> None:
    faults.otherwise(Reply.query_error(code))
    with pytest.raises((Conflict, InvalidRequest)) as caught:
        LoadBalancer("web", cloud=faults.cloud()).refresh()
    assert caught.value.hint


def test_target_unhealthy_tells_all_and_pickles() -> None:
    rows = (
        TargetHealth(
            "i-1", 80, Health.UNHEALTHY, "Target.ResponseCodeMismatch", "failed with these codes: [502]"
        ),
        TargetHealth("i-2", 80, Health.UNUSED, "Target.NotInUse"),
    )
    error = TargetUnhealthy.of(rows, resource="web")
    assert isinstance(error, WaitFailed)
    for copy in (error, pickle.loads(pickle.dumps(error))):
        assert copy.targets == rows
        assert copy.reason == "Target.ResponseCodeMismatch"
        assert copy.hint == rows[0].advice
        assert "i-1:80 is unhealthy (Target.ResponseCodeMismatch): failed with these codes: [502]" in str(
            copy
        )
        assert "i-2:80 is unused (Target.NotInUse)" in str(copy)
