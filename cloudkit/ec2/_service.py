"""What EC2 calls things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.ec2.errors import (
    AddressNotFound,
    ImageNotFound,
    InstanceNotFound,
    KeyPairNotFound,
    RegionNotFound,
    RuleNotFound,
    SecurityGroupNotFound,
    WouldSucceed,
)
from cloudkit.errors import Conflict, LimitExceeded, ServiceError

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
        # The one parameter that DescribeRegions is given here is the name.
        "DescribeRegions:InvalidParameterValue": RegionNotFound,
        "DryRunOperation": WouldSucceed,
        # Said of an instance that is in no state to be given an address.
        "AssociateAddress:InvalidInstanceID": Conflict,
        "Resource.AlreadyAssociated": Conflict,
        "IncorrectInstanceState": Conflict,
        "IncorrectState": Conflict,
        "OperationNotPermitted": Conflict,
        "UnsupportedOperation": Conflict,
        "DependencyViolation": Conflict,
        "InvalidIPAddress.InUse": Conflict,
        "IdempotentParameterMismatch": Conflict,
        "RulesPerSecurityGroupLimitExceeded": LimitExceeded,
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
        "OperationNotPermitted": "it may be protected: box.update(protect=False) lifts that",
        "DependencyViolation": "something still uses it: end those instances and wait('terminated'),"
        " and take rules away that refer to it",
        "InvalidGroup.InUse": "something still uses it: end those instances and wait('terminated')",
        "InvalidIPAddress.InUse": "address.detach() first",
        "InsufficientInstanceCapacity": "AWS has none of these free there now: another zone, another type, or later",
        "InvalidKeyPair.Duplicate": "KeyPair.ensure(name) takes the one that is there",
        "InvalidGroup.Duplicate": "SecurityGroup.ensure(name) takes the one that is there",
        "VPCIdNotSpecified": "the account has no default VPC here: give vpc= (or subnet= to launch)",
    },
    has_boto3_resource=True,
)
