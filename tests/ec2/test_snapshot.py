from __future__ import annotations

import pickle

import pytest

from cloudkit.ec2 import Instance, Snapshot, SnapshotNotFound, SnapshotState, Volume
from cloudkit.ec2._tags import TOKEN_TAG
from cloudkit.errors import AccessDenied, Conflict, InvalidRequest, Throttled, WaitFailed
from tests.conftest import Rig
from tests.ec2.answers import answer, done
from tests.faults import FaultServer, Reply

SNAPSHOT = "snap-0123456789abcdef0"
VOLUME = "vol-0123456789abcdef0"
GONE = Reply.ec2_error("InvalidSnapshot.NotFound", "does not exist")


def row(
    id: str = SNAPSHOT, state: str = "completed", *, started: str = "2026-01-01", message: str = ""
) -> str:
    said = f"<statusMessage>{message}</statusMessage>" if message else ""
    return (
        f"<snapshotId>{id}</snapshotId><volumeId>{VOLUME}</volumeId><status>{state}</status>"
        f"<startTime>{started}T00:00:00Z</startTime><progress>40%</progress><volumeSize>10</volumeSize>{said}"
    )


def described(*rows: str) -> Reply:
    items = "".join(f"<item>{each}</item>" for each in rows)
    return answer("DescribeSnapshots", f"<snapshotSet>{items}</snapshotSet>")


def made(id: str = SNAPSHOT) -> Reply:
    return answer("CreateSnapshot", row(id, "pending"))


def test_create_get_list_find(rig: Rig) -> None:
    volume = Volume.create(10, "us-east-1a")
    name = rig.name("nightly")
    first = volume.snapshot(name=name, description="before", wait=True)
    second = Snapshot.create(volume, tags={"team": "web"})
    found = Snapshot.get(first.id)
    assert (found.state, found.progress, found.size_gib) == (SnapshotState.COMPLETED, 100, 10)
    assert (found.volume_id, found.description, found.encrypted) == (volume.id, "before", True)
    assert found.started.tzinfo is not None
    assert found.owner
    assert dict(found.tags) == {"Name": name}
    assert found.name == name
    assert TOKEN_TAG in str(found.raw["Tags"])
    assert dict(second.tags) == {"team": "web"}
    assert list(Snapshot.list(name=name)) == [first]
    assert set(Snapshot.list(volume=volume)) == {first, second}
    assert Snapshot.find(name=name, state="completed") == first
    assert Snapshot.find(name=rig.name("none")) is None
    first.delete()
    first.delete()
    assert not first.exists()
    volume.delete()


def test_the_newest_is_found(faults: FaultServer) -> None:
    faults.replies(
        described(row("snap-1", started="2026-01-02"), row("snap-3", started="2026-03-01")),
        described(row("snap-2", started="2026-02-01")),
    )
    found = Snapshot.find(volume=VOLUME, cloud=faults.cloud())
    assert found is not None
    assert found.id == "snap-3"
    form = faults.requests[0].form
    assert form["Owner.1"] == "self"
    assert form["Filter.1.Name"] == "volume-id"


def test_progress_and_end_states(faults: FaultServer) -> None:
    faults.replies(made(), GONE, described(row(state="pending")), described(row()))
    snapshot = Snapshot.create(VOLUME, cloud=faults.cloud())
    assert snapshot.progress == 40
    assert snapshot.wait().state == "completed"
    faults.replies(described(row(state="pending")), described(row(state="error", message="key is disabled")))
    with pytest.raises(WaitFailed, match="cannot become completed: key is disabled") as caught:
        snapshot.wait("completed")
    assert caught.value.reason == "key is disabled"
    with pytest.raises(InvalidRequest, match="'pending'"):
        snapshot.wait("available")


def test_too_many_of_a_volume_at_once(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("SnapshotCreationPerVolumeRateExceeded"))
    with pytest.raises(Throttled):
        Snapshot.create(VOLUME, cloud=faults.cloud())


def test_one_that_an_image_is_made_of_stays(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("InvalidSnapshot.InUse"))
    with pytest.raises(Conflict) as caught:
        Snapshot(SNAPSHOT, cloud=faults.cloud()).delete()
    assert "deregister" in str(caught.value.hint)


# -- a volume of it for a block ------------------------------------------------------------------------------


def test_a_temporary_volume(rig: Rig) -> None:
    box = Instance.launch("al2023")
    volume = Volume.create(10, box.zone)
    snapshot = volume.snapshot(wait=True)
    with snapshot.temporary_volume(attach=box) as copy:
        assert copy.zone == box.zone
        assert copy.snapshot_id == snapshot.id
        assert [each.instance_id for each in copy.attachments] == [box.id]
    assert not copy.exists()
    with pytest.raises(ZeroDivisionError), snapshot.temporary_volume(zone=box.zone) as other:
        raise ZeroDivisionError
    assert not other.exists()


def test_a_temporary_volume_needs_a_place(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="in a zone"):
        with Snapshot(SNAPSHOT, cloud=faults.cloud()).temporary_volume():
            pytest.fail("there is no volume")
    assert faults.requests == []


def test_a_temporary_volume_that_never_gets_ready_is_deleted(faults: FaultServer) -> None:
    failed = answer(
        "DescribeVolumes",
        f"<volumeSet><item><volumeId>{VOLUME}</volumeId><status>error</status></item></volumeSet>",
    )
    faults.replies(
        answer("CreateVolume", f"<volumeId>{VOLUME}</volumeId>"), failed, failed, done("DeleteVolume")
    )
    with pytest.raises(WaitFailed):
        with Snapshot(SNAPSHOT, cloud=faults.cloud()).temporary_volume(zone="us-east-1a"):
            pytest.fail("it is not ready")
    assert faults.operations[-1] == "DeleteVolume"


# -- copies and sharing --------------------------------------------------------------------------------------


def test_copy(rig: Rig) -> None:
    snapshot = Volume.create(10, "us-east-1a").snapshot(tags={"team": "web"}, description="nightly")
    copy = snapshot.copy_to("eu-west-1").wait()
    assert copy.cloud.region == "eu-west-1"
    assert copy.encrypted
    assert dict(copy.tags) == {"team": "web"}
    assert dict(snapshot.copy_to("eu-west-1", tags={}).tags) == {}


def test_what_is_sent_for_a_copy(faults: FaultServer) -> None:
    faults.replies(described(row()), answer("CopySnapshot", "<snapshotId>snap-2</snapshotId>"))
    copy = Snapshot(SNAPSHOT, cloud=faults.cloud()).copy_to("us-west-2", kms_key="alias/west")
    assert copy.id == "snap-2"
    form = faults.requests[1].form
    assert form["SourceRegion"] == "us-east-1"
    assert form["Encrypted"] == "true"
    assert form["KmsKeyId"] == "alias/west"
    with pytest.raises(InvalidRequest, match="nothing for a key"):
        copy.copy_to("us-west-2", encrypted=False, kms_key="alias/west")


def test_share(rig: Rig) -> None:
    snapshot = Volume.create(10, "us-east-1a").snapshot()
    assert list(snapshot.shared_with) == []
    snapshot.share(["111122223333", "444455556666"])
    snapshot.share(public=True)
    assert set(snapshot.shared_with) == {"111122223333", "444455556666", "all"}
    snapshot.unshare("111122223333", public=True)
    assert list(snapshot.shared_with) == ["444455556666"]


@pytest.mark.parametrize("accounts", [None, [], "1111", "all", ["111122223333", "x"], [111122223333]])
def test_sharing_with_nobody_is_refused(faults: FaultServer, accounts: object) -> None:
    with pytest.raises(InvalidRequest):
        Snapshot(SNAPSHOT, cloud=faults.cloud()).share(accounts)  # type: ignore[arg-type]
    assert faults.requests == []


def test_what_is_not_there(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(SnapshotNotFound):
        Snapshot.get(SNAPSHOT)
    assert not Snapshot(SNAPSHOT).exists()
    faults.replies(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        Snapshot(SNAPSHOT, cloud=faults.cloud()).exists()


def test_pickle(faults: FaultServer) -> None:
    snapshot = Snapshot(SNAPSHOT, cloud=faults.cloud())
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot
