from __future__ import annotations

import pytest

from cloudkit import AlreadyExists, Conflict, InvalidRequest, LoadBalancer, TargetGroup
from cloudkit.autoscaling import (
    Activity,
    AutoScalingGroup,
    AutoScalingGroupNotFound,
    Group,
    Lifecycle,
    Mixed,
)
from cloudkit.ec2 import Fleet, Instance, LaunchTemplate, Subnet
from tests.autoscaling.answers import ARN, IMAGE, ONE, answer, group, refusal, world
from tests.conftest import Rig
from tests.faults import FaultServer


@pytest.fixture
def template(rig: Rig) -> LaunchTemplate:
    return LaunchTemplate.create(rig.name("web"), image=IMAGE, type="t3.micro")


@pytest.fixture
def made(rig: Rig, template: LaunchTemplate) -> AutoScalingGroup:
    return AutoScalingGroup.create(
        rig.name("web"), template, min=0, max=6, desired=2, tags={"team": rig.name("team")}
    )


# -- making and finding ------------------------------------------------------------------------------------------


def test_life(rig: Rig, template: LaunchTemplate) -> None:
    name = rig.name("web")
    with AutoScalingGroup.create(name, template, min=1, max=3, wait=True) as found:
        assert found.exists()
        assert found.arn.endswith(f"autoScalingGroupName/{name}")
        assert (found.min, found.max, found.desired) == (1, 3, 1)
        assert found.template_id == template.id
        assert found.template_version == "$Default"
        assert found.mixed is None
        assert found.health_checks == ("EC2",)
        assert found.status is None
        assert found.subnet_ids is not None
        assert set(found.subnet_ids) <= {subnet.id for subnet in Subnet.list(default=True)}
        with pytest.raises(AlreadyExists):
            AutoScalingGroup.create(name, template, min=1, max=3)
        boxes = found.instances()
    assert not found.exists()
    assert not boxes[0].exists() or boxes[0].state == "terminated"
    found.delete()


def test_the_short_name_is_the_same_class() -> None:
    assert Group is AutoScalingGroup


def test_an_arn_names_it_and_its_region(faults: FaultServer) -> None:
    cloud = faults.cloud()
    assert AutoScalingGroup(ARN, cloud=cloud) == AutoScalingGroup("web", cloud=cloud)
    elsewhere = AutoScalingGroup(ARN.replace("us-east-1", "eu-west-1"), cloud=cloud)
    assert elsewhere.cloud.region == "eu-west-1"
    with pytest.raises(InvalidRequest, match="no ARN of an Auto Scaling group"):
        AutoScalingGroup("arn:aws:sns:us-east-1:123456789012:news", cloud=cloud)


def test_finding(rig: Rig, made: AutoScalingGroup) -> None:
    assert AutoScalingGroup.get(made.name) == made
    team = made.tags["team"]
    assert AutoScalingGroup.list(tags={"team": team}).one() == made
    assert made in AutoScalingGroup.list(tags={"team": "*"}).to_list()
    assert AutoScalingGroup.list(tags={"team": "*", "colour": "*"}, name=made.name).to_list() == []
    assert AutoScalingGroup.find(f"{made.name[:-1]}*", tags={"team": team}) == made
    assert AutoScalingGroup.find(rig.name("nothing")) is None
    with pytest.raises(AutoScalingGroupNotFound):
        AutoScalingGroup.get(rig.name("nothing"))


@pytest.mark.parametrize(
    "do",
    [
        lambda group: group.scale(1),
        lambda group: group.update(max=3),
        lambda group: group.suspend(),
        lambda group: group.resume("Launch"),
        lambda group: group.attach("i-0123456789abcdef0"),
        lambda group: group.protect("i-0123456789abcdef0"),
        lambda group: group.track(group.metrics.cpu, 50),
        lambda group: group.policies().to_list(),
        lambda group: group.activities().to_list(),
        lambda group: group.schedule("x", "* * * * *", desired=1),
        lambda group: group.replace_instances(),
        lambda group: group.refreshes().to_list(),
        lambda group: group.collect_metrics(),
        lambda group: group.wait(),
        lambda group: group.instances(),
        lambda group: group.health(),
    ],
)
def test_one_that_is_not_there_is_not_found(rig: Rig, do: object) -> None:
    assert callable(do)
    with pytest.raises(AutoScalingGroupNotFound):
        do(AutoScalingGroup(rig.name("nothing")))


def test_a_name_that_starts_alike_is_another(faults: FaultServer) -> None:
    cloud = world(faults, DescribeAutoScalingGroups=[group(name="web-2")])
    assert not AutoScalingGroup("web", cloud=cloud).exists()


@pytest.mark.parametrize("name", ["", "a b", "a:b", "ü", "x" * 256])
def test_names_that_aws_refuses(faults: FaultServer, name: str) -> None:
    with pytest.raises(InvalidRequest):
        AutoScalingGroup.create(name, "lt-1", min=0, max=1, cloud=faults.cloud())
    assert faults.requests == []


def test_ensure(rig: Rig, template: LaunchTemplate) -> None:
    name = rig.name("web")
    first = AutoScalingGroup.ensure(name, template, min=1, max=3)
    assert AutoScalingGroup.ensure(name, template, min=1, max=3) == first
    first.scale(2)
    assert AutoScalingGroup.ensure(name, template.name, min=1, max=3).desired == 2
    with pytest.raises(Conflict, match="max is 3, not 4; template is") as caught:
        AutoScalingGroup.ensure(name, template, min=1, max=4, version="latest")
    assert caught.value.hint == "update=True changes that"
    assert first.refresh().max == 3
    changed = AutoScalingGroup.ensure(name, template, min=1, max=4, version="latest", update=True, wait=True)
    assert (changed.max, changed.template_version) == (4, "$Latest")


def test_ensure_compares_what_is_named(rig: Rig, template: LaunchTemplate) -> None:
    name = rig.name("web")
    AutoScalingGroup.create(name, template, min=0, max=3, mixed=Mixed(["t3.small"]), grace=60)
    AutoScalingGroup.ensure(name, template, min=0, max=3)
    AutoScalingGroup.ensure(name, template, min=0, max=3, mixed=Mixed(["t3.small"]), grace=60)
    with pytest.raises(Conflict, match="grace is 60, not 90; mixed differs in types"):
        AutoScalingGroup.ensure(name, template, min=0, max=3, mixed=Mixed(["t3.large"]), grace=90)
    found = AutoScalingGroup.ensure(
        name, template, min=0, max=3, mixed=Mixed(["t3.large"], on_demand=1), grace=90, update=True
    )
    assert found.mixed == Mixed(["t3.large"], on_demand=1)
    assert found.grace == 90


def test_ensure_serves_what_is_named(rig: Rig, template: LaunchTemplate) -> None:
    name, blue = rig.name("web"), TargetGroup.create(rig.name("blue"), port=9000)
    AutoScalingGroup.create(name, template, min=0, max=3)
    with pytest.raises(Conflict, match="does not serve"):
        AutoScalingGroup.ensure(name, template, min=0, max=3, targets=blue)
    found = AutoScalingGroup.ensure(name, template, min=0, max=3, targets=blue, update=True)
    assert found.target_group_arns == (blue.arn,)
    AutoScalingGroup.ensure(name, template, min=0, max=3, targets=[blue])
    AutoScalingGroup.ensure(name, template, min=0, max=3)


def test_places_that_are_named(rig: Rig, template: LaunchTemplate) -> None:
    one, two = Subnet.list(default=True).limit(2).to_list()
    found = AutoScalingGroup.create(rig.name("web"), template, min=0, max=1, subnets=[one, two.id])
    assert found.subnet_ids == (one.id, two.id)
    assert found.update(subnets=[two]).subnet_ids == (two.id,)
    assert found.zones == (two.zone,)
    for wrong in (list[str](), one.id):
        with pytest.raises(InvalidRequest, match="subnets="):
            found.update(subnets=wrong)


# -- what it has and does ----------------------------------------------------------------------------------------


def test_its_instances(rig: Rig, made: AutoScalingGroup) -> None:
    boxes = made.instances()
    assert isinstance(boxes, Fleet)
    assert sorted(boxes.ids) == sorted(member.id for member in made.members)
    assert boxes.states() == {"running": 2}
    assert {member.type for member in made.members} == {"t3.micro"}
    assert all(member.lifecycle == Lifecycle.IN_SERVICE for member in made.members)
    assert {each.tags.get("team") for each in boxes} == {made.tags["team"]}


def test_scale(rig: Rig, made: AutoScalingGroup) -> None:
    assert made.scale(4, wait=True) is made
    assert len(made.instances()) == 4
    made.desired = 1
    assert made.wait().desired == 1
    with pytest.raises(InvalidRequest, match="above max value 6") as caught:
        made.scale(7)
    assert "update(min=" in (caught.value.hint or "")
    for wrong in (-1, True):
        with pytest.raises(InvalidRequest, match="desired="):
            made.scale(wrong)


def test_activities(rig: Rig, made: AutoScalingGroup) -> None:
    made.scale(1)
    first = made.activities().first()
    assert isinstance(first, Activity)
    assert first.description.startswith("Terminating EC2 instance: i-")
    assert first.instance_id not in {member.id for member in made.members}
    assert [each.launches for each in made.activities()] == [False, True, True]
    assert all(each.done and not each.failed for each in made.activities())
    assert str(first).startswith("Successful: Terminating")


def test_an_instance_that_ends_is_replaced(rig: Rig, made: AutoScalingGroup) -> None:
    gone = made.instances()[0]
    gone.terminate()
    assert gone.id not in made.wait().instances().ids
    assert len(made.members) == 2


# -- changing ----------------------------------------------------------------------------------------------------


def test_update(rig: Rig, made: AutoScalingGroup, template: LaunchTemplate) -> None:
    template.create_version(base=1, type="t3.small")
    assert made.update(min=1, max=4, desired=1, grace=120).grace == 120
    assert (made.min, made.max, made.desired) == (1, 4, 1)
    assert made.update(version=2).template_version == "2"
    assert made.scale(2, wait=True).instances().refresh()[1].type in ("t3.small", "t3.micro")
    other = LaunchTemplate.create(rig.name("other"), image=IMAGE, type="t3.nano")
    assert made.update(template=other).template_id == other.id
    assert made.template_version == "$Default"
    assert made.update(version="latest").template_id == other.id
    with pytest.raises(InvalidRequest, match="without a setting"):
        made.update()
    with pytest.raises(InvalidRequest, match="min=5 is more than max=4"):
        made.update(min=5, max=4)


def test_mixed(rig: Rig, template: LaunchTemplate) -> None:
    mixed = Mixed(["t3.small", "t3a.small"], spot=0.5, on_demand=2)
    found = AutoScalingGroup.create(rig.name("web"), template, min=0, max=4, mixed=mixed)
    assert found.mixed == mixed
    assert found.template_id == template.id
    assert found.update(version="latest").mixed == mixed
    assert found.template_version == "$Latest"
    assert found.update(max=5).mixed == mixed
    assert found.update(mixed=Mixed(["t3.large"])).mixed == Mixed(["t3.large"])
    assert found.template_version == "$Latest"
    assert found.update(mixed=False).mixed is None
    assert found.template_version == "$Latest"
    with pytest.raises(InvalidRequest, match="mixed=True"):
        found.update(mixed=True)  # type: ignore[arg-type]


def test_a_launch_configuration_has_no_versions(faults: FaultServer) -> None:
    cloud = world(faults, DescribeAutoScalingGroups=[group()])
    with pytest.raises(InvalidRequest, match="launch configuration"):
        AutoScalingGroup("web", cloud=cloud).update(version="latest")
    assert faults.operations == ["DescribeAutoScalingGroups"]


def test_processes(rig: Rig, made: AutoScalingGroup) -> None:
    assert made.suspend("Launch", "Terminate").suspended == ("Launch", "Terminate")
    assert made.resume("Launch").suspended == ("Terminate",)
    assert "HealthCheck" in (made.suspend().suspended or ())
    assert made.resume().suspended == ()


def test_tags(rig: Rig, made: AutoScalingGroup) -> None:
    made.tags["stage"] = "test"
    assert dict(made.tags)["stage"] == "test"
    assert "cloudkit:token" not in made.tags
    rows = {row["Key"]: row["PropagateAtLaunch"] for row in made.raw["Tags"]}
    assert rows["stage"] is True
    del made.tags["stage"]
    assert "stage" not in made.tags
    made.tags.clear()
    assert dict(made.tags) == {}


def test_a_tag_that_is_not_propagated_stays_so(rig: Rig, template: LaunchTemplate) -> None:
    found = AutoScalingGroup.create(rig.name("web"), template, min=0, max=1, tags={"a": "1"}, propagate=False)
    found.tags.merge({"a": "2", "b": "1"})
    rows = {row["Key"]: row["PropagateAtLaunch"] for row in found.raw["Tags"]}
    assert (rows["a"], rows["b"]) == (False, True)


def test_collected_metrics(rig: Rig, made: AutoScalingGroup) -> None:
    assert "GroupInServiceInstances" in (made.collect_metrics().collected or ())
    assert made.collect_metrics(on=False).collected == ()


# -- what it serves ----------------------------------------------------------------------------------------------


def test_a_load_balancer(rig: Rig, template: LaunchTemplate) -> None:
    balancer = LoadBalancer.create(rig.name("web"))
    found = AutoScalingGroup.create(rig.name("web"), template, min=2, max=4, targets=balancer, wait=True)
    assert set(found.subnet_ids or ()) == set(balancer.subnet_ids)
    assert found.health_checks == ("ELB",)
    assert found.grace == 300
    assert sorted({row.id for row in balancer.health()}) == sorted(found.instances().ids)
    assert found.health().all_healthy
    assert len(found.health()) == 2
    assert found.detach_from(balancer).target_group_arns == ()
    assert len(found.health()) == 0
    assert found.attach_to(balancer).attach_to(balancer).target_group_arns == tuple(
        each.arn for each in balancer.target_groups()
    )
    found.delete()
    balancer.delete()


def test_a_classic_load_balancer(rig: Rig, template: LaunchTemplate) -> None:
    name = rig.name("old")
    places = [subnet.id for subnet in Subnet.list(default=True).limit(2)]
    rig.cloud.call(
        "elb",
        "create_load_balancer",
        LoadBalancerName=name,
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}],
        Subnets=places,
    )
    balancer = LoadBalancer(name)
    found = AutoScalingGroup.create(
        rig.name("web"), template, min=0, max=4, desired=2, targets=balancer, wait=True
    )
    assert found.load_balancer_names == (name,)
    assert set(found.subnet_ids or ()) == {*places}
    assert found.health_checks == ("ELB",)
    assert {row.id for row in balancer.health()} == {*found.instances().ids}
    assert found.health().all_healthy
    assert len(found.scale(1, wait=True).health()) == 1
    assert found.detach_from(balancer).detach_from(balancer).load_balancer_names == ()
    assert len(balancer.health()) == 0
    found.delete()


def test_those_that_leave_are_deregistered(rig: Rig, template: LaunchTemplate) -> None:
    blue = TargetGroup.create(rig.name("blue"), port=9000)
    found = AutoScalingGroup.create(rig.name("web"), template, min=0, max=4, desired=3, targets=blue)
    found.scale(2)
    assert {row.id for row in blue.health()} == {*found.instances().ids}
    with found.standby(found.instances()[0]):
        assert len(blue.health()) == 1
    assert {row.id for row in blue.health()} == {*found.wait().instances().ids}
    found.detach(found.instances()[0])
    assert {row.id for row in blue.health()} == {*found.instances().ids}
    found.delete()
    assert len(blue.health()) == 0
    blue.delete()


def test_a_target_group(rig: Rig, template: LaunchTemplate) -> None:
    blue = TargetGroup.create(rig.name("blue"), port=9000)
    found = AutoScalingGroup.create(
        rig.name("web"), template, min=1, max=4, targets=blue.arn, health_check=["ec2", "elb"], grace=0
    )
    assert found.target_group_arns == (blue.arn,)
    assert found.health_checks == ("EC2", "ELB")
    assert {row.id for row in found.health()} == set(found.instances().ids)
    assert found.detach_from(blue).detach_from(blue).target_group_arns == ()


def test_what_is_no_target(rig: Rig, template: LaunchTemplate) -> None:
    for wrong in ("web", 7):
        with pytest.raises(InvalidRequest, match="neither a load balancer nor a target group"):
            AutoScalingGroup.create(rig.name("web"), template, min=0, max=1, targets=[wrong])  # type: ignore[list-item]


def test_detaching_twice_at_once_is_fine(faults: FaultServer) -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/1"
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group(targets=[arn]), group()],
        DetachLoadBalancerTargetGroups=[
            refusal("Trying to remove Target Groups that are not part of the group")
        ],
    )
    AutoScalingGroup("web", cloud=cloud).detach_from(arn)
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group(targets=[arn])],
        DetachLoadBalancerTargetGroups=[refusal("something else")],
    )
    with pytest.raises(InvalidRequest, match="something else"):
        AutoScalingGroup("web", cloud=cloud).detach_from(arn)


# -- its instances -----------------------------------------------------------------------------------------------


def test_attach_and_detach(rig: Rig, made: AutoScalingGroup) -> None:
    box = Instance.launch(IMAGE).wait("running")
    assert made.attach(box).desired == 3
    assert box.id in made.instances().ids
    assert made.detach(box).desired == 2
    assert made.detach(box.id).desired == 2
    assert box.state == "running"
    box.terminate()
    leaving = made.instances()[0]
    assert made.detach(leaving, replace=True).wait().desired == 2
    assert leaving.id not in made.instances().ids
    with pytest.raises(InvalidRequest, match="neither an instance"):
        made.attach(7)  # type: ignore[arg-type]


def test_attaching_more_than_it_may_have(rig: Rig, made: AutoScalingGroup) -> None:
    box = Instance.launch(IMAGE).wait("running")
    made.update(max=2)
    with pytest.raises(Conflict):
        made.attach(box)


def test_less_than_min_is_refused_with_advice(rig: Rig, made: AutoScalingGroup) -> None:
    made.update(min=2)
    with pytest.raises(InvalidRequest, match="min-size=2") as caught:
        made.detach(made.instances()[0])
    assert "update(min=" in (caught.value.hint or "")


def test_many_are_sent_in_batches(faults: FaultServer) -> None:
    cloud = world(
        faults,
        AttachInstances=[answer("AttachInstances")],
        SetInstanceProtection=[answer("SetInstanceProtection")],
    )
    ids = [f"i-{number:017x}" for number in range(51)]
    AutoScalingGroup("web", cloud=cloud).attach(*ids, ids[0])
    assert faults.operations == ["AttachInstances"] * 3
    AutoScalingGroup("web", cloud=cloud).protect(*ids)
    assert faults.operations[3:] == ["SetInstanceProtection"] * 2


def test_those_of_a_batch_that_are_not_there_yet_are_sent_again(faults: FaultServer) -> None:
    other = "i-0123456789abcdef9"
    cloud = world(
        faults,
        AttachInstances=[
            refusal(f"Instance {ONE} is already part of AutoScalingGroup:web."),
            answer("AttachInstances"),
        ],
        DescribeAutoScalingGroups=[group((ONE, "InService"))],
    )
    AutoScalingGroup("web", cloud=cloud).attach(ONE, other)
    sent = faults.requests[-1].form
    assert sent["InstanceIds.member.1"] == other
    assert "InstanceIds.member.2" not in sent


def test_terminate(rig: Rig, made: AutoScalingGroup) -> None:
    first, second = made.instances()
    assert made.terminate(first).wait().desired == 2
    assert first.id not in made.instances().ids
    assert made.terminate(second, replace=False).desired == 1
    assert made.terminate(second, replace=False).desired == 1


def test_protect(rig: Rig, made: AutoScalingGroup) -> None:
    kept, other = made.instances()
    made.protect(kept).scale(1)
    assert made.instances().ids == (kept.id,)
    assert not made.protect(kept, on=False).members[0].protected
    assert other.state == "terminated"


def test_standby(rig: Rig, made: AutoScalingGroup) -> None:
    box = made.instances()[0]
    with made.standby(box) as boxes:
        assert list(boxes) == [box]
        assert {member.lifecycle for member in made.members} == {"Standby", "InService"}
        assert made.desired == 1
    assert made.desired == 2
    assert all(member.in_service for member in made.members)
    with made.standby(box, replace=True):
        assert made.refresh().desired == 2
        assert len(made.members) == 3
    with made.standby():
        assert made.desired == 3
