from __future__ import annotations

import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudkit.ec2 import SSH, Instance, LoginRefused
from cloudkit.ec2._keys.secret import Secret
from cloudkit.ec2._ssh.private_key import parsed, ring, temporary
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.errors import InvalidRequest
from tests.conftest import Rig
from tests.ec2.ssh.server import LOOPBACK, Server, new_key, rsa_key
from tests.ec2.ssh.world import shown_with_locals

PHRASE = "correct horse"


def print_of(path: Path) -> str:
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(path)], capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
@pytest.mark.parametrize("form", ["RFC4716", "PEM", "PKCS8"])
@pytest.mark.parametrize("phrase", [None, PHRASE])
def test_keys_in_every_form(tmp_path: Path, kind: str, form: str, phrase: str | None) -> None:
    path = tmp_path / "key"
    if kind == "rsa":
        path.write_bytes(rsa_key()[""])
        path.with_name("key.pub").write_bytes(rsa_key()[".pub"])
        path.chmod(0o600)
    else:
        new_key(path, kind)
    command = ["ssh-keygen", "-q", "-a", "1", "-p", "-P", "", "-N", phrase or "", "-m", form, "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    key = parsed(Secret(path.read_text()), None if phrase is None else Secret(phrase), path)
    assert key.fingerprint == print_of(path)
    if phrase is not None:
        for wrong in (None, Secret("wrong")):
            with pytest.raises(InvalidRequest) as caught:
                parsed(Secret(path.read_text()), wrong, path)
            assert str(path) in str(caught.value)
            assert "passphrase" in str(caught.value.hint)


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN OPENSSH PRIVATE KEY-----\nx", "PuTTY-User-Key-File-3: ssh-rsa"]
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(InvalidRequest, match="no private key"):
        parsed(Secret(text), None, "file.pem")


def test_a_key_is_in_no_traceback(tmp_path: Path) -> None:
    path = new_key(tmp_path / "key")
    body = path.read_text().splitlines()[2]
    cut = path.read_text().replace("-----END OPENSSH PRIVATE KEY-----", "")
    with pytest.raises(InvalidRequest) as caught:
        parsed(Secret(cut), None, path)
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [line for line in trace.format() if "cut = " not in line]
    assert body not in "".join(frames).replace(repr(cut), "")
    assert caught.value.__context__ is None


def test_a_file_that_others_can_read_warns(tmp_path: Path) -> None:
    path = new_key(tmp_path / "key")
    assert ring(path, None, None).names == (str(path),)
    path.chmod(0o644)
    with pytest.warns(UserWarning, match="chmod 600"):
        ring(path, None, None)


def test_what_is_given_is_tried_alone(tmp_path: Path, home: Path) -> None:
    new_key(home / ".ssh" / "deploy.pem")
    given = ring(new_key(tmp_path / "key"), None, "deploy")
    assert (given.files, given.search) == ((), False)
    found = ring(None, None, "deploy")
    assert (found.key, found.files, found.search) == (None, (str(home / ".ssh" / "deploy.pem"),), True)
    assert ring(None, None, "../deploy").files == ()


def test_a_key_pair_with_its_private_half(rig: Rig) -> None:
    for kind in ("ed25519", "rsa"):
        pair = KeyPair.create(rig.name("key"), type=kind)
        found = ring(pair, None, None)
        assert found.key is not None
        assert found.names == (pair.name,)
        assert "PRIVATE" not in repr(found)


def test_a_key_pair_without(rig: Rig, home: Path) -> None:
    pair = KeyPair(rig.name("key"))
    with pytest.raises(InvalidRequest, match="not here"):
        ring(pair, None, None)
    path = new_key(home / ".ssh" / f"{pair.name}.pem")
    assert ring(pair, None, None).names == (str(path),)


def test_a_temporary_key_is_new_each_time() -> None:
    (one, public), (_, other) = temporary(), temporary()
    assert public != other
    assert public.startswith("ssh-ed25519 ")
    assert one.get_base64() == public.split()[1]


def test_a_passphrase_shows_in_no_traceback(server: Server, box: Instance, tmp_path: Path) -> None:
    key = new_key(tmp_path / "key", "ed25519", "-N", PHRASE)
    options = server.options_but(key=key, passphrase=f"not {PHRASE}")
    steps: list[Callable[[], object]] = [
        lambda: box.run("true", **options),
        lambda: box.ssh(**options).open(),
        lambda: SSH(LOOPBACK, **server.login_but(key=key, passphrase=PHRASE, port=0)),
        lambda: SSH(LOOPBACK, **server.login_but(key=key, passphrase=PHRASE)).open(),
    ]
    for each in steps:
        with pytest.raises((InvalidRequest, LoginRefused)) as caught:
            each()
        assert PHRASE not in shown_with_locals(caught.value)
        assert PHRASE not in str(caught.value)


def test_one_that_is_not_made_yet_can_be_shown() -> None:
    assert repr(SSH.__new__(SSH)) == "<SSH>"
