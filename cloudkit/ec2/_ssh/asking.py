"""What an instance is asked for or told without a connection: commands through the agent, its host keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from cloudkit.ec2._ssh import systems_manager
from cloudkit.ec2._ssh.console import console_keys
from cloudkit.ec2._ssh.facts import facts
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2.command import CommandResult
from cloudkit.ec2.host_key import HostKey
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration

_SHOW_HOST_KEYS = "cat /etc/ssh/ssh_host_*_key.pub"
_SHOW_SECONDS = 60.0


def run_by_agent(box: Box, command: str, *, reads: bool, timeout: Duration | None) -> CommandResult:
    """Run it by the Systems Manager's agent.

    Raises:
        InvalidRequest: Something is to be read: the agent has no way for that.
    """
    if reads:
        raise InvalidRequest(
            "input= needs a connection: via='ssm' has none", operation="run", resource=box.id
        )
    return systems_manager.run(box, command, timeout=timeout)


def host_keys(box: Box, via: str) -> Sequence[HostKey]:
    """Its host keys, from its console or from the agent."""
    if via == "console":
        return console_keys(box, facts(box))
    shown = systems_manager.run(box, _SHOW_HOST_KEYS, timeout=_SHOW_SECONDS).check(box.id)
    return tuple(_read(shown.stdout))


def _read(text: str) -> Iterator[HostKey]:
    for line in text.split("\n"):
        with suppress(InvalidRequest):  # of a kind that nobody takes any more
            yield HostKey.parse(line)
