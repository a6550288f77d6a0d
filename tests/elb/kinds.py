"""A load balancer of each kind, made by AWS's own calls, with nothing behind it."""

from __future__ import annotations

from cloudkit.elb import Kind, LoadBalancer
from tests.conftest import Rig
from tests.elb.machines import network


def balancer_of(rig: Rig, kind: Kind, *, zones: str = "ab", groups: int = 0) -> LoadBalancer:
    """One in subnets of those zones, which are of a VPC of its own, with so many security groups."""
    name = rig.name("web")
    vpc, subnets = network(rig.cloud, *zones)
    made = [security_group(rig, vpc) for _ in range(groups)]
    if kind == Kind.CLASSIC:
        rig.cloud.call(
            "elb",
            "create_load_balancer",
            LoadBalancerName=name,
            Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}],
            Subnets=subnets,
            SecurityGroups=made,
        )
        return LoadBalancer(name)
    more = {"SecurityGroups": made} if groups else {}
    answer = rig.cloud.call(
        "elbv2", "create_load_balancer", Name=name, Subnets=subnets, Type=str(kind), **more
    )
    return LoadBalancer(answer["LoadBalancers"][0]["LoadBalancerArn"])


def security_group(rig: Rig, vpc: str) -> str:
    answer = rig.cloud.call(
        "ec2", "create_security_group", GroupName=rig.name("group"), Description="a test's", VpcId=vpc
    )
    return str(answer["GroupId"])
