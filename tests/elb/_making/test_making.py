"""What is undone when a step of `create` fails."""

from __future__ import annotations

import pytest

from cloudkit import (
    AlreadyExists,
    Cloud,
    CloudError,
    Conflict,
    ConnectionFailed,
    LimitExceeded,
    NotFound,
    SecurityGroup,
    ServiceError,
)
from cloudkit.elb import LoadBalancer, TargetGroup
from cloudkit.elb._naming import MARK
from cloudkit.elb._undo import undoing
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BALANCER_ARN, BOX, CLASSIC_ARN, GROUP_ARN
from tests.elb.machines import launch
from tests.faults import FaultServer, Reply, Request

REFUSED = Reply.query_error("TooManyTargets", "quota")


SERVICES = {"elbv2": "elastic-load-balancing-v2", "elb": "elastic-load-balancing", "ec2": "ec2"}


class Refusing:
    """Fails one operation of a live client, at its nth call, before anything is sent."""

    def __init__(self, cloud: Cloud, service: str, operation: str, nth: int = 1) -> None:
        self._events = cloud.client(service).meta.events
        self._event = f"before-parameter-build.{SERVICES[service]}.{operation}"
        self._left = nth

    def _refuse(self, **_: object) -> None:
        self._left -= 1
        if self._left == 0:
            raise LimitExceeded("quota")

    def __enter__(self) -> None:
        self._events.register(self._event, self._refuse)

    def __exit__(self, *_: object) -> None:
        self._events.unregister(self._event, self._refuse)


V2_STEPS = [
    ("elbv2", "DescribeLoadBalancers", 1),
    ("elb", "DescribeLoadBalancers", 1),
    ("ec2", "DescribeInstances", 1),
    ("ec2", "DescribeSubnets", 1),
    ("ec2", "CreateSecurityGroup", 1),
    ("ec2", "AuthorizeSecurityGroupIngress", 1),
    ("elbv2", "CreateTargetGroup", 1),
    ("elbv2", "CreateTargetGroup", 2),
    ("elbv2", "RegisterTargets", 1),
    ("elbv2", "RegisterTargets", 2),
    ("elbv2", "CreateLoadBalancer", 1),
    ("elbv2", "CreateListener", 1),
    ("elbv2", "CreateListener", 2),
    ("elbv2", "DescribeTargetHealth", 1),
]
CLASSIC_STEPS = [
    ("elb", "CreateLoadBalancer", 1),
    ("elb", "ConfigureHealthCheck", 1),
    ("elb", "DescribeLoadBalancers", 2),
    ("elb", "RegisterInstancesWithLoadBalancer", 1),
    ("elb", "DescribeInstanceHealth", 1),
]


@pytest.mark.parametrize(
    ("kind", "service", "operation", "nth"),
    [
        *(("application", *step) for step in V2_STEPS),
        *(("network", *step) for step in V2_STEPS[6:]),
        *(("classic", *step) for step in CLASSIC_STEPS),
    ],
)
def test_a_failed_step_leaves_nothing_behind(
    rig: Rig, kind: str, service: str, operation: str, nth: int
) -> None:
    name = rig.name("web")
    box = launch(rig.cloud)

    def create() -> LoadBalancer:
        return LoadBalancer.create(
            name, kind=kind, listeners={80: 8080, 90: 9000}, targets=[box], wait=60, cloud=rig.cloud
        )

    with Refusing(rig.cloud, service, operation, nth):
        with pytest.raises(LimitExceeded) as caught:
            create()
    assert caught.value.hint is None
    assert not LoadBalancer(name).exists()
    assert TargetGroup.list(name=f"{name}*").to_list() == []
    assert SecurityGroup.list(name=f"{name}*").to_list() == []
    assert rig.clock.slept == []
    assert len(create().listeners().to_list()) == 2


def test_a_load_balancer_that_does_not_come_up_stays_if_that_is_wished(rig: Rig) -> None:
    name = rig.name("web")
    with Refusing(rig.cloud, "elbv2", "DescribeTargetHealth"):
        with pytest.raises(LimitExceeded):
            LoadBalancer.create(name, targets=[launch(rig.cloud)], wait=60, keep_on_error=True)
    assert LoadBalancer(name).exists()


def test_a_security_group_that_an_earlier_one_left_is_taken(rig: Rig) -> None:
    name = rig.name("web")
    left = SecurityGroup.create(f"{name}-load-balancer", tags={MARK: name})
    left.allow(9999)
    balancer = LoadBalancer.create(name)
    assert balancer.security_group_ids == (left.id,)
    assert {rule.ports for rule in left.refresh().rules} == {(80, 80)}


def test_a_security_group_of_that_name_of_somebody_else_is_not(rig: Rig) -> None:
    name = rig.name("web")
    theirs = SecurityGroup.create(f"{name}-load-balancer")
    with pytest.raises(AlreadyExists):
        LoadBalancer.create(name)
    assert theirs.exists()
    LoadBalancer(name).delete()
    assert theirs.exists()


@pytest.mark.parametrize("operation", ["CreateTargetGroup", "CreateListener"])
def test_a_failed_step_of_ensure_leaves_what_was_there(rig: Rig, operation: str) -> None:
    name = rig.name("web")
    balancer = LoadBalancer.create(name)
    with Refusing(rig.cloud, "elbv2", operation):
        with pytest.raises(LimitExceeded):
            LoadBalancer.ensure(name, listeners={90: 9000}, update=True)
    assert [each.port for each in balancer.listeners()] == [80]
    assert [each.name for each in TargetGroup.list(name=f"{name}*")] == [f"{name}-8080"]
    LoadBalancer.ensure(name, listeners={90: 9000}, update=True)


def steps(**more: list[answers.Answer]) -> dict[str, list[answers.Answer]]:
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
        **answers.guarded(),
        **more,
    }


def test_the_steps_when_all_goes_well(faults: FaultServer) -> None:
    cloud = answers.world(faults, **steps())
    balancer = LoadBalancer.create("web", targets=[BOX], cloud=cloud)
    assert faults.operations == [
        "DescribeLoadBalancers",
        "DescribeLoadBalancers",
        "DescribeInstances",
        "DescribeSubnets",
        "CreateSecurityGroup",
        "DescribeSecurityGroups",
        "AuthorizeSecurityGroupIngress",
        "DescribeTargetGroups",
        "CreateTargetGroup",
        "RegisterTargets",
        "CreateLoadBalancer",
        "CreateListener",
    ]
    assert balancer.arn == BALANCER_ARN
    sent = next(each.form for each in faults.requests if each.operation == "CreateLoadBalancer")
    assert (sent["Scheme"], sent["Type"]) == ("internet-facing", "application")
    assert (sent["Subnets.member.1"], sent["Subnets.member.2"]) == ("subnet-a", "subnet-b")
    assert sent["SecurityGroups.member.1"] == "sg-0123456789abcdef0"
    assert faults.requests[-1].form["DefaultActions.member.1.TargetGroupArn"] == GROUP_ARN
    opened = next(each.form for each in faults.requests if each.operation.startswith("Authorize"))
    assert (opened["IpPermissions.1.FromPort"], opened["IpPermissions.1.IpRanges.1.CidrIp"]) == (
        "80",
        "0.0.0.0/0",
    )


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
    assert undone == ["DeleteLoadBalancer", "DeleteTargetGroup", "DeleteTargetGroup", "DeleteSecurityGroup"]


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
    assert "security group" not in hint


def test_a_lost_answer_says_how_to_clean_up(faults: FaultServer) -> None:
    cloud = answers.world(faults, **steps(CreateLoadBalancer=[Reply(reset=True)]))
    with pytest.raises(ConnectionFailed) as caught:
        LoadBalancer.create("web", cloud=cloud)
    assert "LoadBalancer('web').delete()" in str(caught.value.hint)
    assert faults.operations[-2:] == ["DeleteTargetGroup", "DeleteSecurityGroup"]


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


# -- classic ones, as AWS answers ------------------------------------------------------------------------------


def classic_steps(**more: list[answers.Answer]) -> dict[str, list[answers.Answer]]:
    return {
        **steps(),
        "ClassicDescribeLoadBalancers": [Reply.query_error("LoadBalancerNotFound"), answers.classic()],
        "ClassicCreateLoadBalancer": [answers.answer("CreateLoadBalancer", "<DNSName>web</DNSName>")],
        "ClassicConfigureHealthCheck": [answers.answer("ConfigureHealthCheck")],
        "ClassicRegisterInstancesWithLoadBalancer": [answers.answer("RegisterInstancesWithLoadBalancer")],
        "ClassicDeleteLoadBalancer": [answers.answer("DeleteLoadBalancer")],
        **more,
    }


def test_a_classic_one_as_aws_is_told(faults: FaultServer) -> None:
    cloud = answers.world(faults, **classic_steps())
    made = LoadBalancer.create("web", kind="classic", targets=[BOX], cloud=cloud)
    assert made.arn == CLASSIC_ARN
    assert faults.operations[7:] == [
        "CreateLoadBalancer",
        "DescribeLoadBalancers",
        "ConfigureHealthCheck",
        "RegisterInstancesWithLoadBalancer",
    ]
    sent = faults.requests[7].form
    assert "Scheme" not in sent
    assert sent["Listeners.member.1.InstancePort"] == "8080"
    assert faults.requests[9].form["HealthCheck.Target"] == "HTTP:8080/"


class Repeated:
    """CreateLoadBalancer whose first answer is lost, and DescribeTags that tells the tags of somebody."""

    def __init__(self, *, ours: bool) -> None:
        self._ours = ours
        self._token = ""

    def create(self, request: Request) -> Reply:
        if self._token:
            return Reply.query_error("DuplicateLoadBalancerName")
        form = request.form
        key = next(name for name, value in form.items() if value == "cloudkit:token")
        self._token = form[key.replace("Key", "Value")]
        return Reply(reset=True)

    def tags(self, request: Request) -> Reply:
        value = self._token if self._ours else "another"
        return answers.answer(
            "DescribeTags",
            "<TagDescriptions><member><LoadBalancerName>web</LoadBalancerName><Tags><member>"
            f"<Key>cloudkit:token</Key><Value>{value}</Value></member></Tags></member></TagDescriptions>",
        )


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_classic_one_whose_answer_was_lost_is_known_by_its_token(
    faults: FaultServer, attempts: int
) -> None:
    lost = Repeated(ours=True)
    faults.otherwise(
        answers.World(
            **classic_steps(ClassicCreateLoadBalancer=[lost.create], ClassicDescribeTags=[lost.tags])
        )
    )
    cloud = faults.cloud(attempts=attempts)
    assert LoadBalancer.create("web", kind="classic", cloud=cloud).arn == CLASSIC_ARN


def test_a_classic_one_of_somebody_else_stays_his(faults: FaultServer) -> None:
    lost = Repeated(ours=False)
    faults.otherwise(
        answers.World(
            **classic_steps(ClassicCreateLoadBalancer=[lost.create], ClassicDescribeTags=[lost.tags])
        )
    )
    with pytest.raises(AlreadyExists):
        LoadBalancer.create("web", kind="classic", cloud=faults.cloud(attempts=2))
    assert "DeleteLoadBalancer" not in faults.operations


def test_deletion_at_the_end_of_a_block_that_fails_is_a_warning_after_an_error(faults: FaultServer) -> None:
    protected = answers.world(faults, DeleteLoadBalancer=[Reply.query_error("OperationNotPermitted")])
    with pytest.raises(Conflict):
        with LoadBalancer(BALANCER_ARN, cloud=protected):
            pass
    with pytest.warns(ResourceWarning, match="not deleted"), pytest.raises(KeyError):
        with LoadBalancer(BALANCER_ARN, cloud=protected):
            raise KeyError
