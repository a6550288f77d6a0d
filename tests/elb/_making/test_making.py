"""What is undone when a step of `create` fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudkit import Cloud, CloudError, ConnectionFailed, LimitExceeded, NotFound, ServiceError
from cloudkit.elb import LoadBalancer, TargetGroup
from cloudkit.elb._undo import undoing
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BALANCER_ARN, BOX, GROUP_ARN
from tests.elb.machines import launch
from tests.faults import FaultServer, Reply

REFUSED = Reply.query_error("TooManyTargets", "quota")


class Refusing:
    """Fails one operation of a live client, at its nth call, before anything is sent."""

    def __init__(self, cloud: Cloud, operation: str, nth: int = 1) -> None:
        self._events = cloud.client("elbv2").meta.events
        self._event = f"before-parameter-build.elastic-load-balancing-v2.{operation}"
        self._left = nth

    def _refuse(self, **_: object) -> None:
        self._left -= 1
        if self._left == 0:
            raise LimitExceeded("quota")

    def __enter__(self) -> None:
        self._events.register(self._event, self._refuse)

    def __exit__(self, *_: object) -> None:
        self._events.unregister(self._event, self._refuse)


@pytest.mark.parametrize(
    ("operation", "nth"),
    [
        ("CreateTargetGroup", 1),
        ("CreateTargetGroup", 2),
        ("RegisterTargets", 1),
        ("RegisterTargets", 2),
        ("CreateLoadBalancer", 1),
        ("CreateListener", 1),
        ("CreateListener", 2),
    ],
)
def test_a_failed_step_leaves_nothing_behind(rig: Rig, operation: str, nth: int) -> None:
    name = rig.name("web")
    box = launch(rig.cloud)
    with Refusing(rig.cloud, operation, nth):
        with pytest.raises(LimitExceeded) as caught:
            LoadBalancer.create(name, listeners={80: 8080, 90: 9000}, targets=[box])
    assert caught.value.hint is None
    assert not LoadBalancer(name).exists()
    assert TargetGroup.list(name=f"{name}*").to_list() == []
    assert rig.clock.slept == []
    made = LoadBalancer.create(name, listeners={80: 8080, 90: 9000}, targets=[box])
    assert len(made.listeners().to_list()) == 2


@pytest.mark.parametrize("operation", ["CreateTargetGroup", "CreateListener"])
def test_a_failed_step_of_ensure_leaves_what_was_there(rig: Rig, operation: str) -> None:
    name = rig.name("web")
    balancer = LoadBalancer.create(name)
    with Refusing(rig.cloud, operation):
        with pytest.raises(LimitExceeded):
            LoadBalancer.ensure(name, listeners={90: 9000}, update=True)
    assert [each.port for each in balancer.listeners()] == [80]
    assert [each.name for each in TargetGroup.list(name=f"{name}*")] == [f"{name}-8080"]
    LoadBalancer.ensure(name, listeners={90: 9000}, update=True)


def steps(**more: list[Reply | Callable[..., Reply]]) -> dict[str, list[Reply | Callable[..., Reply]]]:
    return {
        "DescribeLoadBalancers": [Reply.query_error("LoadBalancerNotFound")],
        "DescribeInstances": [answers.instances((BOX, "running"))],
        "DescribeSubnets": [answers.subnets(("subnet-a", "us-east-1a"), ("subnet-b", "us-east-1b"))],
        "DescribeTargetGroups": [Reply.query_error("TargetGroupNotFound")],
        "CreateTargetGroup": [answers.group(operation="CreateTargetGroup")],
        "RegisterTargets": [answers.answer("RegisterTargets")],
        "CreateLoadBalancer": [answers.balancer("provisioning", operation="CreateLoadBalancer")],
        "CreateListener": [answers.listener()],
        "DeleteLoadBalancer": [answers.answer("DeleteLoadBalancer")],
        "DeleteTargetGroup": [answers.answer("DeleteTargetGroup")],
        **more,
    }


def test_the_steps_when_all_goes_well(faults: FaultServer) -> None:
    cloud = answers.world(faults, **steps())
    balancer = LoadBalancer.create("web", targets=[BOX], cloud=cloud)
    assert faults.operations == [
        "DescribeLoadBalancers",
        "DescribeInstances",
        "DescribeSubnets",
        "DescribeTargetGroups",
        "CreateTargetGroup",
        "RegisterTargets",
        "CreateLoadBalancer",
        "CreateListener",
    ]
    assert balancer.arn == BALANCER_ARN
    sent = faults.requests[6].form
    assert (sent["Scheme"], sent["Type"]) == ("internet-facing", "application")
    assert (sent["Subnets.member.1"], sent["Subnets.member.2"]) == ("subnet-a", "subnet-b")
    assert not any(name.startswith("SecurityGroups") for name in sent)
    assert faults.requests[7].form["DefaultActions.member.1.TargetGroupArn"] == GROUP_ARN


def test_undone_in_reverse_and_groups_when_they_are_released(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        **steps(
            CreateListener=[REFUSED],
            DeleteTargetGroup=[Reply.query_error("ResourceInUse"), answers.answer("DeleteTargetGroup")],
        ),
    )
    with pytest.raises(LimitExceeded) as caught:
        LoadBalancer.create("web", cloud=cloud)
    assert caught.value.hint is None
    undone = faults.operations[faults.operations.index("CreateListener") + 1 :]
    assert undone == ["DeleteLoadBalancer", "DeleteTargetGroup", "DeleteTargetGroup"]


def test_the_first_error_wins_and_what_stays_is_told(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        **steps(
            CreateListener=[REFUSED],
            DeleteLoadBalancer=[Reply.query_error("AccessDenied", "you may not delete", 403)],
            DeleteTargetGroup=[Reply.query_error("ResourceInUse", "still in use")],
        ),
    )
    with pytest.raises(LimitExceeded) as caught:
        LoadBalancer.create("web", cloud=cloud)
    assert caught.value.code == "TooManyTargets"
    hint = str(caught.value.hint)
    assert "load balancer web (AccessDenied: you may not delete)" in hint
    assert "target group web-8080" in hint
    assert hint.index("load balancer web") < hint.index("target group web-8080")


def test_a_lost_answer_says_how_to_clean_up(faults: FaultServer) -> None:
    cloud = answers.world(faults, **steps(CreateLoadBalancer=[Reply(reset=True)]))
    with pytest.raises(ConnectionFailed) as caught:
        LoadBalancer.create("web", cloud=cloud)
    assert "LoadBalancer('web').delete()" in str(caught.value.hint)
    assert faults.operations[-1] == "DeleteTargetGroup"


def test_a_lost_answer_is_asked_for_again(faults: FaultServer) -> None:
    made = answers.balancer("provisioning", operation="CreateLoadBalancer")
    faults.otherwise(answers.World(**steps(CreateLoadBalancer=[Reply(reset=True), made])))
    assert LoadBalancer.create("web", cloud=faults.cloud(attempts=2)).arn == BALANCER_ARN


def test_what_was_undone_is_not_waited_for_afterwards(faults: FaultServer) -> None:
    cloud = answers.world(faults, **steps(CreateListener=[REFUSED]))
    with pytest.raises(LimitExceeded):
        LoadBalancer.create("web", cloud=cloud)
    faults.clock.slept.clear()
    assert not LoadBalancer(BALANCER_ARN, cloud=cloud).exists()
    assert not LoadBalancer("web", cloud=cloud).exists()
    assert not TargetGroup(GROUP_ARN, cloud=cloud).exists()
    assert faults.clock.slept == []


def test_not_found_just_after_it_was_made_is_waited_out(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        **steps(
            CreateListener=[Reply.query_error("LoadBalancerNotFound"), answers.listener()],
            RegisterTargets=[Reply.query_error("TargetGroupNotFound"), answers.answer("RegisterTargets")],
        ),
    )
    LoadBalancer.create("web", targets=[BOX], cloud=cloud)
    assert faults.operations.count("CreateListener") == faults.operations.count("RegisterTargets") == 2


def gone() -> None:
    raise NotFound("gone")


def test_undoing_goes_on_after_a_failure_and_for_any_exception() -> None:
    undone: list[str] = []

    def work() -> None:
        with undoing("x") as undo:
            undo.add("first", lambda: undone.append("first"))
            undo.add("second", gone)
            undo.add("third", lambda: undone.append("third"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert undone == ["third", "first"]


def test_undoing_keeps_the_hint_of_the_error() -> None:
    def work() -> None:
        with undoing("thing.delete() cleans up") as undo:
            undo.add("second", gone)
            raise ServiceError("broken", hint="ask AWS")

    with pytest.raises(CloudError) as caught:
        work()
    assert caught.value.hint == (
        "ask AWS; AWS may have done this step all the same: thing.delete() cleans up;"
        " left behind, since undoing failed too: second (NotFound: gone)"
    )


def test_nothing_is_undone_when_all_goes_well() -> None:
    with undoing("x") as undo:
        undo.add("first", lambda: pytest.fail("undone"))
