from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from cloudkit import Bucket, Object, Retention
from cloudkit.errors import AccessDenied, InvalidRequest
from cloudkit.s3 import ObjectNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply

LATER = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=2)


@pytest.fixture
def vault(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("vault"), object_lock=True)


def test_a_legal_hold(vault: Bucket) -> None:
    thing = vault["k"].write_text("x")
    version = thing.versions().one()
    assert thing.legal_hold is False
    thing.legal_hold = True
    assert version.legal_hold is True
    with pytest.raises(AccessDenied):
        version.delete()
    version.legal_hold = False
    assert thing.legal_hold is False
    version.delete()


def test_a_retention(vault: Bucket) -> None:
    thing = vault["k"].write_text("x")
    version = thing.versions().one()
    assert thing.retention is None
    thing.retention = Retention(LATER, "GOVERNANCE")
    assert version.retention == Retention(LATER)
    with pytest.raises(AccessDenied):
        version.delete()
    assert thing.retain(LATER + timedelta(days=1), mode="COMPLIANCE") is thing
    assert thing.retention == Retention(LATER + timedelta(days=1), "COMPLIANCE")
    with pytest.raises(ObjectNotFound):
        vault["nothing"].retention  # noqa: B018


def test_of_one_version(vault: Bucket) -> None:
    thing = vault["k"].write_text("one").write_text("two")
    newest, oldest = thing.versions()
    oldest.retain(LATER)
    assert (newest.retention, oldest.retention) == (None, Retention(LATER))
    newest.legal_hold = True
    assert (newest.legal_hold, oldest.legal_hold) == (True, False)


def test_values_that_make_no_sense(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="time zone"):
        thing.retain(datetime(2030, 1, 1))  # noqa: DTZ001
    with pytest.raises(InvalidRequest, match="GOVERNANCE"):
        thing.retain(LATER, mode="SOFT")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="time zone"):
        Bucket("acme", cloud=faults.cloud()).restore(at=datetime(2030, 1, 1))  # noqa: DTZ001
    assert faults.requests == []


def test_what_is_sent(faults: FaultServer) -> None:
    faults.otherwise(Reply(200))
    thing = Object("acme", "k", "v1", expected_bucket_owner="1" * 12, cloud=faults.cloud())
    thing.retain(datetime(2030, 1, 1, tzinfo=timezone.utc), bypass_governance=True)
    thing.retain(None, bypass_governance=True)
    thing.retention = None
    first, second, third = faults.requests
    assert b"<Mode>GOVERNANCE</Mode>" in first.body
    assert b"<RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate>" in first.body
    assert first.headers["x-amz-bypass-governance-retention"] == "true"
    assert first.headers["x-amz-expected-bucket-owner"] == "1" * 12
    assert first.query["versionId"] == ["v1"]
    for request in (second, third):
        assert b"Mode" not in request.body
        assert b"<Retention" in request.body
    assert second.headers["x-amz-bypass-governance-retention"] == "true"
    assert "x-amz-bypass-governance-retention" not in third.headers


def test_a_bucket_without_object_lock(rig: Rig, faults: FaultServer) -> None:
    thing = Bucket.create(rig.name("plain"))["k"].write_text("x")
    assert thing.legal_hold is False
    assert thing.retention is None
    with pytest.raises(InvalidRequest):
        thing.legal_hold = True
    with pytest.raises(InvalidRequest):
        thing.retain(LATER)
    thing = Object("acme", "k", cloud=faults.cloud())
    for code, status in (
        ("InvalidRequest", 400),
        ("NoSuchObjectLockConfiguration", 404),
        ("ObjectLockConfigurationNotFoundError", 404),
    ):
        faults.replies(Reply.s3_error(code, status=status))
        assert thing.legal_hold is False
    for code, status, error in (("AccessDenied", 403, AccessDenied), ("NoSuchKey", 404, ObjectNotFound)):
        faults.replies(Reply.s3_error(code, status=status))
        with pytest.raises(error):
            thing.legal_hold  # noqa: B018
