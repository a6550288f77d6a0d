from __future__ import annotations

import base64
import pickle
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from cloudkit.ec2 import (
    Fleet,
    Image,
    Instance,
    InstanceNotFound,
    InstanceState,
    KeyPair,
    Region,
    SecurityGroup,
    Subnet,
    Volume,
    Vpc,
    Zone,
    ZoneState,
    ZoneType,
)
from cloudkit.errors import AccessDenied, AlreadyExists, CloudError, Conflict, InvalidRequest, NotFound
from tests.conftest import Rig
from tests.ec2.answers import answer, described, done, instance_row, launched, terminating
from tests.faults import FaultServer, Reply, Request

BOX = "i-0123456789abcdef0"
AMI = "ami-0123456789abcdef0"
UNKNOWN = Reply.ec2_error("InvalidInstanceID.NotFound", "not there")


# -- attributes ----------------------------------------------------------------------------------------------


def test_making_one_calls_nothing(faults: FaultServer) -> None:
    box = Instance(BOX, cloud=faults.cloud())
    assert repr(box) == f"<Instance {BOX}>"
    assert str(box) == BOX
    assert faults.requests == []


def test_attributes(rig: Rig) -> None:
    box = Instance.launch("al2023", name=rig.name("web"), subnet=None, key=None)
    box.refresh()
    assert box.state is InstanceState.RUNNING
    assert box.type == "t3.micro"
    assert box.architecture == "x86_64"
    assert box.zone.startswith("us-east-1")
    assert isinstance(box.launched, datetime)
    assert box.launched.tzinfo is not None
    assert box.private_ip
    assert box.private_dns
    assert box.public_ip
    assert box.public_dns
    assert box.vpc_id is not None
    assert box.vpc_id.startswith("vpc-")
    assert box.subnet_id is not None
    assert box.subnet_id.startswith("subnet-")
    assert box.key_name is None
    assert box.instance_profile is None
    assert box.root_device
    assert len(box.volume_ids or ()) == 1
    assert box.state_reason is None


def test_repr_shows_what_is_known_and_calls_nothing(faults: FaultServer) -> None:
    faults.replies(launched(BOX))
    box = Instance.launch(AMI, cloud=faults.cloud())
    assert repr(box) == f"<Instance {BOX} pending t3.micro>"
    assert len(faults.requests) == 1


def test_repr_shows_the_name(rig: Rig) -> None:
    name = rig.name("web")
    box = Instance.launch("al2023", name=name)
    assert repr(box) == f"<Instance {box.id} pending t3.micro {name}>"


def test_the_state_is_never_old_and_the_type_is_never_asked_twice(faults: FaultServer) -> None:
    faults.replies(
        described(instance_row(BOX, "pending")), described(instance_row(BOX, "running", ip="192.0.2.7"))
    )
    box = Instance.get(BOX, cloud=faults.cloud())
    assert (box.state, box.type, box.public_ip) == ("pending", "t3.micro", None)
    assert len(faults.requests) == 1
    faults.clock.advance(3)
    assert box.type == "t3.micro"
    assert len(faults.requests) == 1
    assert (box.state, box.public_ip) == ("running", "192.0.2.7")
    assert len(faults.requests) == 2


def test_a_state_that_aws_invents_later(faults: FaultServer) -> None:
    faults.replies(described(instance_row(BOX, "dreaming")))
    state = Instance.get(BOX, cloud=faults.cloud()).state
    assert state == "dreaming"
    assert isinstance(state, InstanceState)


def test_tags_write_through(rig: Rig) -> None:
    box = Instance.launch("al2023", tags={"team": "web"})
    box.tags["Name"] = "web-1"
    box.tags.merge({"a": "1", "b": "2"})
    del box.tags["a"]
    expected = {"team": "web", "Name": "web-1", "b": "2"}
    assert dict(box.tags) == expected
    assert dict(Instance.get(box.id).tags) == expected
    assert box.name == "web-1"
    box.tags.clear()
    assert dict(Instance.get(box.id).tags) == {}
    assert box.name is None


def test_tags_cost_no_call_where_they_are_known(faults: FaultServer) -> None:
    faults.replies(described(instance_row(BOX)))
    box = Instance.get(BOX, cloud=faults.cloud())
    assert dict(box.tags) == {}
    assert box.name is None
    assert len(faults.requests) == 1


def test_security_groups_are_objects(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("web"))
    box = Instance.launch("al2023", security_groups=[group])
    assert list(box.security_groups) == [group]
    assert box.security_groups[0].name == group.name


def test_user_data_comes_back(rig: Rig) -> None:
    assert Instance.launch("al2023", user_data="#!/bin/sh\necho grüß\n").user_data == "#!/bin/sh\necho grüß\n"
    assert Instance.launch("al2023").user_data == ""


def test_binary_user_data_can_be_had_back(faults: FaultServer) -> None:
    data = b"\x1f\x8b\x00\xff"
    encoded = base64.b64encode(data).decode()
    faults.replies(
        answer("DescribeInstanceAttribute", f"<userData><value>{encoded}</value></userData>"),
    )
    text = Instance(BOX, cloud=faults.cloud()).user_data
    assert text.encode("utf-8", "surrogateescape") == data


def test_console_output(rig: Rig, faults: FaultServer) -> None:
    assert "Linux" in Instance.launch("al2023").console_output()
    encoded = base64.b64encode(b"login: \xff").decode()
    faults.replies(answer("GetConsoleOutput", f"<output>{encoded}</output>"), answer("GetConsoleOutput", ""))
    box = Instance(BOX, cloud=faults.cloud())
    assert box.console_output(latest=True) == "login: \ufffd"
    assert faults.requests[0].form["Latest"] == "true"
    assert box.console_output() == ""


# -- finding -------------------------------------------------------------------------------------------------


def test_get_and_exists(rig: Rig) -> None:
    box = Instance.launch("al2023")
    assert Instance.get(box.id) == box
    assert box.exists()
    assert not Instance(BOX).exists()
    with pytest.raises(InstanceNotFound) as caught:
        Instance.get(BOX)
    assert isinstance(caught.value, LookupError)
    assert caught.value.code == "InvalidInstanceID.NotFound"
    assert caught.value.resource == BOX


def test_exists_is_true_while_aws_shows_what_has_ended(rig: Rig) -> None:
    box = Instance.launch("al2023")
    box.terminate()
    assert box.exists()
    assert box.state == "terminated"


def test_exists_raises_what_is_no_not_found(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        Instance(BOX, cloud=faults.cloud()).exists()


def test_an_answer_without_the_instance_is_not_found(faults: FaultServer) -> None:
    faults.replies(described())
    with pytest.raises(InstanceNotFound):
        Instance.get(BOX, cloud=faults.cloud())


def test_list_filters(rig: Rig) -> None:
    team, name = rig.name("team"), rig.name("web")
    web, db = (
        Instance.launch("al2023", name=f"{name}-1", tags={"team": team}),
        Instance.launch("al2023", "t3.small", name=rig.name("db"), tags={"team": team, "tier": "data"}),
    )
    mine = {"team": team}
    assert set(Instance.list(tags=mine)) == {web, db}
    assert list(Instance.list(name=f"{name}-*")) == [web]
    assert list(Instance.list(tags={**mine, "tier": "*"})) == [db]
    assert set(Instance.list(tags={"team": [team, "other"]})) == {web, db}
    assert list(Instance.list(tags=mine, type="t3.small")) == [db]
    assert set(Instance.list(tags=mine, type=["t3.small", "t3.micro"])) == {web, db}
    assert set(Instance.list(tags=mine, vpc=str(web.vpc_id))) == {web, db}
    assert set(Instance.list(tags=mine, ids=[db.id])) == {db}
    db.stop()
    assert list(Instance.list(tags=mine, state="stopped")) == [db]
    assert list(Instance.list(tags=mine, state=InstanceState.RUNNING)) == [web]
    assert set(Instance.list(tags=mine, state=["running", "stopped"])) == {web, db}
    assert Instance.list(tags={"team": rig.name("none")}).to_list() == []


def test_filters_as_aws_gets_them(faults: FaultServer) -> None:
    faults.otherwise(described())
    cloud = faults.cloud()
    Instance.list(zone=["us-east-1a", "us-east-1b"], aws={"DryRun": False}, cloud=cloud).to_list()
    form = faults.requests[0].form
    assert form["Filter.1.Name"] == "availability-zone"
    assert [form["Filter.1.Value.1"], form["Filter.1.Value.2"]] == ["us-east-1a", "us-east-1b"]
    assert form["DryRun"] == "false"
    with pytest.raises(InvalidRequest, match="MaxResults"):
        Instance.list(aws={"MaxResults": 7}, cloud=cloud).to_list()


def test_an_empty_choice_matches_nothing_and_asks_nobody(faults: FaultServer) -> None:
    cloud = faults.cloud()
    assert Instance.list(ids=[], cloud=cloud).to_list() == []
    assert Instance.list(state=[], cloud=cloud).to_list() == []
    assert Instance.list(tags={"team": []}, cloud=cloud).to_list() == []
    assert faults.requests == []


def test_ids_go_without_a_page_size_and_filters_with_one(faults: FaultServer) -> None:
    faults.otherwise(described(instance_row(BOX)))
    cloud = faults.cloud()
    assert len(Instance.list(ids=[BOX], cloud=cloud).limit(1).to_list()) == 1
    assert "MaxResults" not in faults.requests[-1].form
    Instance.list(cloud=cloud).to_list()
    assert faults.requests[-1].form["MaxResults"] == "1000"
    Instance.list(cloud=cloud).first()
    assert faults.requests[-1].form["MaxResults"] == "5"


def test_pages_follow_each_other_and_are_flat(faults: FaultServer) -> None:
    first = described(instance_row("i-1"), instance_row("i-2"))
    more = first.body.replace(b"</reservationSet>", b"</reservationSet><nextToken>more</nextToken>")
    faults.replies(Reply.xml(more.decode()), described(instance_row("i-3")))
    assert [box.id for box in Instance.list(cloud=faults.cloud())] == ["i-1", "i-2", "i-3"]
    assert faults.requests[1].form["NextToken"] == "more"


def test_a_loop_over_a_listing_asks_nothing_more(faults: FaultServer) -> None:
    faults.replies(described(instance_row("i-1"), instance_row("i-2", "stopped")))
    states = [(box.type, box.state, box.name) for box in Instance.list(cloud=faults.cloud())]
    assert states == [("t3.micro", "running", None), ("t3.micro", "stopped", None)]
    assert len(faults.requests) == 1


def test_a_state_that_is_none_is_refused(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="'pending', 'running'"):
        Instance.list(state="runing", cloud=faults.cloud())


def test_find_passes_over_what_has_ended(rig: Rig) -> None:
    name = rig.name("web")
    old = Instance.launch("al2023", name=name)
    old.terminate()
    assert Instance.find(name=name) is None
    assert Instance.find(name=name, state="terminated") == old
    new = Instance.launch("al2023", name=name)
    assert Instance.find(name=name) == new
    assert set(Instance.list(name=name)) == {old, new}


# -- starting and stopping -----------------------------------------------------------------------------------


def test_stop_start_reboot(rig: Rig) -> None:
    box = Instance.launch("al2023")
    box.stop()
    assert box.wait("stopped").state == "stopped"
    box.start()
    assert box.wait("running").state == "running"
    box.reboot()
    assert box.state == "running"


def test_stop_options(faults: FaultServer) -> None:
    faults.otherwise(done("StopInstances"))
    box = Instance(BOX, cloud=faults.cloud())
    box.stop(hibernate=True, force=True)
    assert {"Hibernate": "true", "Force": "true"}.items() <= faults.requests[0].form.items()
    box.stop()
    assert not {"Hibernate", "Force"} & faults.requests[1].form.keys()


def test_a_wrong_state_is_a_conflict_with_what_to_do(faults: FaultServer) -> None:
    faults.otherwise(Reply.ec2_error("IncorrectInstanceState", "not in a state from which it can be started"))
    with pytest.raises(Conflict) as caught:
        Instance(BOX, cloud=faults.cloud()).start()
    assert "wait(" in str(caught.value.hint)


@pytest.mark.parametrize("verb", ["start", "stop", "reboot", "console_output"])
def test_verbs_on_what_is_not_there(rig: Rig, verb: str) -> None:
    with pytest.raises(NotFound):
        getattr(Instance(BOX), verb)()


def test_update(rig: Rig) -> None:
    box = Instance.launch("al2023")
    box.stop()
    group = SecurityGroup.create(rig.name("web"))
    assert box.update(type="t3.small", security_groups=[group], protect=True) is box
    assert (box.type, list(box.security_groups), box.protected) == ("t3.small", [group], True)
    assert not box.update(protect=False).protected


def test_update_sends_what_is_named_alone(faults: FaultServer) -> None:
    faults.otherwise(done("ModifyInstanceAttribute"))
    box = Instance(BOX, cloud=faults.cloud())
    box.update()
    assert faults.requests == []
    box.update(user_data="new")
    (request,) = faults.requests
    assert base64.b64decode(request.form["UserData.Value"]) == b"new"
    assert "InstanceType.Value" not in request.form
    with pytest.raises(InvalidRequest, match="at least one"):
        box.update(security_groups=[])
    with pytest.raises(InvalidRequest, match="16384"):
        box.update(type="t3.small", user_data="x" * 20_000)
    assert len(faults.requests) == 1


# -- the end -------------------------------------------------------------------------------------------------


def test_terminate_is_fine_twice_and_where_nothing_is(rig: Rig) -> None:
    box = Instance.launch("al2023")
    box.terminate()
    box.terminate()
    assert box.wait("terminated").state == "terminated"
    Instance(BOX).terminate()


def test_delete_is_no_second_name(rig: Rig) -> None:
    assert not hasattr(Instance, "delete")


def test_dry_run_ends_nothing(rig: Rig) -> None:
    box = Instance.launch("al2023")
    assert box.terminate(dry_run=True) is True
    assert box.refresh().state == "running"


@pytest.mark.parametrize(
    ("code", "status", "allowed"),
    [
        ("DryRunOperation", 412, True),
        ("UnauthorizedOperation", 403, False),
        ("OperationNotPermitted", 400, False),
        ("InvalidInstanceID.NotFound", 400, True),
    ],
)
def test_what_a_dry_run_says(faults: FaultServer, code: str, status: int, allowed: bool) -> None:
    faults.replies(Reply.ec2_error(code, status=status))
    assert Instance(BOX, cloud=faults.cloud()).terminate(dry_run=True) is allowed
    assert faults.requests[0].form["DryRun"] == "true"


def test_a_protected_instance_says_how_to_lift_that(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("OperationNotPermitted", "may not be terminated"))
    with pytest.raises(Conflict) as caught:
        Instance(BOX, cloud=faults.cloud()).terminate()
    assert "update(protect=False)" in str(caught.value.hint)


def test_the_context_ends_it(rig: Rig) -> None:
    with Instance.launch("al2023") as box:
        assert box.state == "pending" or box.state == "running"
    assert box.refresh().state == "terminated"
    with pytest.raises(ZeroDivisionError):
        with Instance.launch("al2023") as box:
            raise ZeroDivisionError
    assert box.refresh().state == "terminated"


def test_entering_asks_nothing(faults: FaultServer) -> None:
    faults.replies(launched(BOX), terminating)
    with Instance.launch(AMI, cloud=faults.cloud()):
        pass
    assert faults.operations == ["RunInstances", "TerminateInstances"]


def test_an_instance_that_aws_does_not_know_yet_is_ended_all_the_same(faults: FaultServer) -> None:
    faults.replies(launched(BOX), UNKNOWN, UNKNOWN, terminating)
    with Instance.launch(AMI, cloud=faults.cloud()):
        pass
    assert faults.operations == ["RunInstances", *["TerminateInstances"] * 3]


# -- identity ------------------------------------------------------------------------------------------------


def test_equality_and_pickle(faults: FaultServer) -> None:
    cloud = faults.cloud()
    box = Instance(BOX, cloud=cloud)
    assert box == Instance(BOX, cloud=cloud)
    assert hash(box) == hash(Instance(BOX, cloud=cloud))
    assert box != Instance(BOX, cloud=cloud.in_region("eu-west-1"))
    assert pickle.loads(pickle.dumps(box)) == box


def test_boto3s_own_resource(rig: Rig) -> None:
    box = Instance.launch("al2023")
    assert box.boto3_resource().instance_id == box.id


# -- more of it ----------------------------------------------------------------------------------------------


def test_what_it_is_made_of(rig: Rig) -> None:
    key = KeyPair.create(rig.name("laptop"))
    box = Instance.launch("al2023", key=key).refresh()
    assert box.reservation_id.startswith("r-")
    assert box.owner
    assert box.key == key
    assert box.image == Image.latest("al2023")
    assert [volume.size_gib for volume in box.volumes] == [8]
    assert box.lifecycle is None
    assert not box.spot
    assert Instance.list(ids=[box.id]).one().reservation_id == box.reservation_id
    assert Instance.launch("al2023").key is None


def test_addresses_of_all_kinds(faults: FaultServer) -> None:
    interfaces = "".join(
        f"<item><ipv6AddressesSet><item><ipv6Address>2001:db8::{each}</ipv6Address></item></ipv6AddressesSet></item>"
        for each in (1, 2)
    )
    row = instance_row(BOX).replace(
        "</item>",
        f"<networkInterfaceSet>{interfaces}</networkInterfaceSet><instanceLifecycle>spot</instanceLifecycle></item>",
    )
    faults.replies(described(row))
    box = Instance.get(BOX, cloud=faults.cloud())
    assert box.ipv6 == ("2001:db8::1", "2001:db8::2")
    assert box.spot


@pytest.mark.parametrize("verb", ["start", "stop", "reboot", "terminate"])
def test_a_dry_run_of_each_verb(faults: FaultServer, verb: str) -> None:
    box = Instance(BOX, cloud=faults.cloud())
    faults.replies(
        Reply.ec2_error("DryRunOperation", "would have", status=412),
        Reply.ec2_error("UnauthorizedOperation", status=403),
    )
    assert getattr(box, verb)(dry_run=True) is True
    assert getattr(box, verb)(dry_run=True) is False
    assert all(request.form["DryRun"] == "true" for request in faults.requests)


def test_hibernate(faults: FaultServer) -> None:
    faults.replies(
        answer("StopInstances", "<instancesSet/>"),
        Reply.ec2_error("UnsupportedHibernationConfiguration", "not configured"),
    )
    box = Instance(BOX, cloud=faults.cloud())
    box.hibernate()
    assert faults.requests[0].form["Hibernate"] == "true"
    with pytest.raises(Conflict, match="not configured") as caught:
        box.hibernate()
    assert "hibernation=True" in str(caught.value.hint)


@pytest.mark.parametrize("verb", ["start", "stop", "reboot"])
def test_a_wrong_state_says_what_to_wait_for(faults: FaultServer, verb: str) -> None:
    faults.replies(Reply.ec2_error("IncorrectInstanceState", f"The instance '{BOX}' is not in a state"))
    with pytest.raises(Conflict) as caught:
        getattr(Instance(BOX, cloud=faults.cloud()), verb)()
    assert "wait(" in str(caught.value.hint)


def test_they_are_found_by_zones_too(faults: FaultServer) -> None:
    faults.otherwise(described())
    zone = Zone("us-east-1b", "use1-az2", ZoneState.AVAILABLE, ZoneType.AVAILABILITY_ZONE)
    assert Instance.list(zone=["us-east-1a", zone], cloud=faults.cloud()).to_list() == []
    form = faults.requests[0].form
    assert [form[f"Filter.1.Value.{number}"] for number in (1, 2)] == ["us-east-1a", "us-east-1b"]


def test_they_are_found_by_the_things_they_belong_to(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("found"))
    box = Instance.launch("al2023", security_groups=group, zone="us-east-1b").refresh()
    vpc, subnet = Vpc(str(box.vpc_id)), Subnet(str(box.subnet_id))
    (zone,) = [each for each in Region("us-east-1").zones if each.name == box.zone]
    assert box.image is not None
    for filters in (
        {"group": group},
        {"group": [group]},
        {"group": group, "vpc": vpc, "subnet": subnet, "image": box.image},
        {"group": group.id, "subnet": [Subnet("subnet-0"), subnet]},
    ):
        assert Instance.list(**filters).to_list() == [box]
    assert group in SecurityGroup.list(vpc=vpc).to_list()
    assert subnet in Subnet.list(zone=zone).to_list()
    volume = Volume.create(1, zone)
    assert volume in Volume.list(zone=zone).to_list()


def test_protection_from_stopping(rig: Rig) -> None:
    box = Instance.launch("al2023")
    assert not box.stop_protected
    box.update(protect_stop=True)
    assert box.stop_protected
    box.update(protect_stop=False)


def test_user_data_is_assigned(faults: FaultServer) -> None:
    faults.replies(done("ModifyInstanceAttribute"), Reply.ec2_error("IncorrectInstanceState"))
    box = Instance(BOX, cloud=faults.cloud())
    box.user_data = "#!/bin/sh\necho grüß\n"
    assert base64.b64decode(faults.requests[0].form["UserData.Value"]).decode() == "#!/bin/sh\necho grüß\n"
    with pytest.raises(Conflict):
        box.user_data = "#!/bin/sh\n"


def test_metadata_options(rig: Rig) -> None:
    box = Instance.launch("al2023").wait("running")
    assert box.metadata is not None
    assert (box.metadata.tokens_required, box.metadata.hops, box.metadata.enabled) == (True, 2, True)
    box.update_metadata(tokens_required=False, hops=1, tags=True)
    assert (box.metadata.tokens_required, box.metadata.hops, box.metadata.tags) == (False, 1, True)
    box.update_metadata(enabled=False, hops=1)
    assert not box.metadata.enabled
    with pytest.raises(InvalidRequest, match="hops"):
        box.update_metadata(hops=65)


def test_checks_and_events(faults: FaultServer) -> None:
    event = (
        "<item><instanceEventId>e-1</instanceEventId><code>system-reboot</code><description>{}</description>"
        "<notBefore>2026-12-01T02:00:00.000Z</notBefore><notAfter>2026-12-01T04:00:00.000Z</notAfter></item>"
    )
    faults.otherwise(
        answer(
            "DescribeInstanceStatus",
            f"<instanceStatusSet><item><instanceId>{BOX}</instanceId>"
            "<instanceState><name>running</name></instanceState>"
            "<systemStatus><status>ok</status></systemStatus><instanceStatus><status>impaired</status><details><item>"
            "<name>reachability</name><status>failed</status><impairedSince>2026-11-23T10:00:00.000Z</impairedSince>"
            "</item></details></instanceStatus>"
            f"<eventsSet>{event.format('scheduled reboot')}{event.format('[Completed] rebooted')}</eventsSet>"
            "</item></instanceStatusSet>",
        )
    )
    box = Instance(BOX, cloud=faults.cloud())
    checks = box.checks
    assert (checks.system, checks.instance, checks.disks, checks.ok) == ("ok", "impaired", None, False)
    assert checks.impaired_since == datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
    coming, over = box.scheduled_events
    assert (coming.code, coming.over, over.over) == ("system-reboot", False, True)
    assert coming.begins == datetime(2026, 12, 1, 2, tzinfo=timezone.utc)


def test_checks_of_one_that_runs(rig: Rig) -> None:
    box = Instance.launch("al2023").wait("ok")
    assert box.checks.ok
    assert list(box.scheduled_events) == []


def test_the_checks_of_what_is_not_there(faults: FaultServer) -> None:
    faults.replies(answer("DescribeInstanceStatus", "<instanceStatusSet/>"))
    with pytest.raises(InstanceNotFound):
        _ = Instance(BOX, cloud=faults.cloud()).checks


def test_screenshot(faults: FaultServer) -> None:
    picture = base64.b64encode(b"\xff\xd8 jpeg").decode()
    faults.replies(answer("GetConsoleScreenshot", f"<imageData>{picture}</imageData>"))
    assert Instance(BOX, cloud=faults.cloud()).screenshot(wake=True) == b"\xff\xd8 jpeg"
    assert faults.requests[0].form["WakeUp"] == "true"


def test_create_image(rig: Rig, faults: FaultServer) -> None:
    name = rig.name("image")
    image = Instance.launch("al2023").create_image(name, tags={"team": "web"}, reboot=False, wait=True)
    assert image.refresh().name == name
    assert dict(image.tags) == {"team": "web"}
    created = answer("CreateImage", "<imageId>ami-1</imageId>")
    faults.replies(created, created, Reply.ec2_error("InvalidAMIName.Duplicate"))
    box = Instance(BOX, cloud=faults.cloud())
    box.create_image("abc")
    box.create_image("abc", reboot=False)
    assert [request.form["NoReboot"] for request in faults.requests] == ["false", "true"]
    with pytest.raises(AlreadyExists):
        box.create_image("abc")
    with pytest.raises(InvalidRequest, match="name="):
        box.create_image("ab")


def test_filters_of_all_kinds(faults: FaultServer) -> None:
    faults.replies(described())
    found = Instance.list(
        subnet="subnet-1",
        group=["sg-1", "sg-2"],
        image="ami-1",
        vpc="vpc-1",
        zone="us-east-1a",
        cloud=faults.cloud(),
    )
    assert list(found) == []
    form = faults.requests[0].form
    names = {form[f"Filter.{number}.Name"]: form[f"Filter.{number}.Value.1"] for number in range(1, 6)}
    assert names == {
        "subnet-id": "subnet-1",
        "instance.group-id": "sg-1",
        "image-id": "ami-1",
        "vpc-id": "vpc-1",
        "availability-zone": "us-east-1a",
    }
    nothing: Any = {"nmae": "web"}
    with pytest.raises(TypeError, match="nmae"):
        Instance.list(cloud=faults.cloud(), **nothing)


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        ("ModifyInstanceAttribute", lambda box: box.update(type="t3.large")),
        ("StopInstances", lambda box: box.stop()),
        ("StopInstances", lambda box: Fleet([box]).stop()),
        ("CreateTags", lambda box: box.tags.merge({"a": "b"})),
    ],
)
def test_what_is_known_is_forgotten_where_an_answer_is_lost(
    faults: FaultServer, operation: str, change: Callable[[Instance], object]
) -> None:
    def answers(request: Request) -> Reply:
        if request.operation == operation:
            return Reply(reset=True)
        kind = "t3.large" if operation in faults.operations else "t3.micro"
        reply = described(instance_row(BOX))
        return Reply(body=reply.body.replace(b"t3.micro", kind.encode()))

    faults.otherwise(answers)
    box = Instance(BOX, cloud=faults.cloud()).refresh()
    with pytest.raises(CloudError):
        change(box)
    assert box.type == "t3.large"
