"""The libraries below, which are an extra. They have no types: what comes of them stays in this folder."""

from __future__ import annotations

import importlib
from typing import Any

from cloudkit.errors import MissingExtra

_EXTRA = "ssh"


def paramiko() -> Any:
    """The module `paramiko`.

    Raises:
        MissingExtra: It is not installed.
    """
    return _module("paramiko")


def fabric() -> Any:
    """The module `fabric`.

    Raises:
        MissingExtra: It is not installed.
    """
    return _module("fabric")


def invoke() -> Any:
    """The module `invoke`, which Fabric stands on.

    Raises:
        MissingExtra: It is not installed.
    """
    return _module("invoke")


def keys() -> Any:
    """The module of `cryptography` that makes keys, reads and writes them.

    Raises:
        MissingExtra: It is not installed.
    """
    return _module("cryptography.hazmat.primitives.serialization")


def ed25519() -> Any:
    """The module of `cryptography` that knows Ed25519.

    Raises:
        MissingExtra: It is not installed.
    """
    return _module("cryptography.hazmat.primitives.asymmetric.ed25519")


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtra.of(_EXTRA, "SSH", error) from error
