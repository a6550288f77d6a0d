"""A real SSH server: Debian's sshd, on loopback, with host keys of its own, for the user who runs the tests."""

from __future__ import annotations

import atexit
import contextlib
import functools
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import field, frozen
from typing_extensions import Unpack

from cloudkit.ec2 import HostKey, SSHOptions, ssh_defaults

LOOPBACK = "127.0.0.1"
# Debian keeps it out of the PATH of users.
PLACES = (*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/usr/local/sbin", "/sbin")
STARTS_IN_SECONDS = 10.0

_CONFIG = """
ListenAddress {host}
Port {port}
HostKey {folder}/host_ed25519
HostKey {folder}/host_rsa
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp -d {folder}/home
SetEnv HOME={folder}/home
LogLevel ERROR
{more}
"""

# It ends with the tests, even if they end in a way that leaves no time for anything: then its input ends.
_GUARDED = '"$@" & read -r never; kill -9 $!'


def program() -> str:
    found = shutil.which("sshd", path=os.pathsep.join(PLACES))
    assert found is not None, "the SSH tests need an sshd: apt-get install openssh-server"
    return found


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def new_key(path: Path, kind: str = "ed25519", *more: str) -> Path:
    """Make a key pair; the public half has `.pub` behind its name."""
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "test@cloudkit", "-f", str(path), *more]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


@functools.cache
def rsa_key() -> Mapping[str, bytes]:
    """Both halves of a key of RSA, by what stands behind its name: to make one takes long."""
    with tempfile.TemporaryDirectory() as folder:
        path = new_key(Path(folder) / "key", "rsa", "-b", "2048")
        return {each: path.with_name(f"key{each}").read_bytes() for each in ("", ".pub")}


@frozen
class Server:
    """One that runs.

    Attributes:
        host: Where it listens.
        port: Its port there.
        folder: Its files.
        key: The private key that it lets in.
    """

    host: str
    port: int
    folder: Path
    key: Path
    _process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def host_key(self) -> HostKey:
        return HostKey.parse((self.folder / "host_ed25519.pub").read_text())

    @property
    def rsa_host_key(self) -> HostKey:
        return HostKey.parse((self.folder / "host_rsa.pub").read_text())

    @property
    def user(self) -> str:
        return getpass.getuser()

    @property
    def login(self) -> SSHOptions:
        """How to get in, but for the host."""
        return {"port": self.port, "user": self.user, "key": self.key, "host_key": str(self.host_key)}

    @property
    def options(self) -> SSHOptions:
        """How to get in, in place of an instance."""
        return {**self.login, "host": self.host}

    def login_but(self, **changes: Unpack[SSHOptions]) -> SSHOptions:
        """`login` with other options."""
        return {**self.login, **changes}

    def options_but(self, **changes: Unpack[SSHOptions]) -> SSHOptions:
        """`options` with others."""
        return {**self.options, **changes}

    @property
    def console(self) -> str:
        """What cloud-init would write to the console of a machine with these host keys."""
        keys = [(self.folder / f"host_{kind}.pub").read_text().strip() for kind in ("ed25519", "rsa")]
        return "\n".join(
            [
                "[    9.18] cloud-init[812]: Cloud-init v. 22.2.2 running 'modules:final'",
                "<14>May  1 12:00:00 cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----",
                f"<14>May  1 12:00:00 cloud-init: 256 {self.host_key.fingerprint} root@ip-10-0-0-1 (ED25519)",
                f"<14>May  1 12:00:00 cloud-init: 2048 {self.rsa_host_key.fingerprint} root@ip-10-0-0-1 (RSA)",
                "<14>May  1 12:00:00 cloud-init: -----END SSH HOST KEY FINGERPRINTS-----",
                "-----BEGIN SSH HOST KEY KEYS-----",
                *keys,
                "-----END SSH HOST KEY KEYS-----",
                "",
            ]
        )

    def allow(self, public: str) -> None:
        """Let one more key in."""
        with (self.folder / "authorized_keys").open("a") as file:
            file.write(public.strip() + "\n")

    def kill(self) -> None:
        """End it at once, and what it has begun for those who are connected."""
        # Found before it ends: then they are nobody's.
        for each in (*_children(self._process.pid), self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    def stop(self) -> None:
        self.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def _children(parent: int) -> list[int]:
    """The processes that it has begun, and those that these have."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            words = each.read_text().rpartition(")")[2].split()
            if int(words[1]) == parent:
                child = int(each.parent.name)
                found += [child, *_children(child)]
    return found


@contextlib.contextmanager
def sshd(folder: Path, more: str = "", *, host: str = LOOPBACK, port: int | None = None) -> Iterator[Server]:
    """A server of one's own, with more lines in its configuration."""
    started = start(folder, more, host=host, port=port)
    try:
        yield started
    finally:
        started.stop()


def start(folder: Path, more: str = "", *, host: str = LOOPBACK, port: int | None = None) -> Server:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    new_key(folder / "host_ed25519")
    for name, content in rsa_key().items():
        (folder / f"host_rsa{name}").write_bytes(content)
        (folder / f"host_rsa{name}").chmod(0o600)
    key = new_key(folder / "login")
    # Not the home of who runs the tests: what is put there stays here, and no slow start of a shell is waited for.
    (folder / "home").mkdir()
    (folder / "home" / ".bashrc").write_text("cd\n")
    shutil.copy(folder / "login.pub", folder / "authorized_keys")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where a server of root's puts its children
    port = free_port() if port is None else port
    config = folder / "sshd_config"
    config.write_text(_CONFIG.format(host=host, port=port, folder=folder, more=more))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", _GUARDED, "sh", program(), "-D", "-e", "-f", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    made = Server(host, port, folder, key, process)
    ends = time.monotonic() + STARTS_IN_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1) as probe:
            if probe.recv(4) == b"SSH-":
                return made
        time.sleep(0.02)
    made.stop()
    raise AssertionError(f"sshd did not start: {(folder / 'log').read_text()}")


@functools.cache
def shared() -> Server:
    """One for all tests of this process that do it no harm. It ends with the process."""
    folder = tempfile.TemporaryDirectory(prefix="cloudkit-sshd-")
    made = start(Path(folder.name))

    def end(owner: int = os.getpid()) -> None:
        if os.getpid() == owner:  # and not in a child
            made.stop()
            folder.cleanup()

    atexit.register(end)
    return made


@contextlib.contextmanager
def boxes() -> Iterator[Server]:
    """A block in which every instance of the embedded cloud is reached: at this server."""
    server = shared()
    with ssh_defaults(**server.options):
        yield server
