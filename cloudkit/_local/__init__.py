"""The embedded cloud: AWS in this process, from moto, with no account and no network."""

from __future__ import annotations

from cloudkit._local.cloud import LocalCloud, local

__all__ = ["LocalCloud", "local"]
