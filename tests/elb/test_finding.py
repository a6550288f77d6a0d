"""From an instance to the load balancers that have it."""

from __future__ import annotations

import pytest

from cloudkit import Instance
from cloudkit.elb import LoadBalancer
from tests.conftest import Rig
from tests.elb.machines import launch
from tests.elb.serving_world import FIRST, FOURTH, SECOND, Service
from tests.faults import FaultServer


@pytest.mark.parametrize("kind", ["application", "classic"])
def test_its_load_balancers_with_its_health(faults: FaultServer, kind: str) -> None:
    service = Service.begin(faults, kind, {"web-8080": [(FIRST, 8080), (SECOND, 8080)]})
    service.sick[FIRST] = {
        "application": ("unhealthy", "Target.Timeout", "Request timed out"),
        "classic": ("OutOfService", "Instance", "Instance has failed at least the UnhealthyThreshold number"),
    }[kind]
    found = Instance(FIRST, cloud=service.balancer.cloud).load_balancers()
    [(balancer, health)] = found.items()
    assert (balancer.name, str(balancer.kind)) == ("web", kind)
    assert {row.id for row in health.unhealthy} == {FIRST}
    assert faults.operations.count("DescribeInstances") == 1
    assert Instance(FOURTH, cloud=service.balancer.cloud).load_balancers() == {}


def test_by_both_groups_of_one_load_balancer(faults: FaultServer) -> None:
    service = Service.begin(faults, "application", {"web-8080": [(FIRST, 8080)], "api-9000": [(FIRST, 9100)]})
    [health] = Instance(FIRST, cloud=service.balancer.cloud).load_balancers().values()
    assert {(row.group, row.port) for row in health} == {("web-8080", 8080), ("api-9000", 9100)}
    assert faults.operations.count("DescribeTargetHealth") == 2


def test_on_the_embedded_cloud(rig: Rig) -> None:
    box, other = launch(rig.cloud), launch(rig.cloud)
    first, second = rig.name("web"), rig.name("web")
    LoadBalancer.create(first, targets=[box])
    LoadBalancer.create(second, targets=[box, other])
    found = Instance(box.id).load_balancers()
    assert {balancer.name for balancer in found} == {first, second}
    assert all(table.all_healthy for table in found.values())
    assert [balancer.name for balancer in Instance(other.id).load_balancers()] == [second]
