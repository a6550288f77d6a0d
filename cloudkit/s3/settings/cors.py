"""Which web pages of other hosts may ask a bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from attrs import field, frozen
from typing_extensions import Self, override

from cloudkit._core.params import compact, one_of, within
from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._given import refused, several, whole
from cloudkit.s3._limits import MAX_CORS_RULES
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
_MAX_SECONDS = 2**31 - 1


def _texts(given: str | Iterable[str]) -> tuple[str, ...]:
    return (
        (given,)
        if isinstance(given, str)
        else tuple(several("a part of a CORS rule", given, "a text, or a list"))
    )


@frozen
class CorsRule:
    """Who may ask, and how.

    Attributes:
        origins: The pages' hosts, such as `"https://example.com"` or `"*"`; one or several, each with up to one `*`.
        methods: What they may do: `"GET"`, `"PUT"`, `"POST"`, `"DELETE"`, `"HEAD"`.
        headers: The headers that they may send; `"*"` for all.
        expose: The headers of the answer that they may read, such as `"ETag"`.
        max_age: Seconds that a browser may remember this.
        id: A name for it.

    Raises:
        InvalidRequest: It names nobody, or what S3 does not know.

    Examples:
        >>> CorsRule("https://example.com", ["GET", "PUT"]).origins
        ('https://example.com',)
    """

    origins: Sequence[str] = field(converter=_texts)
    methods: Sequence[str] = field(default="GET", converter=_texts)
    headers: Sequence[str] = field(default=(), converter=_texts, kw_only=True)
    expose: Sequence[str] = field(default=(), converter=_texts, kw_only=True)
    max_age: int | None = field(default=None, kw_only=True)
    id: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for text in (*self.origins, *self.methods, *self.headers, *self.expose):
            if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InvalidRequest(f"{text!r} in a CORS rule: origins, methods and headers are text")
        if not self.origins or not self.methods:
            raise InvalidRequest("a CORS rule names at least one origin and one method")
        for method in self.methods:
            one_of("methods", method, METHODS)
        for text in (*self.origins, *self.headers):
            if text.count("*") > 1:
                raise InvalidRequest(f"{text!r} has more than one *")
        if self.max_age is not None:
            within("max_age", whole("max_age", self.max_age), 0, _MAX_SECONDS, "seconds")


CorsRuleLike: TypeAlias = CorsRule | str
"""What a rule can be given as: all of it, or the one host whose pages may read (GET)."""
_HINT = "['https://example.com'], whose pages may read; or [CorsRule('https://example.com', ['GET', 'PUT'])]"


def as_rules(given: Iterable[CorsRuleLike]) -> list[CorsRule]:
    """What a caller gave, as rules."""
    return [_as_rule(each) for each in several("cors", given, _HINT)]


def _as_rule(given: CorsRuleLike) -> CorsRule:
    if isinstance(given, CorsRule):
        return given
    if not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise refused("cors", given, "a list of CorsRules and origins", _HINT)
    scheme, separator, host = given.partition("://")
    if given != "*" and (not separator or not scheme or not host or "/" in host):
        raise refused(
            "cors",
            given,
            "no origin, and would never match one",
            "'https://example.com', without a slash at its end",
        )
    return CorsRule(given)


class CorsRules(MutableSequence[CorsRule]):
    """The rules of a bucket, as a list that reads and writes through. Each look and each change reads all of them.

    Examples:
        >>> bucket = Bucket("acme-photos")
        >>> bucket.cors.append(CorsRule("https://example.com"))
        >>> [rule.origins for rule in bucket.cors]
        [('https://example.com',)]
    """

    def __init__(self, bucket: BucketAddress) -> None:
        self._bucket = bucket

    @property
    def bucket(self) -> BucketAddress:
        """Whose rules they are."""
        return self._bucket

    @overload
    def __getitem__(self, index: int) -> CorsRule: ...
    @overload
    def __getitem__(self, index: slice) -> list[CorsRule]: ...
    @override
    def __getitem__(self, index: int | slice) -> CorsRule | list[CorsRule]:
        return read_cors(self._bucket)[index]

    @overload
    def __setitem__(self, index: int, value: CorsRuleLike) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[CorsRuleLike]) -> None: ...
    @override
    def __setitem__(self, index: int | slice, value: CorsRuleLike | Iterable[CorsRuleLike]) -> None:
        if isinstance(index, slice):
            made = as_rules(value)  # type: ignore[arg-type]  # a rule alone is refused
            rules = read_cors(self._bucket)
            rules[index] = made
        else:
            rule = _as_rule(value)  # type: ignore[arg-type]  # several are refused
            rules = read_cors(self._bucket)
            rules[index] = rule
        write_cors(self._bucket, rules)

    @override
    def __delitem__(self, index: int | slice) -> None:
        rules = read_cors(self._bucket)
        del rules[index]
        write_cors(self._bucket, rules)

    @override
    def __len__(self) -> int:
        return len(read_cors(self._bucket))

    @override
    def __iter__(self) -> Iterator[CorsRule]:
        return iter(read_cors(self._bucket))

    @override
    def __eq__(self, other: object) -> bool:
        if isinstance(other, CorsRules):
            return read_cors(self._bucket) == read_cors(other._bucket)
        return read_cors(self._bucket) == other if isinstance(other, list) else NotImplemented

    @override
    def insert(self, index: int, value: CorsRuleLike) -> None:
        """Put a rule before another. Two requests.

        Args:
            index: Before which.
            value: The rule; or an origin, whose pages may read.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Bucket("acme-photos").cors.insert(0, CorsRule("https://example.com"))

        AWS: s3:GetBucketCors, s3:PutBucketCors
        """
        rule = _as_rule(value)
        rules = read_cors(self._bucket)
        rules.insert(index, rule)
        write_cors(self._bucket, rules)

    @override
    def append(self, value: CorsRuleLike) -> None:
        """Add a rule. Two requests.

        Args:
            value: The rule; or an origin, whose pages may read.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Bucket("acme-photos").cors.append(CorsRule("https://example.com"))

        AWS: s3:GetBucketCors, s3:PutBucketCors
        """
        self.extend([value])

    @override
    def extend(self, values: Iterable[CorsRuleLike]) -> None:
        """Add several rules. Two requests.

        Args:
            values: The rules, or origins.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Bucket("acme-photos").cors.extend([CorsRule("https://example.com"), CorsRule("*", "HEAD")])

        AWS: s3:GetBucketCors, s3:PutBucketCors
        """
        added = as_rules(values)
        write_cors(self._bucket, [*read_cors(self._bucket), *added])

    @override
    def __iadd__(self, values: Iterable[CorsRuleLike]) -> Self:
        self.extend(values)
        return self

    @override
    def clear(self) -> None:
        """Take all rules away. One request.

        Examples:
            >>> Bucket("acme-photos").cors.clear()

        AWS: s3:DeleteBucketCors
        """
        write_cors(self._bucket, [])

    @override
    def __repr__(self) -> str:
        return f"CorsRules({self._bucket})"


def read_cors(bucket: BucketAddress) -> list[CorsRule]:
    """The rules, none if there are none."""
    answer = unless(
        "NoSuchCORSConfiguration",
        lambda: bucket.cloud.invoke(S3, "get_bucket_cors", bucket_address(bucket), about=bucket),
    )
    return [] if answer is None else [_rule_of(row) for row in answer.get("CORSRules", [])]


def set_cors(bucket: BucketAddress, wanted: Iterable[CorsRuleLike] | None) -> None:
    """Make these the rules; None and none switch it off."""
    if isinstance(wanted, CorsRules) and wanted.bucket == bucket:
        return  # `bucket.cors += [rule]` ends so: it is written already
    write_cors(bucket, [] if wanted is None else as_rules(wanted))


@patient
def write_cors(bucket: BucketAddress, rules: Sequence[CorsRule]) -> None:
    """Make these the rules; none switch it off."""
    rows = [_row_of(rule) for rule in rules]
    if not rows:
        bucket.cloud.invoke(S3, "delete_bucket_cors", bucket_address(bucket), about=bucket)
        return
    if len(rows) > MAX_CORS_RULES:
        raise InvalidRequest(
            f"{len(rows)} CORS rules: a bucket has up to {MAX_CORS_RULES}", resource=str(bucket)
        )
    bucket.cloud.invoke(
        S3,
        "put_bucket_cors",
        {**bucket_address(bucket), "CORSConfiguration": {"CORSRules": rows}},
        about=bucket,
    )


def _row_of(rule: CorsRule) -> dict[str, Any]:
    return compact(
        {
            "ID": rule.id,
            "AllowedOrigins": [*rule.origins],
            "AllowedMethods": [*rule.methods],
            "AllowedHeaders": [*rule.headers] or None,
            "ExposeHeaders": [*rule.expose] or None,
            "MaxAgeSeconds": rule.max_age,
        }
    )


def _rule_of(row: Mapping[str, Any]) -> CorsRule:
    return CorsRule(
        row.get("AllowedOrigins", ()),
        row.get("AllowedMethods", ()),
        headers=row.get("AllowedHeaders", ()),
        expose=row.get("ExposeHeaders", ()),
        max_age=row.get("MaxAgeSeconds"),
        id=row.get("ID"),
    )
