"""Commands through the Systems Manager's agent, as AWS does that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from cloudkit import deadline
from cloudkit.ec2 import CommandFailed, Fleet, Instance
from cloudkit.ec2._limits import DELIVERY_SECONDS, MAX_OUTPUT_CHARACTERS
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
    WaitTimeout,
)
from tests.conftest import Rig
from tests.ec2.ssh.server import Server
from tests.ec2.ssh.world import ID, Machine, shown_with_locals
from tests.faults import FaultServer, Reply, Request

COMMAND = "11111111-2222-3333-4444-555555555555"
SENT = Reply.json({"Command": {"CommandId": COMMAND}})
NOT_YET = Reply.json_error("InvocationDoesNotExist", "")


def invocation(status: str, details: str | None = None, **more: Any) -> Reply:
    answer = {"Status": status, "StatusDetails": details or status, "ResponseCode": -1, **more}
    return Reply.json(answer)


def ended(code: int = 0, out: str = "", err: str = "") -> Reply:
    return invocation(
        "Success" if code == 0 else "Failed",
        ResponseCode=code,
        StandardOutputContent=out,
        StandardErrorContent=err,
    )


def box_on(faults: FaultServer) -> Instance:
    return Instance(ID, cloud=faults.cloud())


def asked(request: Request) -> Any:
    return json.loads(request.body)


def test_a_command(faults: FaultServer) -> None:
    faults.replies(SENT, NOT_YET, invocation("Pending"), invocation("InProgress"), ended(0, "out\n", "err\n"))
    result = box_on(faults).run(["echo", "a b"], via="ssm", timeout=30)
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 0)
    assert faults.operations == ["SendCommand", *["GetCommandInvocation"] * 4]
    sent = asked(faults.requests[0])
    assert sent["InstanceIds"] == [ID]
    assert sent["DocumentName"] == "AWS-RunShellScript"
    assert sent["Parameters"] == {"commands": ["echo 'a b'"], "executionTimeout": ["30"]}
    assert sent["TimeoutSeconds"] == DELIVERY_SECONDS
    assert asked(faults.requests[1]) == {"CommandId": COMMAND, "InstanceId": ID}


def test_a_command_that_fails(faults: FaultServer) -> None:
    faults.replies(SENT, ended(3, err="no\n"), SENT, ended(3))
    with pytest.raises(CommandFailed, match="exit code 3: no") as caught:
        box_on(faults).run("false", via="ssm")
    assert caught.value.result is not None
    assert not box_on(faults).run("false", via="ssm", check=False).ok


def test_output_that_is_cut_is_told(faults: FaultServer) -> None:
    for text in ("x" * MAX_OUTPUT_CHARACTERS, "x" * 100 + "\n--output truncated--"):
        faults.replies(SENT, ended(0, text))
        with pytest.warns(UserWarning, match="not whole"):
            assert box_on(faults).run("cat", via="ssm").truncated


@pytest.mark.parametrize(
    ("status", "details", "kind", "said"),
    [
        ("TimedOut", "DeliveryTimedOut", ConnectionFailed, "not run"),
        ("Failed", "Undeliverable", ConnectionFailed, "not run"),
        ("Undeliverable", "Undeliverable", ConnectionFailed, "not run"),
        ("TimedOut", "ExecutionTimedOut", DeadlineExceeded, "was ended"),
        ("TimedOut", "TimedOut", DeadlineExceeded, "was ended"),
        ("Cancelled", "Cancelled", WaitFailed, "cancelled"),
        ("Failed", "Terminated", WaitFailed, "given up"),
        ("Failed", "AccessDenied", AccessDenied, "may not"),
        ("Failed", "InvalidPlatform", InvalidRequest, "operating system"),
        ("Strange", "Strange", ServiceError, "Strange"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_a_command_that_was_not_run(
    faults: FaultServer, status: str, details: str, kind: type[CloudError], said: str, check: bool
) -> None:
    faults.replies(SENT, invocation(status, details))
    faults.otherwise(Reply.json({}))
    with pytest.raises(kind, match=said) as caught:
        box_on(faults).run("true", via="ssm", check=check)
    assert caught.value.code == details
    assert caught.value.resource == ID


def test_an_instance_that_the_systems_manager_does_not_know(faults: FaultServer) -> None:
    faults.replies(Reply.json_error("InvalidInstanceId", ""))
    with pytest.raises(Conflict) as caught:
        box_on(faults).run("true", via="ssm")
    assert "AmazonSSMManagedInstanceCore" in str(caught.value.hint)
    assert faults.operations == ["SendCommand"]


def test_an_invocation_that_never_appears(faults: FaultServer) -> None:
    faults.replies(SENT)
    faults.otherwise(NOT_YET)
    with pytest.raises(NotFound):
        box_on(faults).run("true", via="ssm")
    assert faults.operations[-1] == "CancelCommand"


def test_a_command_that_does_not_end_is_cancelled(faults: FaultServer) -> None:
    faults.replies(SENT)
    faults.otherwise(
        lambda request: Reply.json({}) if "Cancel" in request.operation else invocation("InProgress")
    )
    with pytest.raises((WaitTimeout, DeadlineExceeded)):
        box_on(faults).run("sleep 1000", via="ssm", timeout=600)
    assert faults.operations[-1] == "CancelCommand"
    assert asked(faults.requests[-1]) == {"CommandId": COMMAND, "InstanceIds": [ID]}


def test_a_deadline_cancels_it(faults: FaultServer) -> None:
    faults.replies(SENT)
    hanging = Reply(delay=30)
    faults.otherwise(lambda request: Reply.json({}) if "Cancel" in request.operation else hanging)
    box = box_on(faults)
    box.cloud.client("ssm")  # to make it takes its time, which is not what is tested
    with pytest.raises(DeadlineExceeded), deadline(0.8):
        box.run("sleep 1000", via="ssm")
    assert "CancelCommand" in faults.operations


# -- once and not twice ------------------------------------------------------------------------------------------


def listed(faults: FaultServer, *, there: bool) -> Callable[[Request], Reply]:
    def answer(request: Request) -> Reply:
        token = asked(faults.requests[0])["Comment"]
        rows = [{"CommandId": "other", "Comment": "another's"}, {"CommandId": COMMAND, "Comment": token}]
        return Reply.json({"Commands": rows[: 2 if there else 1]})

    return answer


@pytest.mark.parametrize("lost", [Reply(reset=True), Reply.json_error("InternalServerError", status=500)])
def test_a_lost_answer_sends_nothing_twice(faults: FaultServer, lost: Reply) -> None:
    faults.replies(lost, listed(faults, there=True), ended(0, "once"))
    cloud = faults.cloud(attempts=3)
    assert Instance(ID, cloud=cloud).run("pay", via="ssm").stdout == "once"
    assert faults.operations == ["SendCommand", "ListCommands", "GetCommandInvocation"]


def test_a_command_that_did_not_arrive_is_sent_again(faults: FaultServer) -> None:
    faults.replies(Reply(reset=True), listed(faults, there=False), SENT, ended(0, "once"))
    assert box_on(faults).run("pay", via="ssm").stdout == "once"
    assert faults.operations == ["SendCommand", "ListCommands", "SendCommand", "GetCommandInvocation"]
    first, second = (asked(faults.requests[place])["Comment"] for place in (0, 2))
    assert first == second


def test_what_was_refused_is_not_sent_again(faults: FaultServer) -> None:
    faults.replies(Reply.json_error("AccessDeniedException", "no"))
    with pytest.raises(AccessDenied):
        box_on(faults).run("true", via="ssm")
    assert faults.operations == ["SendCommand"]


def test_it_is_given_up_in_the_end(faults: FaultServer) -> None:
    faults.otherwise(
        lambda request: (
            Reply.json({"Commands": []})
            if request.operation == "ListCommands"
            else Reply.json_error("InternalServerError", status=500)
        )
    )
    with pytest.raises(ServiceError):
        box_on(faults).run("true", via="ssm")
    assert faults.operations.count("SendCommand") == 5


def test_what_is_refused_before_anything_is_sent(faults: FaultServer) -> None:
    box = box_on(faults)
    for wrong in ({"input": "x"}, {"timeout": 0}, {"timeout": 1_000_000}):
        with pytest.raises(InvalidRequest):
            box.run("cat", via="ssm", **wrong)
    with pytest.raises(InvalidRequest):
        box.run("", via="ssm")
    assert faults.requests == []


def test_what_a_command_would_read_shows_in_no_traceback(faults: FaultServer) -> None:
    box = box_on(faults)
    for call in (
        lambda: box.run("cat", via="ssm", input="canary"),
        lambda: Instance.run_all([box], "", input="canary"),
        lambda: Fleet([box]).run("cat", input="canary", width=0),
    ):
        with pytest.raises(InvalidRequest) as caught:
            call()
        assert "canary" not in shown_with_locals(caught.value)
    results = Fleet([box]).run("cat", via="ssm", input="canary")
    assert "canary" not in shown_with_locals(results.errors[box])


# -- on the embedded cloud, and what else goes this way ----------------------------------------------------------


def test_on_the_embedded_cloud(rig: Rig, box: Instance) -> None:
    assert box.run("uptime", via="ssm").exit_code in (0, -1)


def test_an_argument_brings_no_parameter_in(faults: FaultServer) -> None:
    faults.replies(SENT, ended())
    box_on(faults).run(["echo", "{{ssm:/app/key}}"], via="ssm")
    assert asked(faults.requests[0])["Parameters"]["commands"] == ["echo '{''{ssm:/app/key}}'"]


def test_nothing_but_the_command_is_told(faults: FaultServer) -> None:
    """The comment can be read by more people than the output."""
    faults.replies(SENT, ended())
    box_on(faults).run("echo canary", via="ssm")
    told = asked(faults.requests[0])
    assert re.fullmatch(r"cloudkit [0-9a-f-]{36}", told["Comment"])
    assert "canary" not in str({name: value for name, value in told.items() if name != "Parameters"})


def test_host_keys_through_the_agent(server: Server, faults: FaultServer) -> None:
    faults.replies(
        SENT, ended(0, f"{server.host_key} root@box\nssh-dss AAAA root@box\n{server.rsa_host_key} root@box\n")
    )
    assert box_on(faults).host_keys(via="ssm") == (server.host_key, server.rsa_host_key)


def test_the_key_may_come_through_the_agent(server: Server, faults: FaultServer) -> None:
    box = Machine(
        more={
            "SendCommand": lambda request: SENT,
            "GetCommandInvocation": lambda request: ended(0, f"{server.host_key} root@box\n"),
        }
    ).put_on(faults)
    with box.ssh(**server.login_but(host_key=box.host_keys(via="ssm"))) as ssh:
        assert ssh.connected
