"""Machines behind the instances of an embedded cloud: real SSH servers, with answers of AWS's to match."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from cloudkit import Cloud, current_cloud
from cloudkit.ec2 import ssh_defaults
from tests.ec2.ssh.server import Server, free_port, sshd

# All of 127.0.0.0/8 is this machine.
_HOST = "127.0.0.{}"
_FIRST = 2


@contextlib.contextmanager
def machines(count: int = 3) -> Iterator[Sequence[Server]]:
    """A block in which each instance that the current cloud launches is a server of its own, up to that many.

    AWS's answers say its address and show its host keys on its console; it lets in the key pairs that are made. Only
    the port and the user are told.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloudkit-machines-")))
        port = free_port()
        servers = [
            stack.enter_context(sshd(folder / str(number), host=_HOST.format(_FIRST + number), port=port))
            for number in range(count)
        ]
        _answer_for(current_cloud(), servers)
        stack.enter_context(ssh_defaults(port=port, user=servers[0].user))
        yield servers


def _answer_for(cloud: Cloud, servers: Sequence[Server]) -> None:
    """Change the answers of a cloud."""
    free = iter(servers)
    by_id: dict[str, Server] = {}

    def key_made(parsed: dict[str, Any], **_: Any) -> None:
        public = load_ssh_private_key(parsed["KeyMaterial"].encode(), None).public_key()
        for each in servers:
            each.allow(public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode())

    def launched(parsed: dict[str, Any], **_: Any) -> None:
        by_id.update({row["InstanceId"]: next(free) for row in parsed["Instances"]})

    def described(parsed: dict[str, Any], **_: Any) -> None:
        for reservation in parsed["Reservations"]:
            reservation["Instances"] = [
                {**row, "PublicIpAddress": by_id[row["InstanceId"]].host} for row in reservation["Instances"]
            ]

    def console(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Output"] = by_id[parsed["InstanceId"]].console

    events = cloud.client("ec2").meta.events
    for operation, change in {
        "CreateKeyPair": key_made,
        "RunInstances": launched,
        "DescribeInstances": described,
        "GetConsoleOutput": console,
    }.items():
        events.register_last(f"after-call.ec2.{operation}", change)
