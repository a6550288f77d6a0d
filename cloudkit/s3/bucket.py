"""A bucket."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from attrs import define
from typing_extensions import Self, Unpack

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.deadline import limited
from cloudkit._core.listing import Listing, paged
from cloudkit._core.tags import Tags
from cloudkit.errors import AlreadyExists, CloudError, Conflict, InvalidRequest, MissingExtra, NotFound
from cloudkit.s3._address.bucket import BucketAddress
from cloudkit.s3._address.way import way_to
from cloudkit.s3._directory import takes_settings
from cloudkit.s3._limits import (
    DEFAULT_PRESIGN_SECONDS,
    LOCK_PREFIX,
    LOCK_SECONDS,
)
from cloudkit.s3._names import check_new_name
from cloudkit.s3._options import WriteOptions, checked_metadata
from cloudkit.s3._prefix import as_text, without_slash
from cloudkit.s3._region import forget_region
from cloudkit.s3._service import S3
from cloudkit.s3.encryption import Encryption
from cloudkit.s3.errors import BucketNotFound
from cloudkit.s3.object import Object
from cloudkit.types import Duration, TagMap

if TYPE_CHECKING:
    from cloudkit.s3._tree.emptying import Contents
    from cloudkit.s3.filesystem import BucketFileSystem
    from cloudkit.s3.folder import Folder, Walked
    from cloudkit.s3.link import UploadForm
    from cloudkit.s3.lock import Lock
    from cloudkit.s3.metrics import BucketMetrics
    from cloudkit.s3.restore import RestorePlan
    from cloudkit.s3.settings.cors import CorsRuleLike, CorsRules
    from cloudkit.s3.settings.creation import BucketSettings
    from cloudkit.s3.settings.lifecycle import Lifecycle
    from cloudkit.s3.settings.lifecycle_rule import LifecycleRule
    from cloudkit.s3.settings.logging import Logging, LoggingLike
    from cloudkit.s3.settings.notifications import NotificationLike, Notifications
    from cloudkit.s3.settings.object_lock import ObjectLock
    from cloudkit.s3.settings.ownership import Ownership
    from cloudkit.s3.settings.policy import BucketPolicy, PolicyLike
    from cloudkit.s3.settings.public_access import PublicAccess, PublicAccessLike
    from cloudkit.s3.settings.replication import Replication
    from cloudkit.s3.settings.website import Website
    from cloudkit.s3.sync import CopyTreeOptions, SyncFromOptions, SyncOptions, SyncPlan, SyncResult
    from cloudkit.s3.upload import Uploads
    from cloudkit.s3.usage import Usage


@define(eq=False, repr=False)
class Bucket(BucketAddress[Object]):
    """A bucket, by its name. Making one calls nothing.

    It acts as a mapping of keys to objects: `bucket["a/b"]`, `"a/b" in bucket`, `del bucket["a/b"]`, and iterating
    gives its objects.

    Args:
        name: The name, or `"s3://name"`; or the ARN or the alias of an access point, for what is in the bucket.
        expected_bucket_owner: The number of the account that it must be of: S3 refuses calls if it is not. Its
            objects inherit it.
        request_payer: Whether these credentials' account pays for the requests, which is boto3's
            `RequestPayer="requester"`: needed for other accounts' buckets whose owners let those pay who ask, and
            without effect on others. Its objects, folders, links and uploads inherit it. The owner's own switch is
            `bucket.requester_pays`.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: There can be no such bucket.

    Examples:
        >>> Bucket("acme-photos")["cat.jpg"]
        <Object s3://acme-photos/cat.jpg>

    AWS: none
    """

    _makes = Object

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        region: str | None = None,
        expected_bucket_owner: str | None = None,
        aws: dict[str, Any] | None = None,
        cloud: Cloud | None = None,
        **settings: Unpack[BucketSettings],
    ) -> Self:
        """Make a bucket: shut to the public, without ACLs, encrypted. Three requests or more.

        One more in us-east-1, and each for `versioning`, `tags`, `lifecycle`, `tls_only` and the retention of
        `object_lock`. AWS
        makes buckets so by itself; here it is said, so that it stays so. While S3 is busy with another change of the
        bucket, or still with the end of one of that name, it is asked again for a minute. Should one of the later
        requests fail, the bucket is deleted again, unless the answer to the first one was lost, so that it may be
        another process that made it. A server other than AWS is told less: of the blocks against public access what
        it knows, of encryption what is asked for.

        A name that ends in `--<zone>--x-s3` makes a directory bucket in that zone, by one request or two. These are
        shut and encrypted in any case, and of the settings they take `encryption` alone.

        Args:
            name: 3 to 63 lower-case letters, digits, dots and hyphens; shared by all accounts.
            region: Where to make it; the bucket that is returned lives in that region's Cloud. Default: the Cloud's.
            expected_bucket_owner: The number of the account that the bucket that is returned must be of. CreateBucket
                itself takes none: it makes buckets in the account of the credentials.
            aws: More parameters of CreateBucket, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.
            **settings: `versioning`, `encryption`, `customer_keys`, `object_lock`, `public`, `tls_only`, `tags`,
                `lifecycle`, as in `BucketSettings`.

        Returns:
            The bucket.

        Raises:
            AlreadyExists: The name is taken, by you or by anybody.
            Conflict: S3 is busy with the bucket for more than a minute; after a delete, its name may be for an hour.
            InvalidRequest: S3 takes no such name or setting.

        Examples:
            >>> Bucket.create("acme-reports", versioning=True, tls_only=True)
            <Bucket acme-reports>
            >>> Bucket("acme-reports").public_access.blocked
            True

        AWS: s3:CreateBucket, s3:PutPublicAccessBlock, s3:PutBucketEncryption, s3:HeadBucket, s3:PutBucketVersioning, s3:PutBucketTagging, s3:PutBucketPolicy, s3:PutObjectLockConfiguration, s3:PutBucketLifecycleConfiguration, s3:DeleteBucket, s3:ListObjectVersions, s3:ListObjectsV2, s3:GetBucketTagging, s3:GetBucketPolicy, s3:GetBucketEncryption
        """
        from cloudkit.s3.settings import creation

        check_new_name(name, namespaced="BucketNamespace" in (aws or {}))
        bucket = cls._to_be(name, region, expected_bucket_owner, cloud)
        given = takes_settings(name, creation.checked(settings))
        # Only there S3 answers success for a bucket that one has already.
        if bucket.cloud.region in (None, creation.UNNAMED_REGION) and bucket._is_mine():
            raise AlreadyExists(
                "the bucket is already yours",
                service="s3",
                operation="CreateBucket",
                resource=name,
                hint="Bucket.ensure(...) takes it as it is",
            )
        creation.create(bucket, given, aws)
        return bucket

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        region: str | None = None,
        update: bool = False,
        expected_bucket_owner: str | None = None,
        cloud: Cloud | None = None,
        **settings: Unpack[BucketSettings],
    ) -> Self:
        """Take the bucket, or make it if it is not there; safe to repeat. One request, and one for each setting given.

        Args:
            name: As in `create`.
            region: As in `create`. A bucket that is in another one is a conflict that `update` does not change.
            update: Whether to change what differs.
            expected_bucket_owner: The number of the account that it must be of.
            cloud: Where it lives. Default: the current Cloud.
            **settings: As in `create`. Those not given stay as they are.

        Returns:
            The bucket.

        Raises:
            Conflict: It is there with other settings, and `update` is not given; or in another region.
            AlreadyExists: The name is another account's.
            InvalidRequest: S3 takes no such name or setting.

        Examples:
            >>> Bucket.ensure("acme-reports", versioning=True)
            <Bucket acme-reports>
            >>> Bucket.ensure("acme-reports", tags={"team": "web"}, update=True).tags["team"]
            'web'

        AWS: s3:HeadBucket, s3:GetBucketVersioning, s3:GetBucketEncryption, s3:GetObjectLockConfiguration, s3:GetPublicAccessBlock, s3:GetBucketPolicy, s3:GetBucketTagging, s3:GetBucketLifecycleConfiguration; those of `create`
        """
        from cloudkit.s3.settings import creation

        check_new_name(name, namespaced=True)  # which `create` asks, if it comes to that
        bucket = cls._to_be(name, region, expected_bucket_owner, cloud)
        given = takes_settings(name, creation.checked(settings))
        if not bucket._is_mine():
            try:
                return cls.create(
                    name, expected_bucket_owner=expected_bucket_owner, cloud=bucket.cloud, **given
                )
            except AlreadyExists as error:
                # Made by another process in between; somebody else's stays an error.
                if error.code == "BucketAlreadyExists":
                    raise
        if region is not None and bucket.region != region:
            raise Conflict(
                f"region is {bucket.region}, not {region}",
                service="s3",
                resource=name,
                hint="a bucket stays in its region: take another name",
            )
        creation.reconcile(bucket, given, update=update)
        return bucket

    @classmethod
    def _to_be(cls, name: str, region: str | None, owner: str | None, cloud: Cloud | None) -> Self:
        """The bucket that is to be made, or to be taken if it is there."""
        cloud = cloud_or_current(cloud)
        return cls(
            name,
            expected_bucket_owner=owner,
            cloud=cloud if region is None else cloud.in_region(region),
        )

    @classmethod
    def get(
        cls,
        name: str,
        *,
        expected_bucket_owner: str | None = None,
        request_payer: bool = False,
        cloud: Cloud | None = None,
    ) -> Self:
        """Find a bucket by name. One request. For an object of a bucket, `bucket[key]` and `Object.find`.

        Args:
            name: The name.
            expected_bucket_owner: The number of the account that it must be of.
            request_payer: As in `Bucket`, for what is in it.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The bucket, loaded.

        Raises:
            BucketNotFound: There is none.
            AccessDenied: It is not yours to see.

        Examples:
            >>> Bucket.get("acme-photos").region
            'us-east-1'

        AWS: s3:HeadBucket
        """
        return cls(
            name, expected_bucket_owner=expected_bucket_owner, request_payer=request_payer, cloud=cloud
        ).refresh()

    @classmethod
    def find(
        cls,
        name: str,
        *,
        expected_bucket_owner: str | None = None,
        request_payer: bool = False,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """The bucket, loaded, or None if there is none of that name. One request.

        Args:
            name: The name.
            expected_bucket_owner: The number of the account that it must be of.
            request_payer: As in `Bucket`, for what is in it.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The bucket or None.

        Raises:
            AccessDenied: It is not yours to see.

        Examples:
            >>> Bucket.find("acme-nowhere") is None
            True

        AWS: s3:HeadBucket
        """
        try:
            return cls.get(
                name, expected_bucket_owner=expected_bucket_owner, request_payer=request_payer, cloud=cloud
            )
        except BucketNotFound:
            return None

    @classmethod
    def list(
        cls, *, prefix: str = "", expected_bucket_owner: str | None = None, cloud: Cloud | None = None
    ) -> Listing[Self]:
        """The buckets of the account, directory buckets left out. One request a page.

        Args:
            prefix: What their names start with.
            expected_bucket_owner: The number of the account, for the buckets to carry.
            cloud: Whose buckets. Default: the current Cloud's.

        Returns:
            The buckets.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
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
            lambda row: cls(row["Name"], expected_bucket_owner=expected_bucket_owner, cloud=cloud)._learn(
                row, whole=False
            ),
            of="Bucket",
            # Other servers than AWS may not know the prefix.
            keep=lambda bucket: bucket.name.startswith(prefix),
            Prefix=prefix or None,
        )

    def _is_mine(self) -> bool:
        try:
            self.refresh()
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
        return Object(self.name, key, **way_to(self))

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Object):
            return key.bucket_name == self.name and key.exists()
        if not isinstance(key, str):
            raise InvalidRequest(f"{key!r} is no key", hint="keys are text: path.as_posix()")
        return self[key].exists()

    def __delitem__(self, key: str) -> None:
        self[key].delete()

    def __iter__(self) -> Iterator[Object]:
        return iter(self.objects())

    def objects(
        self,
        prefix: str = "",
        *,
        suffix: str | Sequence[str] | None = None,
        modified_after: datetime | None = None,
        modified_before: datetime | None = None,
        limit: int | None = None,
        parallel: int | None = None,
        ordered: bool = True,
    ) -> Listing[Object]:
        """The objects in it, in order of their keys. One request for each 1,000.

        S3 selects by prefix alone: what the other conditions leave out is listed all the same. Directory buckets list
        in no order.

        Args:
            prefix: What their keys start with; for a directory bucket it ends in a slash.
            suffix: What their keys end with, or several of which one is enough.
            modified_after: When they were written last, with a time zone.
            modified_before: The same, the other way.
            limit: How many at most, of those that fulfil the conditions.
            parallel: Requests under way at once, 1 to 64, for large buckets; 16 is a good number. It finds by itself
                where to ask, and makes some more requests in all. Default: one after the other.
            ordered: With `parallel`, whether they come in the order of their keys, which holds up to 4,000 objects
                for each request under way in memory; else they come as they arrive.

        Returns:
            The objects, with size, ETag and date already known.

        Raises:
            BucketNotFound: The bucket is not there.
            InvalidRequest: A time without a zone, or no such number of requests or objects.

        Examples:
            >>> [(each.key, each.size) for each in Bucket("acme-photos").objects(suffix=".jpg")]
            [('cat.jpg', 2048), ('cats/tom.jpg', 2048)]

        AWS: s3:ListObjectsV2
        """
        from cloudkit.s3._tree.listing import filtered, limited, objects

        keep = filtered(suffix, modified_after, modified_before)
        found = objects(self, as_text("prefix", prefix), keep=keep, parallel=parallel, ordered=ordered)
        return limited(found, limit)

    def glob(self, pattern: str) -> Listing[Object]:
        """The objects whose keys match a pattern, in the order of their keys. One request for each 1,000 listed.

        `*` stands for any signs but `/`, `?` for one, `[a-z]` and `[!a-z]` for one of a set or one that is not;
        a part of the key that is `**` stands for any number of parts. To be taken as they are, they are put into a
        set: `[*]`. Upper and lower case differ. Braces as in `{a,b}` and a `[` without its `]` are refused.

        Only what can match is listed: what begins with the pattern's plain begin, in folders whose names match. It
        never takes more requests than listing all does, but for one for each 1,000 names of folders.

        Args:
            pattern: Such as `"logs/2026-*/**/*.gz"`.

        Returns:
            The objects, with size, ETag and date already known.

        Raises:
            BucketNotFound: The bucket is not there.
            InvalidRequest: An empty pattern, one that begins with a slash, or one with braces.

        Examples:
            >>> [each.key for each in Bucket("acme-photos").glob("c*/*.jpg")]
            ['cats/tom.jpg']

        AWS: s3:ListObjectsV2
        """
        from cloudkit.s3._tree.glob import glob

        return glob(self, pattern)

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

        Examples:
            >>> Bucket("acme-photos").versions().first() is not None
            True

        AWS: s3:ListObjectVersions
        """
        from cloudkit.s3._tree.history import versions

        return versions(self, prefix, key=key, delete_markers=delete_markers)

    def read_many(self, objects: Iterable[str | Object]) -> Iterator[tuple[Object, bytes]]:
        """The content of many objects, several at once. One request each.

        They come in the order asked for, and no more are held in memory than are under way. With the extra `fast`
        obstore fetches them.

        Args:
            objects: Keys or objects, any number; read as they are fetched.

        Returns:
            Each object with its content.

        Raises:
            BatchError: After all others, if some could not be read; `.failed` says which and why.
            BucketNotFound: The bucket is not there.
            InvalidRequest: At once: a text, which is one key and not several.

        Examples:
            >>> [(each.key, len(data)) for each, data in Bucket("acme-photos").read_many(["hello.txt", "cat.jpg"])]
            [('hello.txt', 5), ('cat.jpg', 2048)]

        AWS: s3:GetObject
        """
        from cloudkit.s3._tree.many import check_several, read_many

        check_several("read_many", objects, "read_bytes()")
        return read_many(self, objects)

    def write_many(
        self,
        items: Mapping[str, bytes | str] | Iterable[tuple[str, bytes | str]],
        **options: Unpack[WriteOptions],
    ) -> int:
        """Write many objects, several at once. One request each.

        Args:
            items: Keys with what to write: bytes, or text that becomes UTF-8. Pairs are read as they are written.
            **options: As in `Object.write_bytes`, for all of them.

        Returns:
            How many were written.

        Raises:
            BatchError: Some could not be written; `.failed` says which and why.
            BucketNotFound: The bucket is not there.
            InvalidRequest: An option that makes no sense; nothing was written.

        Examples:
            >>> Bucket("acme-photos").write_many({"a.txt": "A", "b.bin": b"B"}, cache_control="max-age=60")
            2

        AWS: s3:PutObject
        """
        from cloudkit.s3._tree.many import write_many

        return write_many(self, items, options)

    def delete_objects(
        self, objects: Iterable[str | Object], *, dry_run: bool = False, timeout: Duration | None = None
    ) -> int:
        """Delete many objects; missing ones are fine. One request for each 1,000, several at once.

        Args:
            objects: Keys or objects, any number; objects with a `version_id` lose that version for good.
            dry_run: Check and count alone, and delete nothing.
            timeout: Seconds for all of it. Default: no limit.

        Returns:
            How many were asked for, there or not.

        Raises:
            BatchError: Some could not be deleted; `.failed` says which and why.
            DeadlineExceeded: It was not done within `timeout`; its `batch` says what was.
            InvalidRequest: One is in another bucket; of a list, nothing was deleted then.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> bucket = Bucket("acme-photos")
            >>> bucket.delete_objects(bucket.objects("tmp/"))
            0

        AWS: s3:DeleteObjects
        """
        from cloudkit.s3._tree.many import check_several, delete_objects

        check_several("delete_objects", objects, "delete()")
        with limited(timeout):
            return delete_objects(self, objects, dry_run=dry_run)

    # -- folders and trees -----------------------------------------------------------------------------------

    def folder(self, prefix: str) -> Folder:
        """A folder of it: what begins with the same prefix up to a slash. No request.

        Args:
            prefix: Such as `"logs/2026/"`; the slash at its end may be left out. `""` is the root.

        Returns:
            The folder.

        Raises:
            InvalidRequest: S3 takes no such keys, or the prefix begins with a slash.

        Examples:
            >>> Bucket("acme-photos").folder("cats").children().to_list()
            [<Object s3://acme-photos/cats/tom.jpg>]

        AWS: none
        """
        from cloudkit.s3.folder import folder_at

        return folder_at(self.name, without_slash("prefix", prefix), way_to(self))

    def walk(self, prefix: str = "") -> Iterator[Walked]:
        """A folder and all below it, each with what is in it, as `os.walk` does. One request or more a folder.

        Args:
            prefix: The folder to begin with. Default: the root.

        Returns:
            Each folder, the folders in it and the objects in it; folders taken out of the list are not walked.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> for folder, folders, objects in Bucket("acme-photos").walk("cats"):
            ...     print(folder, len(folders), len(objects))
            s3://acme-photos/cats/ 0 1

        AWS: s3:ListObjectsV2
        """
        return self.folder(prefix).walk()

    def usage(self, prefix: str = "", *, depth: int = 0, parallel: int | None = None) -> Usage:
        """How many objects there are, and their bytes. One request for each 1,000 objects.

        Args:
            prefix: What their keys start with.
            depth: How many levels of folders are told apart. Default: none.
            parallel: As in `objects`.

        Returns:
            Count and size, and with a depth those of the folders.

        Raises:
            BucketNotFound: The bucket is not there.
            InvalidRequest: A negative depth.

        Examples:
            >>> [(each.prefix, each.size) for each in Bucket("acme-photos").usage(depth=1).folders]
            [('cats/', 2048)]

        AWS: s3:ListObjectsV2
        """
        from cloudkit.s3._tree.usage import usage_of

        return usage_of(self.objects(prefix, parallel=parallel, ordered=False), prefix, depth)

    @overload
    def sync_from(
        self,
        folder: str | os.PathLike[str],
        prefix: str | Folder = ...,
        *,
        dry_run: Literal[False] = ...,
        **options: Unpack[SyncFromOptions],
    ) -> SyncResult: ...
    @overload
    def sync_from(
        self,
        folder: str | os.PathLike[str],
        prefix: str | Folder = ...,
        *,
        dry_run: Literal[True],
        **options: Unpack[SyncFromOptions],
    ) -> SyncPlan: ...
    @overload
    def sync_from(
        self,
        folder: str | os.PathLike[str],
        prefix: str | Folder = ...,
        *,
        dry_run: bool,
        **options: Unpack[SyncFromOptions],
    ) -> SyncPlan | SyncResult: ...
    def sync_from(
        self,
        folder: str | os.PathLike[str],
        prefix: str | Folder = "",
        *,
        dry_run: bool = False,
        **options: Unpack[SyncFromOptions],
    ) -> SyncPlan | SyncResult:
        """Make a prefix like a folder of this machine: upload what is new or differs. Many requests, in parallel.

        One request for each 1,000 objects there are, one or more for each file that is uploaded, and one for each
        file of the same size whose content the listing does not tell. Hidden files are taken. Symbolic links,
        devices and names that are no UTF-8 are refused and listed. Only content decides: other options alone do not
        upload a file again. The locks of `lock` are left alone on both sides, unless the prefix begins as they do.

        Args:
            folder: The folder here.
            prefix: The folder in the bucket, or its `Folder`. Default: the root.
            dry_run: Make the plan alone, and change nothing; `plan.run()` does it then.
            **options: `delete`, `allow_empty`, `exclude`, `include`, `compare`, `progress`, `timeout`,
                `follow_symlinks`, as in `SyncFromOptions`; and those of `Object.write_bytes`, for what is uploaded.

        Returns:
            What was done; with `dry_run` the plan.

        Raises:
            SyncFailed: Some failed; its `result` says what was done. Nothing was deleted then.
            DeadlineExceeded: It was not done within `timeout`; its `batch` says what was.
            InvalidRequest: `delete` with a source that is empty, or an option that makes no sense here.
            FileNotFoundError: The folder is not there; nothing was asked of AWS.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> print(Bucket("acme-photos").sync_from("site", "www", exclude="*.tmp", cache_control="max-age=60"))
            1 transferred (14 B)

        AWS: s3:ListObjectsV2, s3:PutObject, s3:HeadObject, s3:DeleteObjects, the s3:CreateMultipartUpload family
        """
        from cloudkit.s3._tree.sync import upload_plan

        with limited(options.get("timeout")):
            plan = upload_plan(self, folder, prefix, options)
            return plan if dry_run else plan.run()

    @overload
    def sync_to(
        self,
        folder: str | os.PathLike[str],
        prefix: str | Folder = ...,
        *,
        dry_run: Literal[False] = ...,
        **options: Unpack[SyncOptions],
    ) -> SyncResult: ...
    @overload
    def sync_to(
        self,
        folder: str | os.PathLike[str],
        prefix: str | Folder = ...,
        *,
        dry_run: Literal[True],
        **options: Unpack[SyncOptions],
    ) -> SyncPlan: ...
    @overload
    def sync_to(
        self,
        folder: str | os.PathLike[str],
        prefix: str | Folder = ...,
        *,
        dry_run: bool,
        **options: Unpack[SyncOptions],
    ) -> SyncPlan | SyncResult: ...
    def sync_to(
        self,
        folder: str | os.PathLike[str],
        prefix: str | Folder = "",
        *,
        dry_run: bool = False,
        **options: Unpack[SyncOptions],
    ) -> SyncPlan | SyncResult:
        """Make a folder of this machine like a prefix: download what is new or differs. Many requests, in parallel.

        One request for each 1,000 objects, one or more for each that is downloaded, and one for each file of the
        same size whose content the listing does not tell. Nothing is written outside the folder: keys that lead out
        of it, that no file can have, or that meet a symbolic link or each other are refused and listed. The locks of
        `lock` are left alone on both sides, unless the prefix begins as they do.

        Args:
            folder: The folder here; made if it is not there.
            prefix: The folder in the bucket, or its `Folder`. Default: the root.
            dry_run: Make the plan alone, and change nothing; `plan.run()` does it then.
            **options: `delete`, `allow_empty`, `exclude`, `include`, `compare`, `progress`, `timeout`, as in
                `SyncOptions`.

        Returns:
            What was done; with `dry_run` the plan.

        Raises:
            SyncFailed: Some failed; its `result` says what was done. Nothing was deleted then.
            DeadlineExceeded: It was not done within `timeout`; its `batch` says what was.
            InvalidRequest: `delete` with a source that is empty, or an option that makes no sense here.
            NotADirectoryError: There is a file of that name; nothing was asked of AWS.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> print(Bucket("acme-photos").sync_to("photos", include="*.jpg"))
            2 transferred (4.0 KiB)

        AWS: s3:ListObjectsV2, s3:GetObject, s3:HeadObject
        """
        from cloudkit.s3._tree.sync import download_plan

        with limited(options.get("timeout")):
            plan = download_plan(self, folder, prefix, options)
            return plan if dry_run else plan.run()

    @overload
    def copy_tree(
        self,
        target: Bucket | Folder,
        prefix: str | Folder = ...,
        *,
        target_prefix: str | None = ...,
        dry_run: Literal[False] = ...,
        **options: Unpack[CopyTreeOptions],
    ) -> SyncResult: ...
    @overload
    def copy_tree(
        self,
        target: Bucket | Folder,
        prefix: str | Folder = ...,
        *,
        target_prefix: str | None = ...,
        dry_run: Literal[True],
        **options: Unpack[CopyTreeOptions],
    ) -> SyncPlan: ...
    @overload
    def copy_tree(
        self,
        target: Bucket | Folder,
        prefix: str | Folder = ...,
        *,
        target_prefix: str | None = ...,
        dry_run: bool,
        **options: Unpack[CopyTreeOptions],
    ) -> SyncPlan | SyncResult: ...
    def copy_tree(
        self,
        target: Bucket | Folder,
        prefix: str | Folder = "",
        *,
        target_prefix: str | None = None,
        dry_run: bool = False,
        **options: Unpack[CopyTreeOptions],
    ) -> SyncPlan | SyncResult:
        """Make another prefix like one of this bucket: copy what is new or differs within S3. Many requests, in parallel.

        One request for each 1,000 objects of both, one for each copy (more above 5 GB), and two for each pair of the
        same size whose ETags differ. The locks of `lock` are left alone on both sides, unless the prefix begins as
        they do.

        Args:
            target: A bucket, this one too, or a folder.
            prefix: The folder in this bucket, or its `Folder`. Default: the root.
            target_prefix: The folder in the target bucket. Default: the same as here.
            dry_run: Make the plan alone, and change nothing; `plan.run()` does it then.
            **options: `delete`, `allow_empty`, `exclude`, `include`, `compare`, `progress`, `timeout`, as in
                `SyncOptions`; `keep`, as in `Object.copy_to`; and those of `Object.write_bytes`, for the copies.

        Returns:
            What was done; with `dry_run` the plan.

        Raises:
            SyncFailed: Some failed; its `result` says what was done. Nothing was deleted then.
            DeadlineExceeded: It was not done within `timeout`; its `batch` says what was.
            InvalidRequest: Source and target are the same, or `delete` with a source that is empty or overlaps.
            BucketNotFound: One of the buckets is not there.

        Examples:
            >>> photos = Bucket("acme-photos")
            >>> print(photos.copy_tree(photos.folder("backup"), "cats"))
            1 transferred (2.0 KiB)

        AWS: s3:ListObjectsV2, s3:CopyObject, s3:HeadObject, s3:DeleteObjects, the s3:CreateMultipartUpload family
        """
        from cloudkit.s3._tree.sync import copy_plan

        with limited(options.get("timeout")):
            plan = copy_plan(self, target, prefix, target_prefix, options)
            return plan if dry_run else plan.run()

    # -- uploads in parts ------------------------------------------------------------------------------------

    def uploads(self, prefix: str = "", *, older_than: Duration | None = None) -> Uploads:
        """The uploads in parts that were begun, and are neither complete nor aborted. One request for each 1,000.

        Their parts cost as objects do. `bucket.uploads(older_than=timedelta(days=1)).abort()` throws them away.

        Args:
            prefix: What their keys start with.
            older_than: Only those begun longer ago than so many seconds, or a `timedelta`. Default: all of them,
                those that somebody is busy with too.

        Returns:
            The uploads, with key and start already known; `abort()` aborts them.

        Raises:
            BucketNotFound: The bucket is not there.
            InvalidRequest: A time that makes no sense.

        Examples:
            >>> [(upload.key, upload.started.year) for upload in Bucket("acme-photos").uploads()]
            [('film.mp4', 2010)]

        AWS: s3:ListMultipartUploads
        """
        from cloudkit.s3.upload import uploads_of

        return uploads_of(self, prefix, older_than)

    # -- history, locks and forms ----------------------------------------------------------------------------

    def restore(
        self, prefix: str = "", *, at: datetime, dry_run: bool = False, timeout: Duration | None = None
    ) -> RestorePlan:
        """Bring its objects back to what they were at a moment, as far as their versions are there.

        One request, one for each 1,000 versions, and one for each object that has to change, or two for those that are
        copied. Older versions are copied onto their keys, delete markers made since are taken away, and what was not there then is deleted, which
        leaves it a version. S3 tells times in whole seconds.

        Args:
            prefix: What the keys start with. Default: all.
            at: The moment, with its time zone.
            dry_run: Whether to make the plan alone; `plan.run()` does it then.
            timeout: Seconds for all of it, the plan included. Default: no limit.

        Returns:
            The plan, which was carried out unless `dry_run` is given.

        Raises:
            BatchError: Some objects could not be brought back; `.failed` says which and why.
            DeadlineExceeded: It was not done within `timeout`; its `batch` says what was.
            InvalidRequest: The time has no zone, or is still to come.
            Conflict: The bucket keeps no versions now, so that going back would destroy what is there.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> from datetime import datetime, timezone
            >>> bucket = Bucket("acme-photos")
            >>> bucket.versioning = True
            >>> bucket.restore("cats/", at=datetime.now(timezone.utc)).unchanged
            1

        AWS: s3:GetBucketVersioning, s3:ListObjectVersions, s3:HeadObject, s3:CopyObject, s3:DeleteObject,
            s3:DeleteObjects
        """
        from cloudkit.s3._given import past
        from cloudkit.s3._tree.history import steps_to
        from cloudkit.s3.restore import RestorePlan, RestoreStep

        with limited(timeout):
            prefix, at = as_text("prefix", prefix), past("at", at)
            steps, unchanged = steps_to(self, prefix, at, RestoreStep)
            plan = RestorePlan(self, prefix, at, steps, unchanged)
            if not dry_run:
                plan.run()
            return plan

    def lock(
        self, name: str, *, ttl: Duration = LOCK_SECONDS, wait: Duration = 0, holder: str | None = None
    ) -> Lock:
        """A lock on a name, for programs on several machines: `with bucket.lock("nightly"):`. No request until then.

        It is advisory, and it is lost if it cannot be renewed for `ttl` seconds: see `Lock`. It is kept in the
        object `.locks/<name>`, which stays; without s3:ListBucket S3 refuses to say that it is not there yet. In a
        bucket with versioning each renewal leaves a version:
        `bucket.lifecycle.add(prefix=".locks/", noncurrent_expire=1)` clears them up.

        Args:
            name: What is locked.
            ttl: Seconds, more than 0, until it ends if its holder dies; renewed three times as often.
            wait: Seconds to wait for it at most. Default: not at all.
            holder: What others are told of who has it. Default: this machine and process.

        Returns:
            The lock, to be entered.

        Raises:
            LockHeld: On entering: another has it.
            LockLost: On leaving: it was lost meanwhile.
            InvalidRequest: A time that makes no sense, or no name.

        Examples:
            >>> with Bucket("acme-photos").lock("nightly", ttl=60, wait=10) as lock:
            ...     lock.check()

        AWS: s3:GetObject, s3:PutObject
        """
        from cloudkit.s3._given import is_text
        from cloudkit.s3.lock import Lock

        if not is_text(name):
            raise InvalidRequest(f"lock({name!r}): a lock has a name", hint="bucket.lock('nightly')")
        return Lock(self[f"{LOCK_PREFIX}{name}"], name, ttl, wait, holder)

    def upload_form(
        self,
        key: str,
        *,
        max_size: int,
        min_size: int = 0,
        expires: Duration | datetime = DEFAULT_PRESIGN_SECONDS,
        content_type: str | None = None,
        metadata: TagMap | None = None,
        redirect: str | None = None,
        region: str | None = None,
    ) -> UploadForm:
        """A form for web pages that lets anybody upload one file for a while. No request, as for `Object.url`.

        A bucket that retains all objects by default (Object Lock) wants Content-MD5 from the sender too, which no form
        of a browser makes.

        Args:
            key: The key; or one that ends in `/`, and the file's own name comes behind it.
            max_size: Bytes at most.
            min_size: Bytes at least.
            expires: Seconds, 1 to 604,800 (7 days); or the moment when it ends.
            content_type: What it must be, such as `"image/png"`; or `"image/"` for all that begin so, where the
                page adds a field `Content-Type`.
            metadata: What is kept with the object.
            redirect: Where the browser goes afterwards.
            region: The bucket's region, if it shall not be asked for.

        Returns:
            The form: address, fields, and HTML to start from.

        Raises:
            InvalidRequest: Sizes or times that make no sense.
            BucketNotFound: The bucket is not there.
            CredentialsError: There is nothing to sign with.

        Examples:
            >>> Bucket("acme-photos").upload_form("inbox/", max_size=10_000_000).fields["key"]
            'inbox/${filename}'

        AWS: s3:HeadBucket; the form is for s3:PutObject
        """
        from cloudkit.s3.link import form_to_write

        return form_to_write(
            self[key],
            max_size=max_size,
            min_size=min_size,
            expires=expires,
            content_type=content_type,
            metadata=checked_metadata(metadata or {}),
            redirect=redirect,
            region=region,
        )

    def filesystem(self) -> BucketFileSystem:
        """The bucket as an fsspec filesystem, for pandas, Dask, pyarrow and others. No request. Extra `fsspec`.

        Paths are keys. It goes through this bucket: the same credentials, retries and errors, and no cache.

        Returns:
            The filesystem.

        Raises:
            MissingExtra: fsspec is not installed.

        Examples:
            >>> Bucket("acme-photos").filesystem().cat("hello.txt")
            b'Hello'

        AWS: none
        """
        try:
            from cloudkit.s3.filesystem import BucketFileSystem
        except ImportError as error:
            raise MissingExtra.of("fsspec", "filesystem()", error) from error
        return BucketFileSystem(self)

    # -- settings --------------------------------------------------------------------------------------------

    @property
    def metrics(self) -> BucketMetrics:
        """Its metrics in CloudWatch: `bucket.metrics.size.last("14d")`. They are in its region: one request if unknown."""
        from cloudkit.s3.metrics import bucket_metrics

        region = self.region
        here = not region or region == self.cloud.region
        return bucket_metrics(self.name, self.cloud if here else self.cloud.in_region(region))

    @property
    def versioning(self) -> bool:
        """Whether it keeps old versions; setting it switches. One request each way."""
        from cloudkit.s3.settings import switches

        return switches.versioning(self)

    @versioning.setter
    def versioning(self, on: bool) -> None:
        from cloudkit.s3.settings import switches

        switches.switch_versioning(self, on)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set, which reads them first; setting them replaces all but AWS's own."""
        from cloudkit.s3.settings.tags import tags_of

        return tags_of(self)

    @tags.setter
    def tags(self, wanted: TagMap | None) -> None:
        from cloudkit.s3.settings.tags import set_tags

        set_tags(self, wanted)

    @property
    def lifecycle(self) -> Lifecycle:
        """What becomes of its objects as they grow old; `add` and `remove` change it, setting it replaces all rules."""
        from cloudkit.s3.settings.lifecycle import Lifecycle

        return Lifecycle(self)

    @lifecycle.setter
    def lifecycle(self, rules: Iterable[LifecycleRule] | None) -> None:
        from cloudkit.s3.settings.lifecycle import set_lifecycle

        set_lifecycle(self, rules)

    @property
    def notifications(self) -> Notifications:
        """Whom it tells what happens in it; `add` and `remove` change it, setting it replaces queues and topics."""
        from cloudkit.s3.settings.notifications import Notifications

        return Notifications(self)

    @notifications.setter
    def notifications(self, wanted: Iterable[NotificationLike] | None) -> None:
        from cloudkit.s3.settings.notifications import set_notifications

        set_notifications(self, wanted)

    @property
    def policy(self) -> BucketPolicy:
        """Who may do what with it; `allow`, `deny` and `remove` change it, setting it replaces it."""
        from cloudkit.s3.settings.policy import BucketPolicy

        return BucketPolicy(self)

    @policy.setter
    def policy(self, policy: PolicyLike | None) -> None:
        from cloudkit.s3.settings.policy import set_policy

        set_policy(self, policy)

    @property
    def cors(self) -> CorsRules:
        """Which web pages of other hosts may ask it, as a list of rules, or hosts whose pages may read."""
        from cloudkit.s3.settings.cors import CorsRules

        return CorsRules(self)

    @cors.setter
    def cors(self, rules: Iterable[CorsRuleLike] | None) -> None:
        from cloudkit.s3.settings.cors import set_cors

        set_cors(self, rules)

    @property
    def website(self) -> Website | None:
        """How it serves web pages, a `Website` or the name of its page; None for not at all. One request each way."""
        from cloudkit.s3.settings.website import website

        return website(self)

    @website.setter
    def website(self, wanted: Website | str | None) -> None:
        from cloudkit.s3.settings.website import set_website

        set_website(self, wanted)

    @property
    def website_url(self) -> str:
        """Where its web pages are, over HTTP, whether it serves any or not. One request for the region, if unknown."""
        from cloudkit.s3.settings.website import website_url

        return website_url(self)

    @property
    def encryption(self) -> Encryption | None:
        """How it encrypts what is written without a word about it; a KMS key is enough, None is S3's own way."""
        from cloudkit.s3.settings.encryption import encryption

        return encryption(self)

    @encryption.setter
    def encryption(self, wanted: Encryption | str | None) -> None:
        from cloudkit.s3.settings.encryption import set_encryption

        set_encryption(self, wanted)

    @property
    def customer_keys(self) -> bool:
        """Whether objects may be encrypted with keys of the caller's own (SSE-C); S3 refuses them in new buckets."""
        from cloudkit.s3.settings.encryption import customer_keys

        return customer_keys(self)

    @customer_keys.setter
    def customer_keys(self, on: bool) -> None:
        from cloudkit.s3.settings.encryption import set_customer_keys

        set_customer_keys(self, on)

    @property
    def public_access(self) -> PublicAccess:
        """What keeps it from being public by mistake; `"blocked"`, `"by policy"` or each. One request each way."""
        from cloudkit.s3.settings.public_access import public_access

        return public_access(self)

    @public_access.setter
    def public_access(self, wanted: PublicAccessLike) -> None:
        from cloudkit.s3.settings.public_access import set_public_access

        set_public_access(self, wanted)

    @property
    def ownership(self) -> Ownership | None:
        """Whom its objects belong to, and whether ACLs count; None where no rule was set. One request each way."""
        from cloudkit.s3.settings.ownership import ownership

        return ownership(self)

    @ownership.setter
    def ownership(self, wanted: Ownership | str | None) -> None:
        from cloudkit.s3.settings.ownership import set_ownership

        set_ownership(self, wanted)

    @property
    def logging(self) -> Logging | None:
        """Where its access logs go, a bucket is enough; None for nowhere. It changes the policy of that bucket, too."""
        from cloudkit.s3.settings.logging import logging

        return logging(self)

    @logging.setter
    def logging(self, wanted: LoggingLike | None) -> None:
        from cloudkit.s3.settings.logging import set_logging

        set_logging(self, wanted)

    @property
    def object_lock(self) -> ObjectLock | None:
        """What it locks new objects with, or True for on; None where locks are off. Once on they stay on."""
        from cloudkit.s3.settings.object_lock import object_lock

        return object_lock(self)

    @object_lock.setter
    def object_lock(self, wanted: ObjectLock | bool) -> None:
        from cloudkit.s3.settings.object_lock import set_object_lock

        set_object_lock(self, wanted)

    @property
    def acceleration(self) -> bool:
        """Whether it can be reached over Transfer Acceleration; setting it switches. One request each way."""
        from cloudkit.s3.settings import switches

        return switches.acceleration(self)

    @acceleration.setter
    def acceleration(self, on: bool) -> None:
        from cloudkit.s3.settings import switches

        switches.switch_acceleration(self, on)

    @property
    def requester_pays(self) -> bool:
        """Whether those who ask pay, who say `request_payer=True` then; setting it switches. One request each way."""
        from cloudkit.s3.settings import switches

        return switches.requester_pays(self)

    @requester_pays.setter
    def requester_pays(self, on: bool) -> None:
        from cloudkit.s3.settings import switches

        switches.switch_requester_pays(self, on)

    @property
    def replication(self) -> Replication | None:
        """Where its objects are copied to by themselves; None for nowhere. One request."""
        from cloudkit.s3.settings.replication import replication

        return replication(self)

    # -- the end ---------------------------------------------------------------------------------------------

    def empty(self, prefix: str = "", *, dry_run: bool = False, timeout: Duration | None = None) -> Contents:
        """Delete all that is in it: objects, old versions, delete markers and open uploads. For good.

        One request for each 1,000 to find them and one to delete them, several at once; one for each open upload.

        Args:
            prefix: What the keys start with. Default: all.
            dry_run: Count alone, and delete nothing.
            timeout: Seconds for all of it. Default: no limit.

        Returns:
            What was deleted; with `dry_run`, what would be.

        Raises:
            BatchError: Some could not be deleted; `.failed` says which and why.
            DeadlineExceeded: It was not done within `timeout`.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Bucket("acme-photos").empty("tmp/", dry_run=True)
            Contents(versions=0, delete_markers=0, uploads=0, size=0)

        AWS: s3:ListObjectVersions, s3:ListObjectsV2, s3:DeleteObjects, s3:ListMultipartUploads, s3:AbortMultipartUpload
        """
        from cloudkit.s3._tree.emptying import empty

        with limited(timeout):
            return empty(self, prefix, self.uploads(prefix), dry_run=dry_run)

    @overload
    def delete(
        self, *, force: bool = ..., dry_run: Literal[False] = ..., timeout: Duration | None = ...
    ) -> None: ...
    @overload
    def delete(self, *, force: bool, dry_run: Literal[True], timeout: Duration | None = ...) -> Contents: ...
    @overload
    def delete(
        self, *, force: bool = ..., dry_run: bool, timeout: Duration | None = ...
    ) -> Contents | None: ...
    def delete(
        self, *, force: bool = False, dry_run: bool = False, timeout: Duration | None = None
    ) -> Contents | None:
        """Delete the bucket; fine if it is not there. One request, or with `force` as many as its content needs.

        Args:
            force: Delete all that is in it first: objects, old versions, delete markers and open uploads.
            dry_run: With `force`: count what would be deleted along with it, and delete nothing.
            timeout: Seconds for all of it. Default: no limit.

        Returns:
            With `dry_run`, what would be deleted; else None.

        Raises:
            Conflict: It is not empty, and `force` is not given.
            BatchError: Some of its objects could not be deleted.
            DeadlineExceeded: It was not done within `timeout`.
            InvalidRequest: `dry_run` without `force`.

        Examples:
            >>> Bucket("acme-photos").delete(force=True, dry_run=True).versions
            5
            >>> Bucket("acme-reports").delete(force=True)

        AWS: s3:DeleteBucket, s3:ListObjectVersions, s3:ListObjectsV2, s3:DeleteObjects, s3:ListMultipartUploads, s3:AbortMultipartUpload
        """
        from cloudkit.s3._given import switch
        from cloudkit.s3._tree.emptying import to_delete

        with limited(timeout):
            if dry_run:
                return to_delete(self, self.uploads(), force=force)
            try:
                if switch("force", force):
                    self.empty()
                self._call("delete_bucket")
            except BucketNotFound:
                pass
        self.cloud.forget(self.name)
        forget_region(self.cloud, self.name, self.expected_bucket_owner)
        self._unlearn()
        return None
