"""A fleet: many instances as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from attrs import field, frozen
from typing_extensions import Self, Unpack, override

from cloudkit.ec2._launching.made import Made, tear_down
from cloudkit.ec2._limits import RUN_WIDTH, WAIT_SECONDS
from cloudkit.ec2._many import changing
from cloudkit.ec2._many.changing import change_all
from cloudkit.ec2._many.waiting import look_at, wait_all
from cloudkit.ec2._ssh.executing import Command, hidden
from cloudkit.ec2._ssh.options import SSHOptions
from cloudkit.ec2.command import CommandResults
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.ec2.state import InstanceState
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.ec2.instance import Instance

I_co = TypeVar("I_co", bound="Instance", covariant=True)


def _each_once(instances: Iterable[I_co]) -> tuple[I_co, ...]:
    return tuple(dict.fromkeys(instances))


@frozen(repr=False)
class Fleet(Sequence[I_co], Generic[I_co]):
    """Many instances as one: what `Instance.launch(count=...)` gives, or any that you have. Making one calls nothing.

    It is a sequence of them, each once. What is done with it is done in as few requests as AWS allows, and what AWS
    refuses for some is done for the others all the same. As a context manager it ends as one instance does: all of
    them are terminated at the end of the block, and what the launch made for them is taken away.

    Args:
        instances: Any number, of any regions.

    Examples:
        >>> with Instance.launch("al2023", count=3, name="worker") as fleet:
        ...     print(dict(fleet.wait("running").states()))
        {<InstanceState.RUNNING: 'running'>: 3}
        >>> Fleet(Instance.list(name="web-0"))[0].name
        'web-0'

    AWS: none
    """

    instances: tuple[I_co, ...] = field(converter=_each_once)
    _made: Made | None = field(default=None, init=False, eq=False)

    @property
    def ids(self) -> Sequence[str]:
        """Their ids."""
        return tuple(each.id for each in self.instances)

    @property
    def key(self) -> KeyPair | None:
        """The key pair that the launch made for them (`new_key=`), with its private half; else None."""
        return None if self._made is None else self._made.key

    @overload
    def __getitem__(self, index: int) -> I_co: ...
    @overload
    def __getitem__(self, index: slice) -> Fleet[I_co]: ...
    @override
    def __getitem__(self, index: int | slice) -> I_co | Fleet[I_co]:
        return Fleet(self.instances[index]) if isinstance(index, slice) else self.instances[index]

    @override
    def __iter__(self) -> Iterator[I_co]:
        return iter(self.instances)

    @override
    def __len__(self) -> int:
        return len(self.instances)

    @override
    def __repr__(self) -> str:
        return f"<Fleet of {len(self)}>"

    # -- looking ---------------------------------------------------------------------------------------------

    def refresh(self) -> Self:
        """Load the attributes of all of them anew. One request for each 1,000.

        Returns:
            The fleet itself.

        Raises:
            InstanceNotFound: One is not there.

        Examples:
            >>> fleet.refresh()[0].type
            't3.micro'

        AWS: ec2:DescribeInstances
        """
        look_at(self.instances)
        return self

    def states(self) -> Mapping[InstanceState, int]:
        """How many of them are in which state. One request for each 1,000; those that AWS has forgotten have ended.

        Returns:
            The numbers by state.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> dict(fleet.states())
            {<InstanceState.RUNNING: 'running'>: 2}

        AWS: ec2:DescribeInstances
        """
        look_at(self.instances, gone_is_fine=True)
        return Counter(each.state for each in self.instances)

    def wait(self, state: str = "running", *, timeout: Duration = WAIT_SECONDS) -> Self:
        """Wait until all of them are in a state. One request a poll for up to 1,000 that are not there yet.

        Args:
            state: As in `Instance.wait`; `"ok"` takes a request for each 100.
            timeout: Seconds for all together, more than 0.

        Returns:
            The fleet itself.

        Raises:
            WaitTimeout: Some were not there in time; `.pending` names them.
            WaitFailed: One can never be; `.reason` has AWS's reason.
            InstanceNotFound: One is not there.
            InvalidRequest: There is no such state.

        Examples:
            >>> fleet.wait("ok")
            <Fleet of 2>

        AWS: ec2:DescribeInstances, ec2:DescribeInstanceStatus
        """
        wait_all(self.instances, state, timeout=timeout)
        return self

    # -- commands --------------------------------------------------------------------------------------------

    def run(
        self,
        command: Command,
        *,
        input: str | bytes | None = None,
        timeout: Duration | None = None,
        width: int = RUN_WIDTH,
        **options: Unpack[SSHOptions],
    ) -> CommandResults[I_co]:
        """Run one command on all of them, several at once. What goes wrong on one stops no other, and raises nothing.

        Args:
            command: As in `Instance.run`.
            input: What it reads, on each.
            timeout: Seconds for each.
            width: How many at once.
            **options: As in `Instance.ssh`.

        Returns:
            The results by instance; `.errors` has those that it did not run on, `.check()` raises if there are any.

        Raises:
            InvalidRequest: It is no command.

        Examples:
            >>> [result.stdout.strip() for result in fleet.run("echo hello").values()]
            ['hello', 'hello']

        AWS: as `Instance.run`
        """
        feed = hidden(input)
        del input  # it may be secret: no traceback with locals shows it
        if not self.instances:
            return CommandResults({})
        kind = type(self.instances[0])
        return kind.run_all(self.instances, command, input=feed(), timeout=timeout, width=width, **options)

    # -- starting and stopping -------------------------------------------------------------------------------

    def start(self, *, dry_run: bool = False) -> Self:
        """Start all of them; fine for those that run. One request for each 1,000, more where some are refused.

        Args:
            dry_run: Only ask whether these credentials may: nobody looks at states or protection.

        Returns:
            The fleet itself; with `dry_run`, if they may.

        Raises:
            BatchError: Some could not be started; `.failed` says which and why.
            ServiceError: AWS has none of these free there now: none was started.

        Examples:
            >>> fleet.stop().wait("stopped").start().wait("running")
            <Fleet of 2>

        AWS: ec2:StartInstances
        """
        send = partial(changing.start, dry_run=dry_run)
        change_all(self.instances, send, operation="StartInstances", changes=not dry_run)
        return self

    def stop(self, *, hibernate: bool = False, force: bool = False, dry_run: bool = False) -> Self:
        """Stop all of them; fine for those that are stopped. One request for each 1,000, more where some are refused.

        Args:
            hibernate: As in `Instance.stop`.
            force: As in `Instance.stop`.
            dry_run: Only ask whether these credentials may: nobody looks at states or protection.

        Returns:
            The fleet itself; with `dry_run`, if they may.

        Raises:
            BatchError: Some could not be stopped; `.failed` says which and why.

        Examples:
            >>> fleet.stop().wait("stopped")
            <Fleet of 2>

        AWS: ec2:StopInstances
        """
        send = partial(changing.stop, hibernate=hibernate, force=force, dry_run=dry_run)
        change_all(self.instances, send, operation="StopInstances", changes=not dry_run)
        return self

    def reboot(self, *, dry_run: bool = False) -> Self:
        """Restart the operating systems of all of them. One request for each 1,000, more where some are refused.

        Args:
            dry_run: Only ask whether these credentials may: nobody looks at states or protection.

        Returns:
            The fleet itself; with `dry_run`, if they may.

        Raises:
            BatchError: Some could not be; `.failed` says which and why.

        Examples:
            >>> fleet.reboot()
            <Fleet of 2>

        AWS: ec2:RebootInstances
        """
        send = partial(changing.reboot, dry_run=dry_run)
        change_all(self.instances, send, operation="RebootInstances", changes=not dry_run)
        return self

    # -- the end ---------------------------------------------------------------------------------------------

    def terminate(self, *, dry_run: bool = False) -> Self:
        """End all of them for good; fine for those that have ended. One request for each 1,000, more where some are refused.

        AWS refuses a whole request for the sake of one protected instance, having ended those in other zones: those
        that can be ended are, and the rest is reported.

        Args:
            dry_run: Only ask whether these credentials may: nobody looks at states or protection.

        Returns:
            The fleet itself; with `dry_run`, if they may.

        Raises:
            BatchError: Some could not be ended; `.failed` says which and why.
            AccessDenied: These credentials may not.

        Examples:
            >>> fleet.terminate().wait("terminated")
            <Fleet of 2>

        AWS: ec2:TerminateInstances
        """
        send = partial(changing.terminate, dry_run=dry_run)
        change_all(
            self.instances, send, operation="TerminateInstances", changes=not dry_run, gone_is_fine=True
        )
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        tear_down(self.instances, self._made, error)


def launched(instances: Iterable[I_co], made: Made) -> Fleet[I_co]:
    """A fleet that takes away at its end what was made for it."""
    fleet = Fleet(instances)
    object.__setattr__(fleet, "_made", made)
    return fleet
