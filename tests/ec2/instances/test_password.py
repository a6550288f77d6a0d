from __future__ import annotations

import base64
import traceback
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cloudkit.ec2 import Instance, KeyPair
from cloudkit.errors import InvalidRequest, WaitTimeout
from tests.conftest import Rig
from tests.ec2.answers import answer
from tests.faults import FaultServer, Reply

BOX = "i-0123456789abcdef0"


@cache
def rsa() -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    return generate_private_key(65537, 2048)


def pem(key: Any, passphrase: str | None = None) -> str:
    from cryptography.hazmat.primitives import serialization as forms

    locked = forms.BestAvailableEncryption(passphrase.encode()) if passphrase else forms.NoEncryption()
    found: bytes = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, locked)
    return found.decode()


def data(password: str) -> Reply:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    encrypted = rsa().public_key().encrypt(password.encode(), PKCS1v15())
    return answer(
        "GetPasswordData", f"<passwordData>\n{base64.b64encode(encrypted).decode()}\n</passwordData>"
    )


def test_it_is_waited_for_and_decrypted_here(faults: FaultServer, tmp_path: Path) -> None:
    file = tmp_path / "windows.pem"
    file.write_text(pem(rsa()))
    none = answer("GetPasswordData", "<passwordData/>")
    faults.replies(none, none, data("gehe1m!"))
    assert Instance(BOX, cloud=faults.cloud()).password(file) == "gehe1m!"
    assert faults.operations == ["GetPasswordData"] * 3
    assert file.read_text() not in str([request.body for request in faults.requests])


def test_with_a_passphrase(faults: FaultServer, tmp_path: Path) -> None:
    file = tmp_path / "windows.pem"
    file.write_text(pem(rsa(), "sesame"))
    box = Instance(BOX, cloud=faults.cloud())
    for wrong in (None, "open"):
        with pytest.raises(InvalidRequest, match="passphrase") as caught:
            box.password(str(file), passphrase=wrong)
        assert "PRIVATE KEY" not in "".join(traceback.format_exception(caught.value))
    assert faults.requests == []
    faults.replies(data("x"))
    assert box.password(str(file), passphrase="sesame") == "x"


def test_another_key_and_no_rsa_key(faults: FaultServer, tmp_path: Path, rig: Rig) -> None:
    box = Instance(BOX, cloud=faults.cloud())
    with pytest.raises(InvalidRequest) as caught:
        box.password(KeyPair.create(rig.name("ed25519")))
    assert "type='rsa'" in str(caught.value.hint)
    faults.replies(data("x"))
    with pytest.raises(InvalidRequest, match="another key"):
        box.password(KeyPair.create(rig.name("rsa"), type="rsa"))


def test_the_key_that_the_launch_made_is_used(rig: Rig) -> None:
    with (
        Instance.launch("al2023", new_key="rsa") as box,
        pytest.raises(WaitTimeout, match="not made one yet"),
    ):
        box.password(timeout=60)


def test_without_a_key(rig: Rig) -> None:
    with pytest.raises(InvalidRequest, match="without one"):
        Instance.launch("al2023").password()
