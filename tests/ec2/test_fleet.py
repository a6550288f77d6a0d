from __future__ import annotations

import itertools
import pickle

import pytest

from cloudkit import Cloud
from cloudkit.ec2 import Fleet, Instance, InstanceNotFound
from cloudkit.errors import (
    AccessDenied,
    BatchError,
    Conflict,
    InvalidRequest,
    ServiceError,
    Throttled,
    WaitFailed,
    WaitTimeout,
)
from tests.conftest import Rig
from tests.ec2.answers import (
    answer,
    asked,
    checked,
    checks_answer,
    described,
    ids,
    instance_row,
    shown,
    terminating,
)
from tests.faults import FaultServer, Reply, Request

BOX = "i-0123456789abcdef0"
UNKNOWN = Reply.ec2_error("InvalidInstanceID.NotFound", "not there")


def boxes(count: int, cloud: Cloud) -> list[Instance]:
    return [Instance(each, cloud=cloud) for each in ids(count)]


# -- waiting -------------------------------------------------------------------------------------------------


def test_wait_polls_until_the_state_is_there(faults: FaultServer) -> None:
    pending = described(instance_row(BOX, "pending"))
    faults.replies(pending, pending, described(instance_row(BOX, "running")))
    box = Instance(BOX, cloud=faults.cloud())
    assert box.wait("running") is box
    assert box.state == "running"
    assert len(faults.requests) == 3
    assert faults.clock.slept[0] == 1.0


@pytest.mark.parametrize("dead", ["shutting-down", "terminated"])
def test_an_instance_that_has_ended_fails_at_once_with_the_reason(faults: FaultServer, dead: str) -> None:
    faults.replies(
        described(instance_row(BOX, "pending")),
        described(instance_row(BOX, dead, reason="Server.InsufficientInstanceCapacity: none left")),
    )
    with pytest.raises(WaitFailed, match=r"cannot become running: Server\.Insufficient") as caught:
        Instance(BOX, cloud=faults.cloud()).wait("running")
    assert caught.value.reason == "Server.InsufficientInstanceCapacity: none left"
    assert len(faults.requests) == 2


def test_the_reason_of_the_transition_where_there_is_no_other(faults: FaultServer) -> None:
    faults.replies(described(instance_row(BOX, "terminated", transition="User initiated (2026-01-01)")))
    with pytest.raises(WaitFailed) as caught:
        Instance(BOX, cloud=faults.cloud()).wait("stopped")
    assert caught.value.reason == "User initiated (2026-01-01)"


def test_a_stopped_instance_is_no_dead_end(faults: FaultServer) -> None:
    faults.replies(
        described(instance_row(BOX, "stopped")),
        described(instance_row(BOX, "pending")),
        described(instance_row(BOX, "running")),
    )
    Instance(BOX, cloud=faults.cloud()).wait("running")
    assert len(faults.requests) == 3


def test_a_wait_ends_in_time(faults: FaultServer) -> None:
    faults.otherwise(described(instance_row(BOX, "pending")))
    start = faults.clock.now()
    with pytest.raises(WaitTimeout, match="20 s") as caught:
        Instance(BOX, cloud=faults.cloud()).wait("running", timeout=20)
    assert faults.clock.now() - start == 20
    assert caught.value.pending == (f"{BOX} is pending",)


def test_waiting_for_what_is_not_there_fails_after_one_call(faults: FaultServer) -> None:
    faults.otherwise(UNKNOWN)
    with pytest.raises(InstanceNotFound):
        Instance(BOX, cloud=faults.cloud()).wait("running")
    assert len(faults.requests) == 1


def test_what_aws_has_forgotten_has_ended(faults: FaultServer) -> None:
    gone, there = ids(2)
    faults.replies(UNKNOWN, described(instance_row(there, "terminated")))
    Instance.wait_all(boxes(2, faults.cloud()), "terminated")
    form = faults.requests[1].form
    assert form["Filter.1.Name"] == "instance-id"
    assert {form["Filter.1.Value.1"], form["Filter.1.Value.2"]} == {gone, there}


def test_what_is_forgotten_does_not_hide_what_is_still_ending(faults: FaultServer) -> None:
    _gone, there = ids(2)
    faults.replies(
        UNKNOWN,
        described(instance_row(there, "shutting-down")),
        described(instance_row(there, "terminated")),
    )
    Instance.wait_all(boxes(2, faults.cloud()), "terminated")
    assert asked(faults.requests[2]) == [there]


def test_a_state_that_is_none_is_refused(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="'running'"):
        Instance(BOX, cloud=faults.cloud()).wait("runing")
    with pytest.raises(InvalidRequest, match="timeout"):
        Instance(BOX, cloud=faults.cloud()).wait("running", timeout=0)
    assert faults.requests == []


def test_200_instances_are_polled_with_one_call(faults: FaultServer) -> None:
    polls = itertools.count(1)

    def reply(request: Request) -> Reply:
        wave = next(polls)
        # A half of those that are asked for gets there each time.
        return shown(
            request,
            [
                (each, "running" if number % 2 == 0 or wave == 3 else "pending")
                for number, each in enumerate(asked(request))
            ],
        )

    faults.otherwise(reply)
    fleet = boxes(200, faults.cloud())
    assert list(Instance.wait_all(fleet, "running")) == fleet
    assert [len(asked(request)) for request in faults.requests] == [200, 100, 50]
    assert all(box.type == "t3.micro" for box in fleet)
    assert len(faults.requests) == 3


def test_more_than_1000_take_two_calls_a_poll(faults: FaultServer) -> None:
    faults.otherwise(lambda request: shown(request, [(each, "running") for each in asked(request)]))
    Instance.wait_all(boxes(1001, faults.cloud()), "running")
    assert [len(asked(request)) for request in faults.requests] == [1000, 1]


def test_one_that_the_answer_leaves_out_is_waited_for(faults: FaultServer) -> None:
    first, second = ids(2)
    faults.replies(described(instance_row(first)), described(instance_row(second)))
    Instance.wait_all(boxes(2, faults.cloud()), "running")
    assert asked(faults.requests[1]) == [second]


def test_instances_of_two_regions(rig: Rig) -> None:
    here = Instance.launch("al2023")
    there = Instance.launch("al2023", cloud=rig.cloud.in_region("eu-west-1"))
    assert list(Instance.wait_all([here, there], "running")) == [here, there]
    assert list(Instance.terminate_all([here, there])) == [here, there]
    assert list(Instance.wait_all([here, there], "terminated")) == [here, there]


def test_nothing_to_wait_for(faults: FaultServer) -> None:
    with faults.cloud():
        assert list(Instance.wait_all([], "running")) == []
        assert list(Instance.terminate_all([])) == []
    assert faults.requests == []


# -- the end of many -----------------------------------------------------------------------------------------


def test_terminate_all(rig: Rig) -> None:
    fleet = Instance.launch("al2023", count=3)
    assert list(Instance.terminate_all(fleet)) == list(fleet)
    assert {box.state for box in fleet} == {"terminated"}


def test_the_protected_ones_are_reported_and_the_others_end(faults: FaultServer) -> None:
    protected = set(ids(200)[10:13])
    ended: set[str] = set()

    def reply(request: Request) -> Reply:
        if protected & set(asked(request)):
            return Reply.ec2_error("OperationNotPermitted", "may not be terminated")
        ended.update(asked(request))
        return terminating(request)

    faults.otherwise(reply)
    fleet = boxes(200, faults.cloud())
    with pytest.raises(BatchError) as caught:
        Instance.terminate_all(fleet)
    assert {box.id for box, _ in caught.value.failed if isinstance(box, Instance)} == protected
    assert all(isinstance(error, Conflict) for _, error in caught.value.failed)
    assert ended == set(ids(200)) - protected
    assert len(caught.value.succeeded) == 197
    assert len(faults.requests) < 40


def test_one_that_is_gone_spoils_nothing(faults: FaultServer) -> None:
    gone = ids(5)[2]
    faults.otherwise(lambda request: UNKNOWN if gone in asked(request) else terminating(request))
    fleet = boxes(5, faults.cloud())
    assert list(Instance.terminate_all(fleet)) == fleet


def test_one_malformed_id_spoils_nothing(faults: FaultServer) -> None:
    bad = ids(4)[1]
    malformed = Reply.ec2_error("InvalidInstanceID.Malformed", "bad id")
    faults.otherwise(lambda request: malformed if bad in asked(request) else terminating(request))
    with pytest.raises(BatchError) as caught:
        Instance.terminate_all(boxes(4, faults.cloud()))
    assert [str(item) for item, _ in caught.value.failed] == [bad]


def test_an_error_on_the_way_is_reported_for_those_it_hit(faults: FaultServer) -> None:
    first, second, third, fourth = ids(4)
    denied = Reply.ec2_error("UnauthorizedOperation", "no", status=403)

    def reply(request: Request) -> Reply:
        if len(asked(request)) == 4:
            return Reply.ec2_error("OperationNotPermitted")
        return denied if third in asked(request) else terminating(request)

    faults.otherwise(reply)
    with pytest.raises(BatchError) as caught:
        Instance.terminate_all(boxes(4, faults.cloud()))
    assert {str(item) for item, _ in caught.value.failed} == {third, fourth}
    assert {str(item) for item, _ in caught.value.succeeded} == {first, second}


def test_without_the_right_nothing_is_tried_twice(faults: FaultServer) -> None:
    faults.otherwise(Reply.ec2_error("UnauthorizedOperation", "no", status=403))
    with pytest.raises(AccessDenied):
        Instance.terminate_all(boxes(100, faults.cloud()))
    assert len(faults.requests) == 1


def test_many_go_in_calls_of_1000(faults: FaultServer) -> None:
    faults.otherwise(terminating)
    assert len(Instance.terminate_all(boxes(2500, faults.cloud()))) == 2500
    assert [len(asked(request)) for request in faults.requests] == [1000, 1000, 500]


def test_a_dry_run_says_which_would_end(rig: Rig, faults: FaultServer) -> None:
    fleet = Instance.launch("al2023", count=2)
    assert list(Instance.terminate_all(fleet, dry_run=True)) == list(fleet)
    assert {box.refresh().state for box in fleet} == {"running"}
    faults.otherwise(Reply.ec2_error("DryRunOperation", status=412))
    assert len(Instance.terminate_all(boxes(3, faults.cloud()), dry_run=True)) == 3
    assert all(request.form["DryRun"] == "true" for request in faults.requests)


def test_the_ones_that_aws_names_are_left_out_at_once(faults: FaultServer) -> None:
    protected = set(ids(200)[10:13])
    zone_b = set(ids(200)[100:])
    ended: set[str] = set()

    def reply(request: Request) -> Reply:
        # All of a zone fail for the sake of one; those of the others end all the same.
        ended.update(set(asked(request)) & zone_b)
        for each in asked(request):
            if each in protected:
                return Reply.ec2_error(
                    "OperationNotPermitted",
                    f"The instance '{each}' may not be terminated. Modify its attribute",
                )
        ended.update(asked(request))
        return terminating(request)

    faults.otherwise(reply)
    fleet = Fleet(boxes(200, faults.cloud()))
    with pytest.raises(BatchError) as caught:
        fleet.terminate()
    assert {str(box) for box, _ in caught.value.failed} == protected
    assert ended == set(ids(200)) - protected
    assert len(faults.requests) == 4


# -- as one --------------------------------------------------------------------------------------------------


def test_a_fleet_is_a_sequence_of_instances_each_once(faults: FaultServer) -> None:
    first, second, third = boxes(3, faults.cloud())
    fleet = Fleet([first, second, first, third])
    assert list(fleet) == [first, second, third]
    assert fleet[1] == second
    assert fleet[-1] == third
    assert fleet[1:] == Fleet([second, third])
    assert len(fleet) == 3
    assert second in fleet
    assert fleet.ids == (first.id, second.id, third.id)
    assert repr(fleet) == "<Fleet of 3>"
    assert fleet.key is None
    assert not Fleet[Instance]([])
    assert list(pickle.loads(pickle.dumps(Fleet(boxes(2, Cloud(region="eu-west-1"))))).ids) == ids(2)
    assert faults.requests == []


def test_a_fleet_from_launch_to_end(rig: Rig) -> None:
    with Instance.launch("al2023", count=3) as fleet:
        assert fleet.wait("running").states() == {"running": 3}
        assert fleet.stop().wait("stopped").states() == {"stopped": 3}
        assert fleet.start().wait("ok").states() == {"running": 3}
        assert fleet.reboot().refresh() is fleet
        assert fleet.terminate(dry_run=True) is fleet
        assert fleet.start(dry_run=True).stop(dry_run=True).reboot(dry_run=True).states() == {"running": 3}
    assert fleet.states() == {"terminated": 3}


def test_an_empty_fleet_asks_nothing(faults: FaultServer) -> None:
    with faults.cloud(), Fleet[Instance]([]) as fleet:
        fleet.start().stop().reboot().terminate().wait("running").refresh()
        assert dict(fleet.states()) == {}
        assert dict(fleet.run("true")) == {}
    assert faults.requests == []


@pytest.mark.parametrize("verb", ["start", "stop", "reboot"])
def test_those_in_the_wrong_state_are_told_apart(faults: FaultServer, verb: str) -> None:
    wrong = set(ids(10)[3:5])
    changed: set[str] = set()

    def reply(request: Request) -> Reply:
        if wrong & set(asked(request)):
            named = ", ".join(sorted(wrong & set(asked(request))))
            return Reply.ec2_error(
                "IncorrectInstanceState", f"The instances '{named}' are not in a state for it"
            )
        changed.update(asked(request))
        return answer(request.operation, "<instancesSet/>")

    faults.otherwise(reply)
    fleet = Fleet(boxes(10, faults.cloud()))
    with pytest.raises(BatchError) as caught:
        getattr(fleet, verb)()
    assert {str(box) for box, _ in caught.value.failed} == wrong
    assert all(isinstance(error, Conflict) for _, error in caught.value.failed)
    assert "wait(" in str(caught.value.failed[0].error.hint)
    assert changed == set(ids(10)) - wrong
    assert len(faults.requests) == 2


def test_one_that_is_gone_cannot_be_started(faults: FaultServer) -> None:
    gone, there = ids(2)
    unknown = Reply.ec2_error("InvalidInstanceID.NotFound", f"The instance ID '{gone}' does not exist")
    faults.otherwise(
        lambda request: unknown if gone in asked(request) else answer("StartInstances", "<instancesSet/>")
    )
    with pytest.raises(BatchError) as caught:
        Fleet(boxes(2, faults.cloud())).start()
    assert [str(box) for box, _ in caught.value.succeeded] == [there]
    assert isinstance(caught.value.failed[0].error, InstanceNotFound)


def test_no_capacity_to_start_is_an_error_of_all(faults: FaultServer) -> None:
    faults.otherwise(Reply.ec2_error("InsufficientInstanceCapacity", status=500))
    with pytest.raises(ServiceError) as caught:
        Fleet(boxes(50, faults.cloud(attempts=1))).start()
    assert "another zone" in str(caught.value.hint)
    assert len(faults.requests) == 1


# -- the checks ----------------------------------------------------------------------------------------------


def test_ok_is_more_than_running(faults: FaultServer) -> None:
    faults.replies(
        checked(BOX, "pending", "not-applicable"),
        checked(BOX, "running", "initializing"),
        answer("DescribeInstanceStatus", "<instanceStatusSet/>"),
        checked(BOX, "running", "ok"),
    )
    Instance(BOX, cloud=faults.cloud()).wait("ok")
    assert faults.operations == ["DescribeInstanceStatus"] * 4
    assert faults.requests[0].form["IncludeAllInstances"] == "true"


def test_the_checks_of_200_take_two_calls_a_poll(faults: FaultServer) -> None:
    faults.otherwise(lambda request: checks_answer(*((each, "running", "ok") for each in asked(request))))
    Fleet(boxes(200, faults.cloud())).wait("ok")
    assert [len(asked(request)) for request in faults.requests] == [100, 100]


def test_one_that_stops_before_it_is_ok_fails_with_the_reason(faults: FaultServer) -> None:
    faults.replies(
        checked(BOX, "running", "initializing"),
        checked(BOX, "stopping", "not-applicable"),
        described(instance_row(BOX, "stopping", transition="User initiated")),
    )
    with pytest.raises(WaitFailed, match="stopping, and cannot become ok: User initiated") as caught:
        Instance(BOX, cloud=faults.cloud()).wait("ok")
    assert caught.value.reason == "User initiated"


def test_impaired_may_get_well_until_the_time_is_over(faults: FaultServer) -> None:
    faults.otherwise(checked(BOX, "running", "impaired"))
    with pytest.raises(WaitTimeout) as caught:
        Instance(BOX, cloud=faults.cloud()).wait("ok", timeout=30)
    assert "instance impaired" in caught.value.pending[0]


def test_too_many_requests_do_not_end_a_wait(faults: FaultServer) -> None:
    slow = Reply.ec2_error("RequestLimitExceeded", status=503)
    running = described(instance_row(BOX))
    faults.replies(slow, slow, slow, described(instance_row(BOX, "pending")), slow, slow, slow, running)
    box = Instance(BOX, cloud=faults.cloud(attempts=1))
    box.wait("running")
    assert len(faults.requests) == 8
    faults.otherwise(slow)
    with pytest.raises(WaitTimeout, match="asked too much"):
        box.wait("running", timeout=2)
    with pytest.raises(Throttled):
        box.wait("running")
    assert len(faults.requests) < 20
