"""When a group has what it wants, and when it is given up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from attrs import define, field, frozen

from cloudkit._core.listing import Listing
from cloudkit._core.waiting import wait_until
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._limits import CAPACITY_SECONDS, MIN_REPLACED, RECENT_ACTIVITIES
from cloudkit.autoscaling._targets import health_of
from cloudkit.autoscaling.activity import Activity
from cloudkit.autoscaling.errors import ScalingFailed
from cloudkit.autoscaling.kinds import Process
from cloudkit.autoscaling.member import Member
from cloudkit.errors import Conflict, WaitFailed, WaitTimeout
from cloudkit.types import Duration

# What passes by itself: the group tries again, elsewhere too.
_PASSES = re.compile(
    r"sufficient|UnfulfillableCapacity|Throttl|RequestLimit|try again|unavailable|Server\.Internal",
    re.IGNORECASE,
)
_UNHEALTHY = re.compile(r"health[- ]check failure|failed health check", re.IGNORECASE)
_NOT_THERE = "not in the group"
_ADVICE = (
    (r"image|ami-", "the image is gone or not yours: template.create_version(base='latest', image=...)"),
    (r"sufficient|Unfulfillable|spot", "give more zones (subnets=) or more types: mixed=Mixed([...])"),
    (r"limit|quota", "the account may have no more of these: AWS raises the quota on request"),
    (r"key pair", "the key pair is not there: template.create_version(base='latest', key=...)"),
    (
        r"security group",
        "its security group is not there, or in another VPC: template.create_version(base='latest', security_groups=[...])",
    ),
    (r"not supported", "the zone does not have the type: give other subnets= or mixed=Mixed([...])"),
    (r"authori[sz]ed|KMS|key .*state", "Auto Scaling may not use something that the template names"),
)


@frozen
class Look:
    """What was seen of a group at one moment.

    Attributes:
        at: When, in seconds of the clock.
        desired: How many instances it shall have.
        members: Those that it has.
        status: What AWS says of a group that is being deleted.
        suspended: What it does not do by itself.
        activities: The newest of what it did, if it has not what it wants.
        sick: Of the instances in service, those that a load balancer does not take for healthy, and why.
    """

    at: float
    desired: int
    members: Sequence[Member]
    status: str | None
    suspended: Sequence[str]
    activities: Sequence[Activity] = ()
    sick: Sequence[str] = ()

    @property
    def serving(self) -> int:
        """How many are in service."""
        return sum(each.in_service for each in self.members)

    @property
    def complete(self) -> bool:
        """Whether as many are in service as shall be."""
        return self.serving == self.desired and self.status is None

    @property
    def good(self) -> bool:
        """Whether requests get through to all of them, too."""
        return self.complete and not self.sick

    @property
    def pending(self) -> Sequence[str]:
        """What is not there yet, an entry a thing."""
        told = [str(each) for each in self.members if not each.in_service]
        told += self.sick
        if self.serving != self.desired:
            told.insert(0, f"{self.serving} of {self.desired} are in service")
        failed = next((each for each in self.activities if each.failed), None)
        return told if failed is None else [*told, str(failed)]


@define
class Watch:
    """Judges one look after another."""

    _name: str
    _since: datetime | None
    _first: float | None = field(default=None, init=False)
    _before: frozenset[str] | None = field(default=None, init=False)

    def check(self, look: Look) -> None:
        """Raise if this look, after those before it, leaves nothing to wait for."""
        if look.status is not None:
            raise WaitFailed(
                f"it is being deleted: {look.status}", service="autoscaling", resource=self._name
            )
        if look.serving < look.desired and Process.LAUNCH in look.suspended:
            raise Conflict(
                f"{look.serving} of {look.desired} are in service, and launching is suspended",
                service="autoscaling",
                resource=self._name,
                hint="group.resume('Launch')",
            )
        if not look.complete:
            self._check_launches(look)
            self._check_replaced(look)

    def _check_launches(self, look: Look) -> None:
        failed = self._failed(look)
        if not failed:
            self._first = None
            return
        if self._first is None:
            self._first = look.at
        passes = _PASSES.search(failed[0].message or "") is not None
        if not passes or look.at - self._first >= CAPACITY_SECONDS:
            raise self._failure(failed)

    def _failed(self, look: Look) -> Sequence[Activity]:
        """The failed launches since the last one that did not fail; none while one is under way."""
        found: list[Activity] = []
        for each in look.activities:
            if not each.launches or (self._since is not None and each.started < self._since):
                continue
            if not each.failed:
                break
            found.append(each)
        return found

    def _check_replaced(self, look: Look) -> None:
        """Give up when it ends instance after instance for failed health checks."""
        ended = {each.id: each for each in look.activities if _UNHEALTHY.search(each.cause)}
        if self._before is None:
            self._before = frozenset(ended)
        new = [each for name, each in ended.items() if name not in self._before]
        if len(new) >= max(MIN_REPLACED, look.desired):
            error = ScalingFailed(
                f"{len(new)} instances were ended for failed health checks: {new[0].cause}",
                service="autoscaling",
                resource=self._name,
                hint="group.health() says why; a longer grace= gives new instances more time to start",
            )
            error.reason, error.activities = new[0].cause, tuple(new)
            raise error

    def _failure(self, failed: Sequence[Activity]) -> ScalingFailed:
        reason = failed[0].message or str(failed[0].status)
        hint = next((hint for said, hint in _ADVICE if re.search(said, reason, re.IGNORECASE)), None)
        error = ScalingFailed(
            f"{failed[0].description}: {reason}", service="autoscaling", resource=self._name, hint=hint
        )
        error.reason, error.activities = failed[0].message, tuple(failed)
        return error


def wait_in_service(
    group: GroupAddress, activities: Listing[Activity], *, healthy: bool, timeout: Duration
) -> None:
    """Wait until as many instances are in service as shall be.

    Args:
        group: The group.
        activities: What it did, the newest first.
        healthy: Whether the load balancers have to take them for healthy too.
        timeout: Seconds, more than 0.
    """
    looks: list[Look] = []
    watch = Watch(group.name, group._changed)  # pyright: ignore[reportPrivateUsage]

    def poll() -> Look:
        look = look_at(group)
        if look.complete:
            sick = list(_sick(group, look)) if healthy else ()
            return _with(look, sick=sick)
        return _with(look, activities=activities.limit(RECENT_ACTIVITIES).to_list())

    def check(look: Look) -> None:
        looks[:] = [look]
        watch.check(look)

    try:
        wait_until(
            poll,
            lambda look: look.good,
            timeout=timeout,
            clock=group.cloud.clock,
            what=f"{group.name} to have its instances in service",
            shown=lambda look: "; ".join(look.pending),
            check=check,
        )
    except WaitTimeout as error:
        error.pending = tuple(looks[0].pending) if looks else error.pending
        raise


def look_at(group: GroupAddress) -> Look:
    """What it is now. One request."""
    group.refresh()
    return Look(
        group.cloud.clock.now(),
        group._desired,  # pyright: ignore[reportPrivateUsage]
        group._members or (),  # pyright: ignore[reportPrivateUsage]
        group.status,
        group.suspended or (),
    )


def _with(look: Look, *, activities: Sequence[Activity] = (), sick: Sequence[str] = ()) -> Look:
    return Look(look.at, look.desired, look.members, look.status, look.suspended, activities, sick)


def _sick(group: GroupAddress, look: Look) -> list[str]:
    """The instances in service that a load balancer does not take for healthy, and why."""
    serving = [each.id for each in look.members if each.in_service]
    found: list[str] = []
    for table in health_of(group) if serving else ():
        rows = {row.id: row for row in table}
        for each in serving:
            row = rows.get(each)
            if row is None:
                found.append(f"{each} is not registered yet")
            elif not row.healthy:
                found.append(f"{row}{': ' + row.description if row.description else ''}")
    return found


def wait_lifecycle(group: GroupAddress, ids: Sequence[str], wanted: str, timeout: Duration) -> None:
    """Wait until those members are in a state."""

    def look() -> dict[str, str]:
        found = {each.id: str(each.lifecycle) for each in look_at(group).members}
        return {each: found.get(each, _NOT_THERE) for each in ids}

    wait_until(
        look,
        lambda seen: all(state == wanted for state in seen.values()),
        timeout=timeout,
        clock=group.cloud.clock,
        what=f"{', '.join(ids[:3])} to be {wanted}",
        shown=lambda seen: "; ".join(f"{each} is {state}" for each, state in seen.items() if state != wanted),
    )
