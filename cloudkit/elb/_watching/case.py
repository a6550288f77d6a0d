"""What is wrong with a target, in words of its own case: the path and port that are asked, the zone that it is in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from cloudkit.ec2 import Instance
from cloudkit.elb._watching.boxes import Doors, doors, instances
from cloudkit.elb._watching.front import Front
from cloudkit.elb._watching.pool import Pool
from cloudkit.elb.errors import TargetUnhealthy
from cloudkit.elb.health import TargetHealth
from cloudkit.elb.health_check import HealthCheck
from cloudkit.errors import CloudError

_NOT_IN_USE = "Target.NotInUse"
_MISMATCH = "Target.ResponseCodeMismatch"
_TIMEOUT = "Target.Timeout"
_FAILED = "Target.FailedHealthChecks"
_STOPPED = "Target.InvalidState"
# Whatever is shut is seen as a time-out; network and classic load balancers call that failed too.
_MAY_BE_SHUT = frozenset({_TIMEOUT, _FAILED})
_CODES = re.compile(r"\[([^\]]+)\]")
_FAULTS_BEGIN = "5"
_LOGIN = ("401", "403")
_MOST_SHOWN = 3


@frozen
class Case:
    """A target that was given up, and what is known of it.

    Attributes:
        row: How it is.
        found: What was found, for people; None for what AWS says.
        fix: What to do about it.
    """

    row: TargetHealth
    found: str | None = None
    fix: str | None = None


@frozen
class Facts:
    """What was looked up about targets that were given up.

    Attributes:
        front: The load balancer.
        checks: How the targets are checked, by target group.
        boxes: The instances among them.
        inner: What the security groups of each instance let in, by its id; absent where that is not known.
        outer: What those of the load balancer let out; None if that is not known.
    """

    front: Front
    checks: Mapping[str | None, HealthCheck]
    boxes: Mapping[str, Instance] = field(factory=dict[str, Instance])
    inner: Mapping[str, Doors] = field(factory=dict[str, Doors])
    outer: Doors | None = None

    @classmethod
    def about(cls, lost: Sequence[TargetHealth], front: Front, pools: Sequence[Pool]) -> Facts:
        """Look up what helps to say why. No request, or one or two; what cannot be asked is left out."""
        facts = cls(front, {pool.group: pool.check for pool in pools})
        try:
            shut = [row for row in lost if row.reason in _MAY_BE_SHUT]
            asked = [row for row in lost if row.reason == _NOT_IN_USE and row.zone is None]
            if shut or asked:
                facts = evolve(facts, boxes=instances(front.cloud, (row.id for row in (*shut, *asked))))
            groups = {
                row.id: tuple(group.id for group in facts.boxes[row.id].security_groups)
                for row in shut
                if row.id in facts.boxes
            }
            if groups:
                outer, *inner = doors(front.cloud, front.security_groups(), *groups.values())
                known = {box: each for box, each in zip(groups, inner, strict=True) if each is not None}
                facts = evolve(facts, inner=known, outer=outer)
        except CloudError:
            pass  # what AWS said of the targets is enough for an error
        return facts

    def case_of(self, row: TargetHealth) -> Case:
        """What is wrong with that target."""
        check = self.checks.get(row.group)
        if row.reason == _NOT_IN_USE:
            return self._unused(row)
        if row.reason == _STOPPED:
            return _stopped(row)
        if check is None:
            return Case(row)
        if row.reason == _MISMATCH:
            return _mismatch(row, check)
        if row.reason in _MAY_BE_SHUT:
            return self._shut(row, check) or _silent(row, check)
        return Case(row)

    def _unused(self, row: TargetHealth) -> Case:
        box = self.boxes.get(row.id)
        zone = row.zone or (None if box is None else box.zone)
        enabled = self.front.zones()
        if zone is not None and zone not in enabled and enabled:
            return Case(
                row,
                f"the zone {zone} of {row.id} is not enabled on the load balancer (enabled: {', '.join(enabled)})",
                f"give the load balancer a subnet in {zone}, or take targets in {' or '.join(enabled)}",
            )
        if zone is not None and row.group is not None:
            return Case(
                row,
                f"no listener forwards to {row.group}, though its zone {zone} is enabled",
                f"let a listener or rule forward to {row.group}: balancer.listeners() shows what they do",
            )
        return Case(row)

    def _shut(self, row: TargetHealth, check: HealthCheck) -> Case | None:
        port = check.port or row.port
        inner, outer = self.inner.get(row.id), self.outer
        if port is None or inner is None or outer is None:
            return None
        ours, theirs = " and ".join(outer.ids), " and ".join(inner.ids)
        if not outer.ids and inner.shut_to((), port):
            return Case(
                row,
                f"{theirs} of {row.id} admits no address on {port}, and the load balancer has no security group to admit",
                f"SecurityGroup({inner.ids[0]!r}).allow({port}, network) for the networks of the load balancer's subnets",
            )
        if outer.ids and inner.shut_to(outer.ids, port):
            return Case(
                row,
                f"{theirs} of {row.id} does not admit {ours} of the load balancer on {port}",
                f"SecurityGroup({inner.ids[0]!r}).allow({port}, {outer.ids[0]!r})",
            )
        if outer.ids and outer.shut_from(inner.ids, port):
            return Case(
                row,
                f"{ours} of the load balancer lets nothing out to {theirs} of {row.id} on {port}",
                f"SecurityGroup({outer.ids[0]!r}).allow({port}, {inner.ids[0]!r}, egress=True)",
            )
        return None


def _asked(row: TargetHealth, check: HealthCheck) -> str:
    """What the health check asks, such as `/up on 8080`."""
    port = check.port or row.port
    where = "its port" if port is None else str(port)
    return f"{check.protocol} on {where}" if check.path is None else f"{check.path} on {where}"


def _mismatch(row: TargetHealth, check: HealthCheck) -> Case:
    told = _CODES.search(row.description or "")
    got = "another status" if told is None else told[1]
    wanted = check.codes or "200"
    other = f"check another path: group.update(health_check=HealthCheck(path=..., codes={wanted!r}))"
    fix = f"let {check.path} answer {wanted}, or {other}"
    if got.startswith(_FAULTS_BEGIN):
        fix = f"the server itself fails at {check.path}: see its log; {fix}"
    elif got in _LOGIN:
        fix = f"health checks have no password: let {check.path} answer {wanted} without one, or {other}"
    return Case(row, f"the health check of {_asked(row, check)} got {got}, and expects {wanted}", fix)


def _silent(row: TargetHealth, check: HealthCheck) -> Case:
    asked = _asked(row, check)
    port = check.port or row.port
    listens = "listens on all addresses, not on 127.0.0.1 alone"
    if row.reason == _TIMEOUT:
        return Case(
            row,
            f"the health check of {asked} had no answer within {check.timeout} s",
            f"see that the server {listens}, and answers within {check.timeout} s; and that the target's security group"
            f" and network ACL let the load balancer in on {port or 'its port'}",
        )
    return Case(
        row,
        f"the health check of {asked} was refused, or got no {check.protocol} answer",
        f"see that the server runs, {listens}, and speaks {check.protocol} on {port or 'its port'}",
    )


def _stopped(row: TargetHealth) -> Case:
    return Case(
        row, None, f"start it: Instance({row.id!r}).start(), or remove it: balancer.remove({row.id!r})"
    )


def gave_up(lost: Sequence[TargetHealth], front: Front, pools: Sequence[Pool]) -> TargetUnhealthy:
    """The error for targets that were given up, of which there is at least one. Two requests at most."""
    facts = Facts.about(lost, front, pools)
    cases = [facts.case_of(row) for row in lost]
    advised = [evolve(case.row, advice=case.fix) for case in cases]
    error = TargetUnhealthy.of(advised, resource=front.name)
    error.message = _several([_told(case) for case in cases])
    error.args = (error.message,)
    error.hint = _several([row.advice for row in advised if row.advice is not None]) or None
    return error


def _told(case: Case) -> str:
    said = case.found or case.row.description
    return f"{case.row}: {said}" if said else str(case.row)


def _several(texts: Sequence[str]) -> str:
    once = list(dict.fromkeys(texts))
    more = len(once) - _MOST_SHOWN
    return "; ".join([*once[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])])
