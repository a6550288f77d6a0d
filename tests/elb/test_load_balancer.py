from __future__ import annotations

import pytest

from cloudkit import AccessDenied, AlreadyExists, Conflict, InvalidRequest, WaitFailed, WaitTimeout
from cloudkit.elb import (
    Https,
    Kind,
    Listener,
    LoadBalancer,
    LoadBalancerNotFound,
    Redirect,
    Scheme,
    TargetGroup,
    Udp,
)
from cloudkit.elb._naming import MARK
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BALANCER_ARN, BOX, GROUP_ARN, counted
from tests.elb.machines import launch, network
from tests.faults import FaultServer, Reply

DNS_NAME = "web-1234567890.us-east-1.elb.amazonaws.com"


def test_making_one_calls_nothing(faults: FaultServer) -> None:
    cloud = faults.cloud()
    named = LoadBalancer("web", cloud=cloud)
    assert named == LoadBalancer(BALANCER_ARN, cloud=cloud) == LoadBalancer(DNS_NAME, cloud=cloud)
    assert len({named, LoadBalancer(BALANCER_ARN, cloud=cloud)}) == 1
    assert named != LoadBalancer("api", cloud=cloud)
    assert LoadBalancer(BALANCER_ARN, cloud=cloud).arn == BALANCER_ARN
    assert repr(named) == "<LoadBalancer web>"
    with pytest.raises(InvalidRequest):
        LoadBalancer("example.com", cloud=cloud)
    assert faults.requests == []


# -- create ------------------------------------------------------------------------------------------------


def test_create_with_all(rig: Rig) -> None:
    vpc, subnets = network(rig.cloud, "a", "b", "c")
    box = launch(rig.cloud, subnet=subnets[0])
    guard = rig.cloud.call("ec2", "create_security_group", GroupName=rig.name(), Description="x", VpcId=vpc)
    name = rig.name("web")
    with counted(rig.cloud) as called:
        balancer = LoadBalancer.create(
            name,
            listeners={80: 8080, 8000: 8080, 9000: 9001},
            targets=[box, box.id],
            kind="application",
            scheme="internal",
            subnets=subnets[:2],
            security_groups=[guard["GroupId"]],
            health_path="/up",
            tags={"team": "web"},
            aws={"IpAddressType": "ipv4"},
        )
    assert len(called) == 4 + 2 * 3 + 1 + 3
    assert balancer.scheme is Scheme.INTERNAL
    assert (balancer.vpc_id, list(balancer.subnet_ids)) == (vpc, subnets[:2])
    assert balancer.security_group_ids == (guard["GroupId"],)
    groups = {group.port: group for group in balancer.target_groups()}
    assert sorted(port or 0 for port in groups) == [8080, 9001]
    assert {each.port: each.target_group_arns for each in balancer.listeners()} == {
        80: (groups[8080].arn,),
        8000: (groups[8080].arn,),
        9000: (groups[9001].arn,),
    }
    assert {group.health_check.path for group in groups.values()} == {"/up"}
    assert [(row.id, row.port) for row in balancer.health()] == [(box.id, 8080), (box.id, 9001)]
    for part in (balancer, *groups.values(), *balancer.listeners()):
        assert dict(part.tags) == {"team": "web", MARK: name}


def test_a_target_group_name_that_is_taken(rig: Rig) -> None:
    name = rig.name("web")
    theirs = TargetGroup.create(f"{name}-8080", port=1234)
    with pytest.raises(AlreadyExists) as caught:
        LoadBalancer.create(name)
    assert caught.value.resource == f"{name}-8080"
    assert not LoadBalancer(name).exists()
    assert theirs.refresh().port == 1234


def test_a_long_name_gives_group_names_that_aws_takes(rig: Rig) -> None:
    name = rig.name("a-name-as-long-as-it-may")[:32].ljust(32, "x")
    balancer = LoadBalancer.create(name)
    assert len(balancer.target_groups().one().name) <= 32
    balancer.delete()
    assert TargetGroup.list(name=f"{name[:12]}*").to_list() == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "a_b"}, "1 to 32"),
        ({"name": "x" * 33}, "1 to 32"),
        ({"name": "internal-web"}, "internal-"),
        ({"listeners": {}}, "listener"),
        ({"listeners": {0: 8080}}, "listener 0"),
        ({"listeners": {80: 99999}}, "target port of listener 80"),
        ({"targets": "i-1"}, "list"),
        ({"targets": [["i-1"]]}, "neither"),
        ({"kind": "gateway"}, "not made here"),
        ({"kind": "network", "listeners": {443: Https(8080, "shop.example.com")}}, "no Https"),
        ({"kind": "classic", "listeners": {80: Redirect(https=443)}}, "no Redirect"),
        ({"listeners": {53: Udp(53)}}, "no Udp"),
        ({"subnets": {"subnet-1": "eipalloc-1", "subnet-2": "eipalloc-2"}}, "no static addresses"),
        ({"kind": "network", "subnets": {"subnet-1": "1.2.3.4"}}, "Elastic IP"),
        ({"kind": "network", "scheme": "internal", "subnets": {"subnet-1": "eipalloc-1"}}, "private IPv4"),
        ({"kind": "network", "subnets": []}, "a zone"),
        ({"security_groups": []}, "default group"),
        ({"wait": 0}, "wait"),
        ({"kind": "rocket"}, "one of"),
        ({"scheme": "public"}, "internet-facing"),
        ({"subnets": ["subnet-1"]}, "2 zones"),
        ({"subnets": []}, "2 zones"),
        ({"subnets": "subnet-1"}, "list"),
        ({"security_groups": "sg-1"}, "list"),
        ({"health_path": "up"}, "begins with /"),
        ({"tags": {MARK: "x"}}, "itself"),
        ({"tags": {"": "x"}}, "key"),
    ],
)
def test_what_aws_would_refuse_is_refused_before_any_call(
    faults: FaultServer, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        LoadBalancer.create(**{"name": "web", "cloud": faults.cloud(), **settings})  # type: ignore[arg-type]
    assert faults.requests == []


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "a_b"},
        {"listeners": {80: 0}},
        {"targets": "i-1"},
        {"scheme": "public"},
        {"subnets": []},
        {"kind": "application", "subnets": ["subnet-1"]},
        {"kind": "gateway"},
        {"listeners": {53: Udp(53), 443: Https(8080, "shop.example.com")}},
        {"health_path": "up"},
        {"tags": {MARK: "x"}},
    ],
)
def test_ensure_checks_before_any_call_too(faults: FaultServer, settings: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        LoadBalancer.ensure(**{"name": "web", "cloud": faults.cloud(), **settings})  # type: ignore[arg-type]
    assert faults.requests == []


# -- ensure ------------------------------------------------------------------------------------------------


def test_ensure_takes_its_own_group_that_a_deleted_listener_left(rig: Rig) -> None:
    name = rig.name("web")
    balancer = LoadBalancer.create(name, listeners={80: 8080, 90: 9000})
    for listener in balancer.listeners():
        if listener.port == 90:
            listener.delete()
    rig.cloud.call("elbv2", "delete_load_balancer", LoadBalancerArn=balancer.arn)
    rig.cloud.forget(balancer.arn)
    rig.cloud.forget(name)
    with pytest.raises(AlreadyExists):
        LoadBalancer.ensure(name, listeners={90: 9000})
    LoadBalancer(name).delete()
    LoadBalancer.create(name)
    TargetGroup.create(f"{name}-9000", port=9000, tags={MARK: name})
    again = LoadBalancer.ensure(name, listeners={90: 9000}, update=True)
    assert sorted(each.port for each in again.listeners()) == [80, 90]


def test_ensure_does_not_take_the_group_of_somebody_else(rig: Rig) -> None:
    name = rig.name("web")
    balancer = LoadBalancer.create(name)
    theirs = TargetGroup.create(f"{name}-9000", port=9000)
    with pytest.raises(AlreadyExists):
        LoadBalancer.ensure(name, listeners={90: 9000}, update=True)
    assert theirs.exists()
    assert [each.port for each in balancer.listeners()] == [80]


def test_ensure_when_another_process_makes_it_in_between(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[Reply.query_error("LoadBalancerNotFound"), answers.balancer()],
    )
    assert LoadBalancer.ensure("web", cloud=cloud) == LoadBalancer("web", cloud=cloud)
    assert set(faults.operations) == {"DescribeLoadBalancers"}


# -- get, list, find, exists ---------------------------------------------------------------------------------


def test_what_is_not_there(rig: Rig) -> None:
    name = rig.name("web")
    assert LoadBalancer(name).exists() is False
    assert LoadBalancer(BALANCER_ARN).exists() is False
    for call in (
        lambda: LoadBalancer.get(name),
        lambda: LoadBalancer(name).dns_name,
        lambda: LoadBalancer(name).health(),
        lambda: LoadBalancer(name).add("i-1"),
        lambda: LoadBalancer(name).remove("i-1"),
        lambda: LoadBalancer(name).listeners().to_list(),
        lambda: dict(LoadBalancer(name).tags),
        lambda: LoadBalancer(name).wait(),
        lambda: LoadBalancer(name).wait_healthy(),
    ):
        with pytest.raises(LoadBalancerNotFound):
            call()
    assert rig.clock.slept == []


def test_an_empty_answer_is_not_found(faults: FaultServer) -> None:
    faults.otherwise(answers.answer("DescribeLoadBalancers", "<LoadBalancers/>"))
    assert LoadBalancer("web", cloud=faults.cloud()).exists() is False


def test_exists_does_not_take_403_for_no(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("AccessDenied", "not yours", 403))
    with pytest.raises(AccessDenied):
        LoadBalancer("web", cloud=faults.cloud()).exists()
    with pytest.raises(AccessDenied):
        LoadBalancer.create("web", cloud=faults.cloud())
    assert set(faults.operations) == {"DescribeLoadBalancers"}


def test_list_asks_for_all_pages(faults: FaultServer) -> None:
    page = answers.balancer().body.replace(b"</LoadBalancers>", b"</LoadBalancers><NextMarker>m</NextMarker>")
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[Reply(body=page), answers.balancer(name="api")],
        ClassicDescribeLoadBalancers=[answers.classic(name="old")],
    )
    assert [each.name for each in LoadBalancer.list(cloud=cloud)] == ["web", "api", "old"]


def test_a_kind_and_a_state_that_aws_invents_later(faults: FaultServer) -> None:
    body = answers.balancer("resting").body.replace(b">application<", b">quantum<")
    faults.otherwise(Reply(body=body))
    balancer = LoadBalancer("web", cloud=faults.cloud())
    assert (balancer.kind, balancer.state) == ("quantum", "resting")


def test_a_gateway_is_found_tagged_and_deleted(rig: Rig) -> None:
    _, subnets = network(rig.cloud, "a", "b")
    name = rig.name("wall")
    rig.cloud.call("elbv2", "create_load_balancer", Name=name, Type="gateway", Subnets=subnets)
    wall = LoadBalancer(name)
    assert wall.kind is Kind.GATEWAY
    assert LoadBalancer.find(name, kind="gateway") == wall
    wall.wait("active").tags["team"] = "net"
    assert dict(LoadBalancer(name).tags) == {"team": "net"}
    assert LoadBalancer.ensure(name) == wall
    wall.delete()
    assert not wall.exists()


# -- names and ARNs --------------------------------------------------------------------------------------------


def test_an_arn_is_looked_up_once_by_all_objects_of_the_name(faults: FaultServer) -> None:
    cloud = answers.world(faults, DescribeLoadBalancers=[answers.balancer()])
    assert {LoadBalancer("web", cloud=cloud).arn for _ in range(3)} == {BALANCER_ARN}
    assert faults.operations == ["DescribeLoadBalancers"]
    faults.clock.advance(301)
    assert LoadBalancer("web", cloud=cloud).arn == BALANCER_ARN
    assert len(faults.requests) == 2


def test_one_that_was_made_anew_elsewhere_is_found(faults: FaultServer) -> None:
    newer = BALANCER_ARN.replace("50dc", "aaaa")
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[answers.balancer(), answers.balancer(arn=newer)],
        DescribeTargetGroups=[
            lambda request: (
                answers.group()
                if request.form["LoadBalancerArn"] == newer
                else Reply.query_error("LoadBalancerNotFound")
            )
        ],
    )
    assert LoadBalancer("web", cloud=cloud).arn == BALANCER_ARN
    assert LoadBalancer("web", cloud=cloud).target_groups().one().name == "web-8080"
    with pytest.raises(LoadBalancerNotFound):
        LoadBalancer(BALANCER_ARN, cloud=cloud).target_groups().one()


def test_deleting_and_making_anew_forgets_the_old_arn(rig: Rig) -> None:
    name = rig.name("web")
    LoadBalancer.create(name)
    old = LoadBalancer(name).arn
    LoadBalancer(name).delete()
    LoadBalancer.create(name)
    assert LoadBalancer(name).arn != old


# -- waiting until it is active -----------------------------------------------------------------------------------


def test_state_changes_by_itself(faults: FaultServer) -> None:
    states = ["provisioning", "provisioning", "active"]
    cloud = answers.world(faults, DescribeLoadBalancers=[answers.balancer(state) for state in states])
    balancer = LoadBalancer("web", cloud=cloud)
    seen: list[str] = []
    while balancer.state != "active":
        seen.append(str(balancer.state))
        faults.clock.advance(3)
    assert seen == ["provisioning", "provisioning"]
    assert repr(balancer) == "<LoadBalancer web active>"


def test_wait(faults: FaultServer) -> None:
    states = ["provisioning", "active_impaired", "active"]
    cloud = answers.world(faults, DescribeLoadBalancers=[answers.balancer(state) for state in states])
    assert LoadBalancer("web", cloud=cloud).wait("active").state == "active"
    assert len(faults.requests) == 3


def test_wait_fails_at_once_with_the_reason_of_aws(faults: FaultServer) -> None:
    faults.otherwise(answers.balancer("failed", reason="no free addresses in subnet-a"))
    with pytest.raises(WaitFailed) as caught:
        LoadBalancer("web", cloud=faults.cloud()).wait()
    assert caught.value.reason == "no free addresses in subnet-a"
    assert len(faults.requests) == 1


def test_wait_ends(faults: FaultServer) -> None:
    faults.otherwise(answers.balancer("provisioning"))
    with pytest.raises(WaitTimeout) as caught:
        LoadBalancer("web", cloud=faults.cloud()).wait(timeout=30)
    assert caught.value.pending == ("web is provisioning",)
    assert sum(faults.clock.slept) == pytest.approx(30)
    with pytest.raises(InvalidRequest):
        LoadBalancer("web", cloud=faults.cloud()).wait("healthy")  # type: ignore[arg-type]


# -- targets ----------------------------------------------------------------------------------------------------


def test_add_takes_a_request_a_group_and_one_to_find_them(rig: Rig) -> None:
    box = launch(rig.cloud)
    balancer = LoadBalancer.create(rig.name("web"), listeners={80: 8080, 90: 9000})
    with counted(rig.cloud) as called:
        balancer.add(box)
        balancer.add()
        balancer.remove()
    assert called == ["DescribeTargetGroups", "RegisterTargets", "RegisterTargets"]
    with counted(rig.cloud) as called:
        balancer.health()
    assert called == ["DescribeTargetGroups", "DescribeTargetHealth", "DescribeTargetHealth"]


def test_add_where_there_is_no_group(faults: FaultServer) -> None:
    for nothing in (
        answers.answer("DescribeTargetGroups", "<TargetGroups/>"),
        Reply.query_error("TargetGroupNotFound"),
    ):
        cloud = answers.world(faults, DescribeTargetGroups=[nothing])
        balancer = LoadBalancer(BALANCER_ARN, cloud=cloud)
        assert balancer.target_groups().to_list() == []
        assert len(balancer.health()) == 0
        balancer.remove(BOX)
        with pytest.raises(Conflict, match="no target group"):
            balancer.add(BOX)


# -- delete -----------------------------------------------------------------------------------------------------


def test_delete_leaves_nothing_of_its_own(rig: Rig) -> None:
    name = rig.name("web")
    box = launch(rig.cloud)
    balancer = LoadBalancer.create(name, listeners={80: 8080, 90: 9000}, targets=[box])
    arns = [listener.arn for listener in balancer.listeners()]
    with counted(rig.cloud) as called:
        LoadBalancer(name).delete()
    assert called == [
        "DeleteLoadBalancer",
        *["DescribeTargetGroups"] * called.count("DescribeTargetGroups"),
        "DescribeTags",
        "DeleteTargetGroup",
        "DeleteTargetGroup",
        "DescribeSecurityGroups",
        "DeleteSecurityGroup",
    ]
    assert not balancer.exists()
    assert TargetGroup.list(name=f"{name}*").to_list() == []
    assert not any(Listener(arn).exists() for arn in arns)
    with pytest.raises(LoadBalancerNotFound):
        balancer.listeners().to_list()
    state = rig.cloud.call("ec2", "describe_instances", InstanceIds=[box.id])
    assert state["Reservations"][0]["Instances"][0]["State"]["Name"] == "running"


def test_delete_leaves_what_was_made_otherwise(rig: Rig) -> None:
    name = rig.name("web")
    balancer = LoadBalancer.create(name)
    attached = TargetGroup.create(rig.name("tg"), port=9000)
    rig.cloud.call(
        "elbv2",
        "create_listener",
        LoadBalancerArn=balancer.arn,
        Port=90,
        Protocol="HTTP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": attached.arn}],
    )
    named_alike = TargetGroup.create(f"{name}-9000", port=9000)
    neighbour = LoadBalancer.create(f"{name}-1")
    balancer.delete()
    assert attached.exists()
    assert named_alike.exists()
    assert neighbour.exists()
    assert neighbour.target_groups().one().name == f"{name}-1-8080"


def test_delete_finishes_what_an_earlier_one_left(rig: Rig) -> None:
    name = rig.name("web")
    balancer = LoadBalancer.create(name)
    group = balancer.target_groups().one()
    rig.cloud.call("elbv2", "delete_load_balancer", LoadBalancerArn=balancer.arn)
    assert group.exists()
    LoadBalancer(name).delete()
    assert not group.exists()


def test_delete_waits_until_its_groups_are_released(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[answers.balancer()],
        DeleteLoadBalancer=[answers.answer("DeleteLoadBalancer")],
        DescribeTargetGroups=[answers.group()],
        DescribeTags=[answers.tagged(GROUP_ARN, MARK, "web")],
        DeleteTargetGroup=[Reply.query_error("ResourceInUse"), answers.answer("DeleteTargetGroup")],
        **{
            **answers.guarded(),
            "DeleteSecurityGroup": [
                Reply.ec2_error("DependencyViolation"),
                *answers.guarded()["DeleteSecurityGroup"],
            ],
        },
        DescribeNetworkInterfaces=[
            Reply.xml(
                "<DescribeNetworkInterfacesResponse><networkInterfaceSet/></DescribeNetworkInterfacesResponse>"
            )
        ],
    )
    LoadBalancer("web", cloud=cloud).delete()
    assert faults.operations.count("DeleteTargetGroup") == faults.operations.count("DeleteSecurityGroup") == 2
    assert len(faults.clock.slept) == 1


def test_delete_does_not_wait_for_ever(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[Reply.query_error("LoadBalancerNotFound")],
        DescribeTargetGroups=[answers.group()],
        DescribeTags=[answers.tagged(GROUP_ARN, MARK, "web")],
        DeleteTargetGroup=[Reply.query_error("ResourceInUse")],
    )
    with pytest.raises(WaitTimeout, match="web-8080 is in use"):
        LoadBalancer("web", cloud=cloud).delete(timeout=20)
    assert sum(faults.clock.slept) == pytest.approx(20)


def test_deletion_protection_is_a_conflict_that_says_what_to_do(faults: FaultServer) -> None:
    cloud = answers.world(faults, DeleteLoadBalancer=[Reply.query_error("OperationNotPermitted")])
    with pytest.raises(Conflict) as caught:
        LoadBalancer(BALANCER_ARN, cloud=cloud).delete()
    assert "balancer.deletion_protection = False" in str(caught.value.hint)
    assert faults.operations == ["DeleteLoadBalancer"]
