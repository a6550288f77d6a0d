"""Private keys: read into memory, looked for where they usually are, and made for a minute."""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from cloudkit.ec2._keys.secret import Secret
from cloudkit.ec2._ssh import engine
from cloudkit.ec2._ssh.options import Login
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.errors import InvalidRequest

_HOME = "~/.ssh"
_OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO
# What paramiko calls the kinds that servers still take, by what is in the names of `cryptography`'s classes.
_CLASSES = {"ed25519": "Ed25519Key", "rsa": "RSAKey", "ec": "ECDSAKey"}


@frozen(repr=False, eq=False)
class Ring:
    """The keys that a connection tries.

    Attributes:
        key: One that is in memory: paramiko's object.
        files: Files with more.
        search: Whether the agent's keys and those of the home directory are tried too.
        names: What they are called, for errors.
    """

    key: Any = None
    files: tuple[str, ...] = ()
    search: bool = False
    names: tuple[str, ...] = ()


def ring(login: Login | None, passphrase: Secret | None, key_name: str | None) -> Ring:
    """The keys to try.

    Args:
        login: What the caller gave: that alone is tried.
        passphrase: What opens it.
        key_name: The name of the instance's key pair, whose file may be among the others.

    Raises:
        InvalidRequest: It is no private key, or its passphrase is missing or wrong.
        FileNotFoundError: There is no such file.
    """
    if isinstance(login, KeyPair):
        if login._secret is not None:  # pyright: ignore[reportPrivateUsage]
            return Ring(parsed(login._secret, passphrase, login.name), names=(login.name,))  # pyright: ignore[reportPrivateUsage]
        files = _files(login.name)
        if not files:
            raise InvalidRequest(
                f"the private half of the key pair {login.name!r} is not here, nor in {_HOME}/{login.name}.pem",
                operation="ssh",
                hint="key='path/to/it.pem'; AWS gives it only once, when it makes the pair",
            )
        login = files[0]
    if login is not None:
        path = Path(login).expanduser()
        return Ring(parsed(_read(path), passphrase, path), names=(str(path),))
    files = _files(key_name) if key_name else ()
    for each in files:
        _warn_of_others(Path(each))
    return Ring(files=files, search=True, names=(*files, f"the agent's, those in {_HOME}"))


def _files(name: str) -> tuple[str, ...]:
    if name != Path(name).name:
        return ()
    home = Path(_HOME).expanduser()
    return tuple(str(home / each) for each in (f"{name}.pem", name) if (home / each).is_file())


def _read(path: Path) -> Secret:
    _warn_of_others(path)
    return Secret(path.read_text(encoding="utf-8", errors="replace"))


def _warn_of_others(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & _OTHERS_MAY:
        warnings.warn(
            f"the private key {path} can be read or changed by others: chmod 600 {path}", stacklevel=2
        )


def parsed(material: Secret, passphrase: Secret | None, name: object) -> Any:
    """Paramiko's object for a private key in PEM form: OpenSSH's, PKCS#1 or PKCS#8.

    Raises:
        InvalidRequest: It is none, or its passphrase is missing or wrong.
    """
    problem = ""
    found: Any = None
    # Whatever is raised below has the key among the locals of its traceback: only its words are kept.
    try:
        found = _as_paramiko(material, passphrase)
    except TypeError:
        problem = (
            "it is encrypted" if passphrase is None else "it is not encrypted, and a passphrase was given"
        )
    except (ValueError, engine.paramiko().SSHException):
        problem = "it is no private key" + ("" if passphrase is None else ", or its passphrase is wrong")
    if found is None:
        raise InvalidRequest(
            f"{name}: {problem}",
            operation="ssh",
            hint="passphrase= opens it, and the agent (ssh-add) does without"
            if "encrypted" in problem or passphrase is not None
            else "give the private half, in OpenSSH's or PEM form: `puttygen key.ppk -O private-openssh` converts PuTTY's",
        )
    return found


def _as_paramiko(material: Secret, passphrase: Secret | None) -> Any:
    forms = engine.keys()
    secret = None if passphrase is None else passphrase.reveal().encode()
    openssh = "BEGIN OPENSSH" in material.reveal()
    load = forms.load_ssh_private_key if openssh else forms.load_pem_private_key
    return of_library(load(material.reveal().encode(), password=secret))


def of_library(key: Any) -> Any:
    """Paramiko's object for one of `cryptography`'s. It goes through memory alone."""
    forms, paramiko = engine.keys(), engine.paramiko()
    name = type(key).__name__.lower()
    kind = next((each for mark, each in _CLASSES.items() if mark in name), None)
    if kind is None:
        raise ValueError(f"{type(key).__name__} is no kind of key that SSH servers take")
    return getattr(paramiko, kind).from_private_key(
        io.StringIO(
            key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, forms.NoEncryption()).decode()
        )
    )


def temporary() -> tuple[Any, str]:
    """A key that was made just now, and its public half as text. It is in memory alone."""
    forms = engine.keys()
    key = engine.ed25519().Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH).decode()
    return of_library(key), public


def described(found: Ring) -> Sequence[str]:
    """What the keys are called."""
    return found.names
