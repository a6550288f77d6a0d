"""What moto's Service Quotas lack: how many vCPUs an account may run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cloudkit._local.world import here
from cloudkit.ec2._quotas import quota_codes

_EC2 = "ec2"
# AWS's default for an account that nobody has used yet: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
_STANDARD_VCPUS, _OTHER_VCPUS = 5.0, 0.0
_STANDARD = "Standard"


def complete_quotas() -> None:
    """Give moto's Service Quotas those of EC2."""
    from moto.servicequotas import models

    theirs = models.ServiceQuotasBackend.get_service_quota
    models.ServiceQuotasBackend.get_service_quota = here(_asked(theirs), theirs)  # type: ignore[method-assign]  # takes moto's place


def _asked(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def get_service_quota(self: Any, service_code: str, quota_code: str) -> dict[str, Any]:
        name = quota_codes().get(quota_code) if service_code == _EC2 else None
        if name is None:
            found: dict[str, Any] = theirs(self, service_code, quota_code)
            return found
        return {
            "ServiceCode": service_code,
            "QuotaCode": quota_code,
            "QuotaName": name,
            "Value": _STANDARD_VCPUS if name.startswith(_STANDARD) else _OTHER_VCPUS,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }

    return get_service_quota
