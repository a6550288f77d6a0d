"""A leave: targets go out of service, and come back to where they were, whatever happens in between."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from attrs import define, field

from cloudkit._core.deadline import limit_seconds
from cloudkit._core.steps import clean_up
from cloudkit.elb._serving.draining import Seen, delay_of, deregister, look, those, wait_drained
from cloudkit.elb._watching.front import Front
from cloudkit.elb._watching.pool import Pool, is_one_of
from cloudkit.elb._watching.waiting import wait_returned
from cloudkit.elb.health import HealthTable
from cloudkit.elb.target import Target
from cloudkit.errors import CloudError, Conflict
from cloudkit.types import Duration

T = TypeVar("T")


@define
class Leave:
    """Takes targets out of service and brings them back. One leave may be used again once it has ended.

    Attributes:
        front: The load balancer.
        allow_empty: Whether the last target that serves may go.
        drain_timeout: Seconds until they have drained; None for what their groups say.
        timeout: Seconds until they are healthy again.
        patience: Seconds that they may be unhealthy then; None for three health checks.
    """

    front: Front
    allow_empty: bool
    drain_timeout: Duration | None
    timeout: Duration
    patience: Duration | None
    _pools: list[Pool] = field(factory=list[Pool], init=False)
    # By pool: they do not change meanwhile, and a rolling asks often.
    _delays: dict[int, float] = field(factory=dict[int, float], init=False)
    _out: list[tuple[Pool, HealthTable]] = field(factory=list["tuple[Pool, HealthTable]"], init=False)

    def __attrs_post_init__(self) -> None:
        limit_seconds("timeout", self.timeout)
        if self.drain_timeout is not None:
            limit_seconds("drain_timeout", self.drain_timeout)

    @property
    def under_way(self) -> bool:
        """Whether targets are out of service."""
        return bool(self._out)

    def look(self) -> Seen:
        """How all targets are. One request a pool, and one to find those the first time."""
        if not self._pools:
            self._pools.extend(self.front.pools())
        return look(self._pools)

    def begin(self, targets: Collection[Target], seen: Seen) -> Collection[Target]:
        """Take targets out and wait until they have drained; if that fails they are put back.

        Args:
            targets: Which.
            seen: A look that was just taken.

        Returns:
            Those of the targets that are registered somewhere. If none is, nothing was done.
        """
        if self._out:
            raise Conflict(
                "targets are out of service already: one batch goes at a time", resource=self.front.name
            )
        seats = those(seen, targets, leaving=False)
        if not seats:
            return ()
        if not self.allow_empty:
            self._check_rest(seen, seats)
        try:
            for pool, table in seats:
                self._out.append((pool, table))  # first: an answer may be lost
                deregister(pool, table)
            wait_drained(self.front, seats, timeout=self._drain_seconds([pool for pool, _ in seats]))
        except BaseException as error:
            self.abandon(error)
            raise
        return present(targets, seats)

    def _drain_seconds(self, pools: Sequence[Pool]) -> Duration:
        if self.drain_timeout is not None:
            return self.drain_timeout
        for pool in pools:
            if id(pool) not in self._delays:
                self._delays[id(pool)] = delay_of([pool])
        return max(self._delays[id(pool)] for pool in pools)

    def _check_rest(self, seen: Seen, seats: Seen) -> None:
        """Refuse to take out the last one that serves."""
        tables = {id(pool): table for pool, table in seen}
        for pool, table in seats:
            every = tables[id(pool)]
            # Where none is healthy, AWS sends the requests to all of them.
            serving = every.healthy or every.unhealthy
            going = {(row.id, row.port) for row in table}
            if all((row.id, row.port) in going for row in serving):
                raise Conflict(
                    f"nothing would serve {pool.group or 'it'}: {', '.join(sorted({row.id for row in table}))}"
                    f" {'is' if len(going) == 1 else 'are'} all that does",
                    service="elbv2",
                    resource=self.front.name,
                    hint="add another target first, take fewer at a time, or give allow_empty=True",
                )

    def end(self) -> None:
        """Register them again, with the ports that they had, and wait until they are healthy."""
        self._register()
        wanted, self._out = self._out, []
        if wanted:
            wait_returned(self.front, wanted, timeout=self.timeout, patience=self.patience)

    def _register(self) -> None:
        """One request a pool. All are tried; what fails stays out, and the error says so."""
        failed: list[tuple[Pool, CloudError]] = []
        for pool, table in self._out:
            try:
                pool.register(table)
            except CloudError as refused:
                failed.append((pool, refused))
        if failed:
            error = failed[0][1]
            places = ", ".join(str(pool.group or self.front.name) for pool, _ in failed)
            out = ", ".join(sorted({repr(row.id) for _, table in self._out for row in table}))
            self._out = []
            _add_hint(error, f"still out of service in {places}: balancer.add({out}) when the cause is gone")
            raise error

    def abandon(self, error: BaseException) -> None:
        """Bring them back after an error, which stays the error; what goes wrong here is told with it.

        After an interrupt they are registered, and not waited for.
        """
        told: list[str] = []
        wanted = list(self._out)
        back: list[bool] = []

        def register() -> None:
            try:
                self._register()
            except CloudError as failed:
                told.append(f"not back in service: {failed.message}; {failed.hint}")
            back.append(not told)

        if not wanted:
            return
        clean_up(register)
        self._out = []
        if not back:
            told.append("whether it is back in service is not known: no answer in time")
        elif back[0] and isinstance(error, Exception):
            try:
                wait_returned(self.front, wanted, timeout=self.timeout, patience=self.patience)
            except CloudError as failed:
                told.append(f"back in service, but not seen healthy: {failed.message}")
        for text in told:
            _tell(error, text)


def present(targets: Collection[Target], seen: Seen) -> Collection[Target]:
    """Those of the targets that are among what was seen."""
    rows = [row for _, table in seen for row in table]
    return [each for each in targets if any(is_one_of(row, [each]) for row in rows)]


def _tell(error: BaseException, text: str) -> None:
    if isinstance(error, CloudError):
        _add_hint(error, text)
    else:  # as `add_note` does, which Python 3.10 has not
        vars(error).setdefault("__notes__", []).append(text)


def _add_hint(error: CloudError, text: str) -> None:
    error.hint = f"{error.hint}; {text}" if error.hint else text


@contextmanager
def out_of_service(leave: Leave, targets: Sequence[Target], given: T) -> Generator[T]:
    """The block of `LoadBalancer.out_of_service`."""
    seen = leave.look()
    there = present(targets, those(seen, targets, leaving=False))
    missing = [str(each) for each in targets if each not in there]
    if missing:
        raise Conflict(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not registered, and cannot go out of service",
            service="elbv2",
            resource=leave.front.name,
            hint="balancer.health() shows the targets; balancer.add(target) registers one",
        )
    leave.begin(targets, seen)
    try:
        yield given
    except BaseException as error:
        leave.abandon(error)
        raise
    leave.end()
