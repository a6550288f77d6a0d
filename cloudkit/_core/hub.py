"""What clouds share: one session, the clients made from it, and small memories."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any

from cloudkit._core.consistency import Recent
from cloudkit._core.credentials import AssumeRole, make_session
from cloudkit._core.lean import Lean
from cloudkit._core.memory import Memory
from cloudkit._core.redaction import keep_secrets_out_of_logs
from cloudkit.errors import InvalidRequest
from cloudkit.types import Clock

LOOKUP_SECONDS = 300.0
MOST_LOOKUPS = 1024


class Hub:
    """The session of one way to reach an account, with the clients and look-ups that hang on it.

    Clouds that differ in region or patience alone share one. Everything in it that is not thread safe is made
    under its lock and only read afterwards.
    """

    def __init__(
        self,
        profile: str | None,
        role: AssumeRole | None,
        *,
        given: object,
        clock: Clock,
        region: str | None,
        endpoint_url: str | None,
    ) -> None:
        self.profile = profile
        self.role = role
        self.role_region = region
        self.endpoint_url = endpoint_url
        self.given = given
        self.clock = clock
        # What the configuration names, once it was read. It stays what it was at first: no object ever moves.
        self.region: str | None = None
        self.server: str | None = None  # empty if there is none in AWS's place
        self.renew()
        _hubs.add(self)

    def renew(self) -> None:
        """Start again with nothing shared: at first, and in a child process."""
        self.lock = threading.RLock()
        self.session: Any = _as_boto3_session(self.given)
        self.clients: dict[tuple[object, ...], Any] = {}
        # By the client's id, which lives as long.
        self.lean: dict[int, Lean] = {}
        self.lookups: Memory[tuple[object, ...], Any] = Memory(MOST_LOOKUPS, LOOKUP_SECONDS, self.clock)
        self.recent = Recent(self.clock)

    def boto3_session(self) -> Any:
        if self.session is None:
            with self.lock:
                if self.session is None:
                    keep_secrets_out_of_logs()
                    self.session = make_session(
                        self.profile, self.role, region=self.role_region, endpoint_url=self.endpoint_url
                    )
        return self.session


_hubs: weakref.WeakSet[Hub] = weakref.WeakSet()


def _after_fork() -> None:
    # Connections must not be shared with the parent, and a lock that another thread held is held for ever.
    for hub in list(_hubs):
        hub.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _as_boto3_session(given: object) -> Any:
    if given is not None:
        keep_secrets_out_of_logs()
    if given is None or hasattr(given, "client"):
        return given
    if hasattr(given, "create_client"):
        import boto3

        return boto3.Session(botocore_session=given)
    raise InvalidRequest(
        f"session={type(given).__name__} is neither a boto3 nor a botocore session",
        hint="Cloud(session=boto3.Session(...))",
    )
