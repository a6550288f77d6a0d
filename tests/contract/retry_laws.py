"""The retry law as data: what becomes of each public method when requests fail, or answers get lost.

The rows of a service stand in `tests/<service>/laws.py`, in a mapping `LAWS`: the method's name, with words behind it
where a method obeys several laws, or `=` where a property is set.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar

import attrs
from attrs import define, field, frozen

from cloudkit import Bucket, Cloud, CloudError, Queue
from cloudkit._core.resource import Resource
from tests.contract import package
from tests.contract.test_docstrings import sections

T = TypeVar("T")


class Kind(Enum):
    """What a repetition does. Every request is repeated; these say why that is right, or what it may cost."""

    IDEMPOTENT = "idempotent"
    TOKEN = "token"
    CONDITIONAL = "conditional"
    REFUSED = "refused"
    REPEATED = "repeated"


MEANINGS = {
    Kind.IDEMPOTENT: "done twice is done once",
    Kind.TOKEN: "all tries carry the same token, by which AWS knows them for one",
    Kind.CONDITIONAL: "the write has a condition; that an earlier try of one's own has met it is noticed",
    Kind.REFUSED: "AWS refuses a second one: it is done once, but after a lost answer it ends in the error of the second",
    Kind.REPEATED: "AWS cannot tell: after a lost answer it may have been done twice",
}


@define
class Scene:
    """Where the things come from that a method works on: a world that nothing goes wrong in."""

    cloud: Cloud
    _root: Path
    _numbers: Iterator[int] = field(factory=lambda: itertools.count(1), init=False)
    _kept: dict[Callable[..., Any], Any] = field(factory=dict[Callable[..., Any], Any], init=False)

    def name(self, stem: str = "thing") -> str:
        """A name nobody has."""
        return f"{stem}-{next(self._numbers)}"

    def folder(self) -> Path:
        """A new, empty folder here."""
        made = self._root / self.name("folder")
        made.mkdir()
        return made

    def bucket(self) -> Bucket:
        """A new, empty bucket."""
        made = Bucket(self.name("acme-bucket"), cloud=self.cloud)
        self.cloud.call("s3", "create_bucket", Bucket=made.name)
        return made

    def queue(self, suffix: str = "") -> Queue:
        """A new, empty queue."""
        return Queue.create(self.name("jobs") + suffix, cloud=self.cloud)

    def once(self, make: Callable[[Scene], T]) -> T:
        """What that function makes, made once: for rows that share it."""
        if make not in self._kept:
            self._kept[make] = make(self)
        found: T = self._kept[make]
        return found


@frozen
class Law(Generic[T]):
    """A row.

    Attributes:
        kind: What a repetition does.
        given: Makes what the method works on, in the world. What is made moves to the Cloud under test.
        call: Calls the method, within that Cloud.
        reads: Whether it changes nothing: then it must give the same under every fault.
        done: How often it was done, as the world says; what is said must be the same however often it was tried, or
            twice as much where the law is `repeated`.
        token: The parameter that is the token.
        condition: The header that is the condition.
        ends: What the repetition after a lost answer ends in, where the law is `refused`.
        again: What AWS answers if an operation is repeated, where the embedded cloud says something else: the code
            and status of an error, or None for what it has answered before.
        means: What a repetition may leave behind, in words.
        more: Requests beyond the usual number, by fault.
        refused: Requests that are sent at most if each is refused.
        why: For a row that nothing can be shown of: why not.
    """

    kind: Kind
    given: Callable[[Scene], T]
    call: Callable[[T], object]
    reads: bool = False
    done: Callable[[T], int] | None = None
    token: str | None = None
    condition: str | None = None
    ends: type[CloudError] | None = None
    again: Mapping[str, tuple[str, int] | None] = field(
        factory=dict[str, "tuple[str, int] | None"], kw_only=True
    )
    means: str = field(default="", kw_only=True)
    more: Mapping[str, int] = field(factory=dict[str, int], kw_only=True)
    refused: int = field(default=1, kw_only=True)
    why: str | None = field(default=None, kw_only=True)


def reads(given: Callable[[Scene], T], call: Callable[[T], object], **more: Any) -> Law[T]:
    """It changes nothing."""
    return Law(Kind.IDEMPOTENT, given, call, reads=True, **more)


def writes(given: Callable[[Scene], T], call: Callable[[T], object], **more: Any) -> Law[T]:
    """Done twice is done once."""
    return Law(Kind.IDEMPOTENT, given, call, **more)


def token(given: Callable[[Scene], T], call: Callable[[T], object], name: str, **more: Any) -> Law[T]:
    """All tries carry the same token."""
    return Law(Kind.TOKEN, given, call, token=name, **more)


def conditional(given: Callable[[Scene], T], call: Callable[[T], object], name: str, **more: Any) -> Law[T]:
    """All tries carry the same condition, and one's own write is recognised, by one HEAD whose answer is lost too."""
    more.setdefault("more", {"lost answer": 2})
    return Law(Kind.CONDITIONAL, given, call, condition=name, **more)


def refused(
    given: Callable[[Scene], T], call: Callable[[T], object], ends: type[CloudError], means: str, **more: Any
) -> Law[T]:
    """AWS refuses a second one."""
    return Law(Kind.REFUSED, given, call, ends=ends, means=means, **more)


def repeated(
    given: Callable[[Scene], T],
    call: Callable[[T], object],
    done: Callable[[T], int],
    means: str,
    **more: Any,
) -> Law[T]:
    """AWS cannot tell a repetition from another request."""
    return Law(Kind.REPEATED, given, call, done=done, means=means, **more)


def silent(why: str) -> Law[Any]:
    """It asks nothing of the server here."""
    return Law(Kind.IDEMPOTENT, lambda scene: None, lambda thing: None, why=why)


def moved(thing: Any, cloud: Cloud) -> Any:
    """The same thing in another Cloud, which knows nothing of it yet."""
    if isinstance(thing, Resource):
        reduced: Any = thing.__reduce__()
        cls, made_of, _ = reduced[1]
        return cls(**made_of, cloud=cloud)
    if isinstance(thing, (tuple, list)):
        return type(thing)(moved(each, cloud) for each in thing)
    if attrs.has(type(thing)):
        fields = {
            each.alias or each.name: moved(getattr(thing, each.name), cloud)
            for each in attrs.fields(type(thing))
            if each.init
        }
        return type(thing)(**fields)
    return thing


# -- the table ---------------------------------------------------------------------------------------------------


def laws() -> dict[str, dict[str, Law[Any]]]:
    """The rows by service and name."""
    found: dict[str, dict[str, Law[Any]]] = {}
    for folder in package.service_folders():
        if importlib.util.find_spec(f"tests.{folder}.laws") is not None:
            found[folder] = dict(importlib.import_module(f"tests.{folder}.laws").LAWS)
    return found


def method_of(name: str) -> str:
    """The method that a row is about: the name without what tells it from other rows."""
    return name.split()[0].rstrip("=")


_OPERATION = re.compile(r"\b[a-z][a-z0-9-]*:[A-Z]\w+")


def callers() -> dict[str, set[str]]:
    """The methods of public classes that call AWS, as their docstrings say, by service."""
    found: dict[str, set[str]] = {folder: set() for folder in package.service_folders()}
    for cls in package.public_classes():
        folder = cls.__module__.split(".")[1]
        if folder not in found or issubclass(cls, BaseException):
            continue
        for name, value in package.members(cls).items():
            text = _docstring(value)
            if not name.startswith("_") and text and _calls_aws(text):
                found[folder].add(f"{cls.__name__}.{name}")
        if issubclass(cls, Resource) and "_load" in package.members(cls):
            found[folder].update({f"{cls.__name__}.refresh", f"{cls.__name__}.exists"})
    return found


def _docstring(value: Any) -> str | None:
    inner = getattr(value, "__func__", value)
    inner = getattr(inner, "fget", None) or getattr(inner, "func", None) or inner
    return inner.__doc__ if inspect.isfunction(inner) else None


def _calls_aws(text: str) -> bool:
    line = sections(text).get("AWS:") or text.rpartition("AWS:")[2]
    return "AWS:" in text and (_OPERATION.search(line) is not None or line.strip().startswith("those of"))


def table() -> str:
    """The rows of the documentation: what is not simply idempotent."""
    lines = ["| method | law | after a lost answer |", "|---|---|---|"]
    for rows in laws().values():
        for name, law in sorted(rows.items()):
            if law.kind is not Kind.IDEMPOTENT:
                lines.append(f"| {_spelled(name)} | {law.kind.value} | {_after(law)} |")
    return "\n".join(lines)


def _spelled(name: str) -> str:
    method, _, words = name.partition(" ")
    return f"`{method}` {words}".rstrip()


def _after(law: Law[Any]) -> str:
    if law.token is not None:
        return f"`{law.token}` tells AWS"
    if law.condition is not None:
        return f"`{law.condition}` no longer holds: what is there is looked at"
    return law.means if law.ends is None else f"`{law.ends.__name__}`; {law.means}"
