"""Application, network and gateway load balancers: the API `elbv2`."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.tags import Tags
from cloudkit.elb._naming import balancer_name
from cloudkit.elb._service import ELBV2
from cloudkit.elb._sides.side import Registry
from cloudkit.elb._tagging import tags_at
from cloudkit.elb.errors import LoadBalancerNotFound
from cloudkit.elb.listener import Listener
from cloudkit.elb.target_group import TargetGroup
from cloudkit.types import Answer


@frozen
class V2:
    """A load balancer of `elbv2`, by its ARN."""

    arn: str
    cloud: Cloud

    @property
    def _name(self) -> str:
        return balancer_name(self.arn)[0]

    def load(self) -> Answer:
        """AWS's row of it. One request."""
        params = {"LoadBalancerArns": [self.arn]}
        return _first(
            self.cloud.invoke(ELBV2, "describe_load_balancers", params, about=self._name), self._name
        )

    def target_groups(self) -> Sequence[TargetGroup]:
        """The target groups that its listeners and rules forward to. One request."""
        return TargetGroup.list(load_balancer=self.arn, cloud=self.cloud).to_list()

    def registries(self) -> Sequence[Registry]:
        """Its target groups. One request."""
        return self.target_groups()

    def listeners(self) -> Sequence[Listener]:
        """What it listens on. One request."""
        return Listener.list(self.arn, cloud=self.cloud).to_list()

    def tags(self) -> Tags:
        """Its tags. One request each way."""
        return tags_at(self.cloud, lambda use: use(self.arn))

    def delete(self) -> None:
        """Delete it and its listeners; fine if it is not there. One request."""
        self.cloud.invoke(ELBV2, "delete_load_balancer", {"LoadBalancerArn": self.arn}, about=self._name)


def row_named(cloud: Cloud, name: str) -> Answer:
    """The row of the load balancer of that name. One request."""
    return _first(cloud.invoke(ELBV2, "describe_load_balancers", {"Names": [name]}, about=name), name)


def _first(answer: Answer, name: str) -> Answer:
    found = answer.get("LoadBalancers", [])
    if not found:
        raise LoadBalancerNotFound("there is no such load balancer", service="elbv2", resource=name)
    row: Answer = found[0]
    return row
