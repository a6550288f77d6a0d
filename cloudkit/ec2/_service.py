"""What EC2 calls things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.ec2.errors import (
    AddressNotFound,
    ImageNotFound,
    InstanceNotFound,
    InstanceTypeNotFound,
    KeyPairNotFound,
    LaunchTemplateNotFound,
    RegionNotFound,
    RuleNotFound,
    SecurityGroupNotFound,
    SnapshotNotFound,
    SubnetNotFound,
    VolumeNotFound,
    VpcNotFound,
    WouldSucceed,
)
from cloudkit.errors import AccessDenied, Conflict, InvalidRequest, LimitExceeded, ServiceError, Throttled

EC2 = Service(
    "ec2",
    errors={
        "InvalidInstanceID.NotFound": InstanceNotFound,
        "InvalidKeyPair.NotFound": KeyPairNotFound,
        "InvalidGroup.NotFound": SecurityGroupNotFound,
        "InvalidGroupId.NotFound": SecurityGroupNotFound,
        "InvalidSecurityGroupID.NotFound": SecurityGroupNotFound,
        "InvalidPermission.NotFound": RuleNotFound,
        "InvalidAMIID.NotFound": ImageNotFound,
        "InvalidAMIID.Unavailable": ImageNotFound,
        "InvalidAllocationID.NotFound": AddressNotFound,
        "InvalidAddress.NotFound": AddressNotFound,
        "InvalidAddressID.NotFound": AddressNotFound,
        "InvalidVolume.NotFound": VolumeNotFound,
        "InvalidVolumeID.NotFound": VolumeNotFound,
        "InvalidSnapshot.NotFound": SnapshotNotFound,
        "InvalidSnapshotID.NotFound": SnapshotNotFound,
        "InvalidVpcID.NotFound": VpcNotFound,
        "InvalidVpcId.NotFound": VpcNotFound,
        "InvalidSubnetID.NotFound": SubnetNotFound,
        "InvalidSubnetId.NotFound": SubnetNotFound,
        "InvalidLaunchTemplateId.NotFound": LaunchTemplateNotFound,
        "InvalidLaunchTemplateId.NotFoundException": LaunchTemplateNotFound,
        "InvalidLaunchTemplateName.NotFoundException": LaunchTemplateNotFound,
        "InvalidLaunchTemplateId.VersionNotFound": LaunchTemplateNotFound,
        "DescribeInstanceTypes:InvalidInstanceType": InstanceTypeNotFound,
        # The one parameter that DescribeRegions is given here is the name.
        "DescribeRegions:InvalidParameterValue": RegionNotFound,
        "DryRunOperation": WouldSucceed,
        # Said of an instance that is in no state to be given an address.
        "AssociateAddress:InvalidInstanceID": Conflict,
        "Resource.AlreadyAssociated": Conflict,
        "CannotDelete": Conflict,
        "InvalidAddress.PtrSet": Conflict,
        "InvalidAddress.Locked": Conflict,
        "Gateway.NotAttached": Conflict,
        # Said where terms of the Marketplace are not accepted, and of regions.
        "OptInRequired": AccessDenied,
        "PendingVerification": AccessDenied,
        "Blocked": AccessDenied,
        "IncorrectInstanceState": Conflict,
        "IncorrectState": Conflict,
        "OperationNotPermitted": Conflict,
        "UnsupportedOperation": Conflict,
        "UnsupportedHibernationConfiguration": Conflict,
        "SpotMaxPriceTooLow": InvalidRequest,
        "DependencyViolation": Conflict,
        "InvalidIPAddress.InUse": Conflict,
        "IdempotentParameterMismatch": Conflict,
        "IncorrectModificationState": Conflict,
        "VolumeModificationRateExceeded": Conflict,
        "InvalidVolume.ZoneMismatch": InvalidRequest,
        "SnapshotCreationPerVolumeRateExceeded": Throttled,
        "RulesPerSecurityGroupLimitExceeded": LimitExceeded,
        "VolumeIOPSLimit": LimitExceeded,
        "MaxSpotInstanceCountExceeded": LimitExceeded,
        "InsufficientVolumeCapacity": ServiceError,
        "InsufficientInstanceCapacity": ServiceError,
        "InsufficientHostCapacity": ServiceError,
        "InsufficientAddressCapacity": ServiceError,
    },
    hints={
        "InvalidInstanceID.NotFound": "Instance.list() shows those of this account and region",
        "InvalidAMIID.NotFound": "images belong to a region: the same system has another id in each;"
        " Image.latest('al2023') finds the one here",
        "InvalidAMIID.Unavailable": "its owner has taken it back: Image.latest('al2023') finds one that is there",
        "AssociateAddress:InvalidInstanceID": "box.wait('running') first",
        "Resource.AlreadyAssociated": "attach(box, move=True) takes the address from where it is",
        "IncorrectInstanceState": "box.wait('running') or box.wait('stopped') first",
        "AuthFailure": "the credentials are wrong: `cloudkit.whoami()` shows which ones are in use; or the account has"
        " not opted in to the region: Region.list(cloud=cloud.in_region('us-east-1')) shows those that it uses; or what"
        " is named is another account's, which has not shared it",
        "OptInRequired": "accept the terms at the address that the message names; or, if it names none, opt in to the"
        " region: Region.list(cloud=cloud.in_region('us-east-1')) shows those that the account uses",
        "PendingVerification": "AWS looks at the account first, for up to four hours: try again later",
        "Blocked": "AWS has blocked the account: its support says why",
        "CannotDelete": "a VPC keeps its default group: group.rules = () lets nothing in",
        "InvalidAddress.PtrSet": "a reverse DNS record names it: cloud.call('ec2', 'reset_address_attribute',"
        " AllocationId=address.allocation_id, Attribute='domain-name')",
        "InvalidAddress.Locked": "AWS's support unlocks it",
        "Gateway.NotAttached": "the instance's VPC has no internet gateway: nothing in it has a public address",
        "DetachVolume:OperationNotPermitted": "it is the root volume of an instance that runs: box.stop() and"
        " box.wait('stopped') first",
        "ModifyImageAttribute:OperationNotPermitted": "the account may block images from being public:"
        " cloud.call('ec2', 'disable_image_block_public_access') lifts that",
        "ModifySnapshotAttribute:OperationNotPermitted": "the account may block snapshots from being public:"
        " cloud.call('ec2', 'disable_snapshot_block_public_access') lifts that",
        "DeregisterImage:OperationNotPermitted": "it is protected: cloud.call('ec2',"
        " 'disable_image_deregistration_protection', ImageId=image.id) lifts that",
        "OperationNotPermitted": "it may be protected: box.update(protect=False) lifts that",
        "UnsupportedHibernationConfiguration": "it has to be launched for that: Instance.launch(..., hibernation=True)",
        "SpotMaxPriceTooLow": "InstanceType(...).spot_prices() says what they cost now; spot=True is capped at the usual price",
        "Unsupported": "that type is not in that zone: InstanceType(...).zones() says where it is",
        "DependencyViolation": "something still uses it: end those instances and wait('terminated'),"
        " and take rules away that refer to it",
        "InvalidGroup.InUse": "something still uses it: end those instances and wait('terminated')",
        "InvalidIPAddress.InUse": "address.detach() first",
        "InsufficientInstanceCapacity": "AWS has none of these free there now: another zone, another type, or later",
        "InvalidKeyPair.Duplicate": "KeyPair.ensure(name) takes the one that is there",
        "InvalidGroup.Duplicate": "SecurityGroup.ensure(name) takes the one that is there",
        "InvalidSubnetID.NotFound": "Subnet.list() shows those of this account and region",
        "InvalidVolume.NotFound": "Volume.list() shows those of this account and region; a new one whose key (kms_key=)"
        " may not be used is taken away by AWS",
        "InvalidSnapshot.NotFound": "Snapshot.list() shows those of this account and region",
        "InvalidVolume.ZoneMismatch": "a volume goes to instances of its own zone: take a snapshot, and make a volume of"
        " it in the other zone",
        "VolumeInUse": "volume.detach() first",
        "AttachVolume:IncorrectState": "box.wait('running') or box.wait('stopped') first",
        "InvalidSnapshot.InUse": "an image is made of it: image.deregister() first",
        "IncorrectModificationState": "a change is under way: volume.wait_modified(complete=True) first",
        "VolumeModificationRateExceeded": "a volume can be changed four times in 24 hours: the message says when again",
        "VcpuLimitExceeded": "InstanceType(...).vcpu_quota says how many vCPUs the account may have; Service Quotas gives more",
        "AddressLimitExceeded": "release addresses that nothing uses, ElasticIP.list(attached=False); or ask Service"
        " Quotas for more (ec2, L-0263D0A3; a region begins with 5)",
        "CopySnapshot:ResourceLimitExceeded": "a region takes 20 copies at once: wait('completed') on those under way",
        "ConcurrentSnapshotLimitExceeded": "wait('completed') on those under way first",
        "RulesPerSecurityGroupLimitExceeded": "rules for networks next to each other can be one, and a prefix list holds"
        " many; or ask Service Quotas for more (vpc, L-0EA8095F; a group begins with 60 each way)",
        "InvalidAMIName.Duplicate": "an image of yours has that name: take another, or deregister that one",
        "VPCIdNotSpecified": "the account has no default VPC here: give vpc= (or subnet= to launch)",
    },
    has_boto3_resource=True,
)
