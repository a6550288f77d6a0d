"""A service as a value: what the core must know of it, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from cloudkit.errors import CloudError

_registry: dict[str, Service] = {}


def _no_errors() -> Mapping[str, type[CloudError]]:
    return {}


@frozen(eq=False)
class Service:
    """One AWS service.

    Attributes:
        name: boto3's name of it, such as `"elbv2"`.
        errors: Its odd error codes and what they mean, as `"Code"` or, where a code means different things in
            different operations, as `"Operation:Code"`.
        hints: What to do next, by `"Code"` or `"Operation:Code"` too.
        min_read_timeout: Seconds that a read may take at least, for services with long polls.
        has_boto3_resource: Whether boto3 has a resource for it too.
        lean: Operations that are done without botocore's long way where nobody can tell, as `lean.py` says.
        check: Refuses an operation with its parameters, where AWS is known to. Raw calls are not checked.
    """

    name: str
    errors: Mapping[str, type[CloudError]] = field(factory=_no_errors)
    hints: Mapping[str, str] = field(factory=dict[str, str])
    min_read_timeout: float = 0.0
    has_boto3_resource: bool = False
    lean: frozenset[str] = frozenset()
    check: Callable[[str, Mapping[str, Any]], None] | None = None

    def __attrs_post_init__(self) -> None:
        _registry[self.name] = self


def service_named(service: str | Service) -> Service:
    """The service of that name; one without odd codes if no folder of ours describes it."""
    if isinstance(service, Service):
        return service
    known = _registry.get(service)
    return known if known is not None else _plain(service)


def _plain(name: str) -> Service:
    service = Service(name)
    del _registry[name]
    return service
