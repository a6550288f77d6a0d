"""EC2: instances, and what they need."""

from __future__ import annotations

from cloudkit.ec2._groups.plan import RulePlan
from cloudkit.ec2._images.block_device import BlockDevice
from cloudkit.ec2._instances.checks import ScheduledEvent, StatusChecks
from cloudkit.ec2._instances.metadata import MetadataOptions
from cloudkit.ec2._many.finding import InstanceFilters
from cloudkit.ec2._ssh.options import SSHOptions, ssh_defaults
from cloudkit.ec2._templates.data import TemplateOptions, TemplateVersion
from cloudkit.ec2._volumes.attachment import Attachment, AttachmentState
from cloudkit.ec2._volumes.modification import ModificationState, VolumeModification
from cloudkit.ec2._volumes.settings import VolumeType
from cloudkit.ec2.command import CommandResult, CommandResults
from cloudkit.ec2.disk import Disk
from cloudkit.ec2.elastic_ip import ElasticIP
from cloudkit.ec2.errors import (
    AddressNotFound,
    CommandFailed,
    HostKeyChanged,
    HostKeyUnknown,
    ImageNotFound,
    InstanceNotFound,
    InstanceTypeNotFound,
    KeyPairNotFound,
    LaunchTemplateNotFound,
    LoginRefused,
    RegionNotFound,
    RuleNotFound,
    SecurityGroupNotFound,
    SnapshotNotFound,
    SubnetNotFound,
    VolumeNotFound,
    VpcNotFound,
)
from cloudkit.ec2.fleet import Fleet
from cloudkit.ec2.host_key import HostKey
from cloudkit.ec2.image import Image, ImageState
from cloudkit.ec2.instance import Instance
from cloudkit.ec2.instance_type import InstanceType
from cloudkit.ec2.key_pair import KeyPair, KeyType
from cloudkit.ec2.launch import LaunchOptions
from cloudkit.ec2.launch_template import LaunchTemplate
from cloudkit.ec2.metrics import InstanceMetrics, VolumeMetrics
from cloudkit.ec2.region import Region
from cloudkit.ec2.regional import RegionalListing
from cloudkit.ec2.rule import Rule
from cloudkit.ec2.security_group import SecurityGroup
from cloudkit.ec2.snapshot import Snapshot, SnapshotState
from cloudkit.ec2.ssh import SSH
from cloudkit.ec2.state import InstanceState
from cloudkit.ec2.subnet import Subnet
from cloudkit.ec2.volume import Volume, VolumeState
from cloudkit.ec2.vpc import Vpc
from cloudkit.ec2.zone import OptIn, Zone, ZoneState, ZoneType

__all__ = [  # noqa: RUF022 - in plain order
    "AddressNotFound",
    "Attachment",
    "AttachmentState",
    "BlockDevice",
    "CommandFailed",
    "CommandResult",
    "CommandResults",
    "Disk",
    "ElasticIP",
    "Fleet",
    "HostKey",
    "HostKeyChanged",
    "HostKeyUnknown",
    "Image",
    "ImageNotFound",
    "ImageState",
    "Instance",
    "InstanceFilters",
    "InstanceMetrics",
    "InstanceNotFound",
    "InstanceState",
    "InstanceType",
    "InstanceTypeNotFound",
    "KeyPair",
    "KeyPairNotFound",
    "KeyType",
    "LaunchOptions",
    "LaunchTemplate",
    "LaunchTemplateNotFound",
    "LoginRefused",
    "MetadataOptions",
    "ModificationState",
    "OptIn",
    "Region",
    "RegionNotFound",
    "RegionalListing",
    "Rule",
    "RuleNotFound",
    "RulePlan",
    "SSH",
    "SSHOptions",
    "ScheduledEvent",
    "SecurityGroup",
    "SecurityGroupNotFound",
    "Snapshot",
    "SnapshotNotFound",
    "SnapshotState",
    "StatusChecks",
    "Subnet",
    "SubnetNotFound",
    "TemplateOptions",
    "TemplateVersion",
    "Volume",
    "VolumeMetrics",
    "VolumeModification",
    "VolumeNotFound",
    "VolumeState",
    "VolumeType",
    "Vpc",
    "VpcNotFound",
    "Zone",
    "ZoneState",
    "ZoneType",
    "ssh_defaults",
]
