from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from cloudkit.ec2 import Image, ImageNotFound, ImageState
from cloudkit.ec2._images.systems import SYSTEMS, architecture_of
from cloudkit.errors import AccessDenied, BatchError, Conflict, InvalidRequest, WaitFailed
from tests.conftest import Rig
from tests.ec2.answers import answer, done
from tests.faults import FaultServer, Reply

AMI = "ami-0123456789abcdef0"


def described(*images: tuple[str, str]) -> Reply:
    items = "".join(
        f"<item><imageId>{image}</imageId><name>{image}</name><creationDate>{created}</creationDate></item>"
        for image, created in images
    )
    return answer("DescribeImages", f"<imagesSet>{items}</imagesSet>")


def parameter(value: str) -> Reply:
    return Reply.json({"Parameter": {"Name": "n", "Type": "String", "Value": value, "Version": 1}})


NO_PARAMETER = Reply.json_error("ParameterNotFound")


def test_get(rig: Rig) -> None:
    image = Image.get(Image.latest("al2023").id)
    assert image.name is not None
    assert image.name.startswith("al2023-ami-2023")
    assert image.state is ImageState.AVAILABLE
    assert image.architecture == "x86_64"
    assert image.owner
    assert image.public
    assert image.created is not None
    assert image.created.tzinfo is not None
    assert repr(image) == f"<Image {image.id} {image.name}>"
    assert image.exists()
    assert dict(image.tags) == {}
    assert image.root_device


def test_what_is_not_there(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(ImageNotFound):
        Image.get(AMI)
    assert not Image(AMI).exists()
    faults.replies(
        Reply.ec2_error("InvalidAMIID.Unavailable", "no longer available"),
        described(),
        Reply.ec2_error("UnauthorizedOperation", status=403),
    )
    image = Image(AMI, cloud=faults.cloud())
    assert not image.exists()
    with pytest.raises(ImageNotFound):
        image.refresh()
    with pytest.raises(AccessDenied):
        image.exists()


# -- the newest ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["al2023", "al2023-minimal", "al2"])
@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_latest_amazon_linux(rig: Rig, name: str, arch: str) -> None:
    assert Image.latest(name, arch=arch).architecture == arch


@pytest.mark.parametrize(
    ("name", "arch", "path"),
    [
        ("al2023", "x86_64", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
        ("al2", "arm64", "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-arm64-gp2"),
        ("debian-12", "x86_64", "/aws/service/debian/release/12/latest/amd64"),
        (
            "ubuntu-24.04",
            "arm64",
            "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id",
        ),
        (
            "ubuntu-22.04",
            "x86_64",
            "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
        ),
        (
            "windows-2022",
            "x86_64",
            "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
        ),
        ("/aws/service/own", "x86_64", "/aws/service/own"),
    ],
)
def test_where_the_newest_is_published(faults: FaultServer, name: str, arch: str, path: str) -> None:
    faults.replies(parameter(AMI))
    assert Image.latest(name, arch=arch, cloud=faults.cloud()).id == AMI
    assert faults.requests[0].json == {"Name": path}


def test_the_newest_is_asked_for_once_in_five_minutes(faults: FaultServer) -> None:
    faults.replies(parameter("ami-1"), parameter("ami-2"))
    cloud = faults.cloud()
    assert [Image.latest("al2023", cloud=cloud).id for _ in range(3)] == ["ami-1"] * 3
    faults.clock.advance(301)
    assert Image.latest("al2023", cloud=cloud).id == "ami-2"
    assert len(faults.requests) == 2


def test_a_region_without_the_parameter(faults: FaultServer) -> None:
    faults.replies(
        NO_PARAMETER, described(("ami-1", "2026-01-01T00:00:00.000Z"), ("ami-2", "2026-02-01T00:00:00.000Z"))
    )
    assert Image.latest("debian-12", cloud=faults.cloud()).id == "ami-2"
    form = faults.requests[1].form
    assert form["Owner.1"] == "136693071363"
    assert form["Filter.1.Value.1"] == "debian-12-amd64-*"


@pytest.mark.parametrize("name", ["debian-12", "/aws/service/none"])
def test_no_image_at_all(faults: FaultServer, name: str) -> None:
    faults.replies(NO_PARAMETER, described())
    with pytest.raises(ImageNotFound, match="is published in us-east-1"):
        Image.latest(name, cloud=faults.cloud())


def test_without_the_right_to_ask(faults: FaultServer) -> None:
    faults.replies(Reply.json_error("AccessDeniedException"))
    with pytest.raises(AccessDenied):
        Image.latest("al2023", cloud=faults.cloud())


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("al2033", {}, "no system"),
        ("", {}, "no system"),
        ("al2023", {"arch": "amd64"}, "'x86_64', 'arm64'"),
        ("windows-2022", {"arch": "arm64"}, "'x86_64' alone"),
    ],
)
def test_bad_input_is_refused_before_any_call(
    faults: FaultServer, name: str, options: dict[str, Any], match: str
) -> None:
    with pytest.raises(InvalidRequest, match=match):
        Image.latest(name, cloud=faults.cloud(), **options)
    assert faults.requests == []


def test_a_near_miss_says_what_was_meant() -> None:
    with pytest.raises(InvalidRequest) as caught:
        Image.latest("ubuntu-24.4")
    assert "'ubuntu-24.04'" in str(caught.value.hint)


def test_the_documented_names_are_those_there_are() -> None:
    assert all(f'"{name}"' in str(Image.latest.__doc__) for name in SYSTEMS)


@pytest.mark.parametrize(
    ("type", "arch"),
    [
        *(
            (each, "arm64")
            for each in ("t4g.micro", "m7gd.large", "c6gn.xlarge", "a1.medium", "is4gen.large")
        ),
        *(
            (each, "arm64")
            for each in ("im4gn.large", "x2gd.medium", "hpc7g.4xlarge", "g5g.xlarge", "r8g.large")
        ),
        *((each, "x86_64") for each in ("t3.micro", "m7i.large", "g5.xlarge", "g4dn.xlarge", "gr6.4xlarge")),
        *((each, "x86_64") for each in ("p4de.24xlarge", "c7a.large", "u-6tb1.56xlarge", "mac1.metal")),
    ],
)
def test_the_architecture_of_a_type(type: str, arch: str) -> None:
    assert architecture_of(type) == arch


# -- listing -------------------------------------------------------------------------------------------------


def test_the_newest_comes_first_over_all_pages(faults: FaultServer) -> None:
    first = described(("ami-1", "2025-01-01T00:00:00.000Z"), ("ami-3", "2026-02-01T00:00:00.000Z"))
    more = first.body.replace(b"</imagesSet>", b"</imagesSet><nextToken>more</nextToken>").decode()
    for _ in range(2):
        faults.replies(Reply.xml(more), described(("ami-2", "2026-01-01T00:00:00.000Z")))
    cloud = faults.cloud()
    images = Image.list(cloud=cloud).to_list()
    assert [image.id for image in images] == ["ami-3", "ami-2", "ami-1"]
    assert images[0].created == datetime(2026, 2, 1, tzinfo=timezone.utc)
    newest = Image.find(cloud=cloud)
    assert newest is not None
    assert newest.id == "ami-3"
    assert faults.requests[0].form["Owner.1"] == "self"


def test_list_filters(rig: Rig) -> None:
    found = Image.list(owner="amazon", name="al2023-ami-2023.*", arch="arm64").to_list()
    assert found
    assert {image.architecture for image in found} == {"arm64"}
    assert all(str(image.name).startswith("al2023-ami-2023.") for image in found)
    assert Image.find(owner=["self"], name=rig.name("none")) is None


def test_no_owner_matches_nothing(faults: FaultServer) -> None:
    assert Image.list(owner=[], cloud=faults.cloud()).to_list() == []
    assert faults.requests == []


# -- copies, sharing, the end --------------------------------------------------------------------------------

GONE = Reply.ec2_error("InvalidAMIID.NotFound", "does not exist")


def shown(state: str, *, reason: str = "", disks: tuple[str, ...] = ()) -> Reply:
    said = f"<stateReason><code>x</code><message>{reason}</message></stateReason>" if reason else ""
    mapped = "".join(
        f"<item><deviceName>/dev/xvda</deviceName><ebs><snapshotId>{each}</snapshotId><volumeSize>8</volumeSize>"
        "<volumeType>gp3</volumeType><encrypted>true</encrypted><deleteOnTermination>true</deleteOnTermination>"
        "</ebs></item>"
        for each in disks
    )
    return answer(
        "DescribeImages",
        f"<imagesSet><item><imageId>{AMI}</imageId><name>golden</name><imageState>{state}</imageState>{said}"
        f"<blockDeviceMapping>{mapped}</blockDeviceMapping></item></imagesSet>",
    )


def deregistered(**results: str) -> Reply:
    rows = "".join(
        f"<item><snapshotId>{name.replace('_', '-')}</snapshotId><returnCode>{code}</returnCode></item>"
        for name, code in results.items()
    )
    return answer(
        "DeregisterImage", f"<return>true</return><deleteSnapshotResultSet>{rows}</deleteSnapshotResultSet>"
    )


def test_a_new_image_is_waited_for(faults: FaultServer) -> None:
    copied = answer("CopyImage", f"<imageId>{AMI}</imageId>")
    faults.replies(copied, GONE, GONE, shown("pending"), shown("available"))
    copy = Image("ami-1", cloud=faults.cloud()).copy_to("eu-west-1", name="golden")
    assert copy.wait().state is ImageState.AVAILABLE
    assert copy.cloud.region == "eu-west-1"
    faults.replies(shown("pending"), shown("failed", reason="Copy operation failed"))
    with pytest.raises(WaitFailed, match="cannot become available: Copy operation failed"):
        copy.wait("available")


def test_copy(rig: Rig) -> None:
    image = Image.latest("al2023")
    name = rig.name("golden")
    copy = image.copy_to("eu-west-1", name=name, tags={"team": "web"}).wait()
    assert copy.name == name
    assert [each.snapshot_id is not None for each in copy.block_devices] == [True]
    assert image.copy_to("us-east-1").name == image.name
    copy.deregister(snapshots=True)
    copy.deregister(snapshots=True)
    assert not copy.exists()


def test_what_is_sent_for_a_copy(faults: FaultServer) -> None:
    faults.otherwise(answer("CopyImage", f"<imageId>{AMI}</imageId>"))
    image = Image("ami-1", cloud=faults.cloud())
    image.copy_to("eu-west-1", name="golden", encrypted=True, kms_key="alias/eu")
    image.copy_to("eu-west-1", name="golden", tags={"team": "web"}, description="d")
    first, second = (request.form for request in faults.requests)
    assert (first["SourceRegion"], first["Encrypted"], first["KmsKeyId"]) == ("us-east-1", "true", "alias/eu")
    assert first["CopyImageTags"] == "true"
    assert "CopyImageTags" not in second
    assert [second[f"TagSpecification.{n}.ResourceType"] for n in (1, 2)] == ["image", "snapshot"]
    assert first["ClientToken"] != second["ClientToken"]
    wrong: list[dict[str, Any]] = [
        {"name": "go"},
        {"name": "g" * 129},
        {"name": "golden", "kms_key": "alias/eu"},
    ]
    for options in wrong:
        with pytest.raises(InvalidRequest):
            image.copy_to("eu-west-1", **options)
    assert len(faults.requests) == 2


def test_share(rig: Rig) -> None:
    image = Image.latest("al2023").copy_to("us-east-1", name=rig.name("golden"))
    organization = "arn:aws:organizations::123456789012:organization/o-abcdefghij"
    image.share(["111122223333"], organizations=organization)
    image.share(public=True)
    assert set(image.shared_with) == {"111122223333", organization, "all"}
    image.unshare("111122223333", organizations=[organization], public=True)
    assert image.shared_with == ()


def test_whom_it_is_shared_with(faults: FaultServer) -> None:
    faults.replies(done("ModifyImageAttribute"))
    unit = "arn:aws:organizations::123456789012:ou/o-abcdefghij/ou-1234"
    Image(AMI, cloud=faults.cloud()).share(organizations=unit)
    assert faults.requests[0].form["LaunchPermission.Add.1.OrganizationalUnitArn"] == unit
    wrong: list[dict[str, Any]] = [{}, {"accounts": "1"}, {"organizations": "o-abcdefghij"}]
    for options in wrong:
        with pytest.raises(InvalidRequest):
            Image(AMI, cloud=faults.cloud()).share(**options)
    assert len(faults.requests) == 1


def test_deprecate(faults: FaultServer) -> None:
    faults.otherwise(done("EnableImageDeprecation"))
    image = Image(AMI, cloud=faults.cloud())
    image.deprecate(datetime(2199, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    image.deprecate(None)
    assert faults.requests[0].form["DeprecateAt"] == "2199-01-01T00:00:00Z"
    assert faults.operations == ["EnableImageDeprecation", "DisableImageDeprecation"]
    for at in (
        datetime(2199, 1, 1, tzinfo=timezone.utc).replace(tzinfo=None),
        datetime(2020, 1, 1, tzinfo=timezone.utc),
    ):
        with pytest.raises(InvalidRequest):
            image.deprecate(at)
    assert len(faults.requests) == 2


def test_the_disks_of_an_image(faults: FaultServer) -> None:
    faults.replies(shown("available", disks=("snap-1",)))
    (disk,) = Image(AMI, cloud=faults.cloud()).block_devices
    assert (disk.device, disk.snapshot_id, disk.size_gib, disk.type) == ("/dev/xvda", "snap-1", 8, "gp3")
    assert disk.encrypted
    assert disk.delete_on_termination


def test_its_snapshots_go_with_it(faults: FaultServer) -> None:
    faults.replies(
        shown("available", disks=("snap-1", "snap-2")), deregistered(snap_1="success", snap_2="skipped")
    )
    Image(AMI, cloud=faults.cloud()).deregister(snapshots=True)
    assert faults.requests[1].form["DeleteAssociatedSnapshots"] == "true"
    assert len(faults.requests) == 2


def test_snapshots_that_are_left_are_named(faults: FaultServer) -> None:
    faults.replies(
        shown("available", disks=("snap-1", "snap-2")),
        deregistered(snap_1="success", snap_2="missing-permissions"),
    )
    with pytest.raises(BatchError, match="snap-2 is left") as caught:
        Image(AMI, cloud=faults.cloud()).deregister(snapshots=True)
    ((name, error),) = caught.value.failed
    assert name == "snap-2"
    assert isinstance(error, AccessDenied)
    assert [each.item for each in caught.value.succeeded] == ["snap-1"]


def test_snapshots_of_which_the_server_says_nothing(faults: FaultServer) -> None:
    # An earlier try has taken it back: what was known of its disks then is what there is.
    faults.replies(
        shown("available", disks=("snap-1", "snap-2")), GONE, done("DeleteSnapshot"), done("DeleteSnapshot")
    )
    Image(AMI, cloud=faults.cloud()).deregister(snapshots=True)
    assert faults.operations == ["DescribeImages", "DeregisterImage", "DeleteSnapshot", "DeleteSnapshot"]
    faults.replies(
        shown("available", disks=("snap-1", "snap-2", "snap-3", "snap-4")),
        deregistered(),
        done("DeleteSnapshot"),
        Reply.ec2_error("InvalidSnapshot.InUse"),
        Reply.ec2_error("InvalidSnapshot.NotFound"),
        Reply.ec2_error("UnauthorizedOperation", status=403),
    )
    with pytest.raises(BatchError) as caught:
        Image(AMI, cloud=faults.cloud()).deregister(snapshots=True)
    assert [each.item for each in caught.value.failed] == ["snap-4"]


def test_one_that_is_protected_stays(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("OperationNotPermitted", "deregistration protection is enabled"))
    with pytest.raises(Conflict):
        Image(AMI, cloud=faults.cloud()).deregister()
    assert "DeleteAssociatedSnapshots" not in faults.requests[0].form


def test_pickle(faults: FaultServer) -> None:
    image = Image(AMI, cloud=faults.cloud())
    assert pickle.loads(pickle.dumps(image)) == image


def test_one_that_is_protected_says_how_that_is_lifted(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("OperationNotPermitted", "deregistration protection is enabled"))
    with pytest.raises(Conflict) as caught:
        Image("ami-1", cloud=faults.cloud()).deregister()
    assert "disable_image_deregistration_protection" in str(caught.value.hint)
