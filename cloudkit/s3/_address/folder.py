"""A folder of a bucket: its name and the way there."""

from __future__ import annotations

from attrs import define, field
from typing_extensions import override

from cloudkit._core.params import without_metadata
from cloudkit.errors import InvalidRequest, NotFound
from cloudkit.s3._address.way import Reached, contents_named
from cloudkit.s3._limits import MAX_KEY_BYTES
from cloudkit.s3._names import SCHEME, check_bucket_name, split_address
from cloudkit.s3._prefix import Named, as_prefix, named, without_slash
from cloudkit.s3._service import S3
from cloudkit.types import Answer


@define(eq=False, repr=False)
class FolderAddress(Reached):
    """What `Folder` is but for its verbs. It is made as a `Folder` alone."""

    _service = S3

    bucket_name: str
    prefix: str = field(default="", converter=as_prefix)

    def __attrs_post_init__(self) -> None:
        if self.bucket_name.startswith(SCHEME):
            if self.prefix:
                raise InvalidRequest(
                    f"Folder({self.bucket_name!r}, {self.prefix!r}): give an address, or two names"
                )
            bucket_name, prefix = split_address(self.bucket_name)
            self._identify(bucket_name=bucket_name, prefix=named(prefix))
        elif not isinstance(self.prefix, Named):
            without_slash("prefix", self.prefix)
        check_bucket_name(self.bucket_name)
        if len(self.prefix.encode()) > MAX_KEY_BYTES:
            raise InvalidRequest(
                f"prefix {self.prefix[:40]!r}...: S3 takes keys of 1 to {MAX_KEY_BYTES} bytes"
            )

    @property
    def name(self) -> str:
        """The last part of the prefix, without its slash; empty for the root."""
        return self.prefix[:-1].rpartition("/")[2]

    @override
    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket_name}/{self.prefix}"

    @override
    def _load(self) -> Answer:
        answer = self.cloud.invoke(
            S3,
            "list_objects_v2",
            {**contents_named(self.bucket_name, self), "Prefix": self.prefix or None, "MaxKeys": 1},
            about=self,
        )
        if self.prefix and not answer.get("Contents"):
            raise NotFound("no key begins with it", service="s3", resource=str(self))
        return without_metadata(answer)
