"""The world that the docstring examples of Auto Scaling speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit.autoscaling import AutoScalingGroup
from cloudkit.ec2 import Instance, LaunchTemplate
from cloudkit.elb import LoadBalancer, TargetGroup


def seed(folder: Path, example: str) -> dict[str, object]:
    template = LaunchTemplate.create("web", image="al2023", type="t3.micro")
    balancer = LoadBalancer.create("web")
    group = AutoScalingGroup.create("web", template, min=2, max=6, targets=balancer, tags={"team": "web"})
    group.step(group.metrics.cpu > 80, add=2, name="busy")
    group.schedule("morning", "0 7 * * *", desired=4)
    return {
        "template": template,
        "box": Instance.launch("al2023").wait("running"),
        "LoadBalancer": LoadBalancer,
        "TargetGroup": TargetGroup,
        "blue": TargetGroup.create("blue-9000", port=9000),
    }
