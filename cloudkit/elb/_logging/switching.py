"""Logs sent to a bucket, to another one, or to nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from cloudkit._core.backoff import Backoff
from cloudkit._core.params import one_of
from cloudkit._core.policy import Statement
from cloudkit.elb._limits import (
    LOG_GRANT_FIRST_PAUSE_SECONDS,
    LOG_GRANT_LONGEST_PAUSE_SECONDS,
    LOG_GRANT_SECONDS,
)
from cloudkit.elb._logging.granting import denials, let_in, shut_out, statements
from cloudkit.elb._settings.changing import send_logs, settings_of
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb.kinds import Kind
from cloudkit.elb.log_place import LogKind, LogPlace, LogsLike
from cloudkit.elb.settings import LoadBalancerSettings
from cloudkit.errors import AccessDenied, CloudError, InvalidRequest, NotFound
from cloudkit.s3.bucket import Bucket
from cloudkit.types import Duration

_KINDS: Mapping[LogKind, Sequence[Kind]] = {
    LogKind.ACCESS: (Kind.APPLICATION, Kind.NETWORK, Kind.CLASSIC),
    LogKind.CONNECTIONS: (Kind.APPLICATION,),
    LogKind.HEALTH_CHECKS: (Kind.APPLICATION,),
}
_ELSEWHERE: Mapping[Kind, str] = {
    Kind.GATEWAY: "the flow logs of its subnets tell who comes through",
    Kind.NETWORK: "LogKind.ACCESS tells of its TLS connections",
    Kind.CLASSIC: "LogKind.ACCESS tells of its requests",
}
_REFUSED = "InvalidConfigurationRequest"
_DENIED = "access denied for bucket"
_UNTIL_LET_IN = Backoff(
    LOG_GRANT_FIRST_PAUSE_SECONDS, longest=LOG_GRANT_LONGEST_PAUSE_SECONDS, limit=LOG_GRANT_SECONDS
)
_KMS = "aws:kms"
# The key that S3 makes for the account: its policy cannot be changed, so that it lets no log writer in.
_AWS_OWN_KEY = "alias/aws/s3"


def place_in(settings: LoadBalancerSettings, what: LogKind) -> LogPlace | None:
    """Where those logs go."""
    if what == LogKind.ACCESS:
        return settings.access_logs
    return settings.connection_logs if what == LogKind.CONNECTIONS else settings.health_check_logs


def checked_what(what: LogKind | str, kind: Kind) -> LogKind:
    """The kind of logs, if that kind of load balancer writes them."""
    found = LogKind(one_of("what", str(what), [str(each) for each in LogKind.known()]))
    if kind not in _KINDS[found]:
        raise InvalidRequest(
            f"{kind} load balancers have no {found.replace('_', ' ')} logs", hint=_ELSEWHERE.get(kind)
        )
    return found


def log_to(
    seat: Seat, given: LogsLike | None, what: LogKind | str, *, prefix: str, interval: Duration | None
) -> None:
    """Send logs there, or to nowhere; see `LoadBalancer.log_to`."""
    kind = checked_what(what, seat.kind)
    place = None if given is None else _place(given, prefix, interval)
    if place is not None and place.interval is not None and seat.kind != Kind.CLASSIC:
        raise InvalidRequest(
            f"interval={place.interval}: classic load balancers have one, {seat.kind} ones write every 5 minutes",
            hint="leave interval= out",
        )
    before = place_in(settings_of(seat), kind)
    if place is None:
        if before is not None:
            send_logs(seat, kind, None)
    else:
        bucket = given if isinstance(given, Bucket) else Bucket(place.bucket, cloud=seat.cloud)
        _check(bucket, seat)
        _send(seat, kind, place, bucket, before)
    if before is not None and (
        place is None or (place.bucket, place.prefix) != (before.bucket, before.prefix)
    ):
        left = (
            given
            if isinstance(given, Bucket) and given.name == before.bucket
            else Bucket(before.bucket, cloud=seat.cloud)
        )
        shut_out(left, statements(seat, kind, before, left.arn))


def _place(given: LogsLike, prefix: str, interval: Duration | None) -> LogPlace:
    if isinstance(given, LogPlace):
        if prefix or interval is not None:
            raise InvalidRequest(
                "a LogPlace says prefix and interval itself", hint="LogPlace(bucket, prefix, interval=...)"
            )
        return given
    return LogPlace(given, prefix, interval=interval)


def _check(bucket: Bucket, seat: Seat) -> None:
    """Look at what AWS would refuse with "Access Denied", whatever the policy says."""
    if bucket.region != seat.region:
        raise InvalidRequest(
            f"the bucket is in {bucket.region}, and the load balancer in {seat.region}",
            resource=str(bucket),
            hint=f"logs go to a bucket of the same region: Bucket.create('...', region={seat.region!r})",
        )
    encryption = None
    # Who may not ask for it may well be right without it.
    with suppress(AccessDenied):
        encryption = bucket.encryption
    if encryption is None or not encryption.algorithm.startswith(_KMS):
        return
    if seat.kind != Kind.NETWORK:
        raise InvalidRequest(
            f"the bucket encrypts with {encryption.algorithm}: logs of {seat.kind} load balancers go to buckets with"
            " keys of S3's own alone",
            resource=str(bucket),
            hint="bucket.encryption = 'AES256', or another bucket",
        )
    if encryption.key is None or encryption.key.endswith(_AWS_OWN_KEY):
        raise InvalidRequest(
            "the bucket encrypts with AWS's key of the account, which no log writer may use",
            resource=str(bucket),
            hint="bucket.encryption = 'AES256', or a key whose policy lets delivery.logs.amazonaws.com use it",
        )


def _send(seat: Seat, kind: LogKind, place: LogPlace, bucket: Bucket, before: LogPlace | None) -> None:
    wanted = statements(seat, kind, place, bucket.arn)
    added = let_in(bucket, wanted)
    if place == before:
        return
    pauses = _UNTIL_LET_IN.begin(seat.cloud.clock)
    while True:
        try:
            send_logs(seat, kind, place)
        except CloudError as error:
            # A policy counts some seconds after it was written, and another process may have written over it.
            if added and _is_shut_out(error) and pauses.take():
                let_in(bucket, wanted)
                continue
            if _is_shut_out(error):
                error.hint = _why(bucket)
            if added and _is_certain(error) and not _serves(place, before):
                _take_back(bucket, wanted)
            raise
        return


def _is_shut_out(error: CloudError) -> bool:
    return error.code == _REFUSED and _DENIED in error.message.lower()


def _is_certain(error: CloudError) -> bool:
    """Whether AWS has certainly not done it."""
    return isinstance(error, (InvalidRequest, NotFound, AccessDenied))


def _serves(place: LogPlace, before: LogPlace | None) -> bool:
    """Whether what lets these logs in is needed all the same."""
    return before is not None and (place.bucket, place.prefix) == (before.bucket, before.prefix)


def _take_back(bucket: Bucket, granted: Sequence[Statement]) -> None:
    # The refusal is what the caller must see, whatever becomes of this.
    with suppress(CloudError):
        shut_out(bucket, granted)


def _why(bucket: Bucket) -> str:
    found: Sequence[str] = ()
    with suppress(CloudError):
        found = denials(bucket)
    told = f" (it denies: {', '.join(found)})" if found else ""
    return (
        f"its policy lets the logs in; a Deny in it{told}, a KMS key, or a policy of the organization may shut them"
        " out: bucket.policy.document shows the first"
    )
