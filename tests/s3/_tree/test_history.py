from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket, Cloud, Object, RestoreAction, RestorePlan, RestoreStep
from cloudkit.errors import AccessDenied, BatchError, Conflict, PreconditionFailed
from cloudkit.s3 import BucketNotFound
from cloudkit.s3._tree.history import step_for, versions_of_page
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)


def at(second: int) -> datetime:
    return DAY + timedelta(seconds=second)


# -- what a plan says --------------------------------------------------------------------------------------------


def rows_of(kinds: Sequence[bool], cloud: Cloud) -> list[Object]:
    """Versions (True) and delete markers, one a second, the newest first."""
    made = [
        Object("acme", "k", f"v{second}", cloud=cloud)._learn(
            {"LastModified": at(second), "ETag": f'"{second}"', "Size": 1, "IsDeleteMarker": not kind},
            whole=True,
        )
        for second, kind in enumerate(kinds)
    ]
    return made[::-1]


def content(kinds: Sequence[bool], second: int) -> str | None:
    """What was there at a moment, as the version that held it."""
    if second < 0 or not kinds:
        return None
    last = min(second, len(kinds) - 1)
    return f"v{last}" if kinds[last] else None


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(-1, 8))
def test_a_step_leads_to_what_was_there(kinds: list[bool], second: int) -> None:
    rows = rows_of(kinds, Cloud(region="us-east-1"))
    then, now = content(kinds, second), content(kinds, len(kinds))
    step = step_for(rows, at(second), RestoreStep)
    if step is None:
        # It is what it was: the same version, or nothing at all.
        assert then == now
        return
    assert then != now
    assert step.now == rows[0]
    assert step.object.version_id is None
    if step.action == RestoreAction.DELETE:
        assert (then, step.version) == (None, None)
        return
    assert step.version is not None
    assert step.version.version_id == then
    if step.action == RestoreAction.UNDELETE:
        assert now is None
        assert list(step.markers) == rows[: rows.index(step.version)]
        assert all(marker.is_delete_marker for marker in step.markers)
    else:
        assert step.action == RestoreAction.RESTORE
        assert any(not each.is_delete_marker for each in rows[: rows.index(step.version)])


# -- a server with a history -------------------------------------------------------------------------------------


class History:
    """Keys with versions, by the second; what is asked is written down, and may fail."""

    def __init__(self, **keys: str) -> None:
        # A letter a second: `v` a version, `m` a marker, anything else is nothing.
        self.keys = keys
        self.status = "Enabled"
        self.encryption: dict[str, str] = {}
        self.failing: dict[tuple[str, str], Reply] = {}
        self.done: list[tuple[str, str]] = []

    def __call__(self, request: Request) -> Reply:
        if "versioning" in request.query:
            return Reply.xml(
                f"<VersioningConfiguration><Status>{self.status}</Status></VersioningConfiguration>"
            )
        if "versions" in request.query:
            return self._listed(request.query.get("prefix", [""])[0])
        key = request.path.removeprefix("/acme").lstrip("/")
        if request.method == "POST":
            refused = "".join(
                f"<Error><Key>{name}</Key><VersionId>{version}</VersionId><Code>AccessDenied</Code></Error>"
                for name, version in self._marked(request)
                if ("POST", name) in self.failing
            )
            gone = "".join(
                f"<Deleted><Key>{name}</Key><VersionId>{version}</VersionId></Deleted>"
                for name, version in self._marked(request)
                if ("POST", name) not in self.failing
            )
            self.done.append(
                ("POST", " ".join(f"{name}:{version}" for name, version in self._marked(request)))
            )
            return Reply.xml(f"<DeleteResult>{gone}{refused}</DeleteResult>")
        reply = self.failing.get((request.method, key))
        if reply is not None:
            return reply
        condition = request.headers.get("If-Match") or request.headers.get("If-None-Match")
        source = request.headers.get("x-amz-copy-source", "")
        self.done.append((request.method, f"{key} {source.partition('versionId=')[2]} {condition}"))
        if request.method == "DELETE":
            return Reply(204)
        if request.method == "HEAD":
            self.done.pop()
            headers = {"Content-Length": "1", "ETag": '"old"', "x-amz-storage-class": "STANDARD_IA"}
            return Reply(200, headers={**headers, **self.encryption})
        return Reply.xml("<CopyObjectResult><ETag>&quot;1&quot;</ETag></CopyObjectResult>")

    def _marked(self, request: Request) -> list[tuple[str, str]]:
        return re.findall(r"<Key>(.*?)</Key><VersionId>(.*?)</VersionId>", request.body.decode())

    def _listed(self, prefix: str) -> Reply:
        rows = ""
        for key, seconds in sorted(self.keys.items()):
            if not key.startswith(prefix):
                continue
            there = [(second, kind) for second, kind in enumerate(seconds) if kind in "vm"]
            for second, kind in reversed(there):
                name = {"v": "Version", "m": "DeleteMarker"}[kind]
                more = (
                    f"<ETag>&quot;{key}{second}&quot;</ETag><Size>1</Size><StorageClass>STANDARD_IA</StorageClass>"
                    if kind == "v"
                    else ""
                )
                latest = "true" if (second, kind) == there[-1] else "false"
                rows += (
                    f"<{name}><Key>{key}</Key><VersionId>{kind}{second}</VersionId><IsLatest>{latest}</IsLatest>"
                    f"<LastModified>{at(second):%Y-%m-%dT%H:%M:%S}.000Z</LastModified>{more}</{name}>"
                )
        return Reply.xml(f"<ListVersionsResult>{rows}</ListVersionsResult>")


@pytest.fixture
def history() -> History:
    return History(
        changed="v-v",
        created="--v",
        created_and_gone="--vm",
        deleted="v-m",
        deleted_twice="v-mm",
        gone="vm--",
        made_anew="v-mv",
        same="v---",
    )


def test_a_plan_comes_first(faults: FaultServer, history: History) -> None:
    faults.otherwise(history)
    bucket = Bucket("acme", cloud=faults.cloud())
    plan = bucket.restore(at=at(1), dry_run=True)
    assert isinstance(plan, RestorePlan)
    assert [(str(step), step.action) for step in plan.steps] == [
        ("restore changed v0", "restore"),
        ("delete created", "delete"),
        ("undelete deleted v0", "undelete"),
        ("undelete deleted_twice v0", "undelete"),
        ("restore made_anew v0", "restore"),
    ]
    assert plan.unchanged == 3
    assert (plan.bucket, plan.prefix, plan.at) == (bucket, "", at(1))
    assert [request.method for request in faults.requests] == ["GET", "GET"]
    assert "steps" not in repr(plan)
    assert bucket.restore("ch", at=at(1), dry_run=True).steps == plan.steps[:1]
    assert bucket.restore(at=at(9), dry_run=True).steps == ()


def test_a_plan_is_carried_out(faults: FaultServer, history: History) -> None:
    faults.otherwise(history)
    bucket = Bucket("acme", cloud=faults.cloud())
    plan = bucket.restore(at=at(1))
    assert sorted(history.done) == [
        ("DELETE", 'created  "created2"'),
        ("POST", "deleted:m2 deleted_twice:m3 deleted_twice:m2"),
        ("PUT", 'changed v0 "changed2"'),
        ("PUT", 'made_anew v0 "made_anew3"'),
    ]
    copies = [request for request in faults.requests if request.method == "PUT"]
    assert {request.headers["x-amz-storage-class"] for request in copies} == {"STANDARD_IA"}
    assert bucket.restore(at=at(1), dry_run=True) == plan
    assert plan.run() == plan.steps


def test_what_a_kms_key_encrypts_stays_so(faults: FaultServer, history: History) -> None:
    history.encryption = {
        "x-amz-server-side-encryption": "aws:kms:dsse",
        "x-amz-server-side-encryption-aws-kms-key-id": "arn:key",
    }
    faults.otherwise(history)
    Bucket("acme", cloud=faults.cloud()).restore(at=at(1))
    copies = [request for request in faults.requests if request.method == "PUT"]
    assert len(copies) == 2
    for request in copies:
        assert {name: request.headers[name] for name in history.encryption} == history.encryption


def version(number: int, second: int, *, latest: bool = False) -> str:
    return (
        f"<Version><Key>k</Key><VersionId>v{number}</VersionId><IsLatest>{str(latest).lower()}</IsLatest>"
        f"<LastModified>{at(second):%Y-%m-%dT%H:%M:%S}.000Z</LastModified><ETag>&quot;{number}&quot;</ETag>"
        "<Size>1</Size><StorageClass>STANDARD</StorageClass></Version>"
    )


def marker(number: int, second: int, *, latest: bool = False) -> str:
    return (
        f"<DeleteMarker><Key>k</Key><VersionId>m{number}</VersionId><IsLatest>{str(latest).lower()}</IsLatest>"
        f"<LastModified>{at(second):%Y-%m-%dT%H:%M:%S}.000Z</LastModified></DeleteMarker>"
    )


@pytest.mark.parametrize(
    ("listed", "second", "wanted"),
    [
        # Made and deleted in second 1, made again in second 5: at second 1 there was nothing.
        ((version(2, 5, latest=True), marker(1, 1), version(1, 1)), 1, "delete k"),
        # Deleted and made again in one second.
        ((version(3, 5, latest=True), version(2, 1), marker(1, 1), version(1, 0)), 1, "restore k v2"),
        # In parts, begun in second 1, done after v2 of second 3: at second 2 there was nothing, at 3 one of them.
        ((version(4, 9, latest=True), version(3, 1), marker(2, 3), version(1, 0)), 2, "restore k v1"),
        ((version(4, 9, latest=True), version(3, 1), marker(2, 3), version(1, 0)), 3, "restore k v3"),
    ],
)
def test_what_was_there_is_told_by_the_order(
    faults: FaultServer, listed: Sequence[str], second: int, wanted: str
) -> None:
    faults.otherwise(
        lambda request: Reply.xml(
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            if "versioning" in request.query
            else f"<ListVersionsResult>{''.join(listed)}</ListVersionsResult>"
        )
    )
    plan = Bucket("acme", cloud=faults.cloud()).restore(at=at(second), dry_run=True)
    assert [str(step) for step in plan.steps] == [wanted]


def row(key: str, kind: str, second: int, *, latest: bool = False) -> dict[str, object]:
    return {"Key": key, "VersionId": kind, "LastModified": at(second), "IsLatest": latest}


def test_an_order_that_cannot_be_is_not_believed() -> None:
    """Not every server mixes versions and markers; without a word there are the times alone."""
    several = {
        "Versions": [row("a", "v1", 1), row("b", "v2", 1, latest=True)],
        "DeleteMarkers": [row("a", "m1", 2, latest=True)],
    }
    between = {
        "Versions": [row("k", "v2", 5, latest=True), row("k", "v1", 1)],
        "DeleteMarkers": [row("k", "m1", 3)],
    }
    for page, order, wanted in (
        (several, "VVD", ["m1", "v1", "v2"]),
        (several, "DVV", ["m1", "v1", "v2"]),
        (several, "DV", ["m1", "v1", "v2"]),
        (several, "", ["m1", "v1", "v2"]),
        (between, "VVD", ["v2", "m1", "v1"]),
        (between, "VDV", ["v2", "m1", "v1"]),
    ):
        rows = versions_of_page({**page, "cloudkit_order": order}, delete_markers=True)
        assert [each["VersionId"] for each in rows] == wanted
    assert versions_of_page({"DeleteMarkers": [row("k", "m", 1)]}, delete_markers=False) == []


def test_a_marker_above_a_newer_version(faults: FaultServer) -> None:
    history = History(k="v-vm")
    faults.otherwise(history)
    Bucket("acme", cloud=faults.cloud()).restore(at=at(1))
    assert history.done == [("PUT", "k v0 *")]


def test_what_fails_is_listed_and_the_rest_is_done(faults: FaultServer, history: History) -> None:
    faults.otherwise(history)
    history.failing = {
        ("PUT", "changed"): Reply.s3_error("PreconditionFailed", status=412),
        ("DELETE", "created"): Reply.s3_error("ConditionalRequestConflict", status=409),
        ("POST", "deleted"): Reply(500),
    }
    with pytest.raises(BatchError) as caught:
        Bucket("acme", cloud=faults.cloud()).restore(at=at(1))
    errors = {item.object.key: type(error) for item, error in caught.value.failed}  # type: ignore[attr-defined]
    assert errors == {"changed": PreconditionFailed, "created": Conflict, "deleted": AccessDenied}
    done = [item.object.key for item, _ in caught.value.succeeded]  # type: ignore[attr-defined]
    assert done == ["deleted_twice", "made_anew"]


def test_markers_that_cannot_be_asked_for(faults: FaultServer, history: History) -> None:
    def answer(request: Request) -> Reply:
        return Reply.s3_error("AccessDenied", status=403) if request.method == "POST" else history(request)

    faults.otherwise(answer)
    with pytest.raises(BatchError) as caught:
        Bucket("acme", cloud=faults.cloud()).restore(at=at(1))
    assert [item.object.key for item, _ in caught.value.failed] == ["deleted", "deleted_twice"]  # type: ignore[attr-defined]
    assert len(caught.value.succeeded) == 3


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_bucket_that_keeps_no_versions_is_left_alone(
    faults: FaultServer, history: History, rig: Rig, dry_run: bool
) -> None:
    """Without versions a delete is final; where they are suspended, a delete takes the version without an id."""
    history.status = "Suspended"
    faults.otherwise(history)
    plain = Bucket.create(rig.name("plain"))
    plain["k"].write_text("x")
    for bucket in (Bucket("acme", cloud=faults.cloud()), plain):
        with pytest.raises(Conflict, match="keeps no versions"):
            bucket.restore(at=at(1), dry_run=dry_run)
    assert history.done == []
    assert plain["k"].read_text() == "x"


def test_what_cannot_be_listed(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(BucketNotFound):
        Bucket(rig.name("nowhere")).restore(at=DAY)
    faults.otherwise(Reply.s3_error("AccessDenied", status=403))
    with pytest.raises(AccessDenied):
        Bucket("acme", cloud=faults.cloud()).restore(at=DAY)


# -- for real ----------------------------------------------------------------------------------------------------


def test_nothing_is_as_it_was_before_there_was_anything(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("history"), versioning=True)
    bucket["a/1"].write_text("x")
    bucket["b/2"].write_text("y")
    plan = bucket.restore("a/", at=DAY)
    assert [str(step) for step in plan.steps] == ["delete a/1"]
    assert [each.key for each in bucket] == ["b/2"]
    assert bucket.restore("a/", at=DAY).unchanged == 1


def test_back_to_a_moment(rig: Rig) -> None:
    """Whole seconds, so that the moment is found between what the server says."""
    bucket = Bucket.create(rig.name("history"), versioning=True)
    thing = bucket["k"].write_text("one", metadata={"by": "me"}, tags={"t": "1"})
    moment = thing.last_modified
    for number in range(20_000):
        if thing.write_text(str(number)).last_modified > moment:
            break
    bucket["new"].write_text("new")
    # The last version of that second is what was there at its end.
    wanted = next(each for each in thing.versions() if each.last_modified <= moment)
    bucket.restore(at=moment)
    assert thing.read_text() == wanted.read_text()
    assert thing.refresh().etag == wanted.etag
    assert [each.key for each in bucket] == ["k"]
    moment = thing.last_modified
    for number in range(20_000):
        if bucket["new"].write_text(str(number)).last_modified > moment:
            break
    thing.delete()
    (step,) = bucket.restore("k", at=moment).steps
    assert step.action == "undelete"
    assert thing.read_text() == wanted.read_text()


def test_a_plan_says_what_it_does(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("plan"), versioning=True)
    bucket["new.txt"].write_text("x")
    moment = datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert str(bucket.restore(at=moment, dry_run=True)).splitlines() == [
        f"s3://{bucket.name}/ as of 2020-01-02 03:04:05 UTC: 1 to delete, 0 as they were",
        "  delete new.txt",
    ]
