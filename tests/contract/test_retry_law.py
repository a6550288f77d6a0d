"""The retry law: what becomes of every public method when requests fail, and how often it asks then.

The law of each method stands in `tests/<service>/laws.py`. Each is called once with nothing wrong, and then under each
fault: 503 twice, a reset twice, a reset and a 503, an answer that ends in its middle, an answer that gets lost though
the work was done, 400, 401, and 503 for ever. An embedded cloud behind the server really does the work, or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from cloudkit.errors import (
    BatchError,
    CloudError,
    CredentialsError,
    InvalidRequest,
    ServiceError,
    Throttled,
)
from tests.contract import package
from tests.contract.retry_laws import Kind, Law, callers, laws, method_of
from tests.contract.stage import (
    ATTEMPTS,
    FINAL,
    FOREVER,
    LOST,
    NOTHING,
    REPEATED,
    Fault,
    Stage,
    attempt,
    broken,
)
from tests.faults import FaultServer

ROWS = [(folder, name, law) for folder, rows in laws().items() for name, law in rows.items()]
_EXPECTED = {"400": InvalidRequest, "401": CredentialsError}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with FaultServer() as server:
        yield Stage(server, tmp_path_factory.mktemp("laws"))


# -- the table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", package.service_folders())
def test_every_method_that_calls_aws_has_a_law(folder: str) -> None:
    named = {method_of(name) for name in laws().get(folder, {})}
    assert callers()[folder] - named == set()


@pytest.mark.parametrize("folder", package.service_folders())
def test_every_law_is_one_of_a_method(folder: str) -> None:
    classes = {cls.__name__: cls for cls in package.public_classes()}
    for name in laws().get(folder, {}):
        cls, _, method = method_of(name).partition(".")
        assert hasattr(classes[cls], method), name


def test_a_method_without_a_law_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudkit.s3 import Bucket

    def more(self: object) -> None:
        """Do more. One request.

        AWS: s3:PutObject
        """

    monkeypatch.setattr(Bucket, "more", more, raising=False)
    assert "Bucket.more" in callers()["s3"]
    assert "Bucket.more" not in {method_of(name) for name in laws()["s3"]}


def test_what_is_left_behind_is_said() -> None:
    for _, name, law in ROWS:
        assert bool(law.means) == (law.kind in (Kind.REFUSED, Kind.REPEATED)), name


# -- each method under each fault --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "law", [pytest.param(law, id=f"{folder}-{name}") for folder, name, law in ROWS if law.why is None]
)
def test_under_fault(law: Law[Any], stage: Stage) -> None:
    assert list(violations(law, stage)) == []


def violations(law: Law[Any], stage: Stage) -> Iterator[str]:
    """What does not go by the law."""
    shared = law.given(stage.scene) if law.reads else None
    right = stage.play(law, given := _given(law, stage, shared), NOTHING)
    usual = len(stage.requests)
    if isinstance(right, Exception) or not usual:
        yield f"with nothing wrong: {right!r} after {usual} requests"
        return
    done = law.done(given) if law.done is not None else None
    for fault in (*REPEATED, LOST, broken()):
        found = stage.play(law, given := _given(law, stage, shared), fault)
        for problem in _repeated(law, fault, found, right, usual, stage):
            yield f"{fault.name}: {problem}"
        if law.done is not None:
            twice = law.kind is Kind.REPEATED and fault.name in ("lost answer", "broken stream")
            times = law.done(given)
            if times != done and not (twice and times == (done or 0) + 1):
                yield f"{fault.name}: done {times} times, not {done}"
            if law.kind is Kind.REPEATED and fault is LOST and times == done:
                yield "the lost answer was noticed: it has another law"
    for fault in FINAL:
        found = stage.play(law, _given(law, stage, shared), fault)
        for problem in _final(law, found, _EXPECTED[fault.name], stage):
            yield f"{fault.name}: {problem}"
    found = stage.play(law, _given(law, stage, shared), FOREVER)
    for problem in _given_up(law, found, stage):
        yield f"{FOREVER.name}: {problem}"


def _given(law: Law[Any], stage: Stage, shared: Any) -> Any:
    return shared if law.reads else law.given(stage.scene)


def _repeated(
    law: Law[Any], fault: Fault, found: object, right: object, usual: int, stage: Stage
) -> Iterator[str]:
    """It is repeated until it works, no oftener than it must be, and what comes of it is right."""
    sent = stage.requests
    cut = fault.name == "broken stream"
    if law.ends is not None and (fault is LOST or cut):
        refused = isinstance(found, law.ends) and found.attempts == 2
        if not refused and (fault is LOST or isinstance(found, Exception)):  # an empty answer cannot be cut
            yield f"{found!r} is no {law.ends.__name__} after two attempts"
        return
    if isinstance(found, Exception):
        yield f"it raises {found!r}"
        return
    if law.reads and repr(found) != repr(right):
        yield f"it gives {found!r}, not {right!r}"
    expected = usual * fault.times + law.more.get(fault.name, 0)
    if len(sent) != expected and not (cut and len(sent) == expected + 1):
        yield f"{len(sent)} requests, not {expected}: {_shown(stage)}"
    if law.token is not None:
        tokens = [_token(law.token, request.body.decode()) for request in sent]
        if len({each for each in tokens if each}) != 1:
            yield f"its requests have the tokens {tokens}"
    if law.condition is not None:
        written = [request for request in sent if law.condition in request.headers]
        if len(written) < fault.times or len({request.headers[law.condition] for request in written}) != 1:
            yield f"{len(written)} requests have its condition"


def _token(name: str, body: str) -> tuple[str, ...]:
    """The values of that parameter in a body, as JSON or as a form."""
    return tuple(re.findall(rf'\b{name}(?:"\s*:\s*"|=)([^"&]+)', body))


def _final(law: Law[Any], found: object, expected: type[CloudError], stage: Stage) -> Iterator[str]:
    """An error that no repetition mends is raised after one request."""
    error = _inner(found)
    if not isinstance(error, expected):
        yield f"{found!r} is no {expected.__name__}"
        return
    if error.retryable or error.attempts > law.refused or not error.code or not error.operation:
        yield f"its error says {error.attempts} attempts, retryable={error.retryable}, {error.code!r}"
    if error.__cause__ is None and error is found:
        yield "its error has no cause"
    if len(stage.requests) > law.refused or any(attempt(request) > 1 for request in stage.requests):
        yield f"{len(stage.requests)} requests: {_shown(stage)}"


def _given_up(law: Law[Any], found: object, stage: Stage) -> Iterator[str]:
    """What does not pass is given up after as many attempts as the Cloud allows."""
    error = _inner(found)
    if not isinstance(error, (Throttled, ServiceError)):
        yield f"it gives {found!r}"
        return
    if not error.retryable or error.attempts != ATTEMPTS:
        yield f"its error says {error.attempts} attempts, retryable={error.retryable}"
    if len(stage.requests) > ATTEMPTS * law.refused or len(stage.requests) % ATTEMPTS:
        yield f"{len(stage.requests)} requests: {_shown(stage)}"


def _inner(found: object) -> object:
    """The error, or the first one of a batch."""
    return found.failed[0].error if isinstance(found, BatchError) else found


def _shown(stage: Stage) -> list[str]:
    return [
        f"{request.operation or request.method + ' ' + request.target} #{attempt(request)}"
        for request in stage.requests
    ]
