"""How targets are: states, reasons, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, overload

from attrs import frozen
from typing_extensions import override

from cloudkit.types import OpenEnum


class Health(OpenEnum):
    """The state of a target."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNHEALTHY_DRAINING = "unhealthy.draining"
    UNUSED = "unused"
    DRAINING = "draining"
    UNAVAILABLE = "unavailable"


# On its way out: nobody waits for it to become healthy.
_LEAVING = frozenset({Health.DRAINING, Health.UNHEALTHY_DRAINING})

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "Elb.RegistrationInProgress": "it is being registered: wait",
        "Elb.InitialHealthChecking": (
            "the first health checks are under way: wait healthy_threshold x interval seconds of the group's"
            " health check"
        ),
        "Target.ResponseCodeMismatch": (
            "the target answers with another status than the health check expects: let the health path answer 200,"
            " or give another path or `codes`: group.update(health_check=HealthCheck(path=..., codes=...))"
        ),
        "Target.Timeout": (
            "the target does not answer in time: let its security group admit the load balancer's on the target"
            " port, and see that the server listens on all addresses and answers within the health check's timeout"
        ),
        "Target.FailedHealthChecks": (
            "the connection is refused or the answer is malformed: see that the server runs, listens on the target"
            " port and speaks the group's protocol"
        ),
        "Elb.InternalError": "the load balancer itself failed: wait, and ask AWS if it stays so",
        "Target.NotRegistered": "register it: balancer.add(target)",
        "Target.NotInUse": (
            "no listener forwards to the group, or the target's zone is not one of the load balancer's: compare"
            " balancer.listeners() and balancer.zones with the target's zone"
        ),
        "Target.DeregistrationInProgress": "it was removed and finishes its requests: add it again to keep it",
        "Target.InvalidState": "the instance is stopped or terminated: start it, or remove it",
        "Target.IpUnusable": "the address belongs to a load balancer: register another",
        "Target.HealthCheckDisabled": "the group's health checks are off: switch them on",
    }
)
"""What to do about each reason that AWS gives."""


@frozen
class TargetHealth:
    """How one target of one target group is.

    Attributes:
        id: The target: an instance id, an address or an ARN.
        port: The port that it is registered with; None for a Lambda function.
        state: Its state.
        reason: AWS's code of the reason, such as `"Target.Timeout"`; None for a healthy one.
        description: The reason in AWS's words.
        group: The name of the target group.
    """

    id: str
    port: int | None
    state: Health
    reason: str | None = None
    description: str | None = None
    group: str | None = None

    @property
    def healthy(self) -> bool:
        """Whether it gets requests."""
        return self.state == Health.HEALTHY

    @property
    def leaving(self) -> bool:
        """Whether it was deregistered and is finishing."""
        return self.state in _LEAVING

    @property
    def advice(self) -> str | None:
        """What to do about it; None if it is healthy or the reason is not known."""
        return None if self.reason is None else ADVICE.get(self.reason)

    @override
    def __str__(self) -> str:
        where = self.id if self.port is None else f"{self.id}:{self.port}"
        return f"{where} is {self.state}" + (f" ({self.reason})" if self.reason else "")


@frozen(repr=False)
class HealthTable(Sequence[TargetHealth]):
    """How all targets are, as it was at one moment. It prints as a table.

    Attributes:
        rows: One for each target of each target group.

    Examples:
        >>> table = HealthTable((TargetHealth("i-0abc", 8080, Health.HEALTHY, group="web-8080"),))
        >>> table
        target  port  state    reason  group
        i-0abc  8080  healthy  -       web-8080
    """

    rows: tuple[TargetHealth, ...] = ()

    @property
    def all_healthy(self) -> bool:
        """Whether there are targets and every one is healthy; those that are leaving do not count."""
        staying = [row for row in self.rows if not row.leaving]
        return bool(staying) and all(row.healthy for row in staying)

    @overload
    def __getitem__(self, index: int) -> TargetHealth: ...
    @overload
    def __getitem__(self, index: slice) -> HealthTable: ...
    @override
    def __getitem__(self, index: int | slice) -> TargetHealth | HealthTable:
        return HealthTable(self.rows[index]) if isinstance(index, slice) else self.rows[index]

    @override
    def __len__(self) -> int:
        return len(self.rows)

    @override
    def __iter__(self) -> Iterator[TargetHealth]:
        return iter(self.rows)

    @override
    def __repr__(self) -> str:
        if not self.rows:
            return "no targets"
        lines = [
            ("target", "port", "state", "reason", "group"),
            *(
                (row.id, str(row.port or "-"), str(row.state), row.reason or "-", row.group or "-")
                for row in self.rows
            ),
        ]
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        return "\n".join(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )


def target_health(row: Mapping[str, Any], group: str) -> TargetHealth:
    """One row of DescribeTargetHealth."""
    target: Mapping[str, Any] = row["Target"]
    health: Mapping[str, Any] = row.get("TargetHealth") or {}
    port = target.get("Port")
    return TargetHealth(
        id=str(target["Id"]),
        port=None if port is None else int(port),
        state=Health(health.get("State", Health.UNAVAILABLE)),
        reason=health.get("Reason"),
        description=health.get("Description"),
        group=group,
    )
