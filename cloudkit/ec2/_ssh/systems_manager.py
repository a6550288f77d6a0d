"""Commands through the Systems Manager's agent, for instances that no connection reaches."""

from __future__ import annotations

import math
import uuid
import warnings
from collections.abc import Mapping

from attrs import define, field

from cloudkit._core.backoff import Backoff
from cloudkit._core.cloud import Cloud
from cloudkit._core.deadline import limit_seconds, limited
from cloudkit._core.retry import Retry
from cloudkit._core.service import Service
from cloudkit._core.steps import clean_up
from cloudkit._core.waiting import wait_until
from cloudkit.ec2._limits import (
    COMMAND_SECONDS,
    DELIVERY_SECONDS,
    MAX_COMMAND_SECONDS,
    MAX_OUTPUT_CHARACTERS,
    SEND_ATTEMPTS,
    SEND_PAUSE_SECONDS,
    UNKNOWN_SECONDS,
)
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2.command import CommandResult
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    Conflict,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequest,
    NotFound,
    ServiceError,
    WaitFailed,
)
from cloudkit.types import Answer, Duration

SSM = Service(
    "ssm",
    errors={
        "InvalidInstanceId": Conflict,
        "InvocationDoesNotExist": NotFound,
        "UnsupportedPlatformType": InvalidRequest,
    },
    hints={
        "InvalidInstanceId": "it must run, with the Systems Manager's agent, and with an instance profile that allows"
        " AmazonSSMManagedInstanceCore: box.wait_ready('ssm') waits for the agent",
    },
)

_SHELL = "AWS-RunShellScript"
_ONLINE = "Online"
_CUT = "--output truncated--"
_UNDER_WAY = {"Pending", "InProgress", "Delayed", "Cancelling"}
_RAN = {"Success", "Failed"}
# What became of it where it has no exit code: the error, and what it means. By StatusDetails, which say more than Status.
_NOT_RUN: Mapping[str, tuple[type[CloudError], str]] = {
    "DeliveryTimedOut": (ConnectionFailed, "the agent did not take the command in time: it was not run"),
    "Undeliverable": (ConnectionFailed, "the agent cannot be reached: it was not run"),
    "ExecutionTimedOut": (DeadlineExceeded, "it did not end in time, and was ended"),
    "TimedOut": (DeadlineExceeded, "it did not end in time, and was ended"),
    "AccessDenied": (AccessDenied, "who sent it may not run commands there"),
    "InvalidPlatform": (InvalidRequest, f"{_SHELL} is not for its operating system"),
    "Cancelled": (WaitFailed, "somebody has cancelled it"),
    "Terminated": (WaitFailed, "the command was given up, after errors on other instances"),
}


@define(eq=False, repr=False)
class Invocation:
    """A command on one instance.

    Attributes:
        box: The instance.
        command: The command.
        seconds: How long it may take there.
    """

    box: Box
    command: str
    seconds: float
    # By this it is found again where the answer to its sending got lost.
    _token: str = field(init=False, factory=lambda: f"cloudkit {uuid.uuid4()}")
    _id: str | None = field(init=False, default=None)

    def run(self) -> CommandResult:
        """Send it, and wait for its end. If that is not waited for, it is cancelled."""
        try:
            self._id = self._sent()
            answer = self._ended()
        except BaseException:
            clean_up(self._cancel)
            raise
        return self._result(answer)

    # -- sending ---------------------------------------------------------------------------------------------

    def _sent(self) -> str:
        """Its id. AWS has no token for this, so that botocore must not repeat it: it is looked for first."""
        once = self.box.cloud.with_options(retry=Retry(attempts=1))
        pauses = Backoff(SEND_PAUSE_SECONDS, attempts=SEND_ATTEMPTS).begin(self.box.cloud.clock)
        while True:
            try:
                return str(self._send(once)["Command"]["CommandId"])
            except CloudError as error:
                unclear = isinstance(error, (ConnectionFailed, ServiceError))
                # The pause comes first: AWS takes a moment to list what has arrived.
                again = (unclear or error.retryable) and pauses.take()
                found = self._lost() if unclear else None
                if found is not None:
                    return found
                if not again:
                    raise

    def _send(self, cloud: Cloud) -> Answer:
        return cloud.invoke(
            SSM,
            "send_command",
            {
                "DocumentName": _SHELL,
                "InstanceIds": [self.box.id],
                "Comment": self._token,
                "TimeoutSeconds": DELIVERY_SECONDS,
                "Parameters": {
                    "commands": [self.command],
                    "executionTimeout": [str(math.ceil(self.seconds))],
                },
            },
            about=self.box.id,
        )

    def _lost(self) -> str | None:
        """The id of the command that was sent, if it arrived after all."""
        box = self.box
        answer = box.cloud.invoke(SSM, "list_commands", {"InstanceId": box.id}, about=box.id)
        return next(
            (row["CommandId"] for row in answer["Commands"] if row.get("Comment") == self._token), None
        )

    # -- its end ---------------------------------------------------------------------------------------------

    def _ended(self) -> Answer:
        box, clock = self.box, self.box.cloud.clock
        known_by = clock.now() + UNKNOWN_SECONDS

        def look() -> Answer | None:
            try:
                return box.cloud.invoke(
                    SSM,
                    "get_command_invocation",
                    {"CommandId": self._id, "InstanceId": box.id},
                    about=box.id,
                )
            except NotFound:
                if clock.now() > known_by:
                    raise
                return None  # AWS takes a moment to know it

        found = wait_until(
            look,
            lambda seen: seen is not None and seen["Status"] not in _UNDER_WAY,
            timeout=self.seconds + DELIVERY_SECONDS,
            clock=clock,
            what=f"the command {self._id} on {self.box.id}",
            shown=lambda seen: "not known yet" if seen is None else str(seen["Status"]),
        )
        return found or {}

    def _cancel(self) -> None:
        if self._id is None:
            return
        box = self.box
        try:
            box.cloud.invoke(
                SSM, "cancel_command", {"CommandId": self._id, "InstanceIds": [box.id]}, about=box.id
            )
        except CloudError:
            return  # what is raised says more

    def _result(self, answer: Answer) -> CommandResult:
        details = str(answer.get("StatusDetails") or answer["Status"])
        code = int(answer.get("ResponseCode", -1))
        if answer["Status"] not in _RAN or (details in _NOT_RUN and details != "Failed"):
            raise self._not_run(details, str(answer["Status"]))
        written = str(answer.get("StandardOutputContent") or "")
        complaints = str(answer.get("StandardErrorContent") or "")
        cut = any(_is_cut(each) for each in (written, complaints))
        if cut:
            warnings.warn(
                f"the output of a command on {self.box.id} is not whole: the Systems Manager gives"
                f" {MAX_OUTPUT_CHARACTERS} characters; over SSH there is no such limit",
                stacklevel=2,
            )
        return CommandResult(self.command, code, written.encode(), complaints.encode(), cut)

    def _not_run(self, details: str, status: str) -> CloudError:
        kind, means = _NOT_RUN.get(details) or _NOT_RUN.get(status) or (ServiceError, f"it is {details}")
        error = kind(
            means,
            service=SSM.name,
            operation="SendCommand",
            code=details,
            resource=self.box.id,
            retryable=kind is ConnectionFailed,
            hint="box.wait_ready('ssm') waits for the agent" if kind is ConnectionFailed else None,
        )
        if isinstance(error, WaitFailed):
            error.reason = details
        if isinstance(error, DeadlineExceeded):
            error.seconds = self.seconds
        return error


def _is_cut(text: str) -> bool:
    return len(text) >= MAX_OUTPUT_CHARACTERS or _CUT in text[-2 * len(_CUT) :].lower()


def run(box: Box, command: str, *, timeout: Duration | None) -> CommandResult:
    """Run it there as root, by the agent. Three requests at least."""
    seconds = COMMAND_SECONDS if timeout is None else limit_seconds("timeout", timeout)
    if seconds > MAX_COMMAND_SECONDS:
        raise InvalidRequest(
            f"timeout={timeout!r}: {MAX_COMMAND_SECONDS} seconds at most", operation="run", resource=box.id
        )
    with limited(timeout):
        return Invocation(box, command, seconds).run()


def is_online(box: Box) -> bool:
    """Whether the agent answers. One request."""
    filters = [{"Key": "InstanceIds", "Values": [box.id]}]
    params = {"Filters": filters}
    answer = box.cloud.invoke(SSM, "describe_instance_information", params, about=box.id)
    rows = answer["InstanceInformationList"]
    return any(row.get("InstanceId") == box.id and row.get("PingStatus") == _ONLINE for row in rows)
