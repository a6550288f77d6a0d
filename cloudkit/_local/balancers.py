"""What moto's classic load balancers lack: zones of their subnets, what instances speak, names as AWS makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zlib import crc32

from cloudkit._local.world import here

_SPOKEN = "_spoken_behind"


def complete_balancers() -> None:
    """Give moto's classic load balancers what they lack."""
    from moto.elb import models

    table: Mapping[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
        "create_load_balancer": _creating,
        "create_load_balancer_listeners": _listening,
    }
    backend: Any = models.ELBBackend
    for name, replace in table.items():
        theirs = getattr(backend, name)
        setattr(backend, name, here(replace(theirs), theirs))
    # Of a listener that was made elsewhere it is as it was.
    setattr(models.FakeListener, "instance_protocol", property(_spoken_behind))  # noqa: B010 - no type checker takes it otherwise


def _spoken_behind(listener: Any) -> Any:
    return getattr(listener, _SPOKEN, listener.protocol)


def _creating(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def create_load_balancer(self: Any, name: str, *args: Any, ports: Sequence[Any], **kwargs: Any) -> Any:
        from moto.ec2.models import ec2_backends

        made = theirs(self, name, *args, ports=ports, **kwargs)
        # AWS puts a number behind the name, the same for the same name here.
        made.dns_name = f"{name}-{crc32(name.encode())}.{self.region_name}.elb.amazonaws.com"
        backend = ec2_backends[self.account_id][self.region_name]
        zones = {backend.get_subnet(each).availability_zone for each in made.subnets}
        made.availability_zones = sorted({*made.availability_zones, *zones})
        _note(made, ports)
        return made

    return create_load_balancer


def _listening(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def create_load_balancer_listeners(self: Any, name: str, ports: Sequence[Any]) -> Any:
        found = theirs(self, name, ports)
        if found is not None:
            _note(found, ports)
        return found

    return create_load_balancer_listeners


def _note(balancer: Any, ports: Sequence[Any]) -> None:
    """Note what instances speak behind each port."""
    spoken = {str(each["LoadBalancerPort"]): each.get("InstanceProtocol") for each in ports}
    for listener in balancer.listeners:
        behind = spoken.get(str(listener.load_balancer_port))
        if behind:
            setattr(listener, _SPOKEN, str(behind).upper())
