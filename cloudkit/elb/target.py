"""What can be named by an object or by its id: targets, and things with an ARN."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from cloudkit.elb._limits import MAX_PORT, MIN_PORT
from cloudkit.errors import InvalidRequest
from cloudkit.types import HasArn


@runtime_checkable
class HasId(Protocol):
    """Anything with an id of AWS's, such as an instance, a security group or a subnet."""

    @property
    def id(self) -> str:
        """The id."""
        ...


Target: TypeAlias = HasId | str
"""An instance, or its id."""


def id_of(what: str, thing: object) -> str:
    """The id of a thing, which is given as an object that has one, or as the id itself."""
    found = thing if isinstance(thing, str) else thing.id if isinstance(thing, HasId) else None
    if not isinstance(found, str) or not found or any(letter.isspace() for letter in found):
        raise InvalidRequest(
            f"{what} {thing!r} is neither an object with an id nor an id",
            hint=f"give the {what}s one by one" if isinstance(thing, (list, tuple, set)) else None,
        )
    return found


def ids_of(what: str, things: Iterable[object]) -> Sequence[str]:
    """The ids of several things, each once, in their order."""
    if isinstance(things, str):
        raise InvalidRequest(f"{what}s={things!r}: it is a list of them", hint=f"[{things!r}]")
    return tuple(dict.fromkeys(id_of(what, thing) for thing in things))


def arn_of(thing: HasArn | str) -> str:
    """The ARN of a thing, which is given as an object that has one, or as the ARN itself."""
    return thing if isinstance(thing, str) else thing.arn


def checked_port(what: str, port: object) -> int:
    """The port, if it is one."""
    if isinstance(port, bool) or not isinstance(port, int) or not MIN_PORT <= port <= MAX_PORT:
        raise InvalidRequest(f"{what} {port!r}: a port is a whole number from {MIN_PORT} to {MAX_PORT}")
    return port
