"""Making a group once, whatever becomes of the answers."""

from __future__ import annotations

import re

import pytest

from cloudkit import AlreadyExists, InvalidRequest
from cloudkit.autoscaling import AutoScalingGroup
from tests.autoscaling.answers import LOST, NOBODY, answer, group, refusal, world
from tests.faults import FaultServer, Reply, Request

MADE = answer("CreateAutoScalingGroup")
TAKEN = refusal("AutoScalingGroup by this name already exists", "AlreadyExists")


class Server:
    """Makes the group whose first answer is lost, and shows it."""

    def __init__(self, *, other: bool = False) -> None:
        self._token = "another's" if other else ""

    def create(self, request: Request) -> Reply:
        if self._token:
            return TAKEN
        found = re.search(r"cloudkit%3Atoken&Tags.member.\d+.Value=(\w+)", request.body.decode())
        assert found is not None
        self._token = found[1]
        return LOST

    def describe(self, request: Request) -> Reply:
        return group(tags={"cloudkit:token": self._token})


def test_a_lost_answer_is_recognised(faults: FaultServer) -> None:
    server = Server()
    cloud = world(
        faults,
        attempts=3,
        CreateAutoScalingGroup=[server.create],
        DescribeAutoScalingGroups=[server.describe],
    )
    made = AutoScalingGroup.create("web", "lt-1", min=0, max=1, subnets=["subnet-1"], cloud=cloud)
    assert faults.operations == ["CreateAutoScalingGroup"] * 2 + ["DescribeAutoScalingGroups"]
    assert dict(made.tags) == {}  # the token is no tag of the user's


def test_another_s_group_stays_another_s(faults: FaultServer) -> None:
    server = Server(other=True)

    def lost_and_taken(request: Request) -> Reply:
        return LOST if len(faults.requests) == 1 else server.create(request)

    cloud = world(
        faults,
        attempts=3,
        CreateAutoScalingGroup=[lost_and_taken],
        DescribeAutoScalingGroups=[server.describe],
    )
    with pytest.raises(AlreadyExists):
        AutoScalingGroup.create("web", "lt-1", min=0, max=1, subnets=["subnet-1"], cloud=cloud)


def test_without_a_lost_answer_nobody_looks(faults: FaultServer) -> None:
    cloud = world(faults, CreateAutoScalingGroup=[TAKEN])
    with pytest.raises(AlreadyExists) as caught:
        AutoScalingGroup.create("web", "lt-1", min=0, max=1, subnets=["subnet-1"], cloud=cloud)
    assert faults.operations == ["CreateAutoScalingGroup"]
    assert "ensure" in (caught.value.hint or "")


def test_a_policy_on_tags_may_refuse_the_token(faults: FaultServer) -> None:
    cloud = world(faults, CreateAutoScalingGroup=[refusal("no", "AccessDenied", 403), MADE])
    AutoScalingGroup.create(
        "web", "lt-1", min=0, max=1, subnets=["subnet-1"], tags={"team": "web"}, cloud=cloud
    )
    first, second = (request.body.decode() for request in faults.requests)
    assert "cloudkit%3Atoken" in first
    assert "cloudkit%3Atoken" not in second
    assert "team" in second


def test_as_many_tags_as_there_may_be_leave_no_place_for_a_token(faults: FaultServer) -> None:
    cloud = world(faults, CreateAutoScalingGroup=[MADE])
    tags = {f"tag-{number}": "x" for number in range(50)}
    AutoScalingGroup.create("web", "lt-1", min=0, max=1, subnets=["subnet-1"], tags=tags, cloud=cloud)
    assert "cloudkit%3Atoken" not in faults.requests[0].body.decode()
    with pytest.raises(InvalidRequest, match="at most 50"):
        AutoScalingGroup.create(
            "web", "lt-1", min=0, max=1, subnets=["subnet-1"], tags={**tags, "more": "x"}, cloud=cloud
        )


def test_tags_are_propagated_unless_told_otherwise(faults: FaultServer) -> None:
    cloud = world(faults, CreateAutoScalingGroup=[MADE])
    for propagate, said in ((True, "true"), (False, "false")):
        AutoScalingGroup.create(
            "web",
            "lt-1",
            min=0,
            max=1,
            subnets=["subnet-1"],
            tags={"team": "web"},
            propagate=propagate,
            cloud=cloud,
        )
        assert faults.requests[-1].form["Tags.member.1.PropagateAtLaunch"] == said
        assert faults.requests[-1].form["Tags.member.2.PropagateAtLaunch"] == "false"


def test_one_that_is_being_deleted_is_waited_for_and_made_anew(faults: FaultServer) -> None:
    leaving = group(status="Delete in progress")
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[leaving, leaving, NOBODY],
        CreateAutoScalingGroup=[MADE],
    )
    AutoScalingGroup.ensure("web", "lt-1", min=0, max=1, subnets=["subnet-1"], cloud=cloud)
    assert faults.operations[-1] == "CreateAutoScalingGroup"


def test_one_that_another_process_makes_in_between_is_taken(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[NOBODY, group(desired=0)],
        CreateAutoScalingGroup=[TAKEN],
        UpdateAutoScalingGroup=[answer("UpdateAutoScalingGroup")],
    )
    made = AutoScalingGroup.ensure(
        "web", "lt-1", min=0, max=9, subnets=["subnet-1"], update=True, cloud=cloud
    )
    assert made.name == "web"
    assert faults.operations[-1] == "UpdateAutoScalingGroup"
