"""Instances and networks to put behind a load balancer."""

from __future__ import annotations

import itertools

from attrs import frozen

from cloudkit import Cloud

_networks = itertools.count(0)


@frozen
class Box:
    """Anything with an id will do as a target."""

    id: str


def launch(cloud: Cloud, *, subnet: str | None = None, running: bool = True) -> Box:
    answer = cloud.call(
        "ec2",
        "run_instances",
        ImageId="ami-12c6146b",
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
    )
    box = Box(answer["Instances"][0]["InstanceId"])
    if running:
        cloud.call("ec2", "describe_instances", InstanceIds=[box.id])
    return box


def network(cloud: Cloud, *zones: str) -> tuple[str, list[str]]:
    """A VPC with a subnet for each zone given, `"a"` for us-east-1a: its id and theirs."""
    number = next(_networks) % 250
    vpc = cloud.call("ec2", "create_vpc", CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
    made = [
        cloud.call(
            "ec2",
            "create_subnet",
            VpcId=vpc,
            CidrBlock=f"10.{number}.{index}.0/24",
            AvailabilityZone=f"us-east-1{zone}",
        )["Subnet"]["SubnetId"]
        for index, zone in enumerate(zones)
    ]
    return vpc, made
