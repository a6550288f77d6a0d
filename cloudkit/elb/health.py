"""How targets are: states, reasons, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload

from attrs import field, frozen
from typing_extensions import override

from cloudkit._core.params import one_of
from cloudkit.elb._table import Table
from cloudkit.types import OpenEnum

if TYPE_CHECKING:
    from rich.table import Table as RichTable


class Health(OpenEnum):
    """The state of a target.

    Those of classic load balancers are the ones of the same meaning: `InService` is `healthy`, `OutOfService` one of the
    others, as AWS's description says.
    """

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNHEALTHY_DRAINING = "unhealthy.draining"
    UNUSED = "unused"
    DRAINING = "draining"
    UNAVAILABLE = "unavailable"


# It fails its health checks; AWS ends its connections (network), or lets them end, before it counts as out.
UNWELL = frozenset({Health.UNHEALTHY, Health.UNHEALTHY_DRAINING})
# The worst first: the order of `sorted` and `by_state`. What AWS invents later comes last.
_ORDER = (
    Health.UNHEALTHY,
    Health.UNHEALTHY_DRAINING,
    Health.UNUSED,
    Health.UNAVAILABLE,
    Health.INITIAL,
    Health.DRAINING,
    Health.HEALTHY,
)
_COLOURS = {
    Health.UNHEALTHY: "red",
    Health.UNHEALTHY_DRAINING: "red",
    Health.UNUSED: "red",
    Health.HEALTHY: "green",
}
INSTANCE_IDS_BEGIN = "i-"
_COLUMNS = ("target", "name", "port", "zone", "state", "reason", "group")
_NOT_ALWAYS_SHOWN = frozenset({"name", "port", "zone", "group"})

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
        reason: AWS's code of the reason, such as `"Target.Timeout"`; None for a healthy one. For classic load balancers,
            whose reasons are texts, the code of the same meaning.
        description: The reason in AWS's words.
        group: The name of the target group; None with a classic load balancer, which has none.
        zone: Its zone, where AWS says it or `names=True` has asked for it.
        name: Its tag `Name`, where `names=True` has asked for it.
        server_id: Its server id, with QUIC.
    """

    id: str
    port: int | None
    state: Health
    reason: str | None = None
    description: str | None = None
    group: str | None = None
    zone: str | None = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)
    server_id: str | None = field(default=None, kw_only=True)
    # What was found about this very one.
    _advice: str | None = field(default=None, kw_only=True, eq=False, repr=False, alias="advice")

    @property
    def healthy(self) -> bool:
        """Whether it gets requests."""
        return self.state == Health.HEALTHY

    @property
    def leaving(self) -> bool:
        """Whether it was deregistered and is finishing."""
        return self.state == Health.DRAINING

    @property
    def advice(self) -> str | None:
        """What to do about it; None if it is healthy or the reason is not known."""
        if self._advice is not None:
            return self._advice
        return None if self.reason is None else ADVICE.get(self.reason)

    @override
    def __str__(self) -> str:
        where = self.id if self.port is None else f"{self.id}:{self.port}"
        return f"{where} is {self.state}" + (f" ({self.reason})" if self.reason else "")


@frozen(repr=False)
class HealthTable(Sequence[TargetHealth]):
    """How all targets are, as it was at one moment. It prints as a table, in notebooks and with rich too.

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

    @property
    def healthy(self) -> HealthTable:
        """Those that get requests."""
        return self._of(row for row in self.rows if row.healthy)

    @property
    def unhealthy(self) -> HealthTable:
        """Those that get none though they should: all that are neither healthy nor leaving, whatever the reason."""
        return self._of(row for row in self.rows if not row.healthy and not row.leaving)

    @property
    def by_state(self) -> Mapping[Health, HealthTable]:
        """The targets in each state that there is, the worst state first."""
        found: dict[Health, list[TargetHealth]] = {}
        for row in sorted(self.rows, key=_severity):
            found.setdefault(row.state, []).append(row)
        return MappingProxyType({state: self._of(rows) for state, rows in found.items()})

    @property
    def by_target(self) -> Mapping[str, HealthTable]:
        """How each target is in all groups that have it, by its id."""
        found: dict[str, list[TargetHealth]] = {}
        for row in self.rows:
            found.setdefault(row.id, []).append(row)
        return MappingProxyType({target: self._of(rows) for target, rows in found.items()})

    def sorted(self, *columns: str) -> HealthTable:
        """The same in the order of some columns. No request.

        Args:
            *columns: Any of `"target"`, `"name"`, `"port"`, `"zone"`, `"state"`, `"reason"` and `"group"`; the first
                one counts most. States go from the worst to the best. Default: `"state"`.

        Returns:
            A table.

        Raises:
            InvalidRequest: There is no such column.

        Examples:
            >>> LoadBalancer("web").health().sorted("state", "zone").all_healthy
            True

        AWS: none
        """
        names = [one_of("column", name, _COLUMNS) for name in columns or ("state",)]
        return self._of(sorted(self.rows, key=lambda row: [_sort_key(row, name) for name in names]))

    @staticmethod
    def _of(rows: Iterable[TargetHealth]) -> HealthTable:
        return HealthTable(tuple(rows))

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
        return self._table().as_text() if self.rows else "no targets"

    def _repr_html_(self) -> str:
        return self._table().as_html() if self.rows else "<p>no targets</p>"

    def __rich__(self) -> RichTable | str:
        return self._table().as_rich() if self.rows else "no targets"

    def _table(self) -> Table:
        colours = {
            at: colour for at, row in enumerate(self.rows) if (colour := _COLOURS.get(row.state)) is not None
        }
        return Table(_COLUMNS, [_texts(row) for row in self.rows], colours).without_empty(_NOT_ALWAYS_SHOWN)


def _texts(row: TargetHealth) -> Sequence[str | None]:
    port = None if row.port is None else str(row.port)
    return (row.id, row.name, port, row.zone, str(row.state), row.reason, row.group)


def _severity(row: TargetHealth) -> int:
    return _ORDER.index(row.state) if row.state in _ORDER else len(_ORDER)


def _sort_key(row: TargetHealth, column: str) -> tuple[int, str]:
    if column == "state":
        return _severity(row), str(row.state)
    if column == "port":
        return row.port or 0, ""
    return 0, _texts(row)[_COLUMNS.index(column)] or ""


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
        zone=target.get("AvailabilityZone"),
        server_id=target.get("QuicServerId"),
    )


def entry_of(row: TargetHealth) -> dict[str, str | int]:
    """The target in AWS's form, with all that it was registered with."""
    entry: dict[str, str | int] = {"Id": row.id}
    if row.port is not None:
        entry["Port"] = row.port
    if row.zone is not None and not row.id.startswith(INSTANCE_IDS_BEGIN):
        entry["AvailabilityZone"] = row.zone  # of an address; AWS refuses it for an instance
    if row.server_id is not None:
        entry["QuicServerId"] = row.server_id
    return entry
