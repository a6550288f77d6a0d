"""What becomes of S3's methods when requests fail, or answers get lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Literal
from unittest.mock import patch

from cloudkit import Bucket, Object
from cloudkit.s3 import (
    CorsRule,
    Folder,
    LifecycleRule,
    ObjectLock,
    Ownership,
    PublicAccess,
    RestorePlan,
    Retention,
    Upload,
    Website,
)
from cloudkit.s3._files import multipart
from tests.contract.retry_laws import Law, Scene, conditional, reads, repeated, silent, writes

FUTURE = datetime(2100, 1, 1, tzinfo=timezone.utc)
RULE = CorsRule(methods=["GET"], origins=["https://example.com"])
OTHER_RULE = CorsRule(methods=["PUT"], origins=["https://example.com"])
SMALL_PART_BYTES = 1024
TEXT = "Hello\nworld\n"
# A HEAD of an object that is refused with 400 may be one for another region: botocore asks for it.
HEAD = {"refused": 2}

NO_PRESIGNING = silent("asks where the bucket is only on AWS itself, by a HEAD that is repeated as all are")


# -- what the methods work on ------------------------------------------------------------------------------------


def readable(scene: Scene) -> Bucket:
    bucket = scene.bucket()
    for key in ("hello.txt", "cats/tom.jpg", "cats/old/tim.jpg"):
        bucket[key].write_text(TEXT)
    bucket["config.json"].write_json({"n": 1})
    bucket["rows.jsonl"].write_text('{"n": 1}\n{"n": 2}\n')
    begun(bucket)
    return bucket


def shared(scene: Scene) -> Bucket:
    """A bucket that is only read."""
    return scene.once(readable)


def hello(scene: Scene) -> Object:
    return shared(scene)["hello.txt"]


def cats(scene: Scene) -> Folder:
    return shared(scene).folder("cats")


def new_bucket(scene: Scene) -> Bucket:
    return scene.bucket()


def full_bucket(scene: Scene) -> Bucket:
    bucket = scene.bucket()
    for number in range(3):
        bucket[f"a/{number}"].write_text(TEXT)
    begun(bucket)
    return bucket


def full_folder(scene: Scene) -> Folder:
    return full_bucket(scene).folder("a")


def new_key(scene: Scene) -> Object:
    return workshop(scene)[scene.name("key")]


def new_object(scene: Scene) -> Object:
    return new_key(scene).write_text(TEXT)


def document(scene: Scene) -> Object:
    return new_key(scene).write_json({"n": 1})


def workshop(scene: Scene) -> Bucket:
    """A bucket for new objects, whose keys nobody lists."""
    return scene.once(new_bucket)


def two_keys(scene: Scene) -> tuple[Object, Object]:
    return new_object(scene), new_key(scene)


def keeping(scene: Scene) -> Bucket:
    bucket = scene.bucket()
    bucket.versioning = True
    return bucket


def versioned(scene: Scene) -> Bucket:
    """A bucket that keeps versions."""
    return scene.once(keeping)


def versioned_key(scene: Scene) -> Object:
    return versioned(scene)[scene.name("key")]


def two_versions(scene: Scene) -> Object:
    return versioned_key(scene).write_text("one").write_text("two")


def older_version(scene: Scene) -> tuple[Object, Object]:
    thing = two_versions(scene)
    return thing, thing.versions().to_list()[-1]


def deleted(scene: Scene) -> Object:
    thing = versioned_key(scene).write_text("one")
    thing.delete()
    return thing


def new_lockable(scene: Scene) -> Bucket:
    return Bucket.create(scene.name("acme-locked"), object_lock=True, cloud=scene.cloud)


def lockable(scene: Scene) -> Object:
    return scene.once(new_lockable)[scene.name("key")].write_text(TEXT)


def some_history(scene: Scene) -> tuple[Bucket, str, datetime]:
    """A prefix with a key that is deleted now, one that was not there, and one that has changed."""
    bucket, prefix = versioned(scene), scene.name("p/")
    moment = datetime(2020, 1, 1, tzinfo=timezone.utc)
    bucket[f"{prefix}/new"].write_text("new")
    return bucket, prefix, moment


def plan_in(bucket: Bucket, prefix: str, at: datetime) -> RestorePlan:
    return bucket.restore(prefix, at=at, dry_run=True)


def site(scene: Scene) -> str:
    folder = scene.folder()
    (folder / "index.html").write_text("<h1>Hello</h1>")
    (folder / "more.html").write_text("<h1>More</h1>")
    return str(folder)


def bucket_and_site(scene: Scene) -> tuple[Bucket, str]:
    return scene.bucket(), site(scene)


def bucket_and_folder(scene: Scene) -> tuple[Bucket, str]:
    return shared(scene), str(scene.folder())


def begun(bucket: Bucket) -> Upload:
    """A multipart upload that nobody has completed."""
    begun = bucket.cloud.call("s3", "create_multipart_upload", Bucket=bucket.name, Key="film.mp4")
    bucket.cloud.call(
        "s3",
        "upload_part",
        Bucket=bucket.name,
        Key="film.mp4",
        UploadId=begun["UploadId"],
        PartNumber=1,
        Body=bytes(1024),
    )
    return Upload(bucket.name, "film.mp4", begun["UploadId"], cloud=bucket.cloud)


def open_upload(scene: Scene) -> Upload:
    return begun(workshop(scene))


def shared_upload(scene: Scene) -> Upload:
    return scene.once(open_upload)


def with_rules(scene: Scene) -> Bucket:
    bucket = scene.bucket()
    bucket.cors = [RULE]
    bucket.lifecycle.add(id="tmp", prefix="tmp/", expire=7)
    bucket.policy.require_tls()
    bucket.tags["team"] = "web"
    bucket.website = Website(index="index.html")
    return bucket


def shared_rules(scene: Scene) -> Bucket:
    return scene.once(with_rules)


def bucket_and_queue(scene: Scene) -> tuple[Bucket, Any]:
    return scene.bucket(), scene.queue()


def with_notification(scene: Scene) -> tuple[Bucket, Any]:
    bucket, queue = bucket_and_queue(scene)
    bucket.notifications.add(queue, id="n")
    return bucket, queue


# -- what is done, where it takes more than a line ---------------------------------------------------------------


def set_versioning(bucket: Bucket) -> None:
    bucket.versioning = True


def setting(name: str, value: Any) -> Any:
    return lambda thing: setattr(thing, name, value)


def edit(thing: Object) -> None:
    with thing.edit() as found:
        found["n"] += 1


def edited(found: dict[str, int]) -> None:
    found["n"] += 1


def take_lock(bucket: Bucket) -> int:
    lock = bucket.lock("nightly", ttl=600)
    lock.__enter__()
    renewing = lock._renewing
    assert renewing is not None
    renewing.stop()  # what comes behind has its own patience, and tests of its own
    return lock.fence


def in_parts(thing: Object, mode: Literal["wb", "xb"] = "wb") -> None:
    with (
        patch.object(multipart, "PART_BYTES", SMALL_PART_BYTES),
        patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", SMALL_PART_BYTES),
        thing.open(mode) as file,
    ):
        file.write(bytes(SMALL_PART_BYTES))
        file.write(b"end")


def read_open(thing: Object) -> bytes:
    with thing.open("rb") as file:
        return file.read()


def write_open(thing: Object) -> None:
    with thing.open("w") as file:
        file.write(TEXT)


def versions_of(thing: Object) -> int:
    return len(thing.versions().to_list())


def markers_of(thing: Object) -> int:
    return sum(
        bool(each.is_delete_marker) for each in thing.bucket.versions(key=thing.key, delete_markers=True)
    )


def tag(thing: Any) -> None:
    thing.tags["team"] = "web"


def shown_tags(thing: Any) -> dict[str, str]:
    return dict(thing.tags)


LAWS: Mapping[str, Law[Any]] = {
    # Buckets
    "Bucket.create": writes(
        lambda scene: scene.name("acme-new"),
        lambda name: Bucket.create(name, versioning=True, tags={"team": "web"}),
    ),
    "Bucket.ensure": writes(lambda scene: scene.name("acme-new"), lambda name: Bucket.ensure(name)),
    "Bucket.ensure of one that is there": reads(
        shared, lambda bucket: Bucket.ensure(bucket.name, versioning=False)
    ),
    "Bucket.get": reads(shared, lambda bucket: Bucket.get(bucket.name)),
    "Bucket.find": reads(shared, lambda bucket: Bucket.find(bucket.name)),
    "Bucket.list": reads(shared, lambda bucket: Bucket.list(prefix=bucket.name).to_list()),
    "Bucket.refresh": reads(shared, lambda bucket: bucket.refresh()),
    "Bucket.exists": reads(shared, lambda bucket: bucket.exists()),
    "Bucket.objects": reads(shared, lambda bucket: bucket.objects().to_list()),
    "Bucket.glob": reads(shared, lambda bucket: bucket.glob("cats/**/*.jpg").to_list()),
    "Bucket.versions": reads(versioned, lambda bucket: bucket.versions().limit(1).to_list() is not None),
    "Bucket.read_many": reads(
        shared, lambda bucket: sorted(data for _, data in bucket.read_many(["hello.txt"]))
    ),
    "Bucket.write_many": writes(workshop, lambda bucket: bucket.write_many({"one": "1"})),
    "Bucket.delete_objects": writes(full_bucket, lambda bucket: bucket.delete_objects(["a/0", "a/1"])),
    "Bucket.walk": reads(shared, lambda bucket: [str(each) for each in bucket.walk()]),
    "Bucket.usage": reads(shared, lambda bucket: bucket.usage()),
    "Bucket.sync_from": writes(bucket_and_site, lambda given: given[0].sync_from(given[1])),
    "Bucket.sync_to": writes(bucket_and_folder, lambda given: given[0].sync_to(given[1], "cats")),
    "Bucket.copy_tree": writes(
        lambda scene: (shared(scene), scene.bucket()), lambda given: given[0].copy_tree(given[1], "cats")
    ),
    "Bucket.uploads": reads(shared, lambda bucket: bucket.uploads().to_list()),
    "Uploads.abort": writes(full_bucket, lambda bucket: bucket.uploads().abort()),
    "Bucket.restore": writes(some_history, lambda given: given[0].restore(given[1], at=given[2])),
    "Bucket.lock": conditional(new_bucket, take_lock, "If-None-Match"),
    "Bucket.upload_form": NO_PRESIGNING,
    "Bucket.empty": writes(full_bucket, lambda bucket: bucket.empty()),
    "Bucket.delete": writes(new_bucket, lambda bucket: bucket.delete()),
    "Bucket.delete by force": writes(full_bucket, lambda bucket: bucket.delete(force=True)),
    # Settings
    "Bucket.versioning": reads(shared, lambda bucket: bucket.versioning),
    "Bucket.versioning=": writes(new_bucket, setting("versioning", True)),
    "Bucket.tags": reads(shared_rules, shown_tags),
    "Bucket.tags=": writes(new_bucket, tag),
    "Bucket.tags= as a whole": writes(new_bucket, setting("tags", {"team": "web"})),
    "Bucket.lifecycle=": writes(new_bucket, setting("lifecycle", [LifecycleRule(id="tmp", expire=30)])),
    "Bucket.notifications=": writes(
        bucket_and_queue,
        lambda given: setattr(given[0], "notifications", [given[1]]),
        done=lambda given: len(list(given[0].notifications)),
    ),
    "Bucket.policy=": writes(with_rules, setting("policy", None)),
    "Bucket.cors=": writes(new_bucket, setting("cors", [RULE])),
    "Bucket.website": reads(shared_rules, lambda bucket: bucket.website),
    "Bucket.website=": writes(new_bucket, setting("website", Website(index="index.html"))),
    "Bucket.encryption": reads(shared, lambda bucket: bucket.encryption),
    "Bucket.encryption=": writes(new_bucket, setting("encryption", "AES256")),
    "Bucket.public_access=": writes(new_bucket, setting("public_access", PublicAccess())),
    "Bucket.ownership=": writes(new_bucket, setting("ownership", Ownership.BUCKET_OWNER_ENFORCED)),
    "Bucket.logging": reads(shared, lambda bucket: bucket.logging),
    "Bucket.object_lock": reads(shared, lambda bucket: bucket.object_lock),
    "Bucket.object_lock=": writes(new_lockable, setting("object_lock", ObjectLock("GOVERNANCE", days=1))),
    "Bucket.acceleration": reads(shared, lambda bucket: bucket.acceleration),
    "Bucket.acceleration=": writes(new_bucket, setting("acceleration", True)),
    "CorsRules.insert": writes(with_rules, lambda bucket: bucket.cors.insert(0, OTHER_RULE)),
    "CorsRules.append": writes(with_rules, lambda bucket: bucket.cors.append(OTHER_RULE)),
    "CorsRules.extend": writes(with_rules, lambda bucket: bucket.cors.extend([OTHER_RULE])),
    "CorsRules.clear": writes(with_rules, lambda bucket: bucket.cors.clear()),
    "Lifecycle.rules": reads(shared_rules, lambda bucket: bucket.lifecycle.rules),
    "Lifecycle.add": writes(
        with_rules,
        lambda bucket: bucket.lifecycle.add(id="old", prefix="old/", expire=30),
        done=lambda bucket: len(bucket.lifecycle.rules),
    ),
    "Lifecycle.remove": writes(with_rules, lambda bucket: bucket.lifecycle.remove("tmp")),
    "Lifecycle.clear": writes(with_rules, lambda bucket: bucket.lifecycle.clear()),
    "Notifications.add": writes(
        bucket_and_queue,
        lambda given: given[0].notifications.add(given[1], id="n"),
        done=lambda given: len(list(given[0].notifications)),
    ),
    "Notifications.remove": writes(
        with_notification, lambda given: given[0].notifications.remove(given[1], id="n")
    ),
    "Notifications.clear": writes(with_notification, lambda given: given[0].notifications.clear()),
    "BucketPolicy.document": reads(shared_rules, lambda bucket: bucket.policy.document),
    "BucketPolicy.statements": reads(shared_rules, lambda bucket: bucket.policy.statements),
    "BucketPolicy.allow": writes(
        with_rules,
        lambda bucket: bucket.policy.allow("123456789012", "s3:GetObject", sid="friends"),
        done=lambda bucket: len(bucket.policy.statements),
    ),
    "BucketPolicy.deny": writes(
        with_rules,
        lambda bucket: bucket.policy.deny("123456789012", "s3:GetObject", sid="foes"),
        done=lambda bucket: len(bucket.policy.statements),
    ),
    "BucketPolicy.require_tls": writes(new_bucket, lambda bucket: bucket.policy.require_tls()),
    "BucketPolicy.remove": writes(
        with_rules, lambda bucket: bucket.policy.remove(bucket.policy.statements[0].sid or "")
    ),
    # Folders
    "Folder.get": reads(cats, lambda folder: Folder.get(folder.bucket_name, folder.prefix)),
    "Folder.refresh": reads(cats, lambda folder: folder.refresh()),
    "Folder.exists": reads(cats, lambda folder: folder.exists()),
    "Folder.children": reads(cats, lambda folder: folder.children().to_list()),
    "Folder.folders": reads(cats, lambda folder: folder.folders().to_list()),
    "Folder.objects": reads(cats, lambda folder: folder.objects().to_list()),
    "Folder.glob": reads(cats, lambda folder: folder.glob("*.jpg").to_list()),
    "Folder.walk": reads(cats, lambda folder: [str(each) for each in folder.walk()]),
    "Folder.usage": reads(cats, lambda folder: folder.usage()),
    "Folder.uploads": reads(cats, lambda folder: folder.uploads().to_list()),
    "Folder.sync_from": writes(
        lambda scene: (scene.bucket().folder("a"), site(scene)), lambda given: given[0].sync_from(given[1])
    ),
    "Folder.sync_to": writes(
        lambda scene: (cats(scene), str(scene.folder())), lambda given: given[0].sync_to(given[1])
    ),
    "Folder.empty": writes(full_folder, lambda folder: folder.empty()),
    "Folder.delete": writes(full_folder, lambda folder: folder.delete()),
    # Objects: reading
    "Object.get": reads(hello, lambda thing: Object.get(thing.bucket_name, thing.key), **HEAD),
    "Object.find": reads(hello, lambda thing: Object.find(thing.bucket_name, thing.key), **HEAD),
    "Object.refresh": reads(hello, lambda thing: thing.refresh(), **HEAD),
    "Object.exists": reads(hello, lambda thing: thing.exists(), **HEAD),
    "Object.read_bytes": reads(hello, lambda thing: thing.read_bytes()),
    "Object.read_text": reads(hello, lambda thing: thing.read_text()),
    "Object.read_json": reads(lambda scene: shared(scene)["config.json"], lambda thing: thing.read_json()),
    "Object.lines": reads(hello, lambda thing: list(thing.lines())),
    "Object.json_lines": reads(
        lambda scene: shared(scene)["rows.jsonl"], lambda thing: list(thing.json_lines())
    ),
    "Object.open": reads(hello, read_open),
    "Object.download": writes(
        lambda scene: (hello(scene), str(scene.folder() / "f")), lambda given: given[0].download(given[1])
    ),
    "Object.verify": reads(hello, lambda thing: thing.verify(TEXT.encode()), **HEAD),
    "Object.checksum": reads(hello, lambda thing: thing.checksum, **HEAD),
    "Object.versions": reads(hello, lambda thing: thing.versions().to_list()),
    "Object.url": NO_PRESIGNING,
    "Object.upload_url": NO_PRESIGNING,
    # Objects: writing
    "Object.open to write": writes(new_key, write_open),
    "Object.open to write in parts": writes(new_key, in_parts),
    "Object.open to write in parts, if there is none": conditional(
        # moto takes one completion for as good as another; on AWS the second one finds no upload.
        new_key,
        lambda thing: in_parts(thing, "xb"),
        "If-None-Match",
        more={},
    ),
    "Object.write_bytes": writes(new_key, lambda thing: thing.write_bytes(b"Hello")),
    "Object.write_bytes if_absent": conditional(
        new_key, lambda thing: thing.write_bytes(b"Hello", if_absent=True), "If-None-Match"
    ),
    "Object.write_bytes if_match": conditional(
        new_object, lambda thing: thing.write_bytes(b"Hello", if_match=thing.etag), "If-Match", **HEAD
    ),
    "Object.write_bytes with versions": repeated(
        versioned_key, lambda thing: thing.write_bytes(b"Hello"), versions_of, "two versions of the same"
    ),
    "Object.write_text": writes(new_key, lambda thing: thing.write_text(TEXT)),
    "Object.write_json": writes(new_key, lambda thing: thing.write_json({"n": 1})),
    "Object.write_json_lines": writes(new_key, lambda thing: thing.write_json_lines([1, 2])),
    "Object.upload": writes(new_key, lambda thing: thing.upload(TEXT.encode())),
    "Object.upload if_absent": conditional(
        new_key, lambda thing: thing.upload(TEXT.encode(), if_absent=True), "If-None-Match"
    ),
    "Object.copy_to": writes(two_keys, lambda given: given[0].copy_to(given[1])),
    "Object.copy_to if_absent": conditional(
        two_keys,
        lambda given: given[0].copy_to(given[1], if_absent=True),
        "If-None-Match",
        more={"lost answer": 4},  # a HEAD of either, whose answers are lost too
    ),
    "Object.move_to": writes(two_keys, lambda given: given[0].move_to(given[1]), **HEAD),
    "Object.edit": conditional(document, edit, "If-Match"),
    "Object.edit_with": conditional(
        document, lambda thing: thing.edit_with(edited), "If-Match", done=lambda thing: thing.read_json()["n"]
    ),
    "Object.delete": writes(new_object, lambda thing: thing.delete()),
    "Object.delete with versions": repeated(
        two_versions, lambda thing: thing.delete(), markers_of, "two delete markers"
    ),
    "Object.restore": writes(older_version, lambda given: given[0].restore(given[1]), **HEAD),
    "Object.restore if_match": conditional(
        older_version,
        lambda given: given[0].restore(given[1], if_match=given[0].etag),
        "If-Match",
        refused=2,
    ),
    "Object.undelete": writes(deleted, lambda thing: thing.undelete()),
    "Object.tags": reads(hello, shown_tags),
    "Object.tags=": writes(new_object, tag),
    "Object.tags= as a whole": writes(new_object, setting("tags", {"team": "web"})),
    "Object.retain": writes(lockable, lambda thing: thing.retain(FUTURE)),
    "Object.retention": reads(lambda scene: scene.once(lockable), lambda thing: thing.retention, **HEAD),
    "Object.retention=": writes(lockable, setting("retention", Retention(FUTURE))),
    "Object.legal_hold": reads(lambda scene: scene.once(lockable), lambda thing: thing.legal_hold),
    "Object.legal_hold=": writes(lockable, setting("legal_hold", True)),
    # Plans and uploads
    "RestorePlan.run": writes(some_history, lambda given: plan_in(*given).run()),
    "SyncPlan.run": writes(bucket_and_site, lambda given: given[0].sync_from(given[1], dry_run=True).run()),
    "Upload.get": reads(
        shared_upload, lambda upload: Upload.get(upload.bucket_name, upload.key, id=upload.id)
    ),
    "Upload.refresh": reads(shared_upload, lambda upload: upload.refresh()),
    "Upload.exists": reads(shared_upload, lambda upload: upload.exists()),
    "Upload.parts": reads(shared_upload, lambda upload: upload.parts().to_list()),
    "Upload.abort": writes(open_upload, lambda upload: upload.abort()),
}
