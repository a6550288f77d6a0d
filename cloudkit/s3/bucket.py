"""A bucket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.batching import Outcome, each_of, send_all
from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import compact, tag_dict, tag_list, without_metadata
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags, checked_tags
from cloudkit._core.translate import entry_error
from cloudkit.errors import AlreadyExists, CloudError, Conflict, InvalidRequest, NotFound
from cloudkit.s3._limits import (
    DELETE_WORKERS,
    MAX_BUCKET_NAME_CHARACTERS,
    MAX_KEYS_PER_DELETE,
    MAX_KEYS_PER_PAGE,
    MIN_BUCKET_NAME_CHARACTERS,
)
from cloudkit.s3._service import S3
from cloudkit.s3.errors import BucketNotFound
from cloudkit.s3.object import Object
from cloudkit.types import Answer, TagMap

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*[a-z0-9]")
# The one region that S3 must not be told: it refuses its name as a LocationConstraint.
_UNNAMED_REGION = "us-east-1"


@define(eq=False, repr=False)
class Bucket(Resource):
    """A bucket, by its name. Making one calls nothing.

    It acts as a mapping of keys to objects: `bucket["a/b"]`, `"a/b" in bucket`, `del bucket["a/b"]`, and iterating
    gives its objects.

    Args:
        name: The name.
        expected_bucket_owner: The number of the account that it must be of: S3 refuses calls if it is not. Its
            objects inherit it.
        cloud: Where it lives. Default: the current Cloud.

    Example:
        >>> Bucket("acme-photos")["cat.jpg"]
        <Object s3://acme-photos/cat.jpg>

    AWS: none
    """

    _service = S3
    _boto3_name: ClassVar[str | None] = "Bucket"

    name: str = field()
    expected_bucket_owner: str | None = field(kw_only=True, default=None)

    region: ClassVar[Attribute[str]] = attribute("BucketRegion", str)
    created: ClassVar[Attribute[datetime | None]] = attribute("CreationDate", datetime, optional=True)

    @property
    def arn(self) -> str:
        """The Amazon Resource Name."""
        return f"arn:{self.cloud.partition}:s3:::{self.name}"

    @override
    def _call(self, operation: str, /, *, aws: Mapping[str, Any] | None = None, **params: Any) -> Answer:
        return super()._call(operation, aws=aws, **self._named(), **params)

    def _named(self) -> dict[str, Any]:
        """What S3's operations name the bucket by."""
        return compact({"Bucket": self.name, "ExpectedBucketOwner": self.expected_bucket_owner})

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        versioning: bool = False,
        tags: TagMap | None = None,
        aws: dict[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Make a bucket in the Cloud's region. One request; one more each for versioning, tags, and in us-east-1.

        Args:
            name: 3 to 63 lower-case letters, digits, dots and hyphens; shared by all accounts.
            versioning: Whether it keeps old versions.
            tags: Its tags.
            aws: More parameters of CreateBucket, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The bucket.

        Raises:
            AlreadyExists: The name is taken, by you or by anybody.
            InvalidRequest: S3 takes no such name.

        Example:
            >>> Bucket.create("acme-reports", versioning=True)
            <Bucket acme-reports>

        AWS: s3:CreateBucket, s3:HeadBucket, s3:PutBucketVersioning, s3:PutBucketTagging
        """
        cloud = cloud_or_current(cloud)
        bucket = cls(_checked_name(name), cloud=cloud)
        given = checked_tags(tags or {})
        place: dict[str, Any] = {}
        if cloud.region not in (None, _UNNAMED_REGION):
            place["CreateBucketConfiguration"] = {"LocationConstraint": cloud.region}
        elif bucket._is_mine():
            # Only there S3 answers success for a bucket that one has already.
            raise AlreadyExists(
                "the bucket is already yours",
                service="s3",
                operation="CreateBucket",
                resource=name,
                hint="Bucket.ensure(...) takes it as it is",
            )
        cloud.invoke(S3, "create_bucket", {"Bucket": name, **place}, aws=aws, about=bucket)
        cloud.remember(name, BucketNotFound)
        if versioning:
            bucket.versioning = True
        if given:
            bucket._write_tags(given)
        return bucket

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        versioning: bool | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
    ) -> Self:
        """Take the bucket, or make it if it is not there; safe to repeat. One request or more.

        Args:
            name: As in `create`.
            versioning: Whether it keeps old versions. Default: as it is.
            update: Whether to change what differs.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The bucket.

        Raises:
            Conflict: It is there with another setting, and `update` is not given.
            AlreadyExists: The name is another account's.

        Example:
            >>> Bucket.ensure("acme-reports")
            <Bucket acme-reports>

        AWS: s3:HeadBucket, s3:CreateBucket, s3:GetBucketVersioning, s3:PutBucketVersioning
        """
        bucket = cls(_checked_name(name), cloud=cloud)
        if not bucket._is_mine():
            try:
                return cls.create(name, versioning=bool(versioning), cloud=bucket.cloud)
            except AlreadyExists as error:
                # Made by another process in between; somebody else's stays an error.
                if error.code == "BucketAlreadyExists":
                    raise
        if versioning is not None and bucket.versioning != versioning:
            if not update:
                raise Conflict(
                    f"versioning is {bucket.versioning}, not {versioning}",
                    service="s3",
                    resource=name,
                    hint="update=True changes it",
                )
            bucket.versioning = versioning
        return bucket

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a bucket by name. One request.

        Args:
            name: The name.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The bucket, loaded.

        Raises:
            BucketNotFound: There is none.
            AccessDenied: It is not yours to see.

        Example:
            >>> Bucket.get("acme-photos").region
            'us-east-1'

        AWS: s3:HeadBucket
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(cls, *, prefix: str = "", cloud: Cloud | None = None) -> Listing[Self]:
        """The buckets of the account. One request a page.

        Args:
            prefix: What their names start with.
            cloud: Whose buckets. Default: the current Cloud's.

        Returns:
            The buckets.

        Raises:
            AccessDenied: These credentials may not ask.

        Example:
            >>> [bucket.name for bucket in Bucket.list(prefix="acme-")]
            ['acme-photos']

        AWS: s3:ListBuckets
        """
        cloud = cloud_or_current(cloud)
        return paged(
            cloud,
            S3,
            "list_buckets",
            "Buckets",
            lambda row: cls(row["Name"], cloud=cloud)._learn(row, whole=False),
            of="Bucket",
            keep=lambda bucket: bucket.name.startswith(prefix),
        )

    @override
    def _load(self) -> Answer:
        return without_metadata(self._call("head_bucket"))

    def _is_mine(self) -> bool:
        try:
            self._call("head_bucket")
        except NotFound:
            return False
        except CloudError as error:
            # 403: another's, or no right to look; creating it says which.
            if error.status != 403:
                raise
            return False
        return True

    # -- objects ---------------------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Object:
        return Object(self.name, key, expected_bucket_owner=self.expected_bucket_owner, cloud=self.cloud)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self[key].exists()

    def __delitem__(self, key: str) -> None:
        self[key].delete()

    def __iter__(self) -> Iterator[Object]:
        return iter(self.objects())

    def objects(self, prefix: str = "", *, limit: int | None = None) -> Listing[Object]:
        """The objects in it, in order of their keys. One request for each 1,000.

        Args:
            prefix: What their keys start with.
            limit: How many at most.

        Returns:
            The objects, with size, ETag and date already known.

        Raises:
            BucketNotFound: The bucket is not there.

        Example:
            >>> [(each.key, each.size) for each in Bucket("acme-photos").objects("cats/")]
            [('cats/tom.jpg', 2048)]

        AWS: s3:ListObjectsV2
        """
        found = paged(
            self.cloud,
            S3,
            "list_objects_v2",
            "Contents",
            self._object_of,
            of="Object",
            page_rows=(1, MAX_KEYS_PER_PAGE),
            about=self,
            Prefix=prefix or None,
            **self._named(),
        )
        return found if limit is None else found.limit(limit)

    def versions(
        self, prefix: str = "", *, key: str | None = None, delete_markers: bool = False
    ) -> Listing[Object]:
        """All versions of its objects, by key, the newest first. One request for each 1,000.

        Args:
            prefix: What their keys start with.
            key: One key alone.
            delete_markers: Whether the markers that deleting leaves are among them.

        Returns:
            Objects with a `version_id`.

        Raises:
            BucketNotFound: The bucket is not there.

        Example:
            >>> Bucket("acme-photos").versions().first() is not None
            True

        AWS: s3:ListObjectVersions
        """
        wanted = prefix if key is None else key

        def fetch(_: int | None) -> Iterator[Sequence[Object]]:
            for page in self.cloud.pages(
                S3, "list_object_versions", about=self, Prefix=wanted or None, **self._named()
            ):
                rows = [*page.get("Versions", [])]
                if delete_markers:
                    rows += [{**row, "IsDeleteMarker": True} for row in page.get("DeleteMarkers", [])]
                    rows.sort(key=_newest_first)
                yield [self._object_of(row) for row in rows if key is None or row["Key"] == key]
                if key is not None and any(row["Key"] != key for row in rows):
                    return  # keys come in order: after the first other one there is no more of it

        return Listing(fetch, "Object")

    def _object_of(self, row: Answer) -> Object:
        made = Object(
            self.name,
            row["Key"],
            row.get("VersionId"),
            expected_bucket_owner=self.expected_bucket_owner,
            cloud=self.cloud,
        )
        return made._learn(row, whole=False)

    def delete_objects(self, objects: Iterable[str | Object]) -> int:
        """Delete many objects; missing ones are fine. One request for each 1,000, several at once.

        Args:
            objects: Keys or objects, any number; objects with a `version_id` lose that version for good.

        Returns:
            How many were asked for.

        Raises:
            BatchError: Some could not be deleted; `.failed` says which and why.
            InvalidRequest: One is in another bucket; of a list, nothing was deleted then.
            BucketNotFound: The bucket is not there.

        Example:
            >>> bucket = Bucket("acme-photos")
            >>> bucket.delete_objects(bucket.objects("tmp/"))
            0

        AWS: s3:DeleteObjects
        """
        if isinstance(objects, str):
            raise InvalidRequest(
                f"delete_objects({objects!r}): a text is one key, not several",
                hint=f"bucket[{objects!r}].delete()",
            )
        gone = send_all(
            each_of(objects, lambda each: (each, self._own(each))),
            lambda batch: self._delete_batch([own for _, own in batch]),
            shown=lambda item: item[0],
            clock=self.cloud.clock,
            most=MAX_KEYS_PER_DELETE,
            workers=DELETE_WORKERS,
            service="s3",
            operation="DeleteObjects",
            resource=self.name,
        )
        return len(gone)

    def _own(self, each: str | Object) -> Object:
        own = self[each] if isinstance(each, str) else each
        if own.bucket_name != self.name:
            raise InvalidRequest(f"{own} is not in the bucket {self.name}")
        return own

    def _delete_batch(self, batch: Sequence[Object]) -> Outcome[str]:
        entries = [
            {"Key": each.key} if each.version_id is None else {"Key": each.key, "VersionId": each.version_id}
            for each in batch
        ]
        answer = self._call("delete_objects", Delete={"Objects": entries, "Quiet": False})
        refused = {
            (row.get("Key"), row.get("VersionId")): entry_error(
                S3,
                "delete_objects",
                code=row.get("Code", "Unknown"),
                message=row.get("Message", ""),
                about=f"s3://{self.name}/{row.get('Key')}",
            )
            for row in answer.get("Errors", [])
        }
        done = {(row.get("Key"), row.get("VersionId")) for row in answer.get("Deleted", [])}
        results: dict[int, str] = {}
        errors: dict[int, CloudError] = {}
        for index, each in enumerate(batch):
            error = refused.get((each.key, each.version_id)) or refused.get((each.key, None))
            if error is not None:
                errors[index] = error
            elif (each.key, each.version_id) in done or (each.key, None) in done:
                results[index] = each.key
        return Outcome(results, errors)

    # -- settings --------------------------------------------------------------------------------------------

    @property
    def versioning(self) -> bool:
        """Whether it keeps old versions; setting it switches. One request each way."""
        return self._call("get_bucket_versioning").get("Status") == "Enabled"

    @versioning.setter
    def versioning(self, on: bool) -> None:
        status = "Enabled" if on else "Suspended"
        self._call("put_bucket_versioning", VersioningConfiguration={"Status": status})

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set. S3 sets all at once, so each change reads them first."""
        return Tags(self._read_tags, self._add_tags, self._remove_tags)

    def _read_tags(self) -> dict[str, str]:
        try:
            return tag_dict(self._call("get_bucket_tagging")["TagSet"])
        except NotFound as error:
            if error.code == "NoSuchTagSet":
                return {}
            raise

    def _add_tags(self, tags: dict[str, str]) -> None:
        self._write_tags({**self._read_tags(), **tags})

    def _remove_tags(self, keys: Sequence[str]) -> None:
        self._write_tags({key: value for key, value in self._read_tags().items() if key not in keys})

    def _write_tags(self, tags: dict[str, str]) -> None:
        if tags:
            self._call("put_bucket_tagging", Tagging={"TagSet": tag_list(tags)})
        else:
            self._call("delete_bucket_tagging")

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self, *, force: bool = False) -> None:
        """Delete the bucket; fine if it is not there. One request, or with `force` as many as its content needs.

        Args:
            force: Delete all that is in it first: objects, old versions, delete markers and open uploads.

        Raises:
            Conflict: It is not empty, and `force` is not given.
            BatchError: Some of its objects could not be deleted.

        Example:
            >>> Bucket("acme-reports").delete(force=True)

        AWS: s3:DeleteBucket, s3:ListObjectVersions, s3:DeleteObjects, s3:ListMultipartUploads, s3:AbortMultipartUpload
        """
        try:
            if force:
                self._empty()
            self._call("delete_bucket")
        except BucketNotFound:
            pass
        self.cloud.forget(self.name)
        self._unlearn()

    def _empty(self) -> None:
        self.delete_objects(self.versions(delete_markers=True))
        for page in self.cloud.pages(S3, "list_multipart_uploads", about=self, **self._named()):
            for upload in page.get("Uploads", []):
                with suppress(NotFound):  # it was completed or aborted meanwhile
                    self._call(
                        "abort_multipart_upload",
                        Key=upload["Key"],
                        UploadId=upload["UploadId"],
                    )


def _newest_first(row: Answer) -> tuple[str, bool, float]:
    # Times are whole seconds, so that two of the same second need to be told which one counts.
    return row["Key"], not row.get("IsLatest"), -row["LastModified"].timestamp()


def _checked_name(name: str) -> str:
    if not MIN_BUCKET_NAME_CHARACTERS <= len(name) <= MAX_BUCKET_NAME_CHARACTERS or not _NAME.fullmatch(name):
        raise InvalidRequest(
            f"bucket name {name!r}: it has {MIN_BUCKET_NAME_CHARACTERS} to {MAX_BUCKET_NAME_CHARACTERS} lower-case"
            " letters, digits, dots and hyphens, and begins and ends with a letter or digit"
        )
    return name
