"""What has to be done to make one tree like another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from attrs import define, field

from cloudkit._core.params import one_of
from cloudkit._core.workers import in_parallel
from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.object import ObjectAddress
from cloudkit.s3._limits import COMPARE_WORKERS, LOCK_PREFIX
from cloudkit.s3._transfer.paths import Names, folds_case, key_refusal, refusal
from cloudkit.s3._tree.choice import Choice
from cloudkit.s3._tree.comparing import same_content, same_objects
from cloudkit.s3._tree.disk import File, Scanned, scan
from cloudkit.s3._tree.listing import objects
from cloudkit.s3.sync import SyncAction, SyncKind, SyncOptions

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud
    from cloudkit.s3._address.bucket import BucketAddress

_COMPARE = ("checksum", "size", "time")

S = TypeVar("S", File, ObjectAddress)
T = TypeVar("T", File, ObjectAddress)


@define
class Found:
    """The parts of a plan."""

    transfers: list[SyncAction] = field(factory=list[SyncAction])
    deletes: list[SyncAction] = field(factory=list[SyncAction])
    skipped: list[SyncAction] = field(factory=list[SyncAction])
    refused: list[SyncAction] = field(factory=list[SyncAction])


def plan_uploads(
    bucket: BucketAddress, root: Path, prefix: str, options: SyncOptions, *, follow: bool = False
) -> Found:
    """What makes a prefix like a folder."""
    choice, compare = _asked(options, prefix)
    if not root.exists():
        raise FileNotFoundError(f"there is no folder {root}")
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is no folder")
    here = scan(root, choice, follow=follow)
    there = _objects(bucket, prefix, choice)
    found = Found(refused=[_refused(each.name, each.reason, path=each.path) for each in here.others])

    def act(kind: SyncKind, file: File, reason: str) -> SyncAction:
        return SyncAction(kind, file.name, reason, file.size, prefix + file.name, file.path)

    sources: dict[str, File] = {}
    for file in here.files.values():
        reason = key_refusal(prefix + file.name)
        if reason is None:
            sources[file.name] = file
        else:
            found.refused.append(_refused(file.name, reason, path=file.path, size=file.size))
    _compare(found, SyncKind.UPLOAD, sources, there, _alike_files(compare), act)
    if options.get("delete"):
        kept = _Kept(here)
        extra = [name for name in there if name not in here.files and name not in kept]
        _refuse_empty(options, not here.files, extra, str(root))
        found.deletes += [
            SyncAction(SyncKind.DELETE, name, "not in the source", there[name].size, prefix + name)
            for name in extra
        ]
    return found


def plan_downloads(bucket: BucketAddress, prefix: str, root: Path, options: SyncOptions) -> Found:
    """What makes a folder like a prefix."""
    choice, compare = _asked(options, prefix)
    if root.exists() and not root.is_dir():
        raise NotADirectoryError(f"{root} is no folder")
    there = _objects(bucket, prefix, choice)
    here = scan(root, Choice()) if root.exists() else Scanned()
    found = Found()

    def act(kind: SyncKind, thing: ObjectAddress, reason: str) -> SyncAction:
        name = thing.key[len(prefix) :]
        return SyncAction(kind, name, reason, thing.size, thing.key, root.joinpath(*name.split("/")))

    way_in = _WayIn(here)
    names = Names((*here.files, *here.folders), folding=folds_case(root))
    sources: dict[str, ObjectAddress] = {}
    for name, thing in there.items():
        reason = refusal(name) or way_in.refusal(name) or names.add(name)
        if reason is None:
            sources[name] = thing
        else:
            found.refused.append(_refused(name, reason, key=thing.key, size=thing.size))
    _compare(found, SyncKind.DOWNLOAD, sources, here.files, _alike_objects(compare), act)
    if options.get("delete"):
        # Of what was refused too, the file that is there stays: nobody knows whose it is.
        wanted = {names.folded(name) for name in there}
        extra = [name for name in here.files if names.folded(name) not in wanted and choice.takes(name)]
        _refuse_empty(options, not there, extra, f"s3://{bucket.name}/{prefix}")
        found.deletes += [
            SyncAction(
                SyncKind.DELETE, name, "not in the source", here.files[name].size, path=here.files[name].path
            )
            for name in extra
        ]
    return found


def plan_copies(
    source: BucketAddress, prefix: str, target: BucketAddress, target_prefix: str, options: SyncOptions
) -> Found:
    """What makes a prefix like another one."""
    choice, compare = _asked(options, prefix, target_prefix)
    if source.name == target.name and _one_server(source.cloud, target.cloud):
        _refuse_overlap(prefix, target_prefix, delete=bool(options.get("delete")))
    from_, to = _objects(source, prefix, choice), _objects(target, target_prefix, choice)
    found = Found()

    def act(kind: SyncKind, thing: ObjectAddress, reason: str) -> SyncAction:
        name = thing.key[len(prefix) :]
        return SyncAction(kind, name, reason, thing.size, target_prefix + name)

    sources: dict[str, ObjectAddress] = {}
    for name, thing in from_.items():
        reason = key_refusal(target_prefix + name)
        if reason is None:
            sources[name] = thing
        else:
            found.refused.append(_refused(name, reason, key=thing.key, size=thing.size))
    _compare(found, SyncKind.COPY, sources, to, _alike_in_s3(compare), act)
    if options.get("delete"):
        extra = [name for name in to if name not in from_]
        _refuse_empty(options, not from_, extra, f"s3://{source.name}/{prefix}")
        found.deletes += [
            SyncAction(SyncKind.DELETE, name, "not in the source", to[name].size, target_prefix + name)
            for name in extra
        ]
    return found


def _one_server(ours: Cloud, theirs: Cloud) -> bool:
    """Whether a name may be the same bucket to both: names are shared by all regions and accounts of a partition.

    Other servers than AWS have several addresses, and S3 copies nothing between two of them anyway.
    """
    if ours.has_custom_endpoint or theirs.has_custom_endpoint:
        return ours.has_custom_endpoint and theirs.has_custom_endpoint
    return ours.partition == theirs.partition


# -- what is there ---------------------------------------------------------------------------------------------


def _asked(options: SyncOptions, *prefixes: str) -> tuple[Choice, str]:
    compare = one_of("compare", options.get("compare", "checksum"), _COMPARE)
    # Keys of locks begin so; a prefix that does asks for them.
    never = LOCK_PREFIX if "" in prefixes else None
    return Choice(options.get("include", ()), options.get("exclude", ()), never=never), compare


def _objects(bucket: BucketAddress, prefix: str, choice: Choice) -> dict[str, ObjectAddress]:
    """The objects below a prefix by the rest of their keys, in their order, without what stands for a folder."""
    found: dict[str, ObjectAddress] = {}
    for each in objects(bucket, prefix):
        name = each.key[len(prefix) :]
        if name and not (name.endswith("/") and each.size == 0) and choice.takes(name):
            found[name] = each
    return found


class _Kept:
    """The names that stay in the target, since something in the source that was refused has them."""

    def __init__(self, here: Scanned) -> None:
        self._names = {each.name for each in here.others}
        self._folders = tuple(f"{each.name}/" for each in here.others if each.folder)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._names or name.startswith(self._folders))


class _WayIn:
    """What is in the way of files in a folder."""

    def __init__(self, here: Scanned) -> None:
        self._folders = set(here.folders)
        self._files = here.files
        self._others = {each.name: each for each in here.others}

    def refusal(self, name: str) -> str | None:
        for above in _above(name):
            if above in self._others:
                return f"{self._others[above].reason} is in the way: {above!r}"
            if above in self._files:
                return f"a file is in the way: {above!r}"
        if name in self._others:
            return f"{self._others[name].reason} has this name"
        return "a folder has this name" if name in self._folders else None


def _above(name: str) -> Iterator[str]:
    return (name[:end] for end, sign in enumerate(name) if sign == "/")


# -- what differs ----------------------------------------------------------------------------------------------


def _compare(
    found: Found,
    kind: SyncKind,
    sources: Mapping[str, S],
    targets: Mapping[str, T],
    alike: Callable[[S, T], str | None],
    act: Callable[[SyncKind, S, str], SyncAction],
) -> None:
    """Sort the sources into what is to be moved and what is the same."""

    def reason(name: str) -> str | None:
        target = targets.get(name)
        if target is None:
            return "new"
        return alike(sources[name], target) if sources[name].size == target.size else "size differs"

    for name, why in in_parallel(reason, sorted(sources), width=COMPARE_WORKERS, name="cloudkit-compare"):
        if why is None:
            found.skipped.append(act(SyncKind.SKIP, sources[name], "the same"))
        else:
            found.transfers.append(act(kind, sources[name], why))


def _alike_files(compare: str) -> Callable[[File, ObjectAddress], str | None]:
    def alike(file: File, thing: ObjectAddress) -> str | None:
        if compare == "time":
            return "younger" if file.modified > thing.last_modified.timestamp() else None
        return None if compare == "size" or same_content(thing, file.path) else "content differs"

    return alike


def _alike_objects(compare: str) -> Callable[[ObjectAddress, File], str | None]:
    def alike(thing: ObjectAddress, file: File) -> str | None:
        if compare == "time":
            return "younger" if thing.last_modified.timestamp() > file.modified else None
        return None if compare == "size" or same_content(thing, file.path) else "content differs"

    return alike


def _alike_in_s3(compare: str) -> Callable[[ObjectAddress, ObjectAddress], str | None]:
    def alike(source: ObjectAddress, target: ObjectAddress) -> str | None:
        if compare == "time":
            return "younger" if source.last_modified > target.last_modified else None
        return None if compare == "size" or same_objects(source, target) else "content differs"

    return alike


# -- what is refused -------------------------------------------------------------------------------------------


def _refused(
    name: str, reason: str, *, key: str | None = None, path: Path | None = None, size: int = 0
) -> SyncAction:
    return SyncAction(SyncKind.REFUSE, name, reason, size, key, path)


def _refuse_empty(options: SyncOptions, empty: bool, extra: Sequence[str], source: str) -> None:
    if empty and extra and not options.get("allow_empty"):
        raise InvalidRequest(
            f"nothing is in {source}: delete=True would delete all {len(extra)} of the target",
            hint="is its name right? allow_empty=True goes on",
        )


def _refuse_overlap(prefix: str, target_prefix: str, *, delete: bool) -> None:
    if prefix == target_prefix:
        raise InvalidRequest(f"source and target are the same: {prefix!r}")
    if delete and (prefix.startswith(target_prefix) or target_prefix.startswith(prefix)):
        raise InvalidRequest(
            f"one of {prefix!r} and {target_prefix!r} is in the other: delete=True would delete what it copies"
        )
