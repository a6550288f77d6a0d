"""What every AWS object is: an address in a Cloud, with attributes that load when they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar, overload

import attrs
from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.params import as_bool, as_datetime, dig
from cloudkit._core.service import Service
from cloudkit.errors import CloudError, InvalidRequest, NotFound
from cloudkit.types import Answer

T = TypeVar("T")
V = TypeVar("V", covariant=True)

# A state older than this is asked for again, so that `while box.state != "running"` ends.
VOLATILE_SECONDS = 2.0


class Attribute(Generic[V]):
    """A typed view of one value in AWS's answer, loaded when it is first read. Made by `attribute()`."""

    def __init__(self, path: str, convert: Callable[[Any], V], *, optional: bool, volatile: bool) -> None:
        self.path = path
        self._convert = convert
        self._optional = optional
        self._volatile = volatile
        self._name = path

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: Resource, owner: type[Any]) -> V: ...
    def __get__(self, instance: Resource | None, owner: type[Any]) -> Self | V:
        if instance is None:
            return self
        value = instance._look_up(self.path, volatile=self._volatile)  # pyright: ignore[reportPrivateUsage]
        if value is not None:
            return self._convert(value)
        if self._optional:
            return self._convert(None)
        raise CloudError(
            f"AWS's answer has no {self.path}, which {type(instance).__name__}.{self._name} is read from",
            service=instance._service.name,  # pyright: ignore[reportPrivateUsage]
            resource=str(instance),
            hint="`.raw` shows the answer",
        )


@overload
def attribute(
    path: str, type: type[T], *, optional: Literal[True], volatile: bool = False
) -> Attribute[T | None]: ...
@overload
def attribute(path: str, type: type[T], *, volatile: bool = False) -> Attribute[T]: ...
@overload
def attribute(
    path: str, type: Callable[[Any], T], *, optional: Literal[True], volatile: bool = False
) -> Attribute[T | None]: ...
@overload
def attribute(path: str, type: Callable[[Any], T], *, volatile: bool = False) -> Attribute[T]: ...
def attribute(
    path: str, type: Callable[[Any], Any], *, optional: bool = False, volatile: bool = False
) -> Attribute[Any]:
    """Declare an attribute: one line in the class, read from AWS's answer.

    Args:
        path: Where it stands in the answer, as `"State.Name"`.
        type: Its class, or a function that makes the value of AWS's form of it.
        optional: AWS may leave it out; then it is None.
        volatile: It changes by itself: read again once it is older than 2 seconds.
    """
    return Attribute(path, _converter(type, optional=optional), optional=optional, volatile=volatile)


def _converter(wanted: Callable[[Any], Any], *, optional: bool) -> Callable[[Any], Any]:
    make = {bool: as_bool, datetime: as_datetime}.get(wanted, wanted) if isinstance(wanted, type) else wanted
    if not optional:
        return make
    return lambda value: None if value is None else make(value)


class Said(Protocol):
    """What an answer said of an object, and when."""

    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def whole(self) -> bool:
        """Whether there is nothing more to be said of it."""
        ...

    @property
    def at(self) -> float: ...


class Snapshot(NamedTuple):
    """`Said`, of any answer; rows of long listings are it themselves."""

    data: Mapping[str, Any]
    whole: bool
    at: float


@define(eq=False, repr=False)
class Resource:
    """An object of AWS's: what names it, and the Cloud it lives in. Making one calls nothing.

    Two are equal when class, identifiers and Cloud are. Attributes come from a snapshot that loads when it is
    needed and is replaced whole, so that threads see the old or the new, never a mix.
    """

    _service: ClassVar[Service]
    # Paths in the answer whose values `repr` shows, where they are known.
    _shown: ClassVar[Sequence[str]] = ()
    # boto3's name for the same thing, where boto3 has a resource for it.
    _boto3_name: ClassVar[str | None] = None

    cloud: Cloud = field(kw_only=True, default=None, converter=cloud_or_current)
    _snapshot: Said | None = field(init=False, default=None)

    # What it is made of, which nobody assigns.
    _fixed: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # attrs makes the class anew, with its slots and with a `__setattr__` of its own: that second one is it.
        if "__attrs_attrs__" in vars(cls):
            made_of = {name for name, _, _ in _fields(cls) if not name.startswith("_")}
            cls._fixed = frozenset({"cloud", *made_of})
            setattr(cls, "__setattr__", _assign)  # noqa: B010 - no type checker takes it otherwise

    # -- for the subclasses ----------------------------------------------------------------------------------

    def _load(self) -> Answer:
        """All that AWS says about this object, as one mapping. Each class says how."""
        raise TypeError(f"{type(self).__name__} has nothing to load")

    def _call(self, operation: str, /, *, aws: Mapping[str, Any] | None = None, **params: Any) -> Answer:
        return self.cloud.invoke(self._service, operation, params, aws=aws, about=self)

    def _identify(self, **named: object) -> None:
        """Put what it is made of in its final form, while it is made."""
        for name, value in named.items():
            object.__setattr__(self, name, value)

    def _learn(self, data: Mapping[str, Any], *, whole: bool) -> Self:
        """Keep what an answer says of this object; `whole` if nothing more is to be had."""
        self._snapshot = Snapshot(data, whole, self.cloud.clock.now())
        return self

    def _unlearn(self) -> None:
        """Drop what is known: the object was changed."""
        self._snapshot = None

    def _known(self, path: str) -> Any:
        """The value at that path if it is known, without a call."""
        snapshot = self._snapshot  # another thread may drop it at any moment
        return None if snapshot is None else dig(snapshot.data, path)

    def _look_up(self, path: str, *, volatile: bool) -> Any:
        snapshot = self._snapshot
        if snapshot is not None:
            fresh = not volatile or self.cloud.clock.now() - snapshot.at <= VOLATILE_SECONDS
            value = dig(snapshot.data, path)
            if fresh and (value is not None or snapshot.whole):
                return value
        data = self._load()
        self._learn(data, whole=True)
        return dig(data, path)

    # -- for everybody ---------------------------------------------------------------------------------------

    @property
    def raw(self) -> Mapping[str, Any]:
        """AWS's answer as it came, read-only; loaded if nothing is known yet."""
        snapshot = self._snapshot
        if snapshot is not None and snapshot.whole:
            return MappingProxyType(dict(snapshot.data))
        data = self._load()
        self._learn(data, whole=True)
        return MappingProxyType(dict(data))

    def refresh(self) -> Self:
        """Load the attributes anew. One request, of the kind that the class's `get` makes.

        Returns:
            The object itself.

        Raises:
            NotFound: It is not there.

        Examples:
            >>> Bucket("acme-photos").refresh()
            <Bucket acme-photos>

        AWS: the operation of the class's `get`
        """
        return self._learn(self._load(), whole=True)

    def exists(self) -> bool:
        """Whether it is there. One request; False only if AWS says that it is not: 403 and 5xx raise.

        Returns:
            True or False.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Bucket("acme-photos").exists()
            True

        AWS: the operation of the class's `get`
        """
        try:
            self.refresh()
        except NotFound:
            return False
        return True

    def boto3_resource(self) -> Any:
        """boto3's own resource for the same thing, for code that wants one. No request.

        Returns:
            A boto3 resource, which is not thread safe.

        Raises:
            InvalidRequest: boto3 has none for this class.

        Examples:
            >>> Bucket("acme-photos").boto3_resource().name
            'acme-photos'

        AWS: none
        """
        if self._boto3_name is None or not self._service.has_boto3_resource:
            raise InvalidRequest(
                f"boto3 has no resource for {type(self).__name__}",
                hint=f"cloud.client({self._service.name!r}) is the boto3 client",
            )
        factory: Any = self.cloud.boto3_resource(self._service.name)
        return getattr(factory, self._boto3_name)(*self._boto3_identity())

    def _boto3_identity(self) -> tuple[Any, ...]:
        """What boto3 names the same thing by."""
        return self._identity()

    def _identity(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name, _, identifies in _fields(type(self)) if identifies)

    @override
    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or not isinstance(other, Resource):
            return NotImplemented
        return self._identity() == other._identity() and self.cloud == other.cloud

    @override
    def __hash__(self) -> int:
        return hash((type(self), self._identity(), self.cloud))

    @override
    def __str__(self) -> str:
        return "/".join(str(part) for part in self._identity() if part is not None)

    @property
    def _label(self) -> str:
        """What `repr` calls it."""
        return str(self)

    @override
    def __repr__(self) -> str:
        known = [str(value) for path in self._shown if (value := self._known(path)) is not None]
        return f"<{' '.join([type(self).__name__, self._label, *known])}>"

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        made_of = {alias: getattr(self, name) for name, alias, _ in _fields(type(self))}
        return _remade, (type(self), made_of, self.cloud)


def _assign(self: Resource, name: str, value: object) -> None:
    if name in self._fixed:  # pyright: ignore[reportPrivateUsage]
        made = type(self).__name__
        raise AttributeError(
            f"{made}.{name} is part of what names {self}, and cannot be assigned: make another {made}(...)"
        )
    object.__setattr__(self, name, value)


_known_fields: dict[type[Any], tuple[tuple[str, str, bool], ...]] = {}


def _fields(cls: type[Any]) -> tuple[tuple[str, str, bool], ...]:
    """Name, argument name, and whether it identifies, of what a class is made of."""
    known = _known_fields.get(cls)
    if known is not None:
        return known
    fields: Any = attrs.fields(cls)
    return _known_fields.setdefault(
        cls,
        tuple(
            (each.name, each.alias or each.name, not each.kw_only)
            for each in fields
            if each.init and each.name != "cloud"
        ),
    )


def _remade(cls: type[Resource], made_of: Mapping[str, Any], cloud: Cloud) -> Resource:
    return cls(**made_of, cloud=cloud)
