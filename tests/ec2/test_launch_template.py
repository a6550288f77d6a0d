from __future__ import annotations

import base64
import pickle
from pathlib import Path
from typing import Any

import pytest

from cloudkit.ec2 import (
    Image,
    KeyPair,
    LaunchTemplate,
    LaunchTemplateNotFound,
    SecurityGroup,
    Subnet,
    Zone,
    ZoneState,
    ZoneType,
)
from cloudkit.errors import AccessDenied, AlreadyExists, BatchError, InvalidRequest
from tests.conftest import Rig
from tests.ec2.answers import answer
from tests.faults import FaultServer, Reply

TEMPLATE = "lt-0123456789abcdef0"
DATA = "LaunchTemplateData"


def made(default: int = 1, latest: int = 1) -> Reply:
    return answer(
        "CreateLaunchTemplate",
        f"<launchTemplate><launchTemplateId>{TEMPLATE}</launchTemplateId><launchTemplateName>web</launchTemplateName>"
        f"<defaultVersionNumber>{default}</defaultVersionNumber><latestVersionNumber>{latest}</latestVersionNumber>"
        "</launchTemplate>",
    )


def version(number: int, data: str = "") -> str:
    return (
        f"<launchTemplateId>{TEMPLATE}</launchTemplateId><versionNumber>{number}</versionNumber>"
        f"<createTime>2026-01-01T00:00:00Z</createTime><launchTemplateData>{data}</launchTemplateData>"
    )


def test_create_get_list_find(rig: Rig) -> None:
    name = rig.name("worker")
    image = Image.latest("al2023")
    template = LaunchTemplate.create(
        name, image=image, type="t3.micro", template_tags={"team": name}, description="first"
    )
    assert LaunchTemplate.get(template.id).name == name
    assert (template.default_version, template.latest_version) == (1, 1)
    assert template.created.tzinfo is not None
    assert template.created_by
    assert dict(template.tags) == {"team": name}
    assert repr(template) == f"<LaunchTemplate {template.id} {name}>"
    assert list(LaunchTemplate.list(name=name)) == [template]
    assert LaunchTemplate.find(tags={"team": name}) == template
    assert LaunchTemplate.find(name=rig.name("none")) is None
    with pytest.raises(AlreadyExists):
        LaunchTemplate.create(name, type="t3.micro")
    template.delete()
    template.delete()
    assert not template.exists()


def test_versions(rig: Rig) -> None:
    template = LaunchTemplate.create(
        rig.name("worker"), image="al2023", type="t4g.micro", user_data="#!/bin/sh\n"
    )
    first = template.version()
    assert (first.number, first.type) == (1, "t4g.micro")
    assert Image(str(first.image_id)).architecture == "arm64"
    assert first.user_data == "#!/bin/sh\n"
    second = template.create_version(base="latest", type="t4g.small", description="more")
    assert (second.number, second.type) == (2, "t4g.small")
    assert template.default_version == 1
    assert template.create_version(type="t4g.large", default=True).number == 3
    assert (template.default_version, template.latest_version) == (3, 3)
    assert template.update(default_version=1).default_version == 1
    assert [each.number for each in template.versions()] == [1, 2, 3]
    assert template.version("latest").number == 3
    assert template.version(2) == second
    template.delete()


def test_it_is_data_that_a_launch_can_use(faults: FaultServer) -> None:
    template = LaunchTemplate(TEMPLATE, cloud=faults.cloud())
    assert template.specification() == {"LaunchTemplateId": TEMPLATE, "Version": "$Default"}
    assert template.specification("latest")["Version"] == "$Latest"
    faults.replies(answer("RunInstances", "<instancesSet/>"))
    template.cloud.call(
        "ec2", "run_instances", MinCount=1, MaxCount=1, LaunchTemplate=dict(template.specification(2))
    )
    form = faults.requests[0].form
    assert (form["LaunchTemplate.LaunchTemplateId"], form["LaunchTemplate.Version"]) == (TEMPLATE, "2")


def test_what_is_sent(faults: FaultServer) -> None:
    faults.otherwise(made())
    group, cloud = SecurityGroup("sg-1", cloud=faults.cloud()), faults.cloud()
    LaunchTemplate.create(
        "web",
        image="ami-1",
        type="t3.micro",
        key=KeyPair("laptop", cloud=cloud),
        security_groups=[group],
        user_data=b"#!/bin/sh\n",
        tags={"team": "web"},
        instance_name="web-1",
        zone="us-east-1a",
        instance_profile="web",
        protect=True,
        aws={"EbsOptimized": True},
        cloud=cloud,
    )
    form = faults.requests[0].form
    assert base64.b64decode(form[f"{DATA}.UserData"]) == b"#!/bin/sh\n"
    for name, value in {
        "ImageId": "ami-1",
        "KeyName": "laptop",
        "SecurityGroupId.1": "sg-1",
        "Placement.AvailabilityZone": "us-east-1a",
        "IamInstanceProfile.Name": "web",
        "DisableApiTermination": "true",
        "EbsOptimized": "true",
        "MetadataOptions.HttpTokens": "required",
        "TagSpecification.1.ResourceType": "instance",
        "TagSpecification.2.ResourceType": "volume",
    }.items():
        assert form[f"{DATA}.{name}"] == value
    LaunchTemplate.create(
        "web",
        subnet=Subnet("subnet-1", cloud=cloud),
        security_groups=["sg-1"],
        instance_profile="arn:aws:iam::123456789012:instance-profile/web",
        aws={"MetadataOptions": {"HttpTokens": "optional"}},
        cloud=cloud,
    )
    form = faults.requests[1].form
    assert form[f"{DATA}.NetworkInterface.1.SubnetId"] == "subnet-1"
    assert form[f"{DATA}.NetworkInterface.1.SecurityGroupId.1"] == "sg-1"
    assert f"{DATA}.SecurityGroupId.1" not in form
    assert form[f"{DATA}.MetadataOptions.HttpTokens"] == "optional"
    assert form[f"{DATA}.IamInstanceProfile.Arn"].startswith("arn:")
    assert form["ClientToken"] != faults.requests[0].form["ClientToken"]


def test_a_version_of_another_takes_its_settings_over(faults: FaultServer) -> None:
    faults.otherwise(
        answer("CreateLaunchTemplateVersion", f"<launchTemplateVersion>{version(2)}</launchTemplateVersion>")
    )
    LaunchTemplate(TEMPLATE, cloud=faults.cloud()).create_version(base="default", type="t3.small")
    form = faults.requests[0].form
    assert form["SourceVersion"] == "$Default"
    assert not any("MetadataOptions" in name for name in form)


class Profile:
    arn = "arn:aws:iam::123456789012:instance-profile/web"


def test_what_a_launch_says_a_template_says_too(faults: FaultServer, tmp_path: Path) -> None:
    faults.otherwise(made())
    script = tmp_path / "setup.sh"
    script.write_text("#!/bin/sh\nhostname {{ host }}\n")
    cloud = faults.cloud()
    LaunchTemplate.create(
        "web",
        type="t3.micro",
        user_data=script,
        user_data_values={"host": "web-1"},
        instance_profile=Profile(),
        zone=Zone("us-east-1a", "use1-az1", ZoneState.AVAILABLE, ZoneType.AVAILABILITY_ZONE),
        public_ip=True,
        security_groups="sg-1",
        volumes=[100],
        spot="0.02",
        hibernation=True,
        cloud=cloud,
    )
    form = faults.requests[0].form
    assert base64.b64decode(form[f"{DATA}.UserData"]) == b"#!/bin/sh\nhostname web-1\n"
    for name, value in {
        "IamInstanceProfile.Arn": Profile.arn,
        "Placement.AvailabilityZone": "us-east-1a",
        "NetworkInterface.1.AssociatePublicIpAddress": "true",
        "NetworkInterface.1.SecurityGroupId.1": "sg-1",
        "BlockDeviceMapping.1.DeviceName": "/dev/sdf",
        "BlockDeviceMapping.1.Ebs.Encrypted": "true",
        "InstanceMarketOptions.SpotOptions.MaxPrice": "0.02",
        "HibernationOptions.Configured": "true",
    }.items():
        assert form[f"{DATA}.{name}"] == value
    assert f"{DATA}.SecurityGroupId.1" not in form


def test_the_root_disk_of_a_template_is_called_what_the_image_calls_it(rig: Rig) -> None:
    image = Image.latest("al2023")
    template = LaunchTemplate.create(rig.name("rooty"), image="al2023", type="t3.micro", root=50)
    (disk,) = template.version().raw["BlockDeviceMappings"]
    assert (disk["DeviceName"], disk["Ebs"]["VolumeSize"]) == (image.root_device, 50)


def test_what_no_template_can_say_is_refused_before_any_call(faults: FaultServer) -> None:
    cloud = faults.cloud()
    wrong: list[dict[str, Any]] = [
        {"name": "ab"},
        {"name": "a" * 129},
        {"name": "web", "image": "al2023"},
        {"name": "web", "root": 50},
        {"name": "web", "user_data_values": {"a": "b"}},
        {"name": "web", "security_groups": ["web"]},
        {"name": "web", "user_data": "x" * 20_000},
        {"name": "web", "description": "d" * 256},
        {"name": "web", "tags": {"Name": "a"}, "instance_name": "b"},
        {"name": "web", "type": "t3.micro", "aws": {"InstanceType": "t3.small"}},
    ]
    for options in wrong:
        with pytest.raises(InvalidRequest):
            LaunchTemplate.create(**options, cloud=cloud)
    with pytest.raises(TypeError, match="'colour'"):
        LaunchTemplate.create("web", colour="blue", cloud=cloud)  # type: ignore[call-arg]
    for number in (0, -1, True, "newest"):
        with pytest.raises(InvalidRequest, match="'latest'"):
            LaunchTemplate(TEMPLATE, cloud=cloud).version(number)  # type: ignore[arg-type]
    assert faults.requests == []


def test_which_version_is_the_default(faults: FaultServer) -> None:
    more = "<versionDescription>more</versionDescription><defaultVersion>true</defaultVersion>"
    faults.replies(
        answer(
            "DescribeLaunchTemplateVersions",
            f"<launchTemplateVersionSet><item>{version(1)}</item><item>{version(2)}{more}</item></launchTemplateVersionSet>",
        )
    )
    found = LaunchTemplate(TEMPLATE, cloud=faults.cloud()).versions().to_list()
    assert [(each.number, each.is_default, each.description) for each in found] == [
        (1, False, None),
        (2, True, "more"),
    ]


def test_user_data_shows_nowhere(faults: FaultServer) -> None:
    secret = base64.b64encode(b"password=hunter2").decode()
    faults.replies(
        answer(
            "DescribeLaunchTemplateVersions",
            f"<launchTemplateVersionSet><item>{version(1, f'<userData>{secret}</userData>')}</item></launchTemplateVersionSet>",
        )
    )
    found = LaunchTemplate(TEMPLATE, cloud=faults.cloud()).version(1)
    assert found.user_data == "password=hunter2"
    assert "hunter2" not in repr(found)
    assert secret not in repr(found)


def deleted(*unsuccessful: tuple[int, str]) -> Reply:
    rows = "".join(
        f"<item><versionNumber>{number}</versionNumber><responseError><code>{code}</code><message>no</message>"
        "</responseError></item>"
        for number, code in unsuccessful
    )
    return answer(
        "DeleteLaunchTemplateVersions",
        f"<unsuccessfullyDeletedLaunchTemplateVersionSet>{rows}</unsuccessfullyDeletedLaunchTemplateVersionSet>",
    )


def test_versions_are_taken_away(faults: FaultServer) -> None:
    template = LaunchTemplate(TEMPLATE, cloud=faults.cloud())
    faults.replies(deleted((3, "launchTemplateVersionDoesNotExist")))
    template.delete_versions([2, 3])
    faults.replies(deleted((1, "unexpectedError")))
    with pytest.raises(BatchError) as caught:
        template.delete_versions([1, 2])
    assert [each.item for each in caught.value.failed] == [1]
    assert [each.item for each in caught.value.succeeded] == [2]
    faults.replies(deleted(), deleted())
    template.delete_versions(range(1, 251))
    assert len(faults.requests) == 4


@pytest.mark.parametrize(
    "code",
    [
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateId.VersionNotFound",
        "InvalidLaunchTemplateName.NotFoundException",
    ],
)
def test_what_is_not_there(faults: FaultServer, code: str) -> None:
    template = LaunchTemplate(TEMPLATE, cloud=faults.cloud())
    faults.replies(
        Reply.ec2_error(code), Reply.ec2_error(code), Reply.ec2_error("UnauthorizedOperation", status=403)
    )
    with pytest.raises(LaunchTemplateNotFound):
        template.version(7)
    assert not template.exists()
    with pytest.raises(AccessDenied):
        template.exists()


def test_an_answer_without_it_means_that_it_is_not_there(rig: Rig) -> None:
    assert not LaunchTemplate(TEMPLATE).exists()


def test_pickle(faults: FaultServer) -> None:
    template = LaunchTemplate(TEMPLATE, cloud=faults.cloud())
    assert pickle.loads(pickle.dumps(template)) == template


def test_what_nothing_can_be_launched_with_is_kept_with_a_warning(faults: FaultServer) -> None:
    fault = (
        "<warning><errorSet><item><code>InvalidAMIID.NotFound</code><message>The image id '[ami-1]' does not exist"
        "</message></item></errorSet></warning>"
    )
    cloud = faults.cloud()
    faults.replies(
        answer(
            "CreateLaunchTemplate",
            f"<launchTemplate><launchTemplateId>{TEMPLATE}</launchTemplateId></launchTemplate>{fault}",
        )
    )
    with pytest.warns(UserWarning, match=r"InvalidAMIID\.NotFound: The image id '\[ami-1\]'") as caught:
        template = LaunchTemplate.create("worker", image="ami-1", type="t3.micro", cloud=cloud)
    assert caught[0].filename == __file__
    faults.replies(
        answer(
            "CreateLaunchTemplateVersion",
            "<launchTemplateVersion><versionNumber>2</versionNumber>"
            f"<createTime>2026-01-01T00:00:00Z</createTime></launchTemplateVersion>{fault}",
        )
    )
    with pytest.warns(UserWarning, match="nothing can be launched"):
        assert template.create_version(base=1, image="ami-1").number == 2
