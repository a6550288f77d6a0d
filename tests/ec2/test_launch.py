from __future__ import annotations

import base64
import re
from decimal import Decimal
from typing import Any

import pytest

from cloudkit import Cloud
from cloudkit.ec2 import (
    Image,
    ImageNotFound,
    Instance,
    InstanceNotFound,
    KeyPair,
    KeyPairNotFound,
    LaunchTemplate,
    Region,
    Rule,
    SecurityGroup,
    Subnet,
)
from cloudkit.ec2._limits import MAX_USER_DATA_BYTES
from cloudkit.errors import Conflict, InvalidRequest, LimitExceeded, ServiceError
from tests.conftest import Rig
from tests.ec2.answers import described, instance_row, launched
from tests.faults import FaultServer, Reply

BOX = "i-0123456789abcdef0"
AMI = "ami-0123456789abcdef0"


def sent(faults: FaultServer, **options: Any) -> dict[str, str]:
    """The form of the RunInstances request that those options make."""
    faults.replies(launched(BOX))
    Instance.launch(AMI, cloud=faults.cloud(), **options)
    return faults.requests[-1].form


def test_one_is_an_instance_and_a_count_gives_a_sequence(rig: Rig) -> None:
    one = Instance.launch("al2023")
    assert isinstance(one, Instance)
    assert one.type == "t3.micro"
    several = Instance.launch("al2023", "t3.small", count=2)
    assert [each.type for each in several] == ["t3.small", "t3.small"]
    assert len({one, *several}) == 3
    assert len(Instance.launch("al2023", count=1)) == 1


@pytest.mark.parametrize("count", [0, -1, (2, 1), (0, 1)])
def test_a_count_that_is_none_is_refused(faults: FaultServer, count: Any) -> None:
    with pytest.raises(InvalidRequest, match="count="):
        Instance.launch(AMI, count=count, cloud=faults.cloud())
    assert faults.requests == []


def test_least_and_most(faults: FaultServer) -> None:
    faults.replies(launched(BOX))
    assert len(Instance.launch(AMI, count=(1, 5), cloud=faults.cloud())) == 1
    form = faults.requests[0].form
    assert (form["MinCount"], form["MaxCount"]) == ("1", "5")


def test_tokens_are_required_and_at_most_two_hops_away(faults: FaultServer) -> None:
    form = sent(faults)
    assert form["MetadataOptions.HttpTokens"] == "required"
    assert form["MetadataOptions.HttpPutResponseHopLimit"] == "2"


def test_raw_metadata_options_replace_ours(faults: FaultServer) -> None:
    form = sent(faults, aws={"MetadataOptions": {"HttpEndpoint": "disabled"}})
    assert form["MetadataOptions.HttpEndpoint"] == "disabled"
    assert "MetadataOptions.HttpTokens" not in form


def test_every_call_has_a_token_of_its_own(faults: FaultServer) -> None:
    first, second = sent(faults)["ClientToken"], sent(faults)["ClientToken"]
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


def test_a_repeated_request_has_the_same_token(faults: FaultServer) -> None:
    faults.replies(Reply(reset=True), launched(BOX))
    assert Instance.launch(AMI, cloud=faults.cloud(attempts=2)).id == BOX
    tokens = [request.form["ClientToken"] for request in faults.requests]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


def test_tags_are_there_from_the_start_on_instance_and_volumes(rig: Rig, faults: FaultServer) -> None:
    form = sent(faults, name="web-1", tags={"team": "web"})
    for number, kind in ((1, "instance"), (2, "volume")):
        tags = {
            form[f"TagSpecification.{number}.Tag.{tag}.Key"]: form[
                f"TagSpecification.{number}.Tag.{tag}.Value"
            ]
            for tag in (1, 2)
        }
        assert form[f"TagSpecification.{number}.ResourceType"] == kind
        assert tags == {"Name": "web-1", "team": "web"}
    box = Instance.launch("al2023", name="web-1", tags={"team": "web"})
    assert dict(box.tags) == {"Name": "web-1", "team": "web"}
    volume = rig.cloud.call("ec2", "describe_volumes", VolumeIds=list(box.volume_ids or ()))["Volumes"][0]
    assert {"Key": "team", "Value": "web"} in volume["Tags"]


def test_no_tags_no_specification(faults: FaultServer) -> None:
    assert not [name for name in sent(faults) if name.startswith("TagSpecification")]


def test_two_names_are_refused(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="different things"):
        Instance.launch(AMI, name="a", tags={"Name": "b"}, cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="aws:"):
        Instance.launch(AMI, tags={"aws:x": "b"}, cloud=faults.cloud())
    assert faults.requests == []


def test_options_go_where_they_belong(faults: FaultServer) -> None:
    cloud = faults.cloud()
    form = sent(
        faults,
        key=KeyPair("laptop", cloud=cloud),
        security_groups=[SecurityGroup("sg-0a", cloud=cloud), "sg-0b"],
        subnet="subnet-1",
        zone="us-east-1a",
        instance_profile="web",
        protect=True,
        aws={"EbsOptimized": True},
    )
    expected = {
        "ImageId": AMI,
        "KeyName": "laptop",
        "SecurityGroupId.1": "sg-0a",
        "SecurityGroupId.2": "sg-0b",
        "SubnetId": "subnet-1",
        "Placement.AvailabilityZone": "us-east-1a",
        "IamInstanceProfile.Name": "web",
        "DisableApiTermination": "true",
        "EbsOptimized": "true",
    }
    assert expected.items() <= form.items()


def test_a_profile_by_arn(faults: FaultServer) -> None:
    arn = "arn:aws:iam::123456789012:instance-profile/web"
    assert sent(faults, instance_profile=arn)["IamInstanceProfile.Arn"] == arn


def test_a_profile_that_was_just_made_is_waited_for(faults: FaultServer) -> None:
    unknown = Reply.ec2_error(
        "InvalidParameterValue",
        "Value (web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
    )
    faults.replies(unknown, unknown, launched(BOX))
    assert Instance.launch(AMI, instance_profile="web", cloud=faults.cloud()).id == BOX
    assert len({request.form["ClientToken"] for request in faults.requests}) == 1
    assert sum(faults.clock.slept) == 4


def test_a_profile_that_never_comes_fails_after_half_a_minute(faults: FaultServer) -> None:
    faults.otherwise(Reply.ec2_error("InvalidParameterValue", "Invalid IAM Instance Profile name"))
    with pytest.raises(InvalidRequest, match="Invalid IAM Instance Profile"):
        Instance.launch(AMI, instance_profile="web", cloud=faults.cloud())
    assert sum(faults.clock.slept) == 30


def test_other_invalid_arguments_fail_at_once(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("InvalidParameterValue", "Invalid availability zone"))
    with pytest.raises(InvalidRequest):
        Instance.launch(AMI, zone="nope", cloud=faults.cloud())
    assert len(faults.requests) == 1


def test_a_group_by_name_is_refused_with_what_to_type(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Instance.launch(AMI, security_groups=["web"], cloud=faults.cloud())
    assert "find(name='web')" in str(caught.value.hint)
    assert faults.requests == []


def test_an_unknown_option_is_a_type_error(faults: FaultServer) -> None:
    options: Any = {"subnett": "subnet-1"}
    with pytest.raises(TypeError, match="subnett"):
        Instance.launch(AMI, cloud=faults.cloud(), **options)
    assert faults.requests == []


# -- user data -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["#!/bin/sh\necho grüß\n", b"\x1f\x8b binary"])
def test_user_data_is_encoded_once(faults: FaultServer, data: str | bytes) -> None:
    raw = data.encode() if isinstance(data, str) else data
    assert base64.b64decode(sent(faults, user_data=data)["UserData"]) == raw


def test_user_data_of_the_largest_size_is_sent_and_one_more_byte_is_refused(faults: FaultServer) -> None:
    assert "UserData" in sent(faults, user_data="x" * MAX_USER_DATA_BYTES)
    with pytest.raises(InvalidRequest, match="16385 bytes"):
        Instance.launch(AMI, user_data="x" * (MAX_USER_DATA_BYTES + 1), cloud=faults.cloud())
    # Counted in bytes, not in characters.
    with pytest.raises(InvalidRequest, match="32768 bytes"):
        Instance.launch(AMI, user_data="ü" * MAX_USER_DATA_BYTES, cloud=faults.cloud())
    assert len(faults.requests) == 1


@pytest.mark.parametrize(
    "secret",
    ["AKIAABCDEFGHIJKLMNOP", "export AWS_SECRET_ACCESS_KEY=x", "-----BEGIN OPENSSH PRIVATE KEY-----"],
)
def test_a_secret_in_user_data_warns_without_showing_it(faults: FaultServer, secret: str) -> None:
    with pytest.warns(UserWarning, match="seems to hold a key") as caught:
        sent(faults, user_data=f"#!/bin/sh\n{secret}\n")
    assert secret not in str(caught[0].message)


# -- right after ---------------------------------------------------------------------------------------------


def test_an_instance_that_aws_does_not_know_yet_is_asked_for_again(faults: FaultServer) -> None:
    unknown = Reply.ec2_error("InvalidInstanceID.NotFound", "not there")
    faults.replies(launched(BOX), unknown, unknown, unknown, described(instance_row(BOX)))
    box = Instance.launch(AMI, cloud=faults.cloud())
    assert box.refresh().state == "running"
    assert faults.operations == ["RunInstances", *["DescribeInstances"] * 4]


def test_an_instance_that_is_not_there_fails_after_one_call(faults: FaultServer) -> None:
    faults.otherwise(Reply.ec2_error("InvalidInstanceID.NotFound", "not there"))
    with pytest.raises(InstanceNotFound):
        Instance.get(BOX, cloud=faults.cloud())
    assert len(faults.requests) == 1
    assert faults.clock.slept == []


def test_an_instance_that_never_comes_fails_after_a_minute(faults: FaultServer) -> None:
    faults.replies(launched(BOX))
    faults.otherwise(Reply.ec2_error("InvalidInstanceID.NotFound", "not there"))
    box = Instance.launch(AMI, cloud=faults.cloud())
    with pytest.raises(InstanceNotFound):
        box.refresh()
    assert 55 <= sum(faults.clock.slept) <= 65


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InvalidAMIID.NotFound", ImageNotFound),
        ("InvalidAMIID.Unavailable", ImageNotFound),
        ("InvalidKeyPair.NotFound", KeyPairNotFound),
        ("InstanceLimitExceeded", LimitExceeded),
        ("VcpuLimitExceeded", LimitExceeded),
        ("InsufficientInstanceCapacity", ServiceError),
        ("SpotMaxPriceTooLow", InvalidRequest),
        ("IdempotentParameterMismatch", Conflict),
        ("InvalidParameterCombination", InvalidRequest),
    ],
)
def test_what_can_go_wrong(faults: FaultServer, code: str, kind: type[Exception]) -> None:
    faults.replies(Reply.ec2_error(code))
    with pytest.raises(kind) as caught:
        Instance.launch(AMI, cloud=faults.cloud())
    assert caught.value.code == code  # type: ignore[attr-defined]


# -- images by name ------------------------------------------------------------------------------------------


def test_an_everyday_name_becomes_the_newest_image_of_the_right_architecture(rig: Rig) -> None:
    assert Instance.launch("al2023", "t3.micro").image_id == Image.latest("al2023").id
    arm = Instance.launch("al2023", "m7g.large")
    assert arm.image_id == Image.latest("al2023", arch="arm64").id


def test_an_image_object_and_an_id(rig: Rig) -> None:
    image = Image.latest("al2")
    assert Instance.launch(image).image_id == image.id
    assert Instance.launch(image.id).image_id == image.id


def test_a_reference_of_awss_own_is_passed_on(faults: FaultServer) -> None:
    faults.replies(launched(BOX))
    Instance.launch("resolve:ssm:/golden", cloud=faults.cloud())
    assert faults.requests[0].form["ImageId"] == "resolve:ssm:/golden"


def test_it_is_launched_in_the_cloud_that_is_given(rig: Rig) -> None:
    elsewhere: Cloud = rig.cloud.in_region("eu-west-1")
    box = Instance.launch("al2023", cloud=elsewhere)
    assert box.cloud == elsewhere
    assert box.zone.startswith("eu-west-1")


# -- spot, templates, places ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spot", "price"), [("0.02", "0.02"), (0.005, "0.005"), (Decimal("1E-2"), "0.01"), (1, "1")]
)
def test_spot_with_a_price_cap(faults: FaultServer, spot: Any, price: str) -> None:
    form = sent(faults, spot=spot)
    assert form["InstanceMarketOptions.MarketType"] == "spot"
    assert form["InstanceMarketOptions.SpotOptions.MaxPrice"] == price
    # A request that stays would launch another one when this one is terminated.
    assert form["InstanceMarketOptions.SpotOptions.SpotInstanceType"] == "one-time"


def test_spot_without_a_cap_and_none_at_all(rig: Rig, faults: FaultServer) -> None:
    form = sent(faults, spot=True)
    assert form["InstanceMarketOptions.MarketType"] == "spot"
    assert "InstanceMarketOptions.SpotOptions.MaxPrice" not in form
    assert not [name for name in sent(faults, spot=False) if name.startswith("InstanceMarketOptions")]
    assert not Instance.launch("al2023").spot


@pytest.mark.parametrize("spot", ["cheap", 0, -1, "NaN", "Infinity", float("inf")])
def test_what_is_no_price_is_refused(faults: FaultServer, spot: Any) -> None:
    with pytest.raises(InvalidRequest, match="no price"):
        Instance.launch(AMI, spot=spot, cloud=faults.cloud())
    assert faults.requests == []


def test_a_template_says_what_is_not_given(rig: Rig) -> None:
    template = LaunchTemplate.create(
        rig.name("worker"), image=Image.latest("al2023"), type="t3.small", instance_name="from-template"
    )
    assert Instance.launch(template=template).image_id == Image.latest("al2023").id
    assert Instance.launch(template=template, type="t3.large").type == "t3.large"
    by_name = Instance.launch(template=template.name, template_version="latest")
    assert by_name.image_id == Image.latest("al2023").id


def test_how_a_template_is_named(faults: FaultServer) -> None:
    cloud = faults.cloud()
    for options, expected in (
        (
            {"template": LaunchTemplate("lt-1", cloud=cloud)},
            {"LaunchTemplateId": "lt-1", "Version": "$Default"},
        ),
        ({"template": "lt-2", "template_version": 3}, {"LaunchTemplateId": "lt-2", "Version": "3"}),
        (
            {"template": "web", "template_version": "latest"},
            {"LaunchTemplateName": "web", "Version": "$Latest"},
        ),
    ):
        faults.replies(launched(BOX))
        given: Any = options
        Instance.launch(cloud=cloud, **given)
        form = faults.requests[-1].form
        assert {f"LaunchTemplate.{name}": value for name, value in expected.items()}.items() <= form.items()
        assert not {"ImageId", "InstanceType"} & form.keys()
        # Tokens are required all the same; the rest is the template's.
        assert form["MetadataOptions.HttpTokens"] == "required"
        assert "MetadataOptions.HttpEndpoint" not in form


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "image is needed"),
        ({"template_version": 2, "image": AMI}, "without template="),
        ({"template": "lt-1", "image": "al2023"}, "needs type="),
    ],
)
def test_what_a_template_needs(faults: FaultServer, options: Any, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        Instance.launch(cloud=faults.cloud(), **options)
    assert faults.requests == []


def test_a_public_address_takes_an_interface(faults: FaultServer) -> None:
    subnet = Subnet("subnet-1", cloud=faults.cloud())
    form = sent(faults, subnet=subnet, security_groups=["sg-1"], public_ip=False)
    expected = {
        "NetworkInterface.1.DeviceIndex": "0",
        "NetworkInterface.1.AssociatePublicIpAddress": "false",
        "NetworkInterface.1.SubnetId": "subnet-1",
        "NetworkInterface.1.SecurityGroupId.1": "sg-1",
    }
    assert expected.items() <= form.items()
    assert not {"SubnetId", "SecurityGroupId.1"} & form.keys()


def test_places_as_objects(rig: Rig, faults: FaultServer) -> None:
    subnet = Subnet.list(zone="us-east-1b").to_list()[0]
    box = Instance.launch("al2023", subnet=subnet)
    assert (box.subnet_id, box.zone) == (subnet.id, "us-east-1b")
    zone = Region("us-east-1").zones[1]
    assert sent(faults, zone=zone)["Placement.AvailabilityZone"] == zone.name


def test_a_profile_by_anything_with_an_arn(faults: FaultServer) -> None:
    class Profile:
        arn = "arn:aws:iam::123456789012:instance-profile/web"

    assert sent(faults, instance_profile=Profile())["IamInstanceProfile.Arn"] == Profile.arn


def test_hibernation(faults: FaultServer) -> None:
    assert sent(faults, hibernation=True)["HibernationOptions.Configured"] == "true"
    assert "HibernationOptions.Configured" not in sent(faults)


def test_what_a_template_says_can_be_taken_back(faults: FaultServer) -> None:
    form = sent(faults, template="lt-1", hibernation=False, protect=False)
    assert form["HibernationOptions.Configured"] == form["DisableApiTermination"] == "false"


@pytest.mark.parametrize("as_text", [True, False])
def test_one_group_needs_no_list(faults: FaultServer, as_text: bool) -> None:
    group = SecurityGroup("sg-1", cloud=faults.cloud())
    assert sent(faults, security_groups=group.id if as_text else group)["SecurityGroupId.1"] == "sg-1"


def test_groups_may_come_one_by_one(rig: Rig) -> None:
    own = SecurityGroup.create(rig.name("own"))
    box = Instance.launch("al2023", security_groups=(each for each in [own]), new_group=[Rule(443)])
    assert box.security_groups[0].name == own.name
    assert len(box.security_groups) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("instance_type", "did you mean 'type'"),
        ("key_name", "did you mean 'key'"),
        ("securitygroups", "did you mean 'security_groups'"),
        ("monitoring", "there are aws, cloud, count"),
    ],
)
def test_a_wrong_option_is_told_the_right_one(faults: FaultServer, name: str, words: str) -> None:
    with pytest.raises(TypeError, match=rf"'{name}': {words}"):
        Instance.launch(AMI, cloud=faults.cloud(), **{name: "x"})  # type: ignore[call-overload]
    assert faults.requests == []
