"""AWS's answers about an instance that is reached at loopback, and a TCP server that does as it is told."""

from __future__ import annotations

import base64
import contextlib
import socket
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Thread

from attrs import define, field

import cloudkit
from cloudkit.ec2 import Instance
from tests.ec2.answers import answer
from tests.ec2.ssh.server import LOOPBACK
from tests.faults import FaultServer, Reply, Request

_PACKAGE = str(Path(cloudkit.__file__).parent)
ID = "i-0123456789abcdef0"
IMAGE = "ami-0123456789abcdef0"


@define
class Machine:
    """What AWS says of it."""

    state: str = "running"
    public: str = LOOPBACK
    private: str = "10.0.0.1"
    ipv6: str = ""
    key_name: str = ""
    platform: str = ""
    image: str | None = "al2023-ami-2023.5.20240722.0-kernel-6.1-x86_64"
    age: float = 3600.0
    consoles: list[str] = field(factory=list[str])  # the last one for ever
    checks: list[str] = field(factory=list[str])
    more: Mapping[str, Callable[[Request], Reply]] = field(factory=dict[str, Callable[[Request], Reply]])

    def put_on(self, faults: FaultServer) -> Instance:
        faults.otherwise(self._answer)
        return Instance(ID, cloud=faults.cloud())

    def _answer(self, request: Request) -> Reply:
        operation = request.operation
        if operation in self.more:
            return self.more[operation](request)
        if operation == "DescribeInstances":
            return answer(operation, self._row())
        if operation == "DescribeImages":
            if self.image is None:
                return Reply.ec2_error("InvalidAMIID.Unavailable", "gone")
            row = f"<item><imageId>{IMAGE}</imageId><name>{self.image}</name></item>"
            return answer(operation, f"<imagesSet>{row}</imagesSet>")
        if operation == "GetConsoleOutput":
            text = self.consoles.pop(0) if len(self.consoles) > 1 else "".join(self.consoles)
            shown = base64.b64encode(text.encode()).decode()
            return answer(operation, f"<instanceId>{ID}</instanceId><output>{shown}</output>")
        if operation == "DescribeInstanceStatus":
            status = self.checks.pop(0) if len(self.checks) > 1 else self.checks[0]
            checks = "".join(
                f"<{each}Status><status>{status}</status></{each}Status>" for each in ("system", "instance")
            )
            return answer(
                operation,
                f"<instanceStatusSet><item><instanceId>{ID}</instanceId>{checks}</item></instanceStatusSet>",
            )
        raise AssertionError(f"nobody expected {operation}")

    def _row(self) -> str:
        launched = (datetime.now(timezone.utc) - timedelta(seconds=self.age)).isoformat()
        parts = {
            "instanceId": ID,
            "imageId": IMAGE,
            "launchTime": launched,
            "ipAddress": self.public,
            "privateIpAddress": self.private,
            "keyName": self.key_name,
            "platform": self.platform,
        }
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items() if value)
        if self.ipv6:
            six = f"<ipv6AddressesSet><item><ipv6Address>{self.ipv6}</ipv6Address></item></ipv6AddressesSet>"
            inner += f"<networkInterfaceSet><item>{six}</item></networkInterfaceSet>"
        state = f"<instanceState><code>0</code><name>{self.state}</name></instanceState>"
        row = f"<item>{inner}{state}</item>"
        return f"<reservationSet><item><instancesSet>{row}</instancesSet></item></reservationSet>"


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


@contextlib.contextmanager
def says(greeting: bytes) -> Iterator[int]:
    """The port of a server that says one thing, and hangs up."""
    with socket.create_server((LOOPBACK, 0)) as listener:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.sendall(greeting)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port that does not answer at all: its queue is full, and nobody takes from it."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((LOOPBACK, 0), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def shown_with_locals(error: BaseException) -> str:
    """The locals of a traceback, as some tools show them: of our frames, since a test's own have what it gave."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in found.stack if frame.filename.startswith(_PACKAGE)]
    assert ours
    return "".join(str(frame.locals) for frame in ours)
