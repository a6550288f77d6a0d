"""How a bucket is made: shut to the public, without ACLs, encrypted; and what `ensure` compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import TypedDict

from cloudkit._core.deadline import clean_up_time
from cloudkit._core.params import compact
from cloudkit._core.policy import Policy
from cloudkit._core.tags import checked_tags
from cloudkit.errors import (
    AlreadyExists,
    CloudError,
    Conflict,
    InvalidRequest,
)
from cloudkit.s3._address.bucket import bucket_address, contents_address
from cloudkit.s3._directory import is_directory, location
from cloudkit.s3._given import switch
from cloudkit.s3._service import S3
from cloudkit.s3.encryption import Encryption, as_encryption
from cloudkit.s3.errors import BucketNotFound
from cloudkit.s3.settings._settling import once_settled
from cloudkit.s3.settings.encryption import (
    customer_keys,
    encryption,
    set_customer_keys,
    set_encryption,
    write_encryption,
)
from cloudkit.s3.settings.lifecycle import Lifecycle, as_rules, merge_lifecycle, write_lifecycle
from cloudkit.s3.settings.lifecycle_rule import LifecycleRule
from cloudkit.s3.settings.object_lock import ObjectLock, as_object_lock, object_lock, set_object_lock
from cloudkit.s3.settings.ownership import Ownership
from cloudkit.s3.settings.policy import TLS_SID, BucketPolicy, read_policy, tls_only, write_policy
from cloudkit.s3.settings.public_access import (
    OPEN_TO_POLICIES,
    PublicAccess,
    public_access,
    set_public_access,
)
from cloudkit.s3.settings.switches import switch_versioning, versioning
from cloudkit.s3.settings.tags import read_tags, tags_of, write_tags
from cloudkit.types import TagMap

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress

# The one region that S3 must not be told: it refuses its name as a LocationConstraint.
UNNAMED_REGION = "us-east-1"
# How servers other than AWS say that they have no such thing.
_UNKNOWN_CODES = ("MethodNotAllowed", "NotImplemented", "MalformedXML")
_UNKNOWN_STATUSES = (405, 501)
_SWITCHES = ("versioning", "customer_keys", "public", "tls_only")
_WAYS_ON = "Bucket({!r}).delete(), or Bucket.ensure(..., update=True)"


class BucketSettings(TypedDict, total=False):
    """What a bucket is made with, and what `ensure` compares.

    Attributes:
        versioning: Whether it keeps old versions. S3's default: no.
        encryption: How it encrypts what is written without a word about it: an `Encryption`, `"AES256"`,
            `"aws:kms"`, or a KMS key by its ARN, alias or id. Default: AES256.
        customer_keys: Whether objects may be encrypted with keys of the caller's own (SSE-C). Default: as S3 has it,
            which refuses them in buckets made since April 2026.
        object_lock: Whether versions can be locked, which keeps old versions too and cannot be switched off; or an
            `ObjectLock`, which says what new ones are locked with.
        public: Whether a policy may make it public; nothing is public until one does. Default: no.
        tls_only: Whether what does not come over TLS is denied, by a statement in its policy.
        tags: Its tags; for `ensure`, among others.
        lifecycle: `LifecycleRule`s; for `ensure`, among others.
    """

    versioning: bool | None
    encryption: Encryption | str | None
    customer_keys: bool | None
    object_lock: ObjectLock | bool | None
    public: bool | None
    tls_only: bool | None
    tags: TagMap | None
    lifecycle: Iterable[LifecycleRule] | None


def checked(settings: BucketSettings) -> BucketSettings:
    """The settings that are given, if S3 takes them."""
    unknown = sorted(settings.keys() - BucketSettings.__annotations__.keys())
    if unknown:
        raise TypeError(f"a bucket has no {', '.join(unknown)}")
    found = cast("BucketSettings", compact(settings))
    for name in _SWITCHES:
        given_switch = found.get(name)
        if given_switch is not None:
            switch(name, given_switch)
    if "tags" in found:
        found["tags"] = checked_tags(found["tags"] or {})
    given = found.get("encryption")
    if given is not None:
        found["encryption"] = as_encryption(given)
    lock = found.get("object_lock")
    if lock is not None:
        found["object_lock"] = as_object_lock(lock)
    rules = found.get("lifecycle")
    if rules is not None:
        found["lifecycle"] = as_rules(rules)
    if lock and found.get("versioning") is False:
        raise InvalidRequest("object_lock needs versioning", hint="leave versioning=False out")
    return found


def create(bucket: BucketAddress, settings: BucketSettings, aws: Mapping[str, Any] | None) -> None:
    """Make it, and all that it shall be; if a step fails, what was surely made here is taken away again."""
    surely_ours = _make(bucket, settings, aws)
    try:
        for step in _steps(bucket, settings):
            step()
    except BaseException as error:
        if surely_ours:
            _take_back(bucket, error)
        else:
            _add_hint(error, f"the bucket is there without this setting: {_WAYS_ON.format(bucket.name)}")
        raise


def _make(bucket: BucketAddress, settings: BucketSettings, aws: Mapping[str, Any] | None) -> bool:
    """Make it, and say whether it was surely made here."""
    cloud = bucket.cloud
    place: dict[str, Any] = {}
    if is_directory(bucket.name):
        place = {"CreateBucketConfiguration": location(bucket.name)}
    elif cloud.region not in (None, UNNAMED_REGION):
        place = {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
    lock = {"ObjectLockEnabledForBucket": True} if settings.get("object_lock") else {}
    surely_ours = True
    try:
        once_settled(
            bucket,
            lambda: cloud.invoke(
                S3,
                "create_bucket",
                {
                    "Bucket": bucket.name,
                    "ObjectOwnership": _ownership(bucket, aws),
                    **lock,
                    **place,
                },
                aws=aws,
                about=bucket,
            ),
        )
    except AlreadyExists as error:
        # After a request whose answer was lost, the next one finds the bucket that the first one made.
        if error.code != "BucketAlreadyOwnedByYou" or error.attempts == 1 or not _is_bare(bucket):
            raise
        surely_ours = False
    else:
        cloud.remember(bucket.name, BucketNotFound)
    return surely_ours


def _is_bare(bucket: BucketAddress) -> bool:
    """Whether it is as S3 makes it, so that nobody's objects and settings are touched; False if that may not be seen."""
    bucket.cloud.remember(bucket.name, BucketNotFound)
    try:
        if is_directory(bucket.name):
            found = bucket.cloud.invoke(
                S3, "list_objects_v2", {**contents_address(bucket), "MaxKeys": 1}, about=bucket
            )
            return not found.get("Contents") and not len(read_policy(bucket))
        found = bucket.cloud.invoke(
            S3, "list_object_versions", {**bucket_address(bucket), "MaxKeys": 1}, about=bucket
        )
        return (
            not (found.get("Versions") or found.get("DeleteMarkers"))
            and not read_tags(bucket)
            and not len(read_policy(bucket))
            and encryption(bucket) in (None, Encryption())
        )
    except CloudError:
        return False


def _ownership(bucket: BucketAddress, aws: Mapping[str, Any] | None) -> str | None:
    """ACLs off, unless the caller says otherwise. Other servers than AWS may refuse what they do not know."""
    if is_directory(bucket.name) or bucket.cloud.has_custom_endpoint or (aws and "ObjectOwnership" in aws):
        return None
    return Ownership.BUCKET_OWNER_ENFORCED.value


def _steps(bucket: BucketAddress, settings: BucketSettings) -> Iterator[Callable[[], object]]:
    as_made = is_directory(bucket.name)  # shut, with nothing that could open it
    if not as_made:
        yield lambda: _shut(bucket, OPEN_TO_POLICIES if settings.get("public") else PublicAccess())
    given = settings.get("encryption")
    # AWS encrypts with its own keys in any case; a server that cannot encrypt would refuse every object from now on.
    as_made = as_made or bucket.cloud.has_custom_endpoint
    wanted = None if given is None and as_made else as_encryption(given or "AES256")
    keys = settings.get("customer_keys")
    if wanted is not None or keys is not None:
        yield lambda: write_encryption(bucket, wanted, keys)
    if settings.get("versioning") and not settings.get("object_lock"):
        yield lambda: switch_versioning(bucket, True)
    tags = settings.get("tags")
    if tags:
        yield lambda: write_tags(bucket, dict(tags))
    rules = settings.get("lifecycle")
    if rules:
        yield lambda: write_lifecycle(bucket, [*rules])
    lock = settings.get("object_lock")
    if isinstance(lock, ObjectLock) and lock.mode is not None:
        yield lambda: set_object_lock(bucket, lock)
    if settings.get("tls_only"):
        yield lambda: write_policy(bucket, Policy.of([tls_only(bucket)]))


def _shut(bucket: BucketAddress, wanted: PublicAccess) -> None:
    try:
        set_public_access(bucket, wanted)
    except CloudError as error:
        # Another server than AWS may know no such blocks, or take the request for one to make the bucket.
        if not bucket.cloud.has_custom_endpoint or not _is_unknown(error):
            raise


def _is_unknown(error: CloudError) -> bool:
    return (
        error.code in _UNKNOWN_CODES or error.status in _UNKNOWN_STATUSES or isinstance(error, AlreadyExists)
    )


def _take_back(bucket: BucketAddress, error: BaseException) -> None:
    """Delete the bucket that was just made, and say in the error what became of it."""
    try:
        with clean_up_time():
            once_settled(
                bucket,
                lambda: bucket.cloud.invoke(S3, "delete_bucket", bucket_address(bucket), about=bucket),
            )
        bucket.cloud.forget(bucket.name)
        said = "the bucket, just made and empty, was deleted again"
    except CloudError as left:
        said = (
            f"the bucket is there without this setting, since it could not be deleted again ({left.code}):"
            f" {_WAYS_ON.format(bucket.name)}"
        )
    _add_hint(error, said)


def _add_hint(error: BaseException, said: str) -> None:
    if isinstance(error, CloudError):
        error.hint = f"{error.hint}; {said}" if error.hint else said


# -- comparing ---------------------------------------------------------------------------------------------------


def reconcile(bucket: BucketAddress, settings: BucketSettings, *, update: bool) -> None:
    """Compare the settings that are given, and refuse those that differ, or change them."""
    differing = [each for each in _differences(bucket, settings) if each is not None]
    if not differing:
        return
    if not update:
        raise Conflict(
            "; ".join(said for said, _ in differing),
            service=S3.name,
            resource=bucket.name,
            hint="update=True changes it",
        )
    for _, change in differing:
        change()


def _differences(
    bucket: BucketAddress, settings: BucketSettings
) -> Iterator[tuple[str, Callable[[], object]] | None]:
    """Each setting that is not as it is given: how to say it, and how to change it."""
    on = settings.get("versioning")
    if on is not None and (found := versioning(bucket)) != on:
        yield f"versioning is {found}, not {on}", lambda: switch_versioning(bucket, on)
    wanted = settings.get("encryption")
    if wanted is not None:
        yield _encryption_differs(bucket, as_encryption(wanted))
    keys = settings.get("customer_keys")
    if keys is not None and (allowed := customer_keys(bucket)) != keys:
        yield f"customer_keys is {allowed}, not {keys}", lambda: set_customer_keys(bucket, keys)
    lock = settings.get("object_lock")
    if lock is not None:
        yield _lock_differs(bucket, lock)
    public = settings.get("public")
    if public is not None:
        yield _public_differs(bucket, public)
    tls = settings.get("tls_only")
    policy = BucketPolicy(bucket)
    if tls is not None and (denied := tls_only(bucket) in policy.statements) != tls:
        yield (
            f"tls_only is {denied}, not {tls}",
            policy.require_tls if tls else lambda: policy.remove(TLS_SID),
        )
    tags = settings.get("tags")
    if tags:
        present = read_tags(bucket)
        missing = {key: value for key, value in tags.items() if present.get(key) != value}
        if missing:
            said = [f"tag {key} is {present.get(key)}, not {value}" for key, value in missing.items()]
            yield "; ".join(said), lambda: tags_of(bucket).merge(missing)
    rules = settings.get("lifecycle")
    if rules:
        yield _lifecycle_differs(bucket, [*rules])


def _encryption_differs(bucket: BucketAddress, wanted: Encryption) -> tuple[str, Callable[[], object]] | None:
    found = encryption(bucket)
    same = (
        found is not None
        and found.algorithm == wanted.algorithm
        and wanted.key in (None, found.key)
        and wanted.bucket_key in (None, bool(found.bucket_key))
    )
    return None if same else (f"encryption is {found}, not {wanted}", lambda: set_encryption(bucket, wanted))


def _lock_differs(
    bucket: BucketAddress, wanted: ObjectLock | bool
) -> tuple[str, Callable[[], object]] | None:
    found = object_lock(bucket)
    if wanted in (found, found is not None):
        return None
    lock = ObjectLock() if wanted is True else wanted or None

    def change() -> None:
        # Locks are for versions: without any, S3 refuses them.
        if lock is not None and found is None and not versioning(bucket):
            switch_versioning(bucket, True)
        set_object_lock(bucket, lock)

    return f"object_lock is {found}, not {wanted}", change


def _lifecycle_differs(
    bucket: BucketAddress, wanted: Sequence[LifecycleRule]
) -> tuple[str, Callable[[], object]] | None:
    found = {each.id: each for each in Lifecycle(bucket)}
    other = [each for each in wanted if found.get(each.id) != each]
    if not other:
        return None
    said = [
        f"lifecycle rule {each.id} {'says something else' if each.id in found else 'is not there'}"
        for each in other
    ]
    return "; ".join(said), lambda: merge_lifecycle(bucket, other)


def _public_differs(bucket: BucketAddress, wanted: bool) -> tuple[str, Callable[[], object]] | None:
    found = public_access(bucket)
    is_so = not (found.block_policy or found.restrict) if wanted else found.blocked
    if is_so:
        return None
    change = OPEN_TO_POLICIES if wanted else PublicAccess()
    return f"public is {not wanted}, not {wanted}", lambda: set_public_access(bucket, change)
