from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit.ec2 import (
    AttachmentState,
    Instance,
    ModificationState,
    Volume,
    VolumeNotFound,
    VolumeState,
    VolumeType,
)
from cloudkit.ec2._limits import COPY_SECONDS, VOLUME_IOPS, VOLUME_IOPS_PER_GIB, VOLUME_SIZES_GIB
from cloudkit.ec2._volumes.settings import checked_settings, checked_type
from cloudkit.errors import (
    AccessDenied,
    Conflict,
    InvalidRequest,
    LimitExceeded,
    ServiceError,
    Throttled,
    WaitFailed,
    WaitTimeout,
)
from tests.conftest import Rig
from tests.ec2.answers import answer, described as instances
from tests.faults import FaultServer, Reply, Request

VOLUME = "vol-0123456789abcdef0"
BOX = "i-0123456789abcdef0"
GONE = Reply.ec2_error("InvalidVolume.NotFound", "does not exist")


def attachment(state: str = "attached", *, box: str = BOX, device: str = "/dev/sdf") -> str:
    return (
        f"<item><volumeId>{VOLUME}</volumeId><instanceId>{box}</instanceId><device>{device}</device>"
        f"<status>{state}</status><deleteOnTermination>false</deleteOnTermination></item>"
    )


def described(state: str = "available", *attachments: str, type: str = "gp3") -> Reply:
    return answer(
        "DescribeVolumes",
        f"<volumeSet><item><volumeId>{VOLUME}</volumeId><status>{state}</status><size>10</size>"
        f"<volumeType>{type}</volumeType><availabilityZone>us-east-1a</availabilityZone>"
        f"<attachmentSet>{''.join(attachments)}</attachmentSet></item></volumeSet>",
    )


def created(request: Request) -> Reply:
    return answer("CreateVolume", f"<volumeId>{VOLUME}</volumeId><status>creating</status>")


def attaching(device: str = "/dev/sdf") -> Reply:
    return answer(
        "AttachVolume",
        f"<volumeId>{VOLUME}</volumeId><instanceId>{BOX}</instanceId><device>{device}</device>"
        "<status>attaching</status>",
    )


def box_with(*devices: str, platform: str = "") -> Reply:
    mapped = "".join(
        f"<item><deviceName>{each}</deviceName><ebs><volumeId>vol-1</volumeId></ebs></item>"
        for each in devices
    )
    os = f"<platform>{platform}</platform>" if platform else ""
    return instances(
        f"<item><instanceId>{BOX}</instanceId>{os}<blockDeviceMapping>{mapped}</blockDeviceMapping></item>"
    )


DETACHING = answer("DetachVolume", f"<volumeId>{VOLUME}</volumeId><status>detaching</status>")
DELETED = answer("DeleteVolume", "<return>true</return>")


# -- making --------------------------------------------------------------------------------------------------


def test_create_get_list_find(rig: Rig) -> None:
    name = rig.name("data")
    volume = Volume.create(10, "us-east-1a", name=name, tags={"team": "web"}, iops=4000, throughput_mib=250)
    assert volume.wait("available").state is VolumeState.AVAILABLE
    found = Volume.get(volume.id)
    assert (found.size_gib, found.type, found.iops, found.throughput_mib) == (10, "gp3", 4000, 250)
    assert (found.zone, found.encrypted, found.snapshot_id, found.name) == ("us-east-1a", True, None, name)
    assert dict(found.tags) == {"Name": name, "team": "web"}
    assert found.kms_key is not None
    assert found.created.tzinfo is not None
    assert found.attachments == ()
    assert repr(found) == f"<Volume {volume.id} available gp3>"
    assert list(Volume.list(name=name, state="available", zone="us-east-1a", type="gp3")) == [volume]
    assert Volume.find(name=name) == volume
    assert Volume.find(name=rig.name("none")) is None
    volume.delete()
    volume.delete()
    assert not volume.exists()
    assert volume.wait("deleted") == volume


def test_what_is_sent_for_one(faults: FaultServer) -> None:
    faults.otherwise(created)
    cloud = faults.cloud()
    Volume.create(10, "us-east-1a", kms_key="alias/data", cloud=cloud)
    Volume.create(None, "us-east-1a", snapshot="snap-1", encrypted=False, type="io2", iops=500, cloud=cloud)
    first, second = (request.form for request in faults.requests)
    assert first["Encrypted"] == "true"
    assert first["KmsKeyId"] == "alias/data"
    assert first["VolumeType"] == "gp3"
    assert first["ClientToken"] != second["ClientToken"]
    assert second["SnapshotId"] == "snap-1"
    assert "Encrypted" not in second
    assert "Size" not in second


def test_a_repeated_request_carries_the_same_token(faults: FaultServer) -> None:
    faults.replies(Reply(reset=True), created)
    Volume.create(10, "us-east-1a", cloud=faults.cloud(attempts=3, pauses=False))
    assert len({request.form["ClientToken"] for request in faults.requests}) == 1
    assert len(faults.requests) == 2


@pytest.mark.parametrize(
    ("size", "options", "match"),
    [
        (0, {}, "1 to 65536 GiB of type gp3"),
        (70_000, {}, "65536"),
        (100, {"type": "st1"}, "125 to 16384"),
        (None, {}, "needs a size"),
        (10, {"type": "gp9"}, "'gp3', 'gp2'"),
        (10, {"type": "io1"}, "needs iops"),
        (10, {"iops": 100}, "3000 to 80000"),
        (10, {"iops": 5001}, "5000 here"),
        (10, {"type": "gp2", "iops": 3000}, "no choice"),
        (10, {"type": "io2", "iops": 500, "throughput_mib": 200}, "no choice"),
        (10, {"throughput_mib": 100}, "125 to 2000"),
        (10, {"encrypted": False, "kms_key": "alias/data"}, "nothing for a key"),
    ],
)
def test_what_no_volume_can_be_is_refused_before_any_call(
    faults: FaultServer, size: int | None, options: dict[str, Any], match: str
) -> None:
    with pytest.raises(InvalidRequest, match=match):
        Volume.create(size, "us-east-1a", cloud=faults.cloud(), **options)
    assert faults.requests == []


def test_the_documented_types_are_those_there_are() -> None:
    assert {str(each) for each in VolumeType} == set(VOLUME_SIZES_GIB)


@given(st.sampled_from(sorted(VOLUME_IOPS)), st.integers(1, 70_000), st.integers(1, 300_000))
def test_what_is_let_through_is_within_all_limits(name: str, size: int, iops: int) -> None:
    kind = checked_type(name)
    try:
        checked_settings(kind, size_gib=size, iops=iops, throughput_mib=None, new=True)
        right = True
    except InvalidRequest:
        right = False
    (least, most), (low, high) = VOLUME_IOPS[name], VOLUME_SIZES_GIB[name]
    within = low <= size <= high and least <= iops <= most
    assert right == (within and iops <= max(least, VOLUME_IOPS_PER_GIB[name] * size))


def test_the_hint_of_too_many_iops_is_enough() -> None:
    with pytest.raises(InvalidRequest) as caught:
        Volume.create(10, "us-east-1a", iops=5001)
    assert caught.value.hint == "size_gib=11 is enough"
    checked_settings(VolumeType.GP3, size_gib=11, iops=5001, throughput_mib=None, new=True)


@pytest.mark.parametrize(
    ("code", "error", "status"),
    [
        ("VolumeLimitExceeded", LimitExceeded, 400),
        ("VolumeIOPSLimit", LimitExceeded, 400),
        ("InsufficientVolumeCapacity", ServiceError, 500),
        ("RequestLimitExceeded", Throttled, 503),
    ],
)
def test_what_aws_refuses(faults: FaultServer, code: str, error: type[Exception], status: int) -> None:
    faults.otherwise(Reply.ec2_error(code, status=status))
    with pytest.raises(error):
        Volume.create(10, "us-east-1a", cloud=faults.cloud())


# -- waiting -------------------------------------------------------------------------------------------------


def test_a_new_volume_is_waited_for_through_not_found_and_creating(faults: FaultServer) -> None:
    faults.replies(created, GONE, GONE, described("creating"), described())
    volume = Volume.create(10, "us-east-1a", cloud=faults.cloud())
    assert volume.wait("available").state == "available"
    assert faults.operations == ["CreateVolume"] + ["DescribeVolumes"] * 4


def test_one_that_cannot_be_made_fails_at_once(faults: FaultServer) -> None:
    faults.replies(described("creating"), described("error"))
    with pytest.raises(WaitFailed, match="is error, and cannot become available"):
        Volume(VOLUME, cloud=faults.cloud()).wait("available")


def test_deleted_is_what_aws_forgets(faults: FaultServer) -> None:
    faults.replies(described("deleting"), GONE)
    assert Volume(VOLUME, cloud=faults.cloud()).wait("deleted").id == VOLUME
    faults.replies(GONE)
    with pytest.raises(VolumeNotFound):
        Volume(VOLUME, cloud=faults.cloud()).wait("available")


def test_a_wait_for_nothing_that_is_says_what_there_is(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="'in-use'"):
        Volume(VOLUME, cloud=faults.cloud()).wait("attached")
    faults.otherwise(described("creating"))
    with pytest.raises(WaitTimeout) as caught:
        Volume(VOLUME, cloud=faults.cloud()).wait("available", timeout=30)
    assert caught.value.pending == (f"{VOLUME} is creating",)


# -- attaching -----------------------------------------------------------------------------------------------


def test_attach_and_detach(rig: Rig) -> None:
    box = Instance.launch("al2023")
    first, second = (Volume.create(1, box.zone) for _ in range(2))
    assert first.attach(box).device == "/dev/sdf"
    assert second.attach(box.id).device == "/dev/sdg"
    (there,) = first.attachments
    assert (there.instance_id, there.state) == (box.id, AttachmentState.ATTACHED)
    assert there.attached is not None
    assert set(Volume.list(instance=box)) >= {first, second}
    with pytest.raises(Conflict) as caught:
        first.delete()
    assert f"{box.id} as /dev/sdf" in str(caught.value)
    first.detach(box)
    first.detach()
    assert first.wait("available").attachments == ()
    first.delete()
    second.detach(timeout=None)
    second.delete()


def test_a_free_name_is_found_by_the_platform(faults: FaultServer) -> None:
    cloud = faults.cloud()
    faults.replies(box_with("/dev/xvda", "/dev/sdf", "/dev/xvdg1", "xvdh"), attaching("/dev/sdi"))
    assert Volume(VOLUME, cloud=cloud).attach(BOX, timeout=None).device == "/dev/sdi"
    assert faults.requests[-1].form["Device"] == "/dev/sdi"
    faults.replies(box_with("/dev/sda1", "xvdf", platform="windows"), attaching("xvdg"))
    Volume(VOLUME, cloud=cloud).attach(BOX, timeout=None)
    assert faults.requests[-1].form["Device"] == "xvdg"


def test_a_name_that_is_taken_in_between_gives_the_next(faults: FaultServer) -> None:
    taken = Reply.ec2_error("InvalidParameterValue", "Attachment point /dev/sdf is already in use")
    faults.replies(
        box_with(), taken, attaching("/dev/sdg"), described("in-use", attachment(device="/dev/sdg"))
    )
    assert Volume(VOLUME, cloud=faults.cloud()).attach(BOX).device == "/dev/sdg"
    faults.replies(taken)
    with pytest.raises(InvalidRequest, match="already in use"):
        Volume(VOLUME, cloud=faults.cloud()).attach(BOX, "/dev/sdf")


def test_names_beyond_those_that_are_recommended(faults: FaultServer) -> None:
    cloud = faults.cloud()
    first = [f"/dev/sd{letter}" for letter in "fghijklmnop"]
    faults.replies(box_with(*first), attaching("/dev/sdq"))
    Volume(VOLUME, cloud=cloud).attach(BOX, timeout=None)
    assert faults.requests[-1].form["Device"] == "/dev/sdq"
    # Names of two letters are there with "xvd" alone.
    letters = "fghijklmnopqrstuvwxyz"
    faults.replies(box_with(*(f"/dev/sd{each}" for each in letters), "/dev/xvdba"), attaching("/dev/xvdbb"))
    Volume(VOLUME, cloud=cloud).attach(BOX, timeout=None)
    assert faults.requests[-1].form["Device"] == "/dev/xvdbb"
    faults.replies(box_with(*(f"xvd{each}" for each in letters), platform="windows"), attaching("xvdba"))
    Volume(VOLUME, cloud=cloud).attach(BOX, timeout=None)
    assert faults.requests[-1].form["Device"] == "xvdba"


def test_no_name_is_free(faults: FaultServer) -> None:
    faults.replies(
        box_with(
            *(f"/dev/sd{letter}" for letter in "fghijklmnopqrstuvwxyz"),
            *(f"/dev/xvdb{letter}" for letter in "abcdefghijklmnopqrstuvwx"),
        )
    )
    with pytest.raises(Conflict) as caught:
        Volume(VOLUME, cloud=faults.cloud()).attach(BOX)
    assert "device=" in str(caught.value.hint)


def test_attaching_is_waited_for(faults: FaultServer) -> None:
    faults.replies(
        attaching(),
        described("available"),  # not shown yet
        described("in-use", attachment("attaching")),
        described("in-use", attachment()),
    )
    assert Volume(VOLUME, cloud=faults.cloud()).attach(BOX, "/dev/sdf").state == "attached"
    faults.replies(attaching())
    faults.otherwise(described("in-use", attachment("attaching")))
    with pytest.raises(WaitTimeout, match="it is attaching"):
        Volume(VOLUME, cloud=faults.cloud()).attach(BOX, "/dev/sdf", timeout=20)


def test_attached_there_already_is_fine(faults: FaultServer) -> None:
    in_use = Reply.ec2_error("VolumeInUse", "is already attached to an instance")
    faults.replies(in_use, described("in-use", attachment()), described("in-use", attachment()))
    assert Volume(VOLUME, cloud=faults.cloud()).attach(BOX, "/dev/sdf").device == "/dev/sdf"
    for found in (attachment(box="i-2"), attachment(device="/dev/sdz")):
        faults.replies(in_use, described("in-use", found))
        with pytest.raises(Conflict) as caught:
            Volume(VOLUME, cloud=faults.cloud()).attach(BOX, "/dev/sdf")
        assert "detach()" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("code", "hint"), [("IncorrectState", "wait('running')"), ("InvalidVolume.ZoneMismatch", "snapshot")]
)
def test_what_the_instance_is_in_no_state_for(faults: FaultServer, code: str, hint: str) -> None:
    faults.replies(Reply.ec2_error(code), described())
    with pytest.raises((Conflict, InvalidRequest)) as caught:
        Volume(VOLUME, cloud=faults.cloud()).attach(BOX, "/dev/sdf")
    assert hint in str(caught.value.hint)


# -- detaching -----------------------------------------------------------------------------------------------


def test_detach_waits_until_it_is_off(faults: FaultServer) -> None:
    on, off = described("in-use", attachment("detaching")), described()
    faults.replies(described("in-use", attachment()), DETACHING, on, on, off)
    Volume(VOLUME, cloud=faults.cloud()).detach(force=True)
    assert faults.operations == ["DescribeVolumes", "DetachVolume"] + ["DescribeVolumes"] * 3
    assert faults.requests[1].form["Force"] == "true"
    assert faults.requests[1].form["InstanceId"] == BOX


def test_what_is_off_is_fine(faults: FaultServer) -> None:
    faults.replies(described())
    Volume(VOLUME, cloud=faults.cloud()).detach()
    faults.replies(
        described("in-use", attachment()),
        Reply.ec2_error("IncorrectState", "is 'available'"),
        described(),
        described(),
    )
    Volume(VOLUME, cloud=faults.cloud()).detach()
    faults.replies(
        described("in-use", attachment()), Reply.ec2_error("InvalidAttachment.NotFound"), described()
    )
    Volume(VOLUME, cloud=faults.cloud()).detach(timeout=None)
    faults.replies(described("in-use", attachment()))
    Volume(VOLUME, cloud=faults.cloud()).detach("i-2")


def test_the_root_volume_of_a_running_instance_stays(faults: FaultServer) -> None:
    on = described("in-use", attachment())
    faults.replies(on, Reply.ec2_error("OperationNotPermitted", "is the root volume"), on)
    with pytest.raises(Conflict, match="root volume"):
        Volume(VOLUME, cloud=faults.cloud()).detach()
    faults.replies(on, GONE)
    with pytest.raises(VolumeNotFound):
        Volume(VOLUME, cloud=faults.cloud()).detach()


def test_a_busy_one_says_that_it_is_mounted(faults: FaultServer) -> None:
    faults.replies(described("in-use", attachment()), DETACHING)
    faults.otherwise(described("in-use", attachment("busy")))
    with pytest.raises(WaitTimeout, match=r"it is busy on i-\w+: unmount it there, or detach\(force=True\)"):
        Volume(VOLUME, cloud=faults.cloud()).detach(timeout=10)


# -- changing ------------------------------------------------------------------------------------------------


def changed(state: str, *, size: int = 20, progress: int = 0, message: str = "") -> Reply:
    said = f"<statusMessage>{message}</statusMessage>" if message else ""
    return answer(
        "DescribeVolumesModifications",
        f"<volumeModificationSet><item><volumeId>{VOLUME}</volumeId><modificationState>{state}"
        f"</modificationState><targetSize>{size}</targetSize><progress>{progress}</progress>"
        f"<startTime>2026-01-01T00:00:00Z</startTime>{said}</item></volumeModificationSet>",
    )


MODIFYING = answer(
    "ModifyVolume",
    "<volumeModification><modificationState>modifying</modificationState></volumeModification>",
)


def test_update(rig: Rig) -> None:
    volume = Volume.create(10, "us-east-1a")
    assert volume.modification is None
    assert volume.update() is volume
    assert volume.update(size_gib=20).wait_modified().size_gib == 20
    last = volume.modification
    assert last is not None
    assert (last.state, last.progress, last.size_gib) == (ModificationState.COMPLETED, 100, 20)
    volume.delete()


def test_a_change_is_waited_for(faults: FaultServer) -> None:
    faults.replies(MODIFYING, changed("modifying", progress=3), changed("optimizing", progress=50))
    volume = Volume(VOLUME, cloud=faults.cloud())
    volume.update(size_gib=20, type="gp3").wait_modified()
    assert faults.operations == ["ModifyVolume"] + ["DescribeVolumesModifications"] * 2
    faults.replies(changed("failed", message="no room"))
    with pytest.raises(WaitFailed, match="has failed: no room") as caught:
        volume.wait_modified()
    assert caught.value.reason == "no room"
    faults.otherwise(changed("modifying", progress=3))
    with pytest.raises(WaitTimeout, match="it is modifying, 3 %"):
        volume.wait_modified(timeout=10)


def test_the_next_change_has_to_wait_until_this_one_is_complete(faults: FaultServer) -> None:
    faults.replies(
        Reply.ec2_error("IncorrectModificationState", "is not modifiable in state OPTIMIZING"),
        changed("optimizing", size=20, progress=40),
    )
    volume = Volume(VOLUME, cloud=faults.cloud())
    with pytest.raises(Conflict) as caught:
        volume.update(type="gp3", size_gib=30)
    assert "complete=True" in str(caught.value.hint)
    faults.replies(changed("optimizing", progress=90), changed("completed", progress=100))
    volume.wait_modified(complete=True)
    assert faults.operations.count("DescribeVolumesModifications") == 3
    faults.otherwise(changed("optimizing", progress=40))
    before = faults.clock.now()
    with pytest.raises(WaitTimeout, match="it is optimizing, 40 %"):
        volume.wait_modified(complete=True)
    assert faults.clock.now() - before >= COPY_SECONDS


def test_a_volume_of_a_type_that_is_newer_than_this(faults: FaultServer) -> None:
    faults.replies(described(type="gp9"), MODIFYING)
    Volume(VOLUME, cloud=faults.cloud()).update(size_gib=100_000, iops=500_000, throughput_mib=9000)
    form = faults.requests[1].form
    assert (form["Size"], form["Iops"], form["Throughput"]) == ("100000", "500000", "9000")


def test_a_volume_that_was_never_changed(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("InvalidVolumeModification.NotFound"), GONE)
    volume = Volume(VOLUME, cloud=faults.cloud())
    assert volume.modification is None
    with pytest.raises(VolumeNotFound):
        _ = volume.modification


@pytest.mark.parametrize("code", ["IncorrectModificationState", "VolumeModificationRateExceeded"])
def test_a_change_that_is_under_way_is_fine_and_another_one_is_not(faults: FaultServer, code: str) -> None:
    cloud = faults.cloud()
    faults.replies(described(), Reply.ec2_error(code), changed("modifying", size=20))
    Volume(VOLUME, cloud=cloud).update(size_gib=20)
    faults.replies(described(), Reply.ec2_error(code), changed("modifying", size=30))
    with pytest.raises(Conflict) as caught:
        Volume(VOLUME, cloud=cloud).update(size_gib=20)
    assert caught.value.hint
    faults.replies(described(), Reply.ec2_error(code), changed("failed", size=20))
    with pytest.raises(Conflict):
        Volume(VOLUME, cloud=cloud).update(size_gib=20)


def test_a_change_is_checked_by_the_type_that_it_has(faults: FaultServer) -> None:
    faults.replies(described(type="gp2"))
    with pytest.raises(InvalidRequest, match="type gp2 has no choice"):
        Volume(VOLUME, cloud=faults.cloud()).update(iops=4000)
    assert faults.operations == ["DescribeVolumes"]


# -- deleting ------------------------------------------------------------------------------------------------


def test_one_that_is_being_detached_is_waited_for(faults: FaultServer) -> None:
    in_use = Reply.ec2_error("VolumeInUse", "is currently attached")
    going = described("in-use", attachment("detaching"))
    faults.replies(in_use, going, going, described(), DELETED)
    Volume(VOLUME, cloud=faults.cloud()).delete()
    assert faults.operations[-2:] == ["DescribeVolumes", "DeleteVolume"]
    faults.replies(in_use)
    faults.otherwise(going)
    with pytest.raises(WaitTimeout, match=f"it is being detached from {BOX}"):
        Volume(VOLUME, cloud=faults.cloud()).delete(timeout=10)


def test_one_that_is_used_says_by_what(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("VolumeInUse"), described("in-use", attachment()))
    with pytest.raises(Conflict, match=f"attached to {BOX} as /dev/sdf"):
        Volume(VOLUME, cloud=faults.cloud()).delete()
    faults.replies(
        Reply.ec2_error("VolumeInUse"), described(), Reply.ec2_error("VolumeInUse", "snapshotting")
    )
    with pytest.raises(Conflict, match="snapshotting"):
        Volume(VOLUME, cloud=faults.cloud()).delete()


def test_what_is_not_there(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(VolumeNotFound) as caught:
        Volume.get(VOLUME)
    assert "Volume.list()" in str(caught.value.hint)
    assert not Volume(VOLUME).exists()
    faults.replies(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        Volume(VOLUME, cloud=faults.cloud()).exists()


def test_pickle(faults: FaultServer) -> None:
    volume = Volume(VOLUME, cloud=faults.cloud())
    assert pickle.loads(pickle.dumps(volume)) == volume
