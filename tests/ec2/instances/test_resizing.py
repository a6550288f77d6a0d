from __future__ import annotations

import pytest

from cloudkit.ec2 import Instance
from cloudkit.errors import Conflict, InvalidRequest
from tests.conftest import Rig
from tests.ec2.answers import answer, described, done, instance_row
from tests.faults import FaultServer, Reply

BOX = "i-0123456789abcdef0"
X86 = "<architecture>x86_64</architecture>"


def row(state: str) -> Reply:
    return described(instance_row(BOX, state).replace("</item>", f"{X86}</item>"))


CHANGING = answer("StopInstances", "<instancesSet/>")


def test_a_stopped_one_is_resized_and_stays_stopped(rig: Rig) -> None:
    box = Instance.launch("al2023")
    box.stop()
    box.wait("stopped")
    assert box.resize("t3.large").type == "t3.large"
    assert box.state == "stopped"


def test_a_running_one_is_refused_or_restarted(rig: Rig) -> None:
    box = Instance.launch("al2023").wait("running")
    with pytest.raises(Conflict) as caught:
        box.resize("t3.large")
    assert "restart=True" in str(caught.value.hint)
    box.resize("t3.large", restart=True).wait("running")
    assert box.type == "t3.large"


def test_the_stop_is_waited_for(faults: FaultServer) -> None:
    faults.replies(
        row("running"), CHANGING, row("stopping"), row("stopping"), row("stopped"), done("Modify"), CHANGING
    )
    Instance(BOX, cloud=faults.cloud()).resize("t3.large", restart=True)
    assert faults.operations == [
        "DescribeInstances",
        "StopInstances",
        *["DescribeInstances"] * 3,
        "ModifyInstanceAttribute",
        "StartInstances",
    ]


def test_one_whose_new_type_is_refused_starts_as_it_was(faults: FaultServer) -> None:
    refused = Reply.ec2_error("InvalidInstanceAttributeValue", "no such type")
    faults.replies(row("running"), CHANGING, row("stopped"), refused, CHANGING)
    with pytest.raises(InvalidRequest):
        Instance(BOX, cloud=faults.cloud()).resize("t3.huge", restart=True)
    assert faults.operations[-1] == "StartInstances"


def test_another_architecture_is_refused_before_anything_stops(faults: FaultServer) -> None:
    faults.replies(row("running"))
    with pytest.raises(InvalidRequest, match="arm64"):
        Instance(BOX, cloud=faults.cloud()).resize("t4g.small", restart=True)
    assert faults.operations == ["DescribeInstances"]


def test_the_same_type_is_no_change(faults: FaultServer) -> None:
    faults.replies(row("running"))
    Instance(BOX, cloud=faults.cloud()).resize("t3.micro")
    assert len(faults.requests) == 1


@pytest.mark.parametrize("state", ["stopping", "terminated"])
def test_in_other_states(faults: FaultServer, state: str) -> None:
    faults.replies(row(state))
    with pytest.raises(Conflict, match=state):
        Instance(BOX, cloud=faults.cloud()).resize("t3.large", restart=True)
    assert len(faults.requests) == 1
