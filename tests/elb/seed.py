"""The world that the docstring examples of load balancing speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit import current_cloud
from cloudkit.elb import Health, HealthCheck, Listener, LoadBalancer, TargetGroup, TargetHealth
from tests.elb.machines import launch


def seed(folder: Path) -> dict[str, object]:
    box = launch(current_cloud())
    LoadBalancer.create("web", targets=[box]).wait("active")
    TargetGroup.create("old-9000", port=9000)
    return {
        "box": box,
        "Health": Health,
        "HealthCheck": HealthCheck,
        "Listener": Listener,
        "LoadBalancer": LoadBalancer,
        "TargetGroup": TargetGroup,
        "TargetHealth": TargetHealth,
    }
