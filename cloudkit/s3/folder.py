"""A folder of a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing
from cloudkit._core.params import without_metadata
from cloudkit._core.resource import Resource
from cloudkit.errors import InvalidRequest, NotFound
from cloudkit.s3._limits import MAX_KEY_BYTES
from cloudkit.s3._service import S3
from cloudkit.s3.object import Object
from cloudkit.s3.usage import Usage
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket

_SCHEME = "s3://"

Walked: TypeAlias = "tuple[Folder, list[Folder], list[Object]]"
"""One step of `walk()`: a folder, the folders in it, and the objects in it."""


def as_prefix(text: str) -> str:
    """The prefix of a folder: it ends in a slash, unless it is empty."""
    return text if not text or text.endswith("/") else f"{text}/"


@define(eq=False, repr=False)
class Folder(Resource):
    """What begins with the same prefix up to a slash. Making one calls nothing.

    S3 has no folders: one is there as soon as a key begins with its prefix, and gone with the last of these. The
    prefix `""` is the root, which is the whole bucket.

    Args:
        bucket_name: The name of the bucket; or the whole address, `"s3://bucket/a/"`, without a prefix.
        prefix: What the keys begin with; a slash at its end may be left out.
        expected_bucket_owner: The number of the account that the bucket must be of: S3 refuses calls if it is not.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: S3 takes no such keys.

    Example:
        >>> Folder("acme-photos", "cats") / "tom.jpg"
        <Object s3://acme-photos/cats/tom.jpg>

    AWS: none
    """

    _service = S3

    bucket_name: str
    prefix: str = field(default="", converter=as_prefix)
    expected_bucket_owner: str | None = field(kw_only=True, default=None)

    def __attrs_post_init__(self) -> None:
        if self.bucket_name.startswith(_SCHEME):
            if self.prefix:
                raise InvalidRequest(
                    f"Folder({self.bucket_name!r}, {self.prefix!r}): give an address, or two names"
                )
            self.bucket_name, _, prefix = self.bucket_name[len(_SCHEME) :].partition("/")
            self.prefix = as_prefix(prefix)
        if len(self.prefix.encode()) > MAX_KEY_BYTES:
            raise InvalidRequest(
                f"prefix {self.prefix[:40]!r}...: S3 takes keys of 1 to {MAX_KEY_BYTES} bytes"
            )

    @property
    def bucket(self) -> Bucket:
        """The bucket that it is in."""
        from cloudkit.s3.bucket import Bucket

        return Bucket(self.bucket_name, expected_bucket_owner=self.expected_bucket_owner, cloud=self.cloud)

    @property
    def name(self) -> str:
        """The last part of the prefix, without its slash; empty for the root."""
        return self.prefix[:-1].rpartition("/")[2]

    @property
    def parent(self) -> Folder:
        """The folder that it is in; the root's is the root."""
        above = self.prefix[:-1].rpartition("/")
        return self._at(above[0] + above[1])

    def __truediv__(self, name: str) -> Object:
        return Object(
            self.bucket_name,
            self.prefix + name.lstrip("/"),
            expected_bucket_owner=self.expected_bucket_owner,
            cloud=self.cloud,
        )

    def _at(self, prefix: str) -> Folder:
        return Folder(
            self.bucket_name, prefix, expected_bucket_owner=self.expected_bucket_owner, cloud=self.cloud
        )

    @override
    def __str__(self) -> str:
        return f"{_SCHEME}{self.bucket_name}/{self.prefix}"

    @classmethod
    def get(cls, bucket_name: str, prefix: str, *, cloud: Cloud | None = None) -> Self:
        """Find a folder that is there. One request.

        Args:
            bucket_name: The name of the bucket.
            prefix: What the keys begin with.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The folder.

        Raises:
            NotFound: No key begins with it.
            BucketNotFound: The bucket is not there.

        Example:
            >>> Folder.get("acme-photos", "cats")
            <Folder s3://acme-photos/cats/>

        AWS: s3:ListObjectsV2
        """
        return cls(bucket_name, prefix, cloud=cloud).refresh()

    @override
    def _load(self) -> Answer:
        answer = self.cloud.invoke(
            S3,
            "list_objects_v2",
            {
                "Bucket": self.bucket_name,
                "ExpectedBucketOwner": self.expected_bucket_owner,
                "Prefix": self.prefix or None,
                "MaxKeys": 1,
            },
            about=self,
        )
        if self.prefix and not answer.get("Contents"):
            raise NotFound("no key begins with it", service="s3", resource=str(self))
        return without_metadata(answer)

    def folder(self, name: str) -> Folder:
        """A folder in this one. No request.

        Args:
            name: Its name, or the path to it.

        Returns:
            The folder.

        Raises:
            InvalidRequest: S3 takes no such keys.

        Example:
            >>> Folder("acme-photos").folder("cats/2026")
            <Folder s3://acme-photos/cats/2026/>

        AWS: none
        """
        return self._at(self.prefix + name.lstrip("/"))

    # -- what is in it ---------------------------------------------------------------------------------------

    def children(self) -> Listing[Folder | Object]:
        """The folders and objects in it, not what is in these, in the order of their keys. One request for each 1,000.

        An object whose key is the prefix itself, as some tools make one for an empty folder, is left out.

        Returns:
            Folders and objects.

        Raises:
            BucketNotFound: The bucket is not there.

        Example:
            >>> Folder("acme-photos").children().to_list()[1:3]
            [<Folder s3://acme-photos/cats/>, <Object s3://acme-photos/config.json>]

        AWS: s3:ListObjectsV2
        """
        from cloudkit.s3._tree.listing import children

        return children(self.bucket, self.prefix)

    def folders(self) -> Listing[Folder]:
        """The folders in it. One request for each 1,000 children.

        Returns:
            The folders.

        Raises:
            BucketNotFound: The bucket is not there.

        Example:
            >>> [folder.name for folder in Folder("acme-photos").folders()]
            ['cats']

        AWS: s3:ListObjectsV2
        """
        from cloudkit.s3._tree.listing import folders

        return folders(self.bucket, self.prefix)

    def objects(self, *, limit: int | None = None, parallel: int | None = None) -> Listing[Object]:
        """All objects below it, at any depth. One request for each 1,000.

        Args:
            limit: How many at most.
            parallel: As in `Bucket.objects`.

        Returns:
            The objects, in the order of their keys.

        Raises:
            BucketNotFound: The bucket is not there.

        Example:
            >>> [each.key for each in Folder("acme-photos", "cats").objects()]
            ['cats/tom.jpg']

        AWS: s3:ListObjectsV2
        """
        return self.bucket.objects(self.prefix, limit=limit, parallel=parallel)

    def walk(self) -> Iterator[Walked]:
        """This folder and all below it, each with what is in it, as `os.walk` does. One request or more a folder.

        Folders taken out of the list are not walked.

        Returns:
            Each folder, the folders in it and the objects in it; folders before those in them.

        Raises:
            BucketNotFound: The bucket is not there.

        Example:
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

        Example:
            >>> Folder("acme-photos", "cats").usage()
            Usage(prefix='cats/', count=1, size=2048, folders=())

        AWS: s3:ListObjectsV2
        """
        return self.bucket.usage(self.prefix, depth=depth, parallel=parallel)

    def delete(self) -> None:
        """Delete all objects below it; fine if there are none. One request for each 1,000 to list, and one to delete.

        In a bucket with versioning they only get delete markers.

        Raises:
            InvalidRequest: It is the root, which is the whole bucket.
            BatchError: Some could not be deleted; `.failed` says which and why.
            AccessDenied: These credentials may not.

        Example:
            >>> Folder("acme-photos", "tmp").delete()

        AWS: s3:ListObjectsV2, s3:DeleteObjects
        """
        if not self.prefix:
            raise InvalidRequest(
                "the root is the whole bucket",
                resource=str(self),
                hint="bucket.delete_objects(bucket.objects()) deletes all of its objects",
            )
        with suppress(NotFound):
            self.bucket.delete_objects(self.objects())
