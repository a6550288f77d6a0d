"""What becomes of a bucket's objects as they grow old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from typing_extensions import override

from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._given import is_text, refused, several
from cloudkit.s3._limits import MAX_LIFECYCLE_RULES
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient
from cloudkit.s3.settings.lifecycle_rule import (
    LifecycleRule,
    When,
    checked,
    in_filter,
    row_of,
    rule_of,
)
from cloudkit.types import Answer, TagMap

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


class Lifecycle:
    """The lifecycle rules of a bucket. Iterating reads them; a change reads them and writes all of them back.

    Rules of other tools stay as they are, with all that they say.

    Examples:
        >>> bucket = Bucket("acme-photos")
        >>> rule = bucket.lifecycle.add(prefix="tmp/", expire=30)
        >>> [(each.prefix, each.expire) for each in bucket.lifecycle]
        [('tmp/', 30)]
    """

    def __init__(self, bucket: BucketAddress) -> None:
        self._bucket = bucket

    @property
    def rules(self) -> Sequence[LifecycleRule]:
        """The rules. One request. AWS: s3:GetBucketLifecycleConfiguration."""
        return [rule_of(row) for row in _read(self._bucket).get("Rules", [])]

    def __iter__(self) -> Iterator[LifecycleRule]:
        return iter(self.rules)

    # Not __len__: `list(bucket.lifecycle)` would look at it first, and so ask twice.
    def __bool__(self) -> bool:
        return bool(self.rules)

    @override
    def __repr__(self) -> str:
        return f"Lifecycle({self._bucket})"

    def add(
        self,
        *,
        expire: When | None = None,
        transition: Mapping[str, When] | None = None,
        noncurrent_expire: int | timedelta | None = None,
        noncurrent_keep: int | None = None,
        noncurrent_transition: Mapping[str, int | timedelta] | None = None,
        abort_uploads: int | timedelta | None = None,
        expire_markers: bool = False,
        prefix: str = "",
        tags: TagMap | None = None,
        larger_than: int | None = None,
        smaller_than: int | None = None,
        id: str | None = None,
        enabled: bool = True,
        update: bool = False,
    ) -> LifecycleRule:
        """Add a rule; safe to repeat. Two requests, one if it is there already.

        S3 has no way to change one rule alone: of two processes that do so at the same moment, one may lose its
        change. Times are numbers of days, `timedelta`s of whole days, or a day, which begins at midnight UTC.

        Args:
            expire: When objects are deleted; in a bucket with versions, when a delete marker is put on them.
            transition: Storage classes and when objects go there, as `{"GLACIER": 90}`.
            noncurrent_expire: How many days after they were replaced old versions are deleted.
            noncurrent_keep: How many old versions stay all the same, 1 to 100.
            noncurrent_transition: Storage classes and how many days later old versions go there.
            abort_uploads: How many days later an upload that was not completed is given up.
            expire_markers: Whether delete markers go that have no versions below them.
            prefix: What the keys start with that it is about. Default: all.
            tags: Tags that the objects have that it is about. Default: any.
            larger_than: The objects that it is about have more bytes.
            smaller_than: The objects that it is about have fewer bytes.
            id: Its name, up to 255 characters. Default: made of what it says.
            enabled: Whether it is at work.
            update: Whether to change a rule of that name that says something else.

        Returns:
            The rule.

        Raises:
            Conflict: There is a rule of that name that says something else, and `update` is not given.
            InvalidRequest: It does nothing, or its times do not go together.

        Examples:
            >>> rule = Bucket("acme-photos").lifecycle.add(transition={"GLACIER": 90}, expire=365, abort_uploads=7)
            >>> rule.transition
            {'GLACIER': 90}

        AWS: s3:GetBucketLifecycleConfiguration, s3:PutBucketLifecycleConfiguration
        """
        given = LifecycleRule(
            id=id or "",
            enabled=enabled,
            prefix=prefix,
            tags=tags,
            larger_than=larger_than,
            smaller_than=smaller_than,
            expire=expire,
            expire_markers=expire_markers,
            transition=transition,
            noncurrent_expire=noncurrent_expire,
            noncurrent_keep=noncurrent_keep,
            noncurrent_transition=noncurrent_transition,
            abort_uploads=abort_uploads,
        )
        wanted = checked(given)
        found = _read(self._bucket)
        rows: list[Answer] = found.get("Rules", [])
        same = next((each for each in rows if each.get("ID") == wanted.id), None)
        if same is not None:
            if rule_of(same) == wanted:
                return wanted
            if not update:
                raise Conflict(
                    f"there is a rule {wanted.id!r} that says something else",
                    service=S3.name,
                    resource=str(self._bucket),
                    hint="update=True changes it; another id= makes a second one",
                )
        _write(self._bucket, found, [*(each for each in rows if each is not same), row_of(wanted)])
        return wanted

    def remove(self, id: str | LifecycleRule) -> None:
        """Take a rule away; fine if it is not there. Two requests, one if it is not there.

        Args:
            id: Its name; or the rule, as it was read or added.

        Raises:
            BucketNotFound: The bucket is not there.
            InvalidRequest: That is no name.

        Examples:
            >>> Bucket("acme-photos").lifecycle.remove("old logs")

        AWS: s3:GetBucketLifecycleConfiguration, s3:PutBucketLifecycleConfiguration, s3:DeleteBucketLifecycle
        """
        name = id.id if isinstance(id, LifecycleRule) else id
        if not is_text(name):
            raise refused("id", id, "the name of a rule", "bucket.lifecycle.remove(rule)")
        found = _read(self._bucket)
        rows: list[Answer] = found.get("Rules", [])
        left = [each for each in rows if each.get("ID") != name]
        if len(left) < len(rows):
            _write(self._bucket, found, left)

    def clear(self) -> None:
        """Take all rules away, those of other tools too. One request.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Bucket("acme-photos").lifecycle.clear()

        AWS: s3:DeleteBucketLifecycle
        """
        _write(self._bucket, {}, [])


_HINT = (
    "[LifecycleRule(prefix='tmp/', expire=30)]; bucket.lifecycle.add(...) adds one to those that there are"
)


def as_rules(given: Iterable[LifecycleRule]) -> list[LifecycleRule]:
    """What a caller gave, as rules with names, if S3 takes them."""
    rules: list[LifecycleRule] = []
    for each in several("lifecycle", given, _HINT):
        if not isinstance(each, LifecycleRule):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise refused("lifecycle", each, "a list of LifecycleRules", _HINT)
        rules.append(checked(each))
    named = [each.id for each in rules]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise InvalidRequest(f"several lifecycle rules are named {', '.join(map(repr, twice))}")
    if len(rules) > MAX_LIFECYCLE_RULES:
        raise _too_many(len(rules))
    return rules


def set_lifecycle(bucket: BucketAddress, wanted: Iterable[LifecycleRule] | None) -> None:
    """Make these the rules; None and none take all away."""
    rules = [] if wanted is None else as_rules(wanted)
    # Read for what belongs to no rule: written without it, S3 would take it back to its default.
    _write(bucket, _read(bucket) if rules else {}, [row_of(each) for each in rules])


def write_lifecycle(bucket: BucketAddress, rules: Sequence[LifecycleRule]) -> None:
    """Write the rules of a new bucket, where nothing has to stay."""
    _write(bucket, {}, [row_of(each) for each in rules])


def merge_lifecycle(bucket: BucketAddress, rules: Sequence[LifecycleRule]) -> None:
    """Put these among the rules, each in the place of one of the same name."""
    found = _read(bucket)
    names = {each.id for each in rules}
    kept = [each for each in found.get("Rules", []) if each.get("ID") not in names]
    _write(bucket, found, [*kept, *(row_of(each) for each in rules)])


def _too_many(number: int) -> InvalidRequest:
    return InvalidRequest(f"{number} lifecycle rules: a bucket has up to {MAX_LIFECYCLE_RULES}")


def _read(bucket: BucketAddress) -> Answer:
    answer = unless(
        "NoSuchLifecycleConfiguration",
        lambda: bucket.cloud.invoke(
            S3, "get_bucket_lifecycle_configuration", bucket_address(bucket), about=bucket
        ),
    )
    return {} if answer is None else answer


@patient
def _write(bucket: BucketAddress, found: Answer, rows: Sequence[Answer]) -> None:
    if not rows:
        bucket.cloud.invoke(S3, "delete_bucket_lifecycle", bucket_address(bucket), about=bucket)
        return
    if len(rows) > MAX_LIFECYCLE_RULES:
        raise _too_many(len(rows))
    bucket.cloud.invoke(
        S3,
        "put_bucket_lifecycle_configuration",
        {
            **bucket_address(bucket),
            "LifecycleConfiguration": {"Rules": [in_filter(each) for each in rows]},
            # Left out, S3 would take it back to its default.
            "TransitionDefaultMinimumObjectSize": found.get("TransitionDefaultMinimumObjectSize"),
        },
        about=bucket,
    )
