"""A bucket as an fsspec filesystem, for the many libraries that take one: pandas, Dask, pyarrow, zarr ..."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import contents_address
from cloudkit.s3._service import S3
from cloudkit.s3._transfer.paths import refusal
from cloudkit.s3.errors import ObjectNotFound

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket
    from cloudkit.s3.object import Object

    class AbstractFileSystem:
        """fsspec's own, which carries no types: as far as it is used here."""

        def __getattr__(self, name: str) -> Any: ...
        def find(self, path: str, **options: Any) -> Any: ...
        def get(self, rpath: Any, lpath: Any, recursive: bool = False, **options: Any) -> Any: ...
        def expand_path(self, path: Any, **options: Any) -> Any: ...

else:
    from fsspec.spec import AbstractFileSystem

_MODE = re.compile(r"[rwx][bt]?")


class BucketFileSystem(AbstractFileSystem):
    """The objects of a bucket as files; paths are keys. Made by `bucket.filesystem()`.

    It reaches S3 through the bucket: the same credentials, retries, errors and engine. It keeps no listing, so that
    it never shows what is no longer true. Folders are prefixes: they are there as long as an object is below them.

    Args:
        bucket: The bucket.
    """

    protocol: ClassVar[str] = "s3"
    root_marker: ClassVar[str] = ""
    cachable: ClassVar[bool] = False

    def __init__(self, bucket: Bucket) -> None:
        super().__init__()
        self.bucket = bucket

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, (list, tuple)):
            return list(map(cls._strip_protocol, path))  # pyright: ignore[reportUnknownArgumentType]
        text = path.as_posix() if isinstance(path, Path) else str(path)
        if "://" in text:
            raise InvalidRequest(
                f"{text!r}: paths of a bucket's filesystem are keys", hint="'folder/name.csv'"
            )
        return text.lstrip("/").rstrip("/")

    def unstrip_protocol(self, name: str) -> str:
        return f"s3://{self.bucket.name}/{self._strip_protocol(name)}"

    def _object(self, path: str) -> Object:
        return self.bucket[self._strip_protocol(path)]

    # -- looking ---------------------------------------------------------------------------------------------

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        if path:
            with suppress(ObjectNotFound):
                return self._file(self.bucket[path].refresh())
            if not self.bucket.objects(f"{path}/", limit=1):
                raise FileNotFoundError(path)
        else:
            self.bucket.refresh()
        return _folder(path)

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        path = self._strip_protocol(path)
        prefix = f"{path}/" if path else ""
        found: list[dict[str, Any]] = []
        for page in self.bucket.cloud.pages(
            S3,
            "list_objects_v2",
            about=self.bucket,
            Prefix=prefix or None,
            Delimiter="/",
            **contents_address(self.bucket),
        ):
            # A folder without a name, as in "a//b", is none that a path can lead to: only `find` sees into it.
            named = (row["Prefix"][:-1] for row in page.get("CommonPrefixes", []))
            found += [_folder(name) for name in named if name and not name.endswith("/")]
            found += [_row(row) for row in page.get("Contents", []) if row["Key"] != prefix]
        if not found:
            # A file, an empty folder with its marker, or nothing at all.
            found = [each] if (each := self.info(path))["type"] == "file" else []
        found.sort(key=lambda each: str(each["name"]))
        return found if detail else [each["name"] for each in found]

    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,
        detail: bool = False,
        **kwargs: Any,
    ) -> Any:
        if maxdepth is not None:
            return super().find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail, **kwargs)
        # All that is below, by one listing.
        path = self._strip_protocol(path)
        prefix = f"{path}/" if path else ""
        found: dict[str, dict[str, Any]] = {}
        for thing in self.bucket.objects(prefix):
            if withdirs:
                above = thing.key.rpartition("/")[0]
                while above and len(above) >= len(path) and above not in found:
                    found[above] = _folder(above)
                    above = above.rpartition("/")[0]
            if not thing.key.endswith("/"):
                found[thing.key] = self._file(thing)
        if not found and path:
            with suppress(ObjectNotFound):
                found = {path: self._file(self.bucket[path].refresh())}
        found = dict(sorted(found.items())) if withdirs else found
        return found if detail else list(found)

    @staticmethod
    def _file(thing: Object) -> dict[str, Any]:
        return _row(
            {"Key": thing.key, "Size": thing.size, "ETag": thing.etag, "LastModified": thing.last_modified}
        )

    def modified(self, path: str) -> datetime:
        return self._object(path).refresh().last_modified

    def created(self, path: str) -> datetime:
        return self.modified(path)  # an object is made anew by each write

    def checksum(self, path: str) -> str:
        return self._object(path).refresh().etag

    def ukey(self, path: str) -> str:
        return self.checksum(path)

    def sign(self, path: str, expiration: int = 100, **_: Any) -> str:
        return str(self._object(path).url(expires=expiration))

    # -- reading and writing ---------------------------------------------------------------------------------

    def open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        cache_options: Any = None,
        compression: str | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **_: Any,
    ) -> Any:
        # Not by fsspec's own layers: an exception in the `with` block must reach the writer below them.
        if not _MODE.fullmatch(mode):
            raise InvalidRequest(
                f"mode={mode!r}: objects are read or written whole", hint="'rb', 'wb' or 'xb'"
            )
        thing = self._object(path)
        if mode.startswith("r"):
            thing.refresh()  # a file that is not there is told when it is opened
        text = {} if "b" in mode else {"encoding": encoding or "utf-8", "errors": errors, "newline": newline}
        opened: Any = thing.open
        packed = "auto" if compression == "infer" else compression
        return opened(
            mode, compression=packed, **{name: each for name, each in text.items() if each is not None}
        )

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        thing = self._object(path)
        if not start and end is None:
            return thing.read_bytes()
        with thing.open("rb") as file:
            size = thing.refresh().size if (start or 0) < 0 or (end or 0) < 0 else 0
            first = (start or 0) + (size if (start or 0) < 0 else 0)
            file.seek(first)
            return file.read(-1 if end is None else max(0, end + (size if end < 0 else 0) - first))

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> None:
        self._object(path).write_bytes(bytes(value), if_absent=mode == "create")

    def put_file(
        self, lpath: str, rpath: str, callback: Any = None, mode: str = "overwrite", **_: Any
    ) -> None:
        if not Path(lpath).is_dir():
            self._object(rpath).upload(lpath, progress=_told(callback), if_absent=mode == "create")

    def get(
        self,
        rpath: Any,
        lpath: Any,
        recursive: bool = False,
        callback: Any = None,
        maxdepth: int | None = None,
        **kwargs: Any,
    ) -> None:
        options = kwargs if callback is None else {**kwargs, "callback": callback}
        folder = str(lpath)
        if not isinstance(lpath, (str, os.PathLike)):
            super().get(rpath, lpath, recursive=recursive, maxdepth=maxdepth, **options)
            return
        # All that is to be written is looked at first: a key may spell the way out of the folder.
        pairs = _Plan(self.bucket).pairs(rpath, folder, recursive=recursive, maxdepth=maxdepth)
        if pairs:
            super().get([key for key, _ in pairs], [path for _, path in pairs], **options)

    def get_file(self, rpath: str, lpath: str, callback: Any = None, outfile: Any = None, **_: Any) -> None:
        if outfile is None and self.isdir(rpath):
            Path(lpath).mkdir(parents=True, exist_ok=True)
            return
        if outfile is not None:
            outfile.write(self.cat_file(rpath))
            return
        Path(lpath).parent.mkdir(parents=True, exist_ok=True)
        self._object(rpath).download(lpath, progress=_told(callback))

    def cp_file(self, path1: str, path2: str, **_: Any) -> None:
        if not self.isdir(path1):
            self._object(path1).copy_to(self._object(path2))

    def _rm(self, path: str) -> None:
        self._object(path).delete()

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:
        found = self.expand_path(path, recursive=recursive, maxdepth=maxdepth)
        self.bucket.delete_objects([each for each in found if each])

    # -- folders are prefixes --------------------------------------------------------------------------------

    def mkdir(self, path: str, create_parents: bool = True, **_: Any) -> None:
        pass

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        pass

    def rmdir(self, path: str) -> None:
        pass

    # -- identity --------------------------------------------------------------------------------------------

    @override
    def __eq__(self, other: object) -> bool:
        return self.bucket == other.bucket if isinstance(other, BucketFileSystem) else NotImplemented

    @override
    def __hash__(self) -> int:
        return hash((BucketFileSystem, self.bucket))

    @override
    def __repr__(self) -> str:
        return f"<BucketFileSystem {self.bucket.name}>"

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return BucketFileSystem, (self.bucket,)


class _Plan(BucketFileSystem):
    """What fsspec's `get` would write, without writing it."""

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(bucket)
        self._keys: list[str] = []
        self._pairs: list[tuple[str, str]] = []

    def pairs(
        self, rpath: Any, lpath: str, *, recursive: bool, maxdepth: int | None
    ) -> list[tuple[str, str]]:
        """Keys and the files that they become.

        Raises:
            InvalidRequest: One of them would be outside of the folder, or has a name that files cannot have.
        """
        local: Any = import_module("fsspec.implementations.local")  # it carries no types
        root = str(local.make_path_posix(lpath)).rstrip("/")
        try:
            AbstractFileSystem.get(self, rpath, lpath, recursive=recursive, maxdepth=maxdepth)
        except ValueError as error:  # newer ones of fsspec refuse some themselves
            if isinstance(error, InvalidRequest) or not self._keys:
                raise
            raise _no_name(", ".join(key for key in self._keys if ".." in key.split("/")), error) from error
        for key, path in self._pairs:
            below = path.removeprefix(root)
            reason = refusal(below[1:]) if below else None
            if reason is not None:
                raise _no_name(key, reason)
        return self._pairs

    def expand_path(self, path: Any, recursive: bool = False, maxdepth: int | None = None, **_: Any) -> Any:
        self._keys = super().expand_path(path, recursive=recursive, maxdepth=maxdepth)
        return self._keys

    @override
    def get_file(self, rpath: str, lpath: str, callback: Any = None, outfile: Any = None, **_: Any) -> None:
        self._pairs.append((rpath, lpath))


def _no_name(key: str, reason: object) -> InvalidRequest:
    return InvalidRequest(
        f"the key {key!r} cannot become a file there: {reason}",
        hint="get_file(key, path) or object.download(path) writes it where you say",
    )


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["Key"],
        "size": row["Size"],
        "type": "file",
        "ETag": row["ETag"],
        "LastModified": row["LastModified"],
    }


def _folder(name: str) -> dict[str, Any]:
    return {"name": name, "size": 0, "type": "directory"}


def _told(callback: Any) -> Any:
    """A progress hook that tells fsspec's callback."""
    if callback is None:
        return None

    def tell(now: Any) -> None:
        if now.total is not None:
            callback.set_size(now.total)
        callback.absolute_update(now.done)

    return tell
