from __future__ import annotations

import pickle

import pytest
from attrs import evolve

from cloudkit import AccessDenied, AlreadyExists, Conflict, InvalidRequest, WaitTimeout
from cloudkit.elb import HealthCheck, LoadBalancer, Protocol, TargetGroup, TargetGroupNotFound
from cloudkit.elb.target_group import delete_when_released
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BOX, GROUP_ARN, counted
from tests.elb.machines import launch, network
from tests.faults import FaultServer, Reply


def test_making_one_calls_nothing(faults: FaultServer) -> None:
    cloud = faults.cloud()
    group = TargetGroup("web-8080", cloud=cloud)
    assert group == TargetGroup(GROUP_ARN, cloud=cloud)
    assert hash(group) == hash(TargetGroup(GROUP_ARN, cloud=cloud))
    assert group != TargetGroup("web-9000", cloud=cloud)
    assert TargetGroup(GROUP_ARN, cloud=cloud).arn == GROUP_ARN
    assert repr(group) == "<TargetGroup web-8080>"
    assert faults.requests == []


def test_create_and_its_attributes(rig: Rig) -> None:
    name = rig.name("tg")
    check = HealthCheck(path="/up", codes="200-299", interval=10, timeout=4, healthy_threshold=2, port=9001)
    group = TargetGroup.create(name, port=9000, health_check=check, tags={"team": "web"})
    for each in (group, TargetGroup.get(name), TargetGroup.get(group.arn)):
        assert (each.name, each.port, each.protocol, each.type) == (
            name,
            9000,
            Protocol.HTTP,
            "instance",
        )
        assert each.health_check == evolve(check, protocol="HTTP")
        assert each.vpc_id is not None
        assert each.vpc_id.startswith("vpc-")
        assert each.load_balancer_arns == ()
        assert each == group
    assert dict(group.tags) == {"team": "web"}


def test_create_in_a_vpc(rig: Rig) -> None:
    vpc, _ = network(rig.cloud, "a")
    group = TargetGroup.create(rig.name("tg"), port=80, protocol="HTTPS", vpc=vpc)
    assert (group.vpc_id, group.protocol) == (vpc, "HTTPS")
    assert [each.name for each in TargetGroup.list(vpc=vpc)] == [group.name]


def test_create_looks_first_since_aws_would_answer_success(rig: Rig) -> None:
    name = rig.name("tg")
    with counted(rig.cloud) as called:
        TargetGroup.create(name, port=80)
    assert called == ["DescribeTargetGroups", "DescribeVpcs", "CreateTargetGroup"]
    with pytest.raises(AlreadyExists) as caught:
        TargetGroup.create(name, port=80)
    assert caught.value.resource == name


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "a_b"},
        {"name": "x" * 33},
        {"port": 0},
        {"port": 70000},
        {"protocol": "SMTP"},
        {"health_check": HealthCheck(interval=1)},
        {"tags": {"aws:x": "y"}},
        {"vpc": ""},
    ],
)
def test_what_aws_would_refuse_is_refused_before_any_call(
    faults: FaultServer, settings: dict[str, object]
) -> None:
    given: dict[str, object] = {"name": "web", "port": 80, "vpc": "vpc-1", **settings}
    faults.otherwise(Reply.query_error("TargetGroupNotFound"))
    with pytest.raises(InvalidRequest):
        TargetGroup.create(cloud=faults.cloud(), **given)  # type: ignore[arg-type]
    assert "CreateTargetGroup" not in faults.operations
    assert "vpc" in settings or faults.requests == []


def test_raw_parameters_go_through_and_may_not_clash(rig: Rig) -> None:
    group = TargetGroup.create(rig.name("tg"), port=80, aws={"TargetType": "ip"})
    assert group.type == "ip"
    with pytest.raises(InvalidRequest, match="Port"):
        TargetGroup.create(rig.name("tg"), port=80, aws={"Port": 81})


def test_get_exists_and_find(rig: Rig) -> None:
    name = rig.name("tg")
    assert TargetGroup(name).exists() is False
    with pytest.raises(TargetGroupNotFound):
        TargetGroup.get(name)
    assert TargetGroup.find(name) is None
    group = TargetGroup.create(name, port=80)
    assert group.exists() is True
    assert TargetGroup.find(f"{name[:-1]}*") == group
    assert name in [each.name for each in TargetGroup.list()]


def test_exists_does_not_take_403_for_no(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("AccessDenied", "not yours", 403))
    with pytest.raises(AccessDenied):
        TargetGroup("web-8080", cloud=faults.cloud()).exists()


def test_an_empty_answer_is_not_found(faults: FaultServer) -> None:
    faults.otherwise(answers.answer("DescribeTargetGroups", "<TargetGroups/>"))
    assert TargetGroup("web-8080", cloud=faults.cloud()).exists() is False


def test_listed_ones_need_no_more_calls(rig: Rig) -> None:
    TargetGroup.create(rig.name("tg"), port=80)
    with counted(rig.cloud) as called:
        for group in TargetGroup.list():
            assert group.port
            assert group.arn
            assert group.health_check.interval
    assert set(called) == {"DescribeTargetGroups"}
    assert len(called) == 1


def test_list_asks_for_all_pages(faults: FaultServer) -> None:
    page = answers.group().body.replace(b"</TargetGroups>", b"</TargetGroups><NextMarker>m</NextMarker>")
    faults.replies(Reply(body=page), answers.group(name="other"))
    assert [each.name for each in TargetGroup.list(cloud=faults.cloud())] == ["web-8080", "other"]
    assert [request.form.get("Marker") for request in faults.requests] == [None, "m"]


def test_register_and_deregister_are_safe_to_repeat(rig: Rig) -> None:
    one, two = launch(rig.cloud), launch(rig.cloud)
    group = TargetGroup.create(rig.name("tg"), port=8080)
    group.register(one, two.id)
    group.register(one)
    assert sorted(row.id for row in group.health()) == sorted([one.id, two.id])
    assert {(row.port, row.state, row.group) for row in group.health()} == {(8080, "healthy", group.name)}
    assert [row.id for row in group.health(two)] == [two.id]
    group.deregister(one, "i-0000000000000dead")
    group.deregister(one)
    assert [row.id for row in group.health()] == [two.id]
    assert group.health(one)[0].reason == "Target.NotRegistered"


def test_an_instance_that_does_not_run_cannot_be_registered(rig: Rig) -> None:
    box = launch(rig.cloud)
    rig.cloud.call("ec2", "stop_instances", InstanceIds=[box.id])
    group = TargetGroup.create(rig.name("tg"), port=8080)
    with pytest.raises(InvalidRequest) as caught:
        group.register(box)
    assert "running" in str(caught.value.hint)
    with pytest.raises(InvalidRequest, match="one by one"):
        group.register([box])  # type: ignore[arg-type]


def test_many_targets_take_a_request_for_each_200(faults: FaultServer) -> None:
    faults.otherwise(answers.answer("RegisterTargets"))
    group = TargetGroup(GROUP_ARN, cloud=faults.cloud())
    group.register()
    assert faults.requests == []
    group.register(*(f"i-{number}" for number in range(450)))
    sizes = [sum(name.endswith(".Id") for name in request.form) for request in faults.requests]
    assert sizes == [200, 200, 50]


def test_what_deregister_is_refused_for_another_reason_is_raised(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetHealth=[answers.health((BOX, "healthy"))],
        DeregisterTargets=[Reply.query_error("ValidationError")],
    )
    with pytest.raises(InvalidRequest):
        TargetGroup(GROUP_ARN, cloud=cloud).deregister(BOX)
    assert faults.operations == ["DescribeTargetHealth", "DeregisterTargets"]


def test_update(rig: Rig) -> None:
    group = TargetGroup.create(rig.name("tg"), port=80)
    check = HealthCheck(path="/alive", interval=20)
    assert group.update(health_check=check).health_check == check.over(group.health_check)
    assert TargetGroup.get(group.name).health_check.interval == 20
    with pytest.raises(InvalidRequest):
        group.update(health_check=HealthCheck(interval=1))


def test_tags_write_through(rig: Rig) -> None:
    group = TargetGroup.create(rig.name("tg"), port=80)
    group.tags["team"] = "web"
    group.tags.merge({"stage": "test", "owner": "me"})
    del group.tags["owner"]
    assert dict(TargetGroup(group.name).tags) == {"team": "web", "stage": "test"}


def test_delete_succeeds_if_it_is_gone(rig: Rig) -> None:
    group = TargetGroup.create(rig.name("tg"), port=80)
    group.delete()
    assert group.exists() is False
    group.delete()
    TargetGroup(group.name).delete()
    TargetGroup(rig.name("never")).delete()
    assert rig.clock.slept == []


def test_delete_of_one_in_use_is_a_conflict(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("lb"))
    group = balancer.target_groups().one()
    with pytest.raises(Conflict) as caught:
        group.delete()
    assert caught.value.code == "ResourceInUse"
    assert group.exists()


def test_deleting_waits_until_the_load_balancer_lets_go(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[answers.group()],
        DeleteTargetGroup=[
            Reply.query_error("ResourceInUse"),
            Reply.query_error("ResourceInUse"),
            answers.answer("DeleteTargetGroup"),
        ],
    )
    delete_when_released([TargetGroup(GROUP_ARN, cloud=cloud)])
    assert faults.operations == ["DescribeTargetGroups", *["DeleteTargetGroup"] * 3]
    assert len(faults.clock.slept) == 2


def test_deleting_does_not_wait_for_ever_nor_for_what_is_no_use(faults: FaultServer) -> None:
    group = TargetGroup(GROUP_ARN, cloud=faults.cloud())
    faults.otherwise(Reply.query_error("ResourceInUse"))
    with pytest.raises(WaitTimeout, match="web-8080 is in use"):
        delete_when_released([group], timeout=60)
    assert sum(faults.clock.slept) == pytest.approx(60)
    faults.otherwise(Reply.query_error("OperationNotPermitted"))
    with pytest.raises(Conflict):
        delete_when_released([group])
    delete_when_released([])


def test_an_arn_is_looked_up_once_by_all_objects_of_the_name(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[answers.group()],
        DescribeTargetHealth=[answers.health((BOX, "healthy"))],
    )
    for _ in range(3):
        TargetGroup("web-8080", cloud=cloud).health()
    assert faults.operations == ["DescribeTargetGroups", *["DescribeTargetHealth"] * 3]


def test_a_group_that_was_made_anew_elsewhere_is_found(faults: FaultServer) -> None:
    newer = GROUP_ARN.replace("943f", "aaaa")
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[answers.group(), answers.group(arn=newer)],
        DescribeTargetHealth=[
            lambda request: (
                answers.health((BOX, "healthy"))
                if request.form["TargetGroupArn"] == newer
                else Reply.query_error("TargetGroupNotFound")
            )
        ],
    )
    assert TargetGroup("web-8080", cloud=cloud).arn == GROUP_ARN
    assert TargetGroup("web-8080", cloud=cloud).health().all_healthy


def test_a_group_that_is_gone_is_asked_for_no_more_than_needed(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[answers.group()],
        DescribeTargetHealth=[Reply.query_error("TargetGroupNotFound")],
    )
    with pytest.raises(TargetGroupNotFound):
        TargetGroup("web-8080", cloud=cloud).health()
    assert faults.operations.count("DescribeTargetHealth") == 1
    with pytest.raises(TargetGroupNotFound):
        TargetGroup(GROUP_ARN, cloud=cloud).health()
    assert faults.operations.count("DescribeTargetHealth") == 2


def test_it_pickles_with_its_arn(rig: Rig) -> None:
    group = TargetGroup.create(rig.name("tg"), port=80)
    again = pickle.loads(pickle.dumps(group))
    assert again == group
    with counted(rig.cloud) as called:
        assert again.arn == group.arn
    assert called == []
    assert again.port == 80
