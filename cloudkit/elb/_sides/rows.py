"""What is read of AWS's rows of load balancers, by v2's paths, whichever API they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.identity import whoami
from cloudkit._core.params import dig
from cloudkit._core.partitions import partition_of
from cloudkit.elb._naming import classic_arn
from cloudkit.elb.kinds import Kind, LoadBalancerState

_ARN = "LoadBalancerArn"
_NAME = "LoadBalancerName"
_ACCOUNT_DIGITS = 12


def value_at(row: Mapping[str, Any], path: str) -> Any:
    """The value at v2's path in a row; a classic one is always active, and has its subnets in a list."""
    classic = is_classic(row)
    if path == "Subnets" and not classic:
        return [str(each["SubnetId"]) for each in row.get("AvailabilityZones", [])]
    if not classic:
        return dig(row, path)
    if path == "Type":
        return Kind.CLASSIC
    if path == "State.Code":
        return LoadBalancerState.ACTIVE
    return dig(row, "VPCId" if path == "VpcId" else path)


def is_classic(row: Mapping[str, Any]) -> bool:
    """Whether a row is one of the API `elb`."""
    return _ARN not in row


def name_in(row: Mapping[str, Any]) -> str:
    """The load balancer's name."""
    return str(row[_NAME])


def arn_in(row: Mapping[str, Any], cloud: Cloud) -> str:
    """The load balancer's ARN. For a classic one it is put together: AWS's answer has none, but names the account."""
    if not is_classic(row):
        return str(row[_ARN])
    owner = str(dig(row, "SourceSecurityGroup.OwnerAlias") or "")
    if not (owner.isdecimal() and len(owner) == _ACCOUNT_DIGITS):
        owner = cloud.lookup(("account",), lambda: whoami(cloud).account)
    region = str(cloud.region)
    return classic_arn(partition_of(region), region, owner, name_in(row))
