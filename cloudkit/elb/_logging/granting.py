"""What a bucket's policy must say so that a load balancer's logs come in.

Application and classic: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
Network: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/enable-access-logs.html

Of old, each region had an account of AWS's own that wrote the logs. AWS has replaced that by a service in all regions,
"we recommend that you replace it with the newer policy", so that there is no table of accounts here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import reduce

from cloudkit._core.policy import Document, Policy, Statement, stable_sid
from cloudkit._core.turns import turn
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb.kinds import Kind
from cloudkit.elb.log_place import LogKind, LogPlace
from cloudkit.errors import NotFound
from cloudkit.s3.bucket import Bucket
from cloudkit.s3.settings.policy import TLS_SID, read_policy, write_policy

_WRITER = "logdelivery.elasticloadbalancing.amazonaws.com"
_NETWORK_WRITER = "delivery.logs.amazonaws.com"
_OWNER_HAS_ALL: Mapping[str, str] = {"s3:x-amz-acl": "bucket-owner-full-control"}
_STEM, _ACL_STEM = "ElbLogs", "ElbLogsAcl"
_OURS = "cloudkit" + _STEM


def statements(seat: Seat, what: LogKind, place: LogPlace, bucket_arn: str) -> Sequence[Statement]:
    """What lets the logs in: for this load balancer by their Sids, so that each may come and go by itself."""
    about = f"{seat.arn} {what} {place.prefix}"
    written = f"{bucket_arn}/{place.folder}{seat.account}/*"
    if seat.kind != Kind.NETWORK:
        source = f"arn:{seat.partition}:elasticloadbalancing:{seat.region}:{seat.account}:loadbalancer/*"
        return [
            Statement.allow(
                "s3:PutObject",
                written,
                principal=_WRITER,
                conditions={"ArnLike": {"aws:SourceArn": source}},
                sid=stable_sid(_STEM, about),
            )
        ]
    of_account = {"aws:SourceAccount": seat.account}
    from_here = {"aws:SourceArn": f"arn:{seat.partition}:logs:{seat.region}:{seat.account}:*"}
    return [
        Statement.allow(
            "s3:GetBucketAcl",
            bucket_arn,
            principal=_NETWORK_WRITER,
            conditions={"StringEquals": of_account, "ArnLike": from_here},
            sid=stable_sid(_ACL_STEM, about),
        ),
        Statement.allow(
            "s3:PutObject",
            written,
            principal=_NETWORK_WRITER,
            conditions={"StringEquals": {**_OWNER_HAS_ALL, **of_account}, "ArnLike": from_here},
            sid=stable_sid(_STEM, about),
        ),
    ]


def let_in(bucket: Bucket, wanted: Sequence[Statement]) -> bool:
    """Have them in the bucket's policy; whether anything had to be changed. One request, or two.

    What somebody else's statement allows already is not said again.
    """
    with _policy_turn(bucket):
        found = read_policy(bucket)
        missing = [each for each in wanted if not _said_by_others(found, each)]
        made = reduce(Policy.adding, missing, found)
        if made == found:
            return False
        write_policy(bucket, made)
        return True


def shut_out(bucket: Bucket, granted: Sequence[Statement]) -> None:
    """Take them out of the bucket's policy; fine if the bucket is gone. One request, or two."""
    try:
        with _policy_turn(bucket):
            found = read_policy(bucket)
            left = found
            for each in granted:
                left = left.removing(str(each.sid), effect="Allow")
            if left != found:
                write_policy(bucket, left)
    except NotFound as error:
        if error.code != "NoSuchBucket":
            raise


def denials(bucket: Bucket) -> Sequence[str]:
    """The Sids of what the bucket's policy denies: one of them may shut the logs out. One request."""
    # AWS writes over TLS.
    return [
        each.sid or "(without a Sid)"
        for each in read_policy(bucket)
        if each.effect == "Deny" and each.sid != TLS_SID
    ]


def _policy_turn(bucket: Bucket) -> AbstractContextManager[None]:
    # S3 has no way to read and write a policy in one step.
    return turn("policy", "s3", bucket.name)


def _said_by_others(policy: Policy, wanted: Statement) -> bool:
    return any(
        _without_sid(each) == _without_sid(wanted)
        for each in policy
        if not (each.sid or "").startswith(_OURS)
    )


def _without_sid(statement: Statement) -> Document:
    return {name: value for name, value in statement.document.items() if name != "Sid"}
