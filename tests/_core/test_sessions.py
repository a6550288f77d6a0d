from __future__ import annotations

from typing import Any

import botocore
import botocore.handlers
import botocore.session
import pytest
from botocore.exceptions import ProfileNotFound
from botocore.handlers import BUILTIN_HANDLERS

from cloudkit._core.sessions import boto3_session, new_session


def handlers(session: Any) -> dict[str, list[Any]]:
    """Whom the session calls, by event, in order; those that tune it are left out."""
    emitter: Any = session.get_component("event_emitter")
    found = {}
    for name in {emitter._alias_event_name(spec[0]) for spec in BUILTIN_HANDLERS}:
        called = list(emitter._emitter._handlers.prefix_search(name.replace("*", "x")))
        found[name] = [each for each in called if not each.__module__.startswith("cloudkit")]
    return found


def test_each_has_botocore_s_own_handlers_in_their_order() -> None:
    plain = handlers(botocore.session.Session())
    assert sum(map(len, plain.values())) > 100
    for _ in range(3):
        assert handlers(new_session()) == plain


def test_what_one_is_told_others_do_not_hear() -> None:
    first, second = new_session(), new_session()
    heard: list[str] = []
    first.register("told", lambda **_: heard.append("first"))
    second.emit("told.sqs.SendMessage")
    assert heard == []
    new_session().emit("told.sqs.SendMessage")
    assert heard == []
    first.emit("told.sqs.SendMessage")
    assert heard == ["first"]


def test_handlers_that_others_add_to_botocore_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """As moto's are, whenever it is imported."""
    new_session()
    heard: list[str] = []
    monkeypatch.setattr(
        botocore.handlers,
        "BUILTIN_HANDLERS",
        [*BUILTIN_HANDLERS, ("told", lambda **_: heard.append("theirs"))],
    )
    new_session().emit("told.sqs.SendMessage")
    assert heard == ["theirs"]
    monkeypatch.undo()
    new_session().emit("told.sqs.SendMessage")
    assert heard == ["theirs"]


def test_what_others_do_with_each_session_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(botocore, "_INITIALIZERS", [seen.append])
    made = new_session()
    assert seen == [made]
    assert handlers(made) == handlers(botocore.session.Session())


def test_options_are_botocore_s() -> None:
    with pytest.raises(ProfileNotFound, match="no-such-profile"):
        new_session(profile="no-such-profile")
    assert new_session(session_vars={"region": (None, None, "eu-west-1", None)}).get_config_variable(
        "region"
    ) == ("eu-west-1")
    assert new_session().get_config_variable("region") is None


def test_boto3_s_folder_is_looked_into_once() -> None:
    for _ in range(3):
        session = new_session()
        boto3_session(session)
        paths = session.get_component("data_loader").search_paths
        assert len(paths) == len(set(paths))


def test_service_models_are_shared() -> None:
    assert new_session().get_component("data_loader") is new_session().get_component("data_loader")
