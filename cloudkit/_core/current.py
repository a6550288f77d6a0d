"""The Cloud that a new object takes when none is given."""

from __future__ import annotations

import os
import threading

from cloudkit._core.cloud import Cloud, entered
from cloudkit._core.credentials import AssumeRole
from cloudkit._core.retry import Retry, Timeouts
from cloudkit._core.transfers import Transfers

_default: Cloud | None = None
_default_lock = threading.Lock()


def _new_lock() -> None:
    # In a child process: one that another thread held at the fork is held for ever.
    global _default_lock
    _default_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)


def current_cloud() -> Cloud:
    """The Cloud that a new object takes: the innermost `with Cloud(...)`, else the process's default.

    Examples:
        >>> current_cloud().region
        'us-east-1'
    """
    global _default
    around = entered.get()
    if around:
        return around[-1]
    if _default is None:
        with _default_lock:
            if _default is None:
                _default = Cloud()
    return _default


def configure(
    *,
    region: str | None = None,
    profile: str | None = None,
    role: str | AssumeRole | None = None,
    endpoint_url: str | None = None,
    retry: Retry | None = None,
    timeouts: Timeouts | None = None,
    transfers: Transfers | None = None,
    anonymous: bool = False,
    session: object = None,
) -> Cloud:
    """Set the process's default Cloud, for objects made from now on. Those that exist stay where they are.

    Args:
        region: As in `Cloud`, and so are the others.
        profile: A profile of `~/.aws/config`.
        role: A role to take on.
        endpoint_url: Another server than AWS.
        retry: How requests are repeated.
        timeouts: How long a request may take.
        transfers: How the content of objects is moved.
        anonymous: Send requests unsigned.
        session: A boto3 session of your own.

    Returns:
        The new default.

    Raises:
        InvalidRequest: The arguments do not go together.

    Examples:
        >>> configure(region="eu-west-1").region
        'eu-west-1'
    """
    global _default
    made = Cloud(
        region=region,
        profile=profile,
        role=role,
        endpoint_url=endpoint_url,
        retry=retry or Retry(),
        timeouts=timeouts or Timeouts(),
        transfers=transfers or Transfers(),
        anonymous=anonymous,
        session=session,
    )
    with _default_lock:
        _default = made
    return made


def cloud_or_current(cloud: Cloud | None) -> Cloud:
    """The Cloud given, or the current one."""
    return current_cloud() if cloud is None else cloud
