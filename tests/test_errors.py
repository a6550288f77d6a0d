from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from cloudkit import errors
from cloudkit.errors import (
    AccessDenied,
    BatchError,
    CloudError,
    Failed,
    InvalidRequest,
    ServiceError,
    Succeeded,
    WaitFailed,
    WaitTimeout,
)
from cloudkit.s3 import ObjectNotFound

CLASSES = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, CloudError)
]


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [
        (errors.NotFound, LookupError),
        (errors.MultipleFound, LookupError),
        (errors.AccessDenied, PermissionError),
        (errors.CredentialsError, PermissionError),
        (errors.InvalidRequest, ValueError),
        (errors.ConnectionFailed, ConnectionError),
        (errors.WaitTimeout, TimeoutError),
        (errors.DeadlineExceeded, TimeoutError),
        (errors.MissingExtra, ImportError),
        (ObjectNotFound, FileNotFoundError),
    ],
)
def test_each_is_the_builtin_of_its_meaning(cls: type[CloudError], builtin: type[Exception]) -> None:
    assert issubclass(cls, builtin)
    assert issubclass(cls, CloudError)
    with pytest.raises(builtin):
        raise cls("no")


def test_all_that_there_is_is_named() -> None:
    assert {cls.__name__ for cls in CLASSES} == set(errors.__all__) - {"Failed", "Succeeded"}


def test_text() -> None:
    assert str(CloudError("no")) == "no"
    error = CloudError(
        "it is not there",
        service="s3",
        operation="GetObject",
        code="NoSuchKey",
        status=404,
        request_id="r1",
        resource="s3://acme/k",
        attempts=3,
        hint="look again",
    )
    assert str(error) == (
        "s3:GetObject s3://acme/k: it is not there [NoSuchKey, HTTP 404, request r1, 3 attempts]\n  Hint: look again"
    )
    assert str(CloudError("no", resource="acme")) == "acme: no"
    assert str(CloudError("no", service="s3")) == "s3: no"
    assert repr(CloudError("no")) == "CloudError('no')"


FIELDS: dict[str, Any] = {
    "service": "s3",
    "operation": "GetObject",
    "code": "X",
    "status": 400,
    "request_id": "r",
    "resource": "s3://acme/k",
    "retryable": True,
    "attempts": 2,
    "hint": "h",
}


@pytest.mark.parametrize("cls", [*CLASSES, ObjectNotFound], ids=lambda cls: cls.__name__)
def test_copies_keep_everything(cls: type[CloudError]) -> None:
    error = cls("no", **FIELDS)
    for name, value in FIELDS.items():
        assert getattr(error, name) == value
    again = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for found in (*again, copy.copy(error), copy.deepcopy(error)):
        assert type(found) is cls
        assert vars(found) == vars(error)
        assert str(found) == str(error)
        assert found.args == ("no",)


def test_copies_keep_what_a_class_adds() -> None:
    denied = AccessDenied("no").naming(action="s3:GetObject", denied_resource="arn:x", principal="arn:y")
    late = WaitTimeout("late")
    late.pending = ("a is pending",)
    dead = WaitFailed("dead")
    dead.reason = "out of luck"
    batch = BatchError.of(
        [Failed("a", denied)], [Succeeded("b", 2)], service="sqs", operation="X", resource="jobs"
    )
    for error in (denied, late, dead):
        assert vars(pickle.loads(pickle.dumps(error))) == vars(error)
    found = pickle.loads(pickle.dumps(batch))
    assert found.failed[0].item == "a"
    assert found.failed[0].error.action == "s3:GetObject"
    assert found.succeeded == (Succeeded("b", 2),)
    assert (found.service, found.operation, found.resource) == ("sqs", "X", "jobs")


def test_defaults_of_what_a_class_adds() -> None:
    assert (AccessDenied("x").action, AccessDenied("x").denied_resource, AccessDenied("x").principal) == (
        None,
    ) * 3
    assert (WaitTimeout("x").pending, WaitFailed("x").reason) == ((), None)
    assert (BatchError("x").failed, BatchError("x").succeeded) == ((), ())


def test_a_batch_names_the_first_failures() -> None:
    busy = errors.Throttled("slow down", retryable=True)
    error = BatchError.of([Failed(f"item {n}", busy) for n in range(5)], [Succeeded("x", 1)])
    assert str(error).startswith(
        "5 of 6 entries failed: 'item 0': slow down; 'item 1': slow down; 'item 2': slow down; and 2 more"
    )
    assert error.retryable
    assert ".failed" in str(error.hint)
    mixed = BatchError.of([Failed("a", busy), Failed("b", AccessDenied("no"))], [])
    assert not mixed.retryable
    long = BatchError.of([Failed("x" * 5000, busy)], [])
    assert len(str(long)) < 300


def test_a_batch_that_does_not_show_what_it_holds() -> None:
    """Bodies of messages: the text ends in logs."""
    slow, big = ServiceError("slow down", retryable=True), InvalidRequest("too large")
    failed = [Failed("secret 1", slow), Failed("secret 2", big), Failed("secret 3", slow)]
    error = BatchError.of(failed, [], total=7, unnamed="messages")
    assert error.message == "3 of 7 messages failed: slow down (2 of them); and 1 other reason"
    assert "secret" not in f"{error}{error!r}{error.args}"
    assert [each.item for each in error.failed] == ["secret 1", "secret 2", "secret 3"]
    assert BatchError.of(failed[:1], [], unnamed="messages").message == "1 of 1 messages failed: slow down"


def test_a_missing_extra_says_what_to_install() -> None:
    error = errors.MissingExtra.of("local", "the embedded cloud", ImportError("No module named 'moto'"))
    assert "pip install 'cloudkit[local]'" in str(error)
    assert "the embedded cloud" in str(error)
