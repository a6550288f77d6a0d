"""The password of a Windows instance, which it has encrypted for the owner of its key pair."""

from __future__ import annotations

import base64
from contextlib import suppress
from pathlib import Path
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.waiting import wait_until
from cloudkit.ec2._keys.secret import Secret
from cloudkit.ec2._service import EC2
from cloudkit.ec2._ssh.options import Login
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.errors import InvalidRequest, MissingExtra
from cloudkit.types import Duration

_EXTRA = "ssh"


def password(id: str, cloud: Cloud, key: Login, passphrase: str | None, timeout: Duration) -> str:
    """The password, once it is there.

    Raises:
        InvalidRequest: That is not its key.
        MissingExtra: cryptography is not installed.
        WaitTimeout: It was not there in time.
    """
    private = _rsa_key(_material(key), passphrase)  # first: a wrong file is told at once

    def look() -> str:
        answer = cloud.invoke(EC2, "get_password_data", {"InstanceId": id}, about=id)
        return str(answer.get("PasswordData") or "").strip()

    found = wait_until(
        look,
        bool,
        timeout=timeout,
        clock=cloud.clock,
        what=f"the password of {id}",
        shown=lambda _: "Windows has not made one yet",
    )
    return _decrypted(private, found, id)


def _material(key: Login) -> Secret:
    if isinstance(key, KeyPair):
        return Secret(key.private_key)
    return Secret(Path(key).expanduser().read_text(encoding="ascii", errors="replace"))


def _rsa_key(material: Secret, passphrase: str | None) -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key
    except ImportError as error:
        raise MissingExtra.of(_EXTRA, "decrypting a password", error) from error
    secret = None if passphrase is None else passphrase.encode()
    load: Any = load_ssh_private_key if "BEGIN OPENSSH" in material.reveal() else load_pem_private_key
    found: Any = None
    # What is raised here has the key among the locals of its traceback.
    with suppress(ValueError, TypeError):
        found = load(material.reveal().encode(), password=secret)
    if not isinstance(found, RSAPrivateKey):
        raise InvalidRequest(
            "that is no private RSA key, or its passphrase is missing or wrong",
            hint="Windows takes RSA alone: KeyPair.create(name, type='rsa')",
        )
    return found


def _decrypted(private: Any, encrypted: str, id: str) -> str:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    with suppress(ValueError):
        return str(private.decrypt(base64.b64decode(encrypted), PKCS1v15()).decode())
    raise InvalidRequest(f"the password of {id} was encrypted for another key", resource=id)
