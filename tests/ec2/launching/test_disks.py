from __future__ import annotations

from typing import Any

import pytest

from cloudkit.ec2 import Disk, Image, Instance, Snapshot, Volume
from cloudkit.errors import InvalidRequest
from tests.conftest import Rig
from tests.ec2.answers import launched
from tests.faults import FaultServer

BOX = "i-0123456789abcdef0"
AMI = "ami-0123456789abcdef0"


def sent(faults: FaultServer, **options: Any) -> dict[str, str]:
    faults.replies(launched(BOX))
    Instance.launch(AMI, cloud=faults.cloud(), **options)
    form = faults.requests[-1].form
    return {name: value for name, value in form.items() if name.startswith("BlockDeviceMapping")}


def test_disks_go_to_free_devices_encrypted_and_with_the_instance(faults: FaultServer) -> None:
    snapshot = Snapshot("snap-1", cloud=faults.cloud())
    form = sent(
        faults,
        volumes=[
            100,
            Disk(10, "io2", iops=1000, keep=True, device="/dev/sdf"),
            Disk(snapshot=snapshot, encrypted=False),
        ],
    )
    assert form == {
        "BlockDeviceMapping.1.DeviceName": "/dev/sdg",
        "BlockDeviceMapping.1.Ebs.VolumeSize": "100",
        "BlockDeviceMapping.1.Ebs.VolumeType": "gp3",
        "BlockDeviceMapping.1.Ebs.Encrypted": "true",
        "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
        "BlockDeviceMapping.2.DeviceName": "/dev/sdf",
        "BlockDeviceMapping.2.Ebs.VolumeSize": "10",
        "BlockDeviceMapping.2.Ebs.VolumeType": "io2",
        "BlockDeviceMapping.2.Ebs.Iops": "1000",
        "BlockDeviceMapping.2.Ebs.Encrypted": "true",
        "BlockDeviceMapping.2.Ebs.DeleteOnTermination": "false",
        "BlockDeviceMapping.3.DeviceName": "/dev/sdh",
        "BlockDeviceMapping.3.Ebs.VolumeType": "gp3",
        "BlockDeviceMapping.3.Ebs.SnapshotId": "snap-1",
        "BlockDeviceMapping.3.Ebs.DeleteOnTermination": "true",
    }


def test_no_disks_no_mapping(faults: FaultServer) -> None:
    assert sent(faults) == {}
    assert sent(faults, volumes=[]) == {}


def test_the_root_disk_is_called_what_the_image_calls_it(rig: Rig) -> None:
    image = Image.latest("al2023")
    box = Instance.launch(image, root=50, volumes=[Disk(20)])
    sizes = {volume.attachments[0].device: volume.size_gib for volume in box.volumes}
    assert sizes == {image.root_device: 50, "/dev/sdf": 20}
    assert all(volume.encrypted for volume in box.volumes)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"volumes": [Disk()]}, "needs a size"),
        ({"volumes": ["100"]}, "no disk"),
        ({"volumes": [True]}, "no disk"),
        ({"volumes": [100_000]}, "size_gib"),
        ({"volumes": [Disk(1, device="/dev/sdf"), Disk(1, device="/dev/sdf")]}, "two disks"),
        ({"volumes": [Disk(1, device="/dev/sdf"), Disk(1, device="xvdf")]}, "two disks"),
        ({"volumes": [1] * 46}, "more than there are"),
        ({"volumes": 100}, "several"),
        ({"root": 0}, "size_gib"),
        ({"root": 8, "template": "lt-1"}, "root= needs the image"),
    ],
)
def test_what_is_no_disk_is_refused(faults: FaultServer, options: dict[str, Any], words: str) -> None:
    image = None if "template" in options else AMI
    with pytest.raises(InvalidRequest, match=words):
        Instance.launch(image, cloud=faults.cloud(), **options)
    assert faults.requests == []


def test_a_volume_that_is_there_is_refused_with_what_to_do(faults: FaultServer) -> None:
    volume: Any = Volume("vol-1", cloud=faults.cloud())
    with pytest.raises(InvalidRequest) as caught:
        Instance.launch(AMI, volumes=[volume], cloud=faults.cloud())
    assert "volume.attach(box)" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("size", "options"),
    [
        (1, {"type": "io9"}),
        (10, {"type": "io2"}),
        (10, {"type": "gp2", "throughput_mib": 200}),
        (10, {"kms_key": "k", "encrypted": False}),
    ],
)
def test_disks_that_there_are_not(size: int, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        Disk(size, **options)


def test_there_are_names_for_45_volumes(faults: FaultServer) -> None:
    form = sent(faults, volumes=[*[1] * 44, Disk(1, device="xvdf")])
    names = [value for name, value in form.items() if name.endswith(".DeviceName")]
    assert names[:2] == ["/dev/sdg", "/dev/sdh"]  # /dev/sdf is xvdf
    assert names[19:22] == ["/dev/sdz", "/dev/xvdba", "/dev/xvdbb"]
    assert len(set(names)) == 45
