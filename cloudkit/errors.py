"""What can go wrong, by meaning.

Every failure that leaves cloudkit is a `CloudError`. Each class is also the builtin of the same meaning, so
`except PermissionError` and `except TimeoutError` do what a reader expects. The error of the layer below is
`__cause__`. Classes for one noun (`BucketNotFound`, `QueueNotFound` ...) live with their service and are
subclasses of `NotFound`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from typing_extensions import Self, override

__all__ = [
    "AccessDenied",
    "AlreadyExists",
    "BatchError",
    "CloudError",
    "Conflict",
    "ConnectionFailed",
    "CredentialsError",
    "DeadlineExceeded",
    "Failed",
    "InvalidRequest",
    "LimitExceeded",
    "MissingExtra",
    "MultipleFound",
    "NotFound",
    "PreconditionFailed",
    "ServiceError",
    "Succeeded",
    "Throttled",
    "WaitFailed",
    "WaitTimeout",
]


class CloudError(Exception):
    """Anything that went wrong between cloudkit and AWS.

    Attributes:
        message: What happened, in AWS's words where AWS spoke.
        service: The boto3 name of the service, such as `"s3"`.
        operation: The AWS operation, such as `"PutObject"`.
        code: AWS's error code, such as `"NoSuchKey"`.
        status: The HTTP status.
        request_id: AWS's id of the request, which its support asks for.
        resource: What the call was about, such as `"s3://acme/report.csv"`.
        retryable: Whether the same call may succeed later with nothing changed.
        attempts: How many requests were sent before giving up.
        hint: What to type or check next.
    """

    def __init__(
        self,
        message: str,
        *,
        service: str | None = None,
        operation: str | None = None,
        code: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        resource: str | None = None,
        retryable: bool = False,
        attempts: int = 1,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.service = service
        self.operation = operation
        self.code = code
        self.status = status
        self.request_id = request_id
        self.resource = resource
        self.retryable = retryable
        self.attempts = attempts
        self.hint = hint

    @override
    def __str__(self) -> str:
        where = ":".join(part for part in (self.service, self.operation) if part)
        head = " ".join(part for part in (where, self.resource) if part)
        text = f"{head}: {self.message}" if head else self.message
        details = [
            self.code,
            f"HTTP {self.status}" if self.status else None,
            f"request {self.request_id}" if self.request_id else None,
            f"{self.attempts} attempts" if self.attempts > 1 else None,
        ]
        known = ", ".join(detail for detail in details if detail)
        if known:
            text = f"{text} [{known}]"
        return f"{text}\n  Hint: {self.hint}" if self.hint else text

    @override
    def __reduce__(self) -> tuple[object, ...]:
        # OSError and friends pickle by their args alone, which loses keyword arguments: rebuild by hand.
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _rebuild(cls: type[CloudError], args: tuple[object, ...], state: dict[str, object]) -> CloudError:
    # Not cls.__new__: with LookupError and OSError both above, Python finds the wrong one and refuses.
    error = cls(str(args[0]) if args else "")
    error.args = args
    error.__dict__.update(state)
    return error


class NotFound(CloudError, LookupError):
    """The thing is not there, or (with some permissions) may not be seen."""


class MultipleFound(CloudError, LookupError):
    """One thing was asked for and several match. Narrow the search, or iterate."""


class AlreadyExists(CloudError):
    """The name is taken. `ensure` takes what is there; another name makes a new one."""


class AccessDenied(CloudError, PermissionError):
    """The credentials work, and may not do this.

    Attributes:
        action: What was refused, such as `"s3:GetObject"`, where AWS says it.
        denied_resource: The ARN it was refused on, where AWS says it.
        principal: The ARN of who asked, where AWS says it.
    """

    action: str | None = None
    denied_resource: str | None = None
    principal: str | None = None

    def naming(self, *, action: str | None, denied_resource: str | None, principal: str | None) -> Self:
        """Set what AWS's text names, and return the error itself."""
        self.action = action
        self.denied_resource = denied_resource
        self.principal = principal
        return self


class CredentialsError(CloudError, PermissionError):
    """There are no credentials, or they are expired, incomplete or not accepted."""


class InvalidRequest(CloudError, ValueError):
    """An argument that AWS would refuse, or has refused. Nothing was changed."""


class Conflict(CloudError):
    """The thing is there, in a state or with settings that do not allow this."""


class PreconditionFailed(CloudError):
    """A condition of the caller's (`if_match=`, `if_absent=`) did not hold. Nothing was changed."""


class Throttled(CloudError):
    """AWS wants fewer requests, and still did after the retries."""


class LimitExceeded(CloudError):
    """A quota of the account or of the resource is used up."""


class ConnectionFailed(CloudError, ConnectionError):
    """No answer: DNS, connect, TLS, a reset or a time-out. Whether AWS did the work is not known."""


class ServiceError(CloudError):
    """AWS failed (HTTP 5xx), or answered something that is no answer."""


class WaitTimeout(CloudError, TimeoutError):
    """The wanted state was not reached in time.

    Attributes:
        pending: What was not there yet: the name and its last state, one entry a thing.
    """

    pending: Sequence[str] = ()


class DeadlineExceeded(CloudError, TimeoutError):
    """The time of `timeout=` or `cloudkit.deadline(...)` was over before it was done.

    `.operation` and `.resource` say what was under way. Nothing is sent after it, but what was sent by then may have
    been done.

    Attributes:
        seconds: The time that was given.
        batch: What a method that does many things did until then: the `BatchError` that it would have raised.
    """

    seconds: float | None = None
    batch: BatchError | None = None


class WaitFailed(CloudError):
    """A state was reached from which the wanted one cannot come.

    Attributes:
        reason: AWS's reason, if it gives one.
    """

    reason: str | None = None


class Failed(NamedTuple):
    """One input of a batch that did not get through, and why."""

    item: object
    error: CloudError


class Succeeded(NamedTuple):
    """One input of a batch that got through, and what came of it."""

    item: object
    result: object


class BatchError(CloudError):
    """Some entries of a batch failed. What succeeded stays done.

    Attributes:
        failed: The caller's inputs that failed, each with its error.
        succeeded: The caller's inputs that got through, each with its result, in the order given.
    """

    failed: Sequence[Failed] = ()
    succeeded: Sequence[Succeeded] = ()

    @classmethod
    def of(
        cls,
        failed: Sequence[Failed],
        succeeded: Sequence[Succeeded],
        *,
        total: int | None = None,
        unnamed: str | None = None,
        service: str | None = None,
        operation: str | None = None,
        resource: str | None = None,
    ) -> Self:
        """Build the error from its parts, with a message that names the first failures.

        Args:
            failed: The inputs that failed.
            succeeded: The inputs that got through.
            total: How many there were in all. Default: these.
            unnamed: What the inputs are, such as `"messages"`, if the message shall not show them: it ends in logs.
            service: As in `CloudError`.
            operation: As in `CloudError`.
            resource: As in `CloudError`.
        """
        why = _first_failures(failed) if unnamed is None else _reasons(failed)
        error = cls(
            f"{len(failed)} of {total or len(failed) + len(succeeded)} {unnamed or 'entries'} failed: {why}",
            service=service,
            operation=operation,
            resource=resource,
            retryable=all(error.retryable for _, error in failed),
            hint="`.failed` pairs each failed input with its error; `.succeeded` has the rest.",
        )
        error.failed = tuple(failed)
        error.succeeded = tuple(succeeded)
        return error


class MissingExtra(CloudError, ImportError):
    """A feature needs an extra of cloudkit's that is not installed."""

    @classmethod
    def of(cls, extra: str, why: str, error: ImportError) -> Self:
        """Build the error that says which extra to install, and for what; or what is wrong with what is installed."""
        return cls(f"{why} needs an extra: {error}", hint=f"pip install 'cloudkit[{extra}]'")


def _first_failures(failed: Sequence[Failed]) -> str:
    shown = "; ".join(f"{_short(item)}: {error.message}" for item, error in failed[:3])
    return f"{shown}; and {len(failed) - 3} more" if len(failed) > 3 else shown


def _reasons(failed: Sequence[Failed]) -> str:
    [(first, times), *others] = Counter(error.message for _, error in failed).most_common()
    return (
        f"{first} ({times} of them); and {len(others)} other reason{'s' * (len(others) > 1)}"
        if others
        else first
    )


def _short(item: object) -> str:
    text = repr(item)
    return text if len(text) <= 60 else f"{text[:57]}..."
