"""A folder of a bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from attrs import define
from typing_extensions import Self, Unpack

from cloudkit._core.cloud import Cloud
from cloudkit._core.deadline import limited
from cloudkit._core.listing import Listing
from cloudkit.errors import InvalidRequest, NotFound
from cloudkit.s3._address.folder import FolderAddress
from cloudkit.s3._address.way import Way, way_to
from cloudkit.s3._given import below
from cloudkit.s3._prefix import as_text, named
from cloudkit.s3.object import Object
from cloudkit.s3.sync import SyncFromOptions, SyncOptions, SyncPlan, SyncResult
from cloudkit.s3.usage import Usage
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.s3._tree.emptying import Contents
    from cloudkit.s3.bucket import Bucket
    from cloudkit.s3.upload import Uploads

Walked: TypeAlias = "tuple[Folder, list[Folder], list[Object]]"
"""One step of `walk()`: a folder, the folders in it, and the objects in it."""


def folder_at(bucket_name: str, prefix: str, way: Way) -> Folder:
    """The folder of a prefix that S3 has named: it may begin with a slash."""
    return Folder(bucket_name, named(prefix), **way)


@define(eq=False, repr=False)
class Folder(FolderAddress):
    """What begins with the same prefix up to a slash. Making one calls nothing.

    S3 has no folders: one is there as soon as a key begins with its prefix, and gone with the last of these. The
    prefix `""` is the root, which is the whole bucket.

    Args:
        bucket_name: The name of the bucket; or the whole address, `"s3://bucket/a/"`, without a prefix.
        prefix: What the keys begin with; a slash at its end may be left out. Keys that begin with a slash have their
            folders too: an address names them, as `"s3://bucket//a/"`.
        expected_bucket_owner: The number of the account that the bucket must be of: S3 refuses calls if it is not.
        request_payer: As in `Bucket`.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: S3 takes no such keys, or the prefix begins with a slash or is no text.

    Examples:
        >>> Folder("acme-photos", "cats") / "tom.jpg"
        <Object s3://acme-photos/cats/tom.jpg>

    AWS: none
    """

    @property
    def bucket(self) -> Bucket:
        """The bucket that it is in."""
        from cloudkit.s3.bucket import Bucket

        return Bucket(self.bucket_name, **way_to(self))

    @property
    def parent(self) -> Folder:
        """The folder that it is in; the root's is the root."""
        above = self.prefix[:-1].rpartition("/")
        return self._at(above[0] + above[1])

    def __truediv__(self, name: str) -> Object:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
            return NotImplemented
        return Object(self.bucket_name, below(self.prefix, name), **way_to(self))

    def _at(self, prefix: str) -> Folder:
        return folder_at(self.bucket_name, prefix, way_to(self))

    @classmethod
    def get(
        cls,
        bucket_name: str,
        prefix: str,
        *,
        expected_bucket_owner: str | None = None,
        request_payer: bool = False,
        cloud: Cloud | None = None,
    ) -> Self:
        """Find a folder that is there. One request.

        Args:
            bucket_name: The name of the bucket.
            prefix: What the keys begin with.
            expected_bucket_owner: The number of the account that the bucket must be of.
            request_payer: As in `Bucket`.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The folder.

        Raises:
            NotFound: No key begins with it.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Folder.get("acme-photos", "cats")
            <Folder s3://acme-photos/cats/>

        AWS: s3:ListObjectsV2
        """
        return cls(
            bucket_name,
            prefix,
            expected_bucket_owner=expected_bucket_owner,
            request_payer=request_payer,
            cloud=cloud,
        ).refresh()

    def folder(self, name: str) -> Folder:
        """A folder in this one. No request.

        Args:
            name: Its name, or the path to it.

        Returns:
            The folder.

        Raises:
            InvalidRequest: S3 takes no such keys.

        Examples:
            >>> Folder("acme-photos").folder("cats/2026")
            <Folder s3://acme-photos/cats/2026/>

        AWS: none
        """
        return self._at(self.prefix + as_text("name", name).lstrip("/"))

    # -- what is in it ---------------------------------------------------------------------------------------

    def children(self) -> Listing[Folder | Object]:
        """The folders and objects in it, not what is in these, in the order of their keys. One request for each 1,000.

        An empty object whose key is the prefix itself, as some tools make one for a folder, is left out.

        Returns:
            Folders and objects.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Folder("acme-photos").children().to_list()[1:3]
            [<Folder s3://acme-photos/cats/>, <Object s3://acme-photos/config.json>]

        AWS: s3:ListObjectsV2
        """
        from cloudkit.s3._tree.listing import children

        return children(self.bucket, self.prefix, self._at)

    def folders(self) -> Listing[Folder]:
        """The folders in it. One request for each 1,000 children.

        Returns:
            The folders.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> [folder.name for folder in Folder("acme-photos").folders()]
            ['cats']

        AWS: s3:ListObjectsV2
        """
        from cloudkit.s3._tree.listing import folders

        return folders(self.bucket, self.prefix, self._at)

    def objects(
        self,
        *,
        suffix: str | Sequence[str] | None = None,
        modified_after: datetime | None = None,
        modified_before: datetime | None = None,
        limit: int | None = None,
        parallel: int | None = None,
        ordered: bool = True,
    ) -> Listing[Object]:
        """All objects below it, at any depth. One request for each 1,000.

        Args:
            suffix: What their keys end with, or several of which one is enough.
            modified_after: When they were written last, with a time zone.
            modified_before: The same, the other way.
            limit: How many at most, of those that fulfil the conditions.
            parallel: As in `Bucket.objects`.
            ordered: As in `Bucket.objects`.

        Returns:
            The objects, in the order of their keys.

        Raises:
            BucketNotFound: The bucket is not there.
            InvalidRequest: A time without a zone, or no such number.

        Examples:
            >>> [each.key for each in Folder("acme-photos", "cats").objects()]
            ['cats/tom.jpg']

        AWS: s3:ListObjectsV2
        """
        return self.bucket.objects(
            self.prefix,
            suffix=suffix,
            modified_after=modified_after,
            modified_before=modified_before,
            limit=limit,
            parallel=parallel,
            ordered=ordered,
        )

    def glob(self, pattern: str) -> Listing[Object]:
        """The objects below it whose keys behind the prefix match a pattern. One request for each 1,000 listed.

        Args:
            pattern: As in `Bucket.glob`, such as `"**/*.gz"`; the prefix is taken as it is.

        Returns:
            The objects, in the order of their keys.

        Raises:
            BucketNotFound: The bucket is not there.
            InvalidRequest: An empty pattern, one that begins with a slash, or one with braces.

        Examples:
            >>> [each.key for each in Folder("acme-photos", "cats").glob("t*.jpg")]
            ['cats/tom.jpg']

        AWS: s3:ListObjectsV2
        """
        from cloudkit.s3._tree.glob import glob

        return glob(self.bucket, pattern, below=self.prefix)

    def walk(self) -> Iterator[Walked]:
        """This folder and all below it, each with what is in it, as `os.walk` does. One request or more a folder.

        Folders taken out of the list are not walked.

        Returns:
            Each folder, the folders in it and the objects in it; folders before those in them.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> [(folder.name, len(objects)) for folder, _, objects in Folder("acme-photos").walk()][1:]
            [('cats', 1)]

        AWS: s3:ListObjectsV2
        """
        left = [self._at(self.prefix)]
        while left:
            folder = left.pop()
            folders: list[Folder] = []
            objects: list[Object] = []
            for each in folder.children():
                if isinstance(each, Folder):
                    folders.append(each)
                else:
                    objects.append(each)
            yield folder, folders, objects
            left.extend(reversed(folders))

    def usage(self, *, depth: int = 0, parallel: int | None = None) -> Usage:
        """How many objects are below it, and their bytes. One request for each 1,000 objects.

        Args:
            depth: How many levels of folders are told apart. Default: none.
            parallel: As in `Bucket.objects`.

        Returns:
            Count and size, and with a depth those of the folders in it.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Folder("acme-photos", "cats").usage()
            Usage(prefix='cats/', count=1, size=2048, folders=())

        AWS: s3:ListObjectsV2
        """
        return self.bucket.usage(self.prefix, depth=depth, parallel=parallel)

    # -- made alike ------------------------------------------------------------------------------------------

    @overload
    def sync_from(
        self,
        folder: str | os.PathLike[str],
        *,
        dry_run: Literal[False] = ...,
        **options: Unpack[SyncFromOptions],
    ) -> SyncResult: ...
    @overload
    def sync_from(
        self, folder: str | os.PathLike[str], *, dry_run: Literal[True], **options: Unpack[SyncFromOptions]
    ) -> SyncPlan: ...
    @overload
    def sync_from(
        self, folder: str | os.PathLike[str], *, dry_run: bool, **options: Unpack[SyncFromOptions]
    ) -> SyncPlan | SyncResult: ...
    def sync_from(
        self, folder: str | os.PathLike[str], *, dry_run: bool = False, **options: Unpack[SyncFromOptions]
    ) -> SyncPlan | SyncResult:
        """Make it like a folder of this machine, as `Bucket.sync_from` does. Many requests, in parallel.

        Args:
            folder: The folder here.
            dry_run: Make the plan alone, and change nothing; `plan.run()` does it then.
            **options: As in `SyncFromOptions`.

        Returns:
            What was done; with `dry_run` the plan.

        Raises:
            SyncFailed: Some failed; its `result` says what was done. Nothing was deleted then.
            InvalidRequest: `delete` with a source that is empty, or an option that makes no sense here.
            FileNotFoundError: The folder is not there; nothing was asked of AWS.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> print(Folder("acme-photos", "www").sync_from("site", exclude="*.tmp"))
            1 transferred (14 B)

        AWS: s3:ListObjectsV2, s3:PutObject, s3:HeadObject, s3:DeleteObjects, the s3:CreateMultipartUpload family
        """
        return self.bucket.sync_from(folder, self, dry_run=dry_run, **options)

    @overload
    def sync_to(
        self, folder: str | os.PathLike[str], *, dry_run: Literal[False] = ..., **options: Unpack[SyncOptions]
    ) -> SyncResult: ...
    @overload
    def sync_to(
        self, folder: str | os.PathLike[str], *, dry_run: Literal[True], **options: Unpack[SyncOptions]
    ) -> SyncPlan: ...
    @overload
    def sync_to(
        self, folder: str | os.PathLike[str], *, dry_run: bool, **options: Unpack[SyncOptions]
    ) -> SyncPlan | SyncResult: ...
    def sync_to(
        self, folder: str | os.PathLike[str], *, dry_run: bool = False, **options: Unpack[SyncOptions]
    ) -> SyncPlan | SyncResult:
        """Make a folder of this machine like it, as `Bucket.sync_to` does. Many requests, in parallel.

        Args:
            folder: The folder here; made if it is not there.
            dry_run: Make the plan alone, and change nothing; `plan.run()` does it then.
            **options: As in `SyncOptions`.

        Returns:
            What was done; with `dry_run` the plan.

        Raises:
            SyncFailed: Some failed; its `result` says what was done. Nothing was deleted then.
            InvalidRequest: `delete` with a source that is empty, or an option that makes no sense here.
            NotADirectoryError: There is a file of that name; nothing was asked of AWS.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> print(Folder("acme-photos", "cats").sync_to("cats"))
            1 transferred (2.0 KiB)

        AWS: s3:ListObjectsV2, s3:GetObject, s3:HeadObject
        """
        return self.bucket.sync_to(folder, self, dry_run=dry_run, **options)

    # -- the end ---------------------------------------------------------------------------------------------

    def uploads(self, *, older_than: Duration | None = None) -> Uploads:
        """The uploads in parts below it that are neither complete nor aborted. One request for each 1,000.

        Args:
            older_than: As in `Bucket.uploads`.

        Returns:
            The uploads; `abort()` aborts them.

        Raises:
            BucketNotFound: The bucket is not there.
            InvalidRequest: A time that makes no sense.

        Examples:
            >>> Folder("acme-photos", "films").uploads(older_than=3600).abort(dry_run=True)
            0

        AWS: s3:ListMultipartUploads
        """
        return self.bucket.uploads(self.prefix, older_than=older_than)

    def empty(self, *, dry_run: bool = False, timeout: Duration | None = None) -> Contents:
        """Delete all below it: objects, old versions, delete markers and open uploads. For good.

        One request for each 1,000 to find them and one to delete them, several at once; one for each open upload.

        Args:
            dry_run: Count alone, and delete nothing.
            timeout: Seconds for all of it. Default: no limit.

        Returns:
            What was deleted; with `dry_run`, what would be.

        Raises:
            InvalidRequest: It is the root, which is the whole bucket.
            BatchError: Some could not be deleted; `.failed` says which and why.
            DeadlineExceeded: It was not done within `timeout`.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Folder("acme-photos", "cats").empty(dry_run=True)
            Contents(versions=1, delete_markers=0, uploads=0, size=2048)

        AWS: s3:ListObjectVersions, s3:ListObjectsV2, s3:DeleteObjects, s3:ListMultipartUploads, s3:AbortMultipartUpload
        """
        self._refuse_root("bucket.empty() deletes all that is in it")
        return self.bucket.empty(self.prefix, dry_run=dry_run, timeout=timeout)

    @overload
    def delete(self, *, dry_run: Literal[False] = ..., timeout: Duration | None = ...) -> None: ...
    @overload
    def delete(self, *, dry_run: Literal[True], timeout: Duration | None = ...) -> Contents: ...
    @overload
    def delete(self, *, dry_run: bool, timeout: Duration | None = ...) -> Contents | None: ...
    def delete(self, *, dry_run: bool = False, timeout: Duration | None = None) -> Contents | None:
        """Delete all objects below it; fine if there are none. One request for each 1,000 to list, and one to delete.

        In a bucket with versioning they only get delete markers.

        Args:
            dry_run: Count alone, and delete nothing.
            timeout: Seconds for all of it. Default: no limit.

        Returns:
            With `dry_run`, what would be deleted; else None.

        Raises:
            InvalidRequest: It is the root, which is the whole bucket.
            BatchError: Some could not be deleted; `.failed` says which and why.
            DeadlineExceeded: It was not done within `timeout`; its `batch` says what was.
            AccessDenied: These credentials may not.

        Examples:
            >>> Folder("acme-photos", "cats").delete(dry_run=True).versions
            1
            >>> Folder("acme-photos", "tmp").delete()

        AWS: s3:ListObjectsV2, s3:DeleteObjects
        """
        self._refuse_root("bucket.delete_objects(bucket.objects()) deletes all of its objects")
        with limited(timeout):
            if dry_run:
                from cloudkit.s3._tree.emptying import to_delete_below

                return to_delete_below(self.objects())
            with suppress(NotFound):
                self.bucket.delete_objects(self.objects())
        return None

    def _refuse_root(self, instead: str) -> None:
        if not self.prefix:
            raise InvalidRequest("the root is the whole bucket", resource=str(self), hint=instead)
