"""Classic load balancers: the API `elb`, which names them by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit._core.tags import Tags
from cloudkit.elb._limits import TARGETS_PER_CALL
from cloudkit.elb._service import ELB
from cloudkit.elb._sides.checking import classic_check_params, classic_health_check
from cloudkit.elb._sides.instance_state import target_health
from cloudkit.elb._sides.side import Registry
from cloudkit.elb._tagging import classic_tags
from cloudkit.elb.errors import LoadBalancerNotFound
from cloudkit.elb.health import HealthTable
from cloudkit.elb.health_check import HealthCheck
from cloudkit.elb.listener import Listener
from cloudkit.elb.target import TargetLike, ids_of
from cloudkit.elb.target_group import TargetGroup
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer


@frozen
class Classic:
    """A load balancer of `elb`, by its ARN and its name; its instances are registered with itself."""

    arn: str
    balancer: str
    cloud: Cloud

    def _call(self, operation: str, /, **params: Any) -> Answer:
        return self.cloud.invoke(
            ELB, operation, {"LoadBalancerName": self.balancer, **params}, about=self.balancer
        )

    def load(self) -> Answer:
        """AWS's row of it. One request."""
        return row_named(self.cloud, self.balancer)

    def target_groups(self) -> Sequence[TargetGroup]:
        """None: instances are registered with the load balancer itself."""
        return ()

    def registries(self) -> Sequence[Registry]:
        """Itself."""
        return (self,)

    def listeners(self) -> Sequence[Listener]:
        """What it listens on. One request."""
        return Listener.list(self.arn, cloud=self.cloud).to_list()

    def tags(self) -> Tags:
        """Its tags. One request each way."""
        return classic_tags(self.cloud, self.balancer)

    def delete(self) -> None:
        """Delete it and its listeners; fine if it is not there. One request."""
        self._call("delete_load_balancer")

    # -- as a registry of targets ----------------------------------------------------------------------------

    @property
    def name(self) -> None:
        """It is no target group."""
        return

    @property
    def health_check(self) -> HealthCheck:
        """How its instances are checked. One request."""
        return classic_health_check(self.load())

    def check_by(self, check: HealthCheck) -> None:
        """Check its instances by that; on the port that it checks until now if none is said. Two requests at most."""
        port = check.port or self.health_check.port or 0
        given = classic_check_params(check, port=port)
        self._call("configure_health_check", HealthCheck=given)

    def register(self, *targets: TargetLike) -> None:
        """Give it instances; those that it has are fine. One request for each 200, and one that shows which it has.

        AWS ignores what it has already; moto would count it twice.
        """
        wanted = ids_of("target", targets)
        if wanted:
            has = set(instances_in(self.load()))
            self.register_new([each for each in wanted if each not in has])

    def register_new(self, ids: Sequence[str]) -> None:
        """Give it instances that it has not. One request for each 200."""
        for batch in split(ids, most=TARGETS_PER_CALL):
            self._call(
                "register_instances_with_load_balancer", Instances=[{"InstanceId": each} for each in batch]
            )

    def deregister(self, *targets: TargetLike) -> None:
        """Take instances away; those that it has not are fine. One request for each 200."""
        for batch in split(ids_of("target", targets), most=TARGETS_PER_CALL):
            try:
                self._deregister(batch)
            except InvalidRequest as error:
                # Refused if one of them is not known to EC2 any more, or is not registered.
                if error.code != "InvalidInstance":
                    raise
                has = set(instances_in(self.load()))
                left = [each for each in batch if each in has]
                if left:
                    self._deregister(left)

    def _deregister(self, ids: Sequence[str]) -> None:
        self._call(
            "deregister_instances_from_load_balancer", Instances=[{"InstanceId": each} for each in ids]
        )

    def health(self, *targets: TargetLike) -> HealthTable:
        """How its instances are. One request."""
        asked = [{"InstanceId": each} for each in ids_of("target", targets)]
        answer = self._call("describe_instance_health", Instances=asked or None)
        return HealthTable(tuple(target_health(row) for row in answer.get("InstanceStates", [])))


def instances_in(row: Mapping[str, Any]) -> Sequence[str]:
    """The ids of the instances that are registered."""
    return [str(each["InstanceId"]) for each in row.get("Instances", [])]


def row_named(cloud: Cloud, name: str) -> Answer:
    """The row of the load balancer of that name. One request."""
    found = cloud.invoke(ELB, "describe_load_balancers", {"LoadBalancerNames": [name]}, about=name).get(
        "LoadBalancerDescriptions", []
    )
    if not found:
        raise LoadBalancerNotFound("there is no such load balancer", service="elb", resource=name)
    row: Answer = found[0]
    return row
