"""Copies within S3: one request up to 5 GB, parts in parallel above, and the same result either way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from attrs import evolve, field, frozen

from cloudkit._core.params import compact, dig, merge_raw, rows, tag_dict
from cloudkit._core.progress import Meter, metered
from cloudkit._core.workers import in_parallel
from cloudkit.errors import AccessDenied, CloudError, InvalidRequest, PreconditionFailed
from cloudkit.s3._address.object import address, copy_source, place, with_key
from cloudkit.s3._directory import is_directory
from cloudkit.s3._files.multipart import Multipart, part_bytes
from cloudkit.s3._files.put import new_token, own_write
from cloudkit.s3._headers import without_mark
from cloudkit.s3._limits import (
    COPY_PART_BYTES,
    COPY_WORKERS,
    MAX_COPY_BYTES,
    MAX_PART_BYTES,
    MAX_PARTS,
    MIN_PART_BYTES,
)
from cloudkit.s3._options import WriteOptions, guessed_type, marked, tagging, write_params
from cloudkit.s3._service import S3
from cloudkit.s3._transfer.rename import can_rename, rename
from cloudkit.s3.errors import BucketNotFound, ObjectNotFound, changed
from cloudkit.types import ProgressHook

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

Kept: TypeAlias = Literal["metadata", "tags", "acl", "storage_class", "encryption"]
KEPT: tuple[Kept, ...] = ("metadata", "tags", "acl", "storage_class", "encryption")
KEPT_BY_DEFAULT: tuple[Kept, ...] = ("metadata", "tags")

# What S3 copies or replaces as one thing, `MetadataDirective`.
_HEADS = (
    "ContentType",
    "ContentEncoding",
    "ContentLanguage",
    "ContentDisposition",
    "CacheControl",
    "Expires",
    "Metadata",
)
# What S3 never copies: a copy has what it is told, and without a word the encryption that its bucket has by default.
_KMS = "aws:kms"
_ENCRYPTION = ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled")
_REDIRECT = "WebsiteRedirectLocation"
_GRANTS = {
    "FULL_CONTROL": "GrantFullControl",
    "READ": "GrantRead",
    "READ_ACP": "GrantReadACP",
    "WRITE_ACP": "GrantWriteACP",
}
# S3's word for a source that is too large for one request stands in no code of its own.
_TOO_LARGE = "InvalidRequest"
_REPLACE = "REPLACE"


@frozen
class _Work:
    """A copy, thought through: what it keeps and what it sets."""

    source: ObjectAddress
    target: ObjectAddress
    keep: frozenset[str]
    # What replaces the source's content type, metadata and so on; and all other parameters.
    heads: dict[str, Any]
    tags: dict[str, str] | None
    params: dict[str, Any]
    part_size: int | None
    # Whether it takes the place of the source, so that nothing may be missing.
    entire: bool = False
    # HEAD's answer for the source, once it was asked.
    facts: Mapping[str, Any] = field(factory=dict[str, Any])

    @property
    def etag(self) -> str | None:
        """What the source must still be."""
        return self.facts.get("ETag") or None

    @property
    def onto_itself(self) -> bool:
        """Whether source and target are one key."""
        same = (self.source.bucket_name, self.source.key) == (self.target.bucket_name, self.target.key)
        return same and self.source.version_id is None

    @property
    def replaces_heads(self) -> bool:
        """Whether S3 is told the content type, metadata and so on, in place of copying them."""
        return bool(self.heads) or "metadata" not in self.keep or self.onto_itself

    def kept(self) -> dict[str, Any]:
        """What S3 copies only if it is told, as the source has it."""
        found: dict[str, Any] = {}
        if "storage_class" in self.keep:
            found["StorageClass"] = self.facts.get("StorageClass")
        if self.entire or "encryption" in self.keep:
            of_kms = str(self.facts.get("ServerSideEncryption", "")).startswith(_KMS)
            if of_kms and self.target.customer_key is None and not self.params.keys() & set(_ENCRYPTION):
                found.update((name, self.facts.get(name)) for name in _ENCRYPTION)
        if self.entire and "metadata" in self.keep and _REDIRECT not in self.params:
            found[_REDIRECT] = self.facts.get(_REDIRECT)
        return compact(found)


def copy(
    source: ObjectAddress,
    target: ObjectAddress,
    options: WriteOptions,
    *,
    keep: Iterable[Kept] = KEPT_BY_DEFAULT,
    part_size: int | None = None,
    progress: ProgressHook | bool | None = None,
    facts: Mapping[str, Any] | None = None,
    entire: bool = False,
) -> None:
    """Copy within S3.

    Args:
        source: What to copy.
        target: Where to.
        options: What the copy has in place of what the source has.
        keep: What else the copy gets from the source.
        part_size: From how many bytes on it goes in parts of that size.
        progress: Told of the bytes.
        facts: HEAD's answer for the source: the copy is of that content or fails.
        entire: Whether the copy takes the place of the source: with its encryption, and where a website leads on to.
    """
    work = _thought_through(source, target, options, keep, part_size)
    work = evolve(work, entire=entire or work.onto_itself)
    known = source._known("Size") or 0  # pyright: ignore[reportPrivateUsage]
    wanted = (
        part_size is not None
        or known > MAX_COPY_BYTES
        or work.replaces_heads
        or work.keep & {"storage_class", "encryption"}
        or work.entire
        or progress
    )
    if facts is not None:
        work = evolve(work, facts=facts)
    elif wanted:
        work = evolve(work, facts=source.refresh().raw)
    if "acl" in work.keep:
        work = evolve(work, params=merge_raw(_grants(source), work.params))
    size = work.facts.get("Size")
    with metered(progress, size, target.cloud.clock, target.name) as meter:
        if size is not None and size > (MAX_COPY_BYTES if part_size is None else part_size):
            answer = _copy_parts(work, meter)
        else:
            answer = _copy_whole(work, meter)
    target._written(answer, answer.get("Size", size))  # pyright: ignore[reportPrivateUsage]


def _thought_through(
    source: ObjectAddress,
    target: ObjectAddress,
    options: WriteOptions,
    keep: Iterable[Kept],
    part_size: int | None,
) -> _Work:
    kept = set(checked_keep(keep))
    if part_size is not None and not MIN_PART_BYTES <= part_size <= MAX_PART_BYTES:
        raise InvalidRequest(f"part_size={part_size} bytes: S3 takes {MIN_PART_BYTES} to {MAX_PART_BYTES}")
    named: WriteOptions = {**options, "aws": None}
    params = write_params(target, named)
    if options.get("content_type") is None:
        del params["ContentType"]  # a guess is no wish: the source knows better
    params = merge_raw(params, options.get("aws"))
    if params.pop("MetadataDirective", "COPY") == _REPLACE:
        kept.discard("metadata")
    if params.pop("TaggingDirective", "COPY") == _REPLACE:
        kept.discard("tags")
    for given, name in (("ACL", "acl"), ("StorageClass", "storage_class")):
        if given in params:
            kept.discard(name)
    heads = {name: params.pop(name) for name in _HEADS if name in params}
    metadata = options.get("metadata")
    if metadata is not None:
        heads["Metadata"] = dict(metadata)  # an empty one takes the source's away
    params.pop("Tagging", None)
    tags = options.get("tags")
    work = _Work(
        source, target, frozenset(kept), heads, None if tags is None else dict(tags), params, part_size
    )
    _check_way(work)
    if work.onto_itself and not (heads or params or "metadata" not in kept):
        raise InvalidRequest(
            "copying an object onto itself changes nothing",
            resource=str(source),
            hint="give what shall change: storage_class=, encryption=, metadata= ...; tags by object.tags",
        )
    return work


def checked_keep(keep: Iterable[Kept]) -> tuple[Kept, ...]:
    """What a copy gets of its source, if S3 can give it."""
    is_one = isinstance(keep, str) or not isinstance(keep, Iterable)  # pyright: ignore[reportUnnecessaryIsInstance]
    kept = () if is_one else tuple(keep)
    if is_one or not all(each in KEPT for each in kept):
        raise InvalidRequest(
            f"keep={keep!r}: it is a collection of {', '.join(map(repr, KEPT))}", hint="keep=('metadata',)"
        )
    return kept


def _check_way(work: _Work) -> None:
    """S3 copies within one server and one partition, with the credentials of the target's cloud."""
    ours, theirs = work.source.cloud, work.target.cloud
    if ours is theirs or ours == theirs:
        return
    if (ours.has_custom_endpoint, ours.endpoint_url) != (theirs.has_custom_endpoint, theirs.endpoint_url):
        apart = "two servers"
    elif ours.partition != theirs.partition:
        apart = f"the partitions {ours.partition} and {theirs.partition}"
    else:
        return
    raise InvalidRequest(
        f"S3 copies nothing between {apart}",
        resource=str(work.source),
        hint="with source.open('rb') as file: target.upload(file)",
    )


def move(
    source: ObjectAddress,
    target: ObjectAddress,
    options: WriteOptions,
    *,
    keep: Iterable[Kept] = KEPT_BY_DEFAULT,
    part_size: int | None = None,
    progress: ProgressHook | bool | None = None,
) -> None:
    """Copy within S3, and delete the source if it is still what was copied."""
    if (source.bucket_name, source.key) == (target.bucket_name, target.key):
        raise InvalidRequest("it is there already", resource=str(source), hint="move it to another key")
    if can_rename(source, target, options, keep := tuple(keep)):
        rename(source, target, options, progress=progress)
        return
    facts = source.refresh().raw
    copy(source, target, options, keep=keep, part_size=part_size, progress=progress, facts=facts, entire=True)
    params = address(source)
    if source.version_id is None and facts.get("ETag"):
        params["IfMatch"] = facts["ETag"]  # a version never changes
    try:
        source.cloud.invoke(S3, "delete_object", params, about=source)
    except ObjectNotFound:
        pass  # somebody else deleted it meanwhile
    except PreconditionFailed as error:
        raise changed(
            error,
            f"it was copied to {target}, and then replaced: what is there now was left",
            source,
            hint="move it again",
        ) from error


# -- one request -------------------------------------------------------------------------------------------------


def _copy_whole(work: _Work, meter: Meter) -> Mapping[str, Any]:
    params: dict[str, Any] = {**place(work.target), **with_key(work.target), **copy_source(work.source)}
    if work.etag is not None:
        params["CopySourceIfMatch"] = work.etag
    token: str | None = None
    if work.replaces_heads:
        heads = _heads(work)
        token = new_token({**heads, **work.params})
        params.update(heads if token is None else marked(heads, token), MetadataDirective=_REPLACE)
    if work.tags is not None or "tags" not in work.keep:
        params.update(TaggingDirective=_REPLACE)
        if work.tags:
            params["Tagging"] = tagging(work.tags)
    params = merge_raw({**params, **work.kept()}, work.params)
    try:
        answer = work.target.cloud.invoke(S3, "copy_object", params, about=work.target)
    except InvalidRequest as error:
        if error.code != _TOO_LARGE or work.facts:
            raise
        work = evolve(work, facts=work.source.refresh().raw)
        if work.facts["Size"] <= MAX_COPY_BYTES:
            raise
        return _copy_parts(work, meter)
    except CloudError as error:
        found = None
        if isinstance(error, PreconditionFailed) and error.attempts > 1:
            found = _own_copy(work, token)
        if found is None:
            _explain(error, work)
        answer = dict(found)
    meter(work.facts.get("Size", 0))
    return {**answer.get("CopyObjectResult", {}), **answer}


def _own_copy(work: _Work, token: str | None) -> Mapping[str, Any] | None:
    """The copy, if it was made: its answer was lost, and the repetition found its condition broken by it."""
    facts = work.facts or work.source.refresh().raw
    return own_write(work.target, size=facts["Size"], crc=None, etag=facts.get("ETag"), token=token)


def _heads(work: _Work) -> dict[str, Any]:
    """Content type, metadata and so on as the copy shall have them, all of them named."""
    if "metadata" not in work.keep:
        return {"ContentType": guessed_type(work.target.key), **work.heads}
    own = {name: work.facts[name] for name in _HEADS if work.facts.get(name)}
    if "Metadata" in own:
        own["Metadata"] = without_mark(own["Metadata"])
    return {**own, **work.heads}


# -- parts -------------------------------------------------------------------------------------------------------


def _copy_parts(work: _Work, meter: Meter) -> Mapping[str, Any]:
    size = int(work.facts["Size"])
    meter.total = size
    options: dict[str, Any] = {**_heads(work), **work.params}
    source_conditions = sorted(name for name in options if name.startswith("CopySource"))
    if source_conditions:
        raise InvalidRequest(f"a copy in parts takes no {', '.join(source_conditions)}")
    tags = work.tags if work.tags is not None or "tags" not in work.keep else _tags(work.source)
    if tags:
        options["Tagging"] = tagging(tags)
    options.update(work.kept())
    upload = Multipart(work.target, options)
    try:
        upload.begin()
        each = _part_size(size, work.part_size)

        def send(part: tuple[int, int]) -> None:
            number, first = part
            upload.copy(number, work.source, first, min(each, size - first), work.etag)

        for (_, first), _ in in_parallel(send, _parts(size, each), width=COPY_WORKERS, name="cloudkit-copy"):
            meter(min(each, size - first))
        return {**upload.complete(), "Size": size}
    except BaseException as error:
        upload.give_up()
        if isinstance(error, CloudError):
            _explain(error, work)
        raise


def _part_size(size: int, wanted: int | None) -> int:
    least = -(-size // MAX_PARTS)
    return max(wanted, least) if wanted is not None else max(COPY_PART_BYTES, part_bytes(size))


def _parts(size: int, each: int) -> Iterator[tuple[int, int]]:
    """Number and first byte of each part."""
    return ((index + 1, first) for index, first in enumerate(range(0, size, each)))


def _tags(source: ObjectAddress) -> dict[str, str]:
    if is_directory(source.bucket_name):
        return {}
    answer = source.cloud.invoke(S3, "get_object_tagging", address(source), about=source)
    return tag_dict(answer["TagSet"])


def _grants(source: ObjectAddress) -> dict[str, Any]:
    """The source's grants as a new object takes them; none if it has but its owner's, which every object has."""
    answer = source.cloud.invoke(S3, "get_object_acl", address(source), about=source)
    found: dict[str, list[str]] = {}
    for grant in rows(answer, "Grants"):
        grantee: Mapping[str, str] = grant["Grantee"]
        named = f'uri="{grantee["URI"]}"' if "URI" in grantee else f'id="{grantee["ID"]}"'
        found.setdefault(_GRANTS[grant["Permission"]], []).append(named)
    if found == {_GRANTS["FULL_CONTROL"]: [f'id="{dig(answer, "Owner.ID")}"']}:
        return {}  # buckets whose ACLs are off refuse to be given any
    return {name: ", ".join(grantees) for name, grantees in found.items()}


# -- what went wrong ---------------------------------------------------------------------------------------------


def _explain(error: CloudError, work: _Work) -> NoReturn:
    """Raise what a failed copy means: it names two objects, and S3's error does not say which."""
    said = _said(error)
    if isinstance(error, PreconditionFailed):
        condition = str(said.get("Condition", "")).lower()
        of_target = {"IfMatch", "IfNoneMatch"} & work.params.keys()
        if (
            error.operation == "UploadPartCopy"
            or condition.startswith("x-amz-copy-source")
            or (error.operation == "CopyObject" and not of_target)
        ):
            raise changed(error, "the source was replaced while it was copied", work.source) from error
    elif isinstance(error, ObjectNotFound):
        # A condition of the target's fails in the same way where the target is not there.
        if said.get("Key") != work.target.key or work.source.key == work.target.key:
            error.resource = str(work.source)
    elif isinstance(error, BucketNotFound):
        if said.get("BucketName") == work.source.bucket_name != work.target.bucket_name:
            error.resource = str(work.source)
    elif isinstance(error, AccessDenied):
        if error.action is not None and "Tagging" in error.action:
            error.hint = f"allow {error.action}, or leave the tags out: keep=('metadata',)"
        elif work.source.cloud != work.target.cloud:
            error.hint = "S3 copies with the credentials of the target's cloud: they need to read the source"
    raise error


def _said(error: CloudError) -> Mapping[str, Any]:
    """S3's error in full: it has more in it than a code and a message."""
    found: Any = dig(getattr(error.__cause__, "response", None), "Error")
    return {} if found is None else found
