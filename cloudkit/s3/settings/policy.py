"""Who may do what with a bucket."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

from typing_extensions import override

from cloudkit._core.params import from_json
from cloudkit._core.policy import (
    EVERYBODY,
    Document,
    Policy,
    Statement,
    document_in,
    statements_of,
    warn_if_too_wide,
)
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._given import refused, several
from cloudkit.s3._limits import MAX_POLICY_BYTES
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress

TLS_SID = "cloudkitTlsOnly"


class BucketPolicy:
    """The policy of a bucket. Iterating reads its statements; a change reads them and writes all of them back.

    Statements of others stay as they are, and in their order. It is false where there is no policy.

    Examples:
        >>> bucket = Bucket("acme-photos")
        >>> statement = bucket.policy.allow("123456789012", "s3:GetObject", prefix="cats/")
        >>> [each.resources for each in bucket.policy]
        [('arn:aws:s3:::acme-photos/cats/*',)]
    """

    def __init__(self, bucket: BucketAddress) -> None:
        self._bucket = bucket

    @property
    def statements(self) -> Sequence[Statement]:
        """The statements, in their order. One request. AWS: s3:GetBucketPolicy."""
        return read_policy(self._bucket).statements

    @property
    def document(self) -> Document:
        """The policy as AWS spells it, empty for none. One request. AWS: s3:GetBucketPolicy."""
        return read_policy(self._bucket).document

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.statements)

    # Not __len__: `list(bucket.policy)` would look at it first, and so ask twice.
    def __bool__(self) -> bool:
        return bool(self.statements)

    @override
    def __repr__(self) -> str:
        return f"BucketPolicy({self._bucket})"

    def allow(
        self,
        principal: str | Mapping[str, object],
        actions: str | Iterable[str],
        *,
        prefix: str = "",
        conditions: Mapping[str, object] | None = None,
        sid: str | None = None,
    ) -> Statement:
        """Allow something to somebody; safe to repeat. Two requests, one if it is allowed already.

        S3 has no way to change a policy in one step: of two processes that do so at the same moment, one may lose
        its change. A warning says so if this allows everything.

        Args:
            principal: Whom: `"*"` for everybody, which a bucket made without `public=True` refuses; the number of an
                account, the ARN of a role or user, a service such as `"cloudfront.amazonaws.com"`, or AWS's own form.
            actions: What, such as `"s3:GetObject"`; one or several.
            prefix: What the keys start with that it is about; the bucket itself is left out then. Default: the
                bucket and all its objects.
            conditions: When, in AWS's form, such as `{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}`.
            sid: Its name in the policy; one of the same name that allows makes way. Default: made of what it says.

        Returns:
            The statement.

        Raises:
            Conflict: There is a statement of that name that denies.
            AccessDenied: It makes the bucket public, which its public-access blocks refuse.
            InvalidRequest: That is nobody, or no action of S3's.

        Examples:
            >>> Bucket("acme-photos").policy.allow("123456789012", ["s3:GetObject", "s3:ListBucket"]).effect
            'Allow'

        AWS: s3:GetBucketPolicy, s3:PutBucketPolicy
        """
        return self._add(
            Statement.allow(
                _checked(actions),
                resources(self._bucket, prefix),
                principal=principal,
                conditions=conditions,
                sid=sid,
            )
        )

    def deny(
        self,
        principal: str | Mapping[str, object],
        actions: str | Iterable[str],
        *,
        prefix: str = "",
        conditions: Mapping[str, object] | None = None,
        sid: str | None = None,
    ) -> Statement:
        """Deny something to somebody, whatever else allows it; safe to repeat. Two requests, or one.

        Args:
            principal: As in `allow`.
            actions: As in `allow`.
            prefix: As in `allow`.
            conditions: As in `allow`.
            sid: As in `allow`; one of the same name that denies makes way.

        Returns:
            The statement.

        Raises:
            Conflict: There is a statement of that name that allows.
            InvalidRequest: That is nobody, or no action of S3's.

        Examples:
            >>> Bucket("acme-photos").policy.deny("*", "s3:DeleteObject", prefix="archive/").effect
            'Deny'

        AWS: s3:GetBucketPolicy, s3:PutBucketPolicy
        """
        return self._add(
            Statement.deny(
                _checked(actions),
                resources(self._bucket, prefix),
                principal=principal,
                conditions=conditions,
                sid=sid,
            )
        )

    def require_tls(self) -> Statement:
        """Deny everything that does not come over TLS; safe to repeat. Two requests, one if it is so already.

        Returns:
            The statement.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Bucket("acme-photos").policy.require_tls().sid
            'cloudkitTlsOnly'

        AWS: s3:GetBucketPolicy, s3:PutBucketPolicy
        """
        return self._add(tls_only(self._bucket))

    def remove(self, sid: str | Statement) -> None:
        """Take the statements of a name away; fine if there are none. Two requests, or one.

        Args:
            sid: The name; or a statement that has one.

        Raises:
            BucketNotFound: The bucket is not there.
            InvalidRequest: That is no name.

        Examples:
            >>> Bucket("acme-photos").policy.remove("cloudkitTlsOnly")

        AWS: s3:GetBucketPolicy, s3:PutBucketPolicy, s3:DeleteBucketPolicy
        """
        name = sid.sid if isinstance(sid, Statement) else sid
        if not isinstance(name, str) or not name:
            raise refused("sid", sid, "the name of a statement", "bucket.policy.remove('public')")
        found = read_policy(self._bucket)
        left = found.removing(name)
        if left != found:
            write_policy(self._bucket, left)

    def _add(self, statement: Statement) -> Statement:
        found = read_policy(self._bucket)
        made = found.adding(statement)
        if made == found:
            return statement
        if any(each.sid == statement.sid and each.effect != statement.effect for each in found):
            raise Conflict(
                f"there is a statement {statement.sid!r} that does not {statement.effect.lower()}",
                service=S3.name,
                resource=str(self._bucket),
                hint="another sid=, or bucket.policy.remove(...) first",
            )
        warn_if_too_wide([statement], stacklevel=3)
        write_policy(self._bucket, made)
        return statement


PolicyLike: TypeAlias = "BucketPolicy | Policy | Mapping[str, object] | Iterable[Statement] | str"
"""What a policy can be given as: one of ours, AWS's document (as JSON text too), or statements."""
_HINT = (
    "{'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', ...}]}, or [Statement.allow(...)]; None takes the policy"
    " away"
)


def as_policy(given: PolicyLike) -> Policy:
    """What a caller gave, if it is one: what has no statements takes the policy away, and must say so."""
    if isinstance(given, BucketPolicy):
        return Policy.of(given.document)
    if isinstance(given, Policy):
        return given
    if not isinstance(given, (Mapping, str)):
        statements = several("policy", given, _HINT)
        if not all(isinstance(each, Statement) for each in statements):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequest("a policy is a document, or a list of Statements", hint=_HINT)
        return Policy.of(statements)
    document = cast(
        "Mapping[str, object]", from_json(given, dict, "the policy") if isinstance(given, str) else given
    )
    made = Policy.of(document)
    unknown = sorted(made.document.keys() - {"Version", "Id", "Statement"})
    if unknown or (made.document and "Statement" not in made.document):
        raise InvalidRequest(
            f"a policy has no {', '.join(unknown)}" if unknown else "a policy has a Statement", hint=_HINT
        )
    if len(made) < len(statements_of(made.document)):
        raise InvalidRequest("a statement of a policy is a mapping", hint=_HINT)
    return made


def read_policy(bucket: BucketAddress) -> Policy:
    """The policy; one without statements if there is none."""
    answer = unless(
        "NoSuchBucketPolicy",
        lambda: bucket.cloud.invoke(S3, "get_bucket_policy", bucket_address(bucket), about=bucket),
    )
    return Policy({} if answer is None else document_in(answer.get("Policy") or "{}"))


@patient
def write_policy(bucket: BucketAddress, wanted: Policy) -> None:
    """Make this the policy; without statements there is none."""
    if not len(wanted):
        bucket.cloud.invoke(S3, "delete_bucket_policy", bucket_address(bucket), about=bucket)
        return
    text = json.dumps(wanted.document)
    if len(text.encode()) > MAX_POLICY_BYTES:
        raise InvalidRequest(
            f"the policy has {len(text.encode()):,} bytes: a bucket's has up to {MAX_POLICY_BYTES:,}",
            resource=str(bucket),
        )
    bucket.cloud.invoke(S3, "put_bucket_policy", {**bucket_address(bucket), "Policy": text}, about=bucket)


def set_policy(bucket: BucketAddress, wanted: PolicyLike | None) -> None:
    """Replace the policy; None takes it away."""
    policy = Policy() if wanted is None else as_policy(wanted)
    warn_if_too_wide(policy, stacklevel=4)  # the property and attrs are in between
    write_policy(bucket, policy)


def tls_only(bucket: BucketAddress) -> Statement:
    """What denies everything that does not come over TLS."""
    return Statement.deny(
        "s3:*",
        resources(bucket, ""),
        principal=EVERYBODY,
        conditions={"Bool": {"aws:SecureTransport": "false"}},
        sid=TLS_SID,
    )


def resources(bucket: BucketAddress, prefix: str) -> list[str]:
    """The ARNs of the bucket and its objects, or of the objects with that prefix."""
    return [f"{bucket.arn}/{prefix}*"] if prefix else [bucket.arn, f"{bucket.arn}/*"]


def _checked(actions: str | Iterable[str]) -> list[str]:
    found = [actions] if isinstance(actions, str) else list(actions)
    for action in found:
        if action != "*" and not action.startswith("s3:"):
            raise InvalidRequest(
                f"{action!r} is no action of S3's",
                hint=f"such as 's3:{action.rpartition(':')[2] or 'GetObject'}'",
            )
    return found
