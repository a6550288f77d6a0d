"""What instances do over SSH: one command, a command on many, waiting until they answer, temporary keys."""

from __future__ import annotations

import json
import logging
import time
from threading import Event, Thread
from typing import Any

import pytest

from cloudkit import Cloud, deadline
from cloudkit.ec2 import (
    CommandResult,
    CommandResults,
    Instance,
    InstanceNotFound,
    KeyPair,
    LoginRefused,
    ssh_defaults,
)
from cloudkit.ec2._ssh.fleet import run_on
from cloudkit.errors import (
    BatchError,
    Conflict,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequest,
    WaitFailed,
    WaitTimeout,
)
from tests.conftest import Rig
from tests.ec2.ssh.server import Server, free_port, sshd
from tests.ec2.ssh.world import ID, Machine, silent
from tests.faults import LATE_SECONDS, FaultServer, Reply, Request

# -- one command -------------------------------------------------------------------------------------------------


def test_one_command(server: Server, box: Instance) -> None:
    with ssh_defaults(**server.options):
        assert box.run("echo $((6 * 7))").stdout == "42\n"
        assert box.run("cat", input="read").stdout == "read"
        assert box.run("exit 3", check=False).exit_code == 3
        begin = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            box.run("sleep 20", timeout=0.5)
        assert time.monotonic() - begin < 0.5 + LATE_SECONDS


def test_the_key_that_a_launch_made_is_used_unless_another_is_named(rig: Rig) -> None:
    pair = KeyPair.create(rig.name("other"))
    with (
        Instance.launch("al2023", new_key=True) as box,
        Instance.launch("al2023", count=2, new_key=True) as fleet,
    ):
        assert box.ssh()._route.key is box.key is not None
        for each in fleet:
            assert each.ssh()._route.key is each.key is fleet.key
            assert each.ssh(key=pair)._route.key is pair
            assert each.ssh(via="connect")._route.key is None
            with ssh_defaults(key=pair):
                assert each.ssh()._route.key is pair
            with ssh_defaults(via="connect"):
                assert each.ssh()._route.key is None
    assert Instance(box.id).ssh()._route.key is None


# -- a fleet -----------------------------------------------------------------------------------------------------


def test_a_command_on_many(server: Server, rig: Rig) -> None:
    boxes = Instance.launch("al2023", count=5)
    with ssh_defaults(**server.options):
        results = Instance.run_all(boxes, "echo hello; exit 0", width=3)
    assert list(results) == list(boxes)
    assert {result.stdout for result in results.values()} == {"hello\n"}
    assert results.ok
    assert results.check() is results
    assert repr(results) == "<CommandResults 5 well, 0 not>"


def test_one_that_fails_stops_no_other(server: Server, faults: FaultServer, rig: Rig) -> None:
    well = Instance.launch("al2023")
    gone = Machine().put_on(faults)  # it is at port 22 of this machine, or not at all
    key = server.options

    class Other(Instance):
        def ssh(self, **options: Any) -> Any:
            return super().ssh(**{**options, "port": free_port()})

    dead = Other(gone.id, cloud=gone.cloud)
    with ssh_defaults(**key):
        results = Instance.run_all([dead, well], "echo hello")
    assert results[well].stdout == "hello\n"
    assert list(results.errors) == [dead]
    assert isinstance(results.errors[dead], ConnectionFailed)
    assert (results.ok, list(results.failed), len(results)) == (False, [dead], 1)
    with pytest.raises(KeyError):
        results[dead]
    with pytest.raises(BatchError) as caught:
        results.check()
    assert [each.item for each in caught.value.failed] == [dead]
    assert [each.item for each in caught.value.succeeded] == [well]


def test_a_deadline_tells_what_was_done(server: Server, rig: Rig) -> None:
    boxes = Instance.launch("al2023", count=3)
    with ssh_defaults(**server.options), deadline(0.7):
        results = Instance.run_all(boxes, "read line; [ $line = no ] || sleep 20", input="yes", width=2)
    assert len(results) == 0
    assert {type(error) for error in results.errors.values()} == {DeadlineExceeded}
    assert list(results.errors) == list(boxes)


def test_one_that_no_deadline_ends_takes_nothing_of_the_others_with_it() -> None:
    go = Event()

    def run(name: str) -> CommandResult:
        if name == "b":
            go.wait(10)
        return CommandResult("", 0)

    try:
        with deadline(0.2):
            results = run_on("abcd", run, width=3)
        assert set(results) == {"a", "c", "d"}
        assert {name: type(error) for name, error in results.errors.items()} == {"b": DeadlineExceeded}
    finally:
        go.set()


def test_results_that_are_not_well() -> None:
    results = CommandResults({"a": CommandResult("x", 0), "b": CommandResult("x", 2)})
    assert (results.ok, list(results.failed)) == (False, ["b"])
    with pytest.raises(BatchError, match="exit code 2"):
        results.check()
    assert repr(results) == "<CommandResults 1 well, 1 not>"


def test_of_nothing(rig: Rig) -> None:
    assert len(Instance.run_all([], "true")) == 0
    with pytest.raises(InvalidRequest):
        Instance.run_all([], "true", width=0)
    with pytest.raises(InvalidRequest):
        Instance.run_all([], "")


def test_an_instance_that_is_not_there(server: Server, rig: Rig) -> None:
    ghost = Instance("i-00000000000000000", cloud=rig.cloud)
    results = Instance.run_all([ghost], "true", port=server.port, user=server.user, key=server.key)
    assert isinstance(results.errors[ghost], InstanceNotFound)


# -- waiting -----------------------------------------------------------------------------------------------------


def test_waiting_for_the_server(server: Server, faults: FaultServer) -> None:
    machine = Machine(state="pending")
    box = machine.put_on(faults)

    def starts(request: Request) -> Reply:
        if faults.operations.count("DescribeInstances") > 2:
            machine.state = "running"
        machine.more = {}
        try:
            return machine._answer(request)
        finally:
            machine.more = {"DescribeInstances": starts}

    machine.more = {"DescribeInstances": starts}
    assert box.wait_ready("ssh", port=server.port) is box
    assert faults.operations.count("DescribeInstances") > 3


def test_waiting_for_a_server_that_does_not_come(faults: FaultServer) -> None:
    box = Machine().put_on(faults)
    with silent() as port, pytest.raises(WaitTimeout, match="no SSH server answers"):
        box.wait_ready("ssh", timeout=5, port=port, connect_timeout=0.05)


def test_waiting_for_the_checks(faults: FaultServer) -> None:
    box = Machine(checks=["initializing", "ok"]).put_on(faults)
    assert box.wait_ready().id == ID
    assert faults.operations.count("DescribeInstanceStatus") == 2
    impaired = Machine(checks=["impaired"]).put_on(faults)
    with pytest.raises(WaitTimeout, match="system impaired"):
        impaired.wait_ready("status", timeout=5)


def test_waiting_for_the_agent(faults: FaultServer) -> None:
    pings = ["ConnectionLost", "Online"]

    def information(request: Request) -> Reply:
        row = {"InstanceId": ID, "PingStatus": pings.pop(0)}
        return Reply.json({"InstanceInformationList": [row]})

    box = Machine(more={"DescribeInstanceInformation": information}).put_on(faults)
    box.wait_ready("ssm")
    assert pings == []
    sent = json.loads(faults.requests[-1].body)
    assert sent["Filters"] == [{"Key": "InstanceIds", "Values": [ID]}]


@pytest.mark.parametrize("state", ["stopped", "terminated", "shutting-down"])
def test_waiting_for_what_has_ended(faults: FaultServer, state: str) -> None:
    box = Machine(state=state).put_on(faults)
    for what in ("status", "ssh", "ssm"):
        with pytest.raises(WaitFailed, match=state):
            box.wait_ready(what)


def test_waiting_for_nothing_known(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="nothing to wait for"):
        Machine().put_on(faults).wait_ready("http")  # type: ignore[arg-type]
    assert faults.requests == []


# -- EC2 Instance Connect ----------------------------------------------------------------------------------------


def test_without_a_key(server: Server, faults: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    """AWS puts the key there; here the test does."""
    sent: list[Any] = []

    def let_in(request: Request) -> Reply:
        sent.append(json.loads(request.body))
        server.allow(sent[-1]["SSHPublicKey"])
        return Reply.json({"RequestId": "r", "Success": True})

    box = Machine(more={"SendSSHPublicKey": let_in}).put_on(faults)
    caplog.set_level(logging.DEBUG)
    options = server.login_but(via="connect", key=None)
    with box.ssh(**options) as ssh:
        assert ssh.run("echo hello").stdout == "hello\n"
        ssh.fabric.transport.close()
        assert ssh.run("echo again").stdout == "again\n"
    assert [each["InstanceId"] for each in sent] == [ID, ID]
    assert {each["InstanceOSUser"] for each in sent} == {server.user}
    assert sent[0]["SSHPublicKey"].startswith("ssh-ed25519 ")
    assert sent[0]["SSHPublicKey"] != sent[1]["SSHPublicKey"]
    assert "PRIVATE KEY" not in caplog.text


def test_no_key_is_sent_to_an_instance_whose_host_key_is_wrong(server: Server, faults: FaultServer) -> None:
    box = Machine(consoles=["nothing"]).put_on(faults)
    from cloudkit.ec2 import HostKeyUnknown
    from cloudkit.ec2._ssh import trust

    trust.forget(box._box)
    with pytest.raises(HostKeyUnknown):
        box.ssh(**server.login_but(via="connect", key=None, host_key=None)).open()
    assert "SendSSHPublicKey" not in faults.operations


def test_a_key_that_aws_did_not_put_there(server: Server, faults: FaultServer) -> None:
    box = Machine(more={"SendSSHPublicKey": lambda request: Reply.json({"Success": True})}).put_on(faults)
    with pytest.raises(LoginRefused, match="Instance Connect"):
        box.ssh(**server.login_but(via="connect", key=None)).open()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("EC2InstanceStateInvalidException", Conflict),
        ("EC2InstanceUnavailableException", Conflict),
        ("EC2InstanceNotFoundException", InstanceNotFound),
        ("InvalidArgsException", InvalidRequest),
    ],
)
def test_a_key_that_aws_does_not_take(
    server: Server, faults: FaultServer, code: str, kind: type[Exception]
) -> None:
    box = Machine(more={"SendSSHPublicKey": lambda request: Reply.json_error(code)}).put_on(faults)
    with pytest.raises(kind):
        box.ssh(**server.login_but(via="connect", key=None)).open()


def test_on_the_embedded_cloud(server: Server, box: Instance) -> None:
    with pytest.raises(LoginRefused):
        box.ssh(**server.options_but(via="connect", key=None)).open()


# -- bastions that are instances ---------------------------------------------------------------------------------


def test_an_instance_as_the_bastion(server: Server, rig: Rig, tmp_path: Any) -> None:
    with sshd(tmp_path / "bastion") as bastion:
        front = Instance.launch("al2023")

        class Front(Instance):
            def ssh(self, **options: Any) -> Any:
                return super().ssh(**bastion.options)

        back = Instance.launch("al2023")
        with back.ssh(**server.options_but(bastion=Front(front.id))) as ssh:
            assert ssh.run("echo $SSH_CONNECTION").stdout.split()[3] == str(server.port)
            hop = ssh._open().hop
            assert hop is not None
        assert not hop.connected, "it was made for that"


def test_a_thread_of_its_own_for_each(server: Server, box: Instance, rig: Rig) -> None:
    """Threads of the caller's that share an instance."""
    found: list[str] = []
    cloud: Cloud = rig.cloud

    def work(number: int) -> None:
        with cloud, ssh_defaults(**server.options):
            found.append(box.run(f"echo {number}").stdout.strip())

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(found) == ["0", "1", "2", "3"]
