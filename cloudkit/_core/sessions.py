"""Botocore's sessions: what is the same for all of them is made once in a process, and each is tuned."""

from __future__ import annotations

import copy
import os
import threading
from typing import Any

from cloudkit._core.tuning import tune_session

_loaders: dict[tuple[str, ...], Any] = {}
# Botocore's handlers when they were registered, and the emitter that has them.
_registered: tuple[list[Any], Any] | None = None
_lock = threading.Lock()


def _new_lock() -> None:
    # In a child process: one that another thread held at the fork is held for ever.
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)


def new_session(**options: Any) -> Any:
    """A new botocore session.

    Args:
        **options: Those of botocore's Session.
    """
    session = _with_handlers(options)
    own = session.get_component("data_loader")
    with _lock:  # parsing service models is most of what a first client costs
        session.register_component("data_loader", _loaders.setdefault(tuple(own.search_paths), own))
    tune_session(session)
    return session


def boto3_session(session: Any, **options: Any) -> Any:
    """The boto3 session of one that `new_session` made.

    Args:
        session: It.
        **options: Those of boto3's Session.
    """
    import boto3

    made = boto3.Session(botocore_session=session, **options)
    # boto3 adds its data folder to the loader at each new session: once is enough.
    paths = session.get_component("data_loader").search_paths
    with _lock:
        paths[:] = dict.fromkeys(paths)
    return made


def _with_handlers(options: dict[str, Any]) -> Any:
    """A session with botocore's own handlers. To register them is most of what a session costs, and to copy is little."""
    global _registered
    import botocore.handlers
    from botocore.hooks import HierarchicalEmitter
    from botocore.session import Session

    handlers: Any = botocore.handlers
    builtin: list[Any] = handlers.BUILTIN_HANDLERS
    if getattr(botocore, "_INITIALIZERS", None):
        return Session(**options)  # somebody does something of their own with each session
    with _lock:
        # Others add to botocore's handlers, as moto does when it is imported.
        if _registered is not None and _registered[0] == builtin:
            emitter = copy.copy(_registered[1])
            return Session(event_hooks=emitter, include_builtin_handlers=False, **options)
        known, emitter = list(builtin), HierarchicalEmitter()
        session = Session(event_hooks=emitter, **options)
        _registered = known, copy.copy(emitter)
        return session
