"""What becomes of the methods of load balancing when requests fail, or answers get lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit.elb import HealthCheck, Listener, LoadBalancer, TargetGroup
from tests.contract.retry_laws import Law, Scene, reads, writes
from tests.elb.machines import Box, launch

# AWS takes a second one with the same settings for the first: "This operation is idempotent".
MADE_ONCE = dict.fromkeys(("CreateTargetGroup", "CreateLoadBalancer", "CreateListener"))
# The repetition is refused since the target has gone; one more look, whose answer is lost too, shows that.
LOOKED_AGAIN = {"lost answer": 2, "broken stream": 1}
CHECK = HealthCheck(path="/health")


def launched(scene: Scene) -> Box:
    return launch(scene.cloud)


def machine(scene: Scene) -> Box:
    return scene.once(launched)


def balancer(scene: Scene) -> LoadBalancer:
    return LoadBalancer.create(scene.name("web"), targets=[machine(scene)], cloud=scene.cloud).wait("active")


def shared(scene: Scene) -> LoadBalancer:
    return scene.once(balancer)


def balancer_and_machine(scene: Scene) -> tuple[LoadBalancer, Box]:
    return shared(scene), machine(scene)


def name_and_machine(scene: Scene) -> tuple[str, Box]:
    return scene.name("new"), machine(scene)


def new_name(scene: Scene) -> str:
    return scene.name("new")


def group(scene: Scene) -> TargetGroup:
    return TargetGroup.create(scene.name("group"), port=9000, cloud=scene.cloud)


def shared_group(scene: Scene) -> TargetGroup:
    return scene.once(group)


def group_and_machine(scene: Scene) -> tuple[TargetGroup, Box]:
    return group(scene), machine(scene)


def serving(scene: Scene) -> tuple[TargetGroup, Box]:
    made, box = group_and_machine(scene)
    made.register(box)
    return made, box


def free_port(scene: Scene) -> tuple[LoadBalancer, TargetGroup, int]:
    """A load balancer, a target group, and a port that nothing listens on."""
    used = {each.port for each in shared(scene).listeners()}
    return shared(scene), shared_group(scene), next(port for port in range(8000, 9000) if port not in used)


def listener(scene: Scene) -> Listener:
    balancer, group, port = free_port(scene)
    return Listener.create(balancer, port, target_group=group, cloud=scene.cloud)


def shared_listener(scene: Scene) -> Listener:
    return scene.once(listener)


def listener_and_group(scene: Scene) -> tuple[Listener, TargetGroup]:
    return shared_listener(scene), shared_group(scene)


LAWS: Mapping[str, Law[Any]] = {
    "LoadBalancer.create": writes(
        name_and_machine, lambda given: LoadBalancer.create(given[0], targets=[given[1]]), again=MADE_ONCE
    ),
    "LoadBalancer.ensure": writes(
        name_and_machine, lambda given: LoadBalancer.ensure(given[0], targets=[given[1]]), again=MADE_ONCE
    ),
    "LoadBalancer.get": reads(shared, lambda each: LoadBalancer.get(each.name)),
    "LoadBalancer.list": reads(shared, lambda each: LoadBalancer.list(name=each.name).to_list()),
    "LoadBalancer.find": reads(shared, lambda each: LoadBalancer.find(each.name)),
    "LoadBalancer.refresh": reads(shared, lambda each: each.refresh()),
    "LoadBalancer.exists": reads(shared, lambda each: each.exists()),
    "LoadBalancer.wait": reads(shared, lambda each: each.wait()),
    "LoadBalancer.listeners": reads(shared, lambda each: len(each.listeners().to_list()) > 0),
    "LoadBalancer.target_groups": reads(shared, lambda each: len(each.target_groups().to_list()) > 0),
    "LoadBalancer.add": writes(balancer_and_machine, lambda given: given[0].add(given[1])),
    "LoadBalancer.remove": writes(
        lambda scene: (balancer(scene), machine(scene)),
        lambda given: given[0].remove(given[1]),
        more=LOOKED_AGAIN,
    ),
    "LoadBalancer.health": reads(shared, lambda each: each.health().all_healthy is not None),
    "LoadBalancer.wait_healthy": reads(balancer_and_machine, lambda given: given[0].wait_healthy(given[1])),
    "LoadBalancer.delete": writes(balancer, lambda each: each.delete()),
    "Listener.create": writes(
        free_port,
        lambda given: Listener.create(given[0], given[2], target_group=given[1]),
        again=MADE_ONCE,
    ),
    "Listener.get": reads(shared_listener, lambda each: Listener.get(each.arn)),
    "Listener.list": reads(shared, lambda each: len(Listener.list(each).to_list()) > 0),
    "Listener.refresh": reads(shared_listener, lambda each: each.refresh()),
    "Listener.exists": reads(shared_listener, lambda each: each.exists()),
    "Listener.update": writes(listener_and_group, lambda given: given[0].update(target_group=given[1])),
    "Listener.delete": writes(listener, lambda each: each.delete()),
    "TargetGroup.create": writes(new_name, lambda name: TargetGroup.create(name, port=9000), again=MADE_ONCE),
    "TargetGroup.get": reads(shared_group, lambda each: TargetGroup.get(each.name)),
    "TargetGroup.list": reads(shared_group, lambda each: TargetGroup.list(name=each.name).to_list()),
    "TargetGroup.find": reads(shared_group, lambda each: TargetGroup.find(each.name)),
    "TargetGroup.refresh": reads(shared_group, lambda each: each.refresh()),
    "TargetGroup.exists": reads(shared_group, lambda each: each.exists()),
    "TargetGroup.register": writes(group_and_machine, lambda given: given[0].register(given[1])),
    "TargetGroup.deregister": writes(serving, lambda given: given[0].deregister(given[1]), more=LOOKED_AGAIN),
    "TargetGroup.health": reads(shared_group, lambda each: each.health()),
    "TargetGroup.update": writes(group, lambda each: each.update(health_check=CHECK)),
    "TargetGroup.delete": writes(group, lambda each: each.delete()),
}
