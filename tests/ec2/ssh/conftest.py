from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudkit.ec2 import SSH, Instance
from tests.conftest import Rig
from tests.ec2.ssh.server import LOOPBACK, Server, shared


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of the test's own: nobody's keys, agent and known hosts."""
    found = tmp_path / "home"
    (found / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(found))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return found


@pytest.fixture
def server() -> Server:
    """A server that all tests share: do it no harm."""
    return shared()


@pytest.fixture
def box(rig: Rig) -> Instance:
    return Instance.launch("al2023", name=rig.name("box"))


@pytest.fixture(scope="session")
def connection() -> Iterator[SSH]:
    with SSH(LOOPBACK, **shared().login_but(known_hosts=os.devnull)) as opened:
        yield opened


@pytest.fixture
def ssh(connection: SSH) -> SSH:
    """A connection that all tests share: leave it open."""
    return connection
