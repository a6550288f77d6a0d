"""EC2: instances, and what they need."""

from __future__ import annotations

from cloudkit.ec2.elastic_ip import ElasticIP
from cloudkit.ec2.errors import (
    AddressNotFound,
    ImageNotFound,
    InstanceNotFound,
    KeyPairNotFound,
    RegionNotFound,
    RuleNotFound,
    SecurityGroupNotFound,
)
from cloudkit.ec2.image import Image, ImageState
from cloudkit.ec2.instance import Instance
from cloudkit.ec2.key_pair import KeyPair, KeyType
from cloudkit.ec2.launch import LaunchOptions
from cloudkit.ec2.region import OptIn, Region, Zone
from cloudkit.ec2.rule import Rule
from cloudkit.ec2.security_group import SecurityGroup
from cloudkit.ec2.state import InstanceState

__all__ = [
    "AddressNotFound",
    "ElasticIP",
    "Image",
    "ImageNotFound",
    "ImageState",
    "Instance",
    "InstanceNotFound",
    "InstanceState",
    "KeyPair",
    "KeyPairNotFound",
    "KeyType",
    "LaunchOptions",
    "OptIn",
    "Region",
    "RegionNotFound",
    "Rule",
    "RuleNotFound",
    "SecurityGroup",
    "SecurityGroupNotFound",
    "Zone",
]
