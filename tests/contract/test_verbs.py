"""The verb table: one word for one thing, in every service."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Generic

import pytest

from cloudkit._core.resource import Resource
from tests.contract import package

# Other words for verbs of the table. `remove` is no synonym: it is AWS's own, beside `add`.
SYNONYMS = {
    "describe": "get or refresh",
    "destroy": "delete",
    "exist": "exists",
    "fetch": "get or refresh",
    "get_all": "list",
    "get_or_create": "ensure",
    "is_there": "exists",
    "load": "refresh",
    "lookup": "find",
    "make": "create",
    "modify": "update",
    "new": "create",
    "query": "list or find",
    "read": "get",
    "reload": "refresh",
    "search": "list or find",
    "wait_for": "wait",
    "wait_until": "wait",
}
ON_THE_CLASS = {"create", "ensure", "get", "list", "find"}
ON_THE_INSTANCE = {"exists", "refresh", "update", "delete", "wait"}
RETURNS_ITSELF = {"create", "ensure", "get"}


def wrong(cls: type[Any]) -> Iterator[str]:
    """What does not follow the table."""
    for name, value in package.methods(cls):
        instead = SYNONYMS.get(name)
        if name == "load" and len(inspect.signature(value).parameters) > 1:
            instead = None  # what is given, as the other side of `save`
        if instead is None and name.split("_")[0] in {"describe", "fetch", "reload", "destroy", "lookup"}:
            instead = SYNONYMS[name.split("_")[0]]
        if instead is not None:
            yield f"{cls.__name__}.{name}: the word is {instead}"
        if name in ON_THE_CLASS and not isinstance(value, classmethod):
            yield f"{cls.__name__}.{name} is not on the class"
        if name in ON_THE_INSTANCE and isinstance(value, (classmethod, staticmethod)):
            yield f"{cls.__name__}.{name} is not on the instance"
        yield from _wrong_signature(cls, name, getattr(value, "__func__", value))


def _wrong_signature(cls: type[Any], name: str, function: Any) -> Iterator[str]:
    signature = inspect.signature(function)
    place = f"{cls.__name__}.{name}"
    positional = [
        each.name
        for each in signature.parameters.values()
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        and each.name not in ("self", "cls")
    ]
    if len(positional) > 2:
        yield f"{place}: only two arguments may stand without their names, not {', '.join(positional)}"
    returns = str(signature.return_annotation)
    if signature.return_annotation is signature.empty:
        yield f"{place} does not say what it returns"
    if name in RETURNS_ITSELF and returns != "Self":
        yield f"{place} returns {returns}, not Self"
    if name == "list" and not returns.startswith("Listing["):
        yield f"{place} returns {returns}, not a Listing"
    if name == "find" and "None" not in returns:
        yield f"{place} returns {returns}: it is None where nothing matches"
    if name == "exists" and returns != "bool":
        yield f"{place} returns {returns}, not bool"
    # Told to count alone, it says what it would delete.
    if name == "delete" and returns != ("Contents | None" if "dry_run" in signature.parameters else "None"):
        yield f"{place} returns {returns}, not None"
    if name in ("refresh", "update", "wait") and returns != "Self":
        yield f"{place} returns {returns}, not Self"
    if name == "wait" and "timeout" not in signature.parameters:
        yield f"{place} has no timeout"
    if name == "ensure" and len(signature.parameters) > 3 and "Conflict:" not in (function.__doc__ or ""):
        yield f"{place} has settings, and does not say that those that differ are a Conflict"
    if name in ON_THE_CLASS and "cloud" not in signature.parameters:
        yield f"{place} takes no cloud"
    for each in signature.parameters.values():
        if each.kind is each.VAR_KEYWORD and not str(each.annotation).startswith("Unpack["):
            yield f"{place} takes any **{each.name}"
        if each.name not in ("self", "cls") and each.annotation is each.empty:
            yield f"{place}: {each.name} has no type"


@pytest.mark.parametrize("cls", [Resource, *package.resources()], ids=lambda cls: str(cls.__name__))
def test_the_verbs_of_a_resource(cls: type[Resource]) -> None:
    assert list(wrong(cls)) == []


@pytest.mark.parametrize("cls", package.resources(), ids=lambda cls: str(cls.__name__))
def test_every_resource_can_be_found(cls: type[Resource]) -> None:
    for verb in ("get", "exists", "refresh"):
        assert callable(getattr(cls, verb, None)), f"{cls.__name__} has no {verb}"
    assert cls._load is not Resource._load


def test_instances_are_terminated_and_not_deleted() -> None:
    found = {cls.__name__: cls for cls in package.resources()}
    assert not hasattr(found["Instance"], "delete")
    assert not hasattr(found["Instance"], "create")
    assert hasattr(found["Instance"], "terminate")
    assert hasattr(found["Instance"], "launch")


@pytest.mark.parametrize("cls", package.resources(), ids=lambda cls: str(cls.__name__))
def test_what_is_created_can_be_deleted(cls: type[Resource]) -> None:
    if hasattr(cls, "create"):
        assert hasattr(cls, "delete")


def test_resources_are_one_class_and_an_address() -> None:
    for cls in package.resources():
        # What it is may stand on a floor of its own, below all that works on it; its verbs are in one class alone.
        ground = package.made_of(cls)
        assert len(ground) <= 2, cls.__name__
        assert all(each.__module__.split(".")[2] == "_address" for each in ground), cls.__name__
        # Settings that are read and assigned as attributes may stand in a table of them, without a verb.
        bases = {base for each in (cls, *ground) for base in each.__bases__} - {Resource, Generic, *ground}
        shown = [value for base in bases for name, value in vars(base).items() if not name.startswith("_")]
        assert all(hasattr(value, "__set__") for value in shown), cls.__name__
        assert bool(bases) is bool(shown), cls.__name__
        for law in ("__eq__", "__hash__", "__reduce__"):
            assert law not in package.members(cls), f"{cls.__name__} has a {law} of its own"


class Wrong:
    def describe(self) -> None:
        pass

    def fetch_all(self) -> None:
        pass

    def get(self) -> str:
        return ""

    @classmethod
    def delete(cls, *, cloud: str) -> bool:
        return True

    @classmethod
    def list(cls, a: str, b: str, c: str, cloud: str) -> dict[str, str]:
        return {}

    @classmethod
    def ensure(cls, name: str, *, size: int, cloud: str) -> Wrong:
        return cls()

    def wait(self, state) -> Wrong:  # type: ignore[no-untyped-def]
        return self

    def send(self, **more: str):  # type: ignore[no-untyped-def]
        pass


def test_what_is_wrong_is_found() -> None:
    found = "\n".join(wrong(Wrong))
    for said in (
        "describe: the word is get or refresh",
        "fetch_all: the word is get or refresh",
        "get is not on the class",
        "get takes no cloud",
        "get returns str, not Self",
        "delete is not on the instance",
        "delete returns bool, not None",
        "list: only two arguments",
        "list returns dict[str, str], not a Listing",
        "ensure has settings, and does not say",
        "wait has no timeout",
        "wait: state has no type",
        "send takes any **more",
        "send does not say what it returns",
    ):
        assert said in found
