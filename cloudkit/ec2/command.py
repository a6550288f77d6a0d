"""What came of a command, on one instance and on many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from attrs import field, frozen
from typing_extensions import Self, override

from cloudkit.ec2._printable import printable
from cloudkit.ec2.errors import CommandFailed
from cloudkit.errors import BatchError, CloudError, Failed, Succeeded

T = TypeVar("T")

_SHOWN_CHARACTERS = 200
_LOOKED_AT_BYTES = 4096


@frozen(repr=False)
class CommandResult:
    """How a command ended. True if it went well.

    Attributes:
        command: The command.
        exit_code: Its exit code; 0 is well. -1: a signal ended it, or nobody knows.
        stdout_bytes: What it wrote, as it came.
        stderr_bytes: What it complained of, as it came.
        truncated: Whether output is missing: the Systems Manager gives the first 24,000 characters alone.

    Examples:
        >>> result = box.run("echo hello; exit 3", check=False)
        >>> (result.stdout.strip(), result.exit_code, result.ok)
        ('hello', 3, False)

    AWS: none
    """

    command: str
    exit_code: int
    stdout_bytes: bytes = b""
    stderr_bytes: bytes = b""
    truncated: bool = False

    @property
    def stdout(self) -> str:
        """What it wrote. What is no UTF-8 is replaced."""
        return self.stdout_bytes.decode("utf-8", "replace")

    @property
    def stderr(self) -> str:
        """What it complained of. What is no UTF-8 is replaced."""
        return self.stderr_bytes.decode("utf-8", "replace")

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == 0

    def __bool__(self) -> bool:
        return self.ok

    def check(self, about: object = None) -> Self:
        """Raise if it did not go well. No request.

        Args:
            about: What it ran on, for the error.

        Returns:
            The result itself.

        Raises:
            CommandFailed: Its exit code is not 0; `.result` is this.

        Examples:
            >>> box.run("true", check=False).check().ok
            True

        AWS: none
        """
        if self.ok:
            return self
        # Only its end is looked at: there may be much of it.
        written = self.stderr_bytes.rstrip() or self.stdout_bytes.rstrip()
        last = written[-_LOOKED_AT_BYTES:].decode("utf-8", "replace").strip().splitlines()[-1:]
        error = CommandFailed(
            f"`{_short(self.command)}` ended with exit code {self.exit_code}"
            + (f": {printable(_short(last[0]))}" if last else ""),
            operation="run",
            resource=None if about is None else str(about),
            hint="`.result` has its output; check=False gives the result instead of this error",
        )
        error.result = self
        raise error

    @override
    def __repr__(self) -> str:
        sizes = f"{len(self.stdout_bytes)} bytes of output, {len(self.stderr_bytes)} of errors"
        return f"<CommandResult {self.exit_code}: {sizes}>"


@frozen(repr=False, eq=False)
class CommandResults(Mapping[T, CommandResult], Generic[T]):
    """How a command ended on each of many instances: a mapping of instances to results.

    It holds those that the command ran on, however it ended there; `errors` has the others.

    Attributes:
        errors: The instances that it could not be run on, or that nobody knows of, each with its error.

    Examples:
        >>> results = Instance.run_all([box], "hostname")
        >>> (results.ok, results[box].exit_code, dict(results.errors))
        (True, 0, {})

    AWS: none
    """

    _results: Mapping[T, CommandResult]
    errors: Mapping[T, CloudError] = field(factory=dict[T, CloudError])

    @property
    def ok(self) -> bool:
        """Whether it ran on all of them, and well."""
        return not self.errors and all(each.ok for each in self._results.values())

    @property
    def failed(self) -> Sequence[T]:
        """Those that it did not run on, or not well."""
        return (*(each for each, result in self._results.items() if not result.ok), *self.errors)

    def check(self) -> Self:
        """Raise if it did not go well on all of them. No request.

        Returns:
            The results themselves.

        Raises:
            BatchError: `.failed` has those that it did not go well on, `.succeeded` the others.

        Examples:
            >>> len(Instance.run_all([box], "true").check())
            1

        AWS: none
        """
        if self.ok:
            return self
        failed = [Failed(each, error) for each, error in self.errors.items()]
        for each, result in self._results.items():
            try:
                result.check(each)
            except CommandFailed as error:
                failed.append(Failed(each, error))
        well = [Succeeded(each, result) for each, result in self._results.items() if result.ok]
        raise BatchError.of(failed, well, operation="run")

    @override
    def __getitem__(self, thing: T) -> CommandResult:
        return self._results[thing]

    @override
    def __iter__(self) -> Iterator[T]:
        return iter(self._results)

    @override
    def __len__(self) -> int:
        return len(self._results)

    @override
    def __repr__(self) -> str:
        well = sum(each.ok for each in self._results.values())
        return f"<CommandResults {well} well, {len(self.failed)} not>"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} ..."
