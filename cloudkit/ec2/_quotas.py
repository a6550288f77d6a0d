"""How many vCPUs an account may have: one number for each class of instance types, and one more for spot."""

from __future__ import annotations

import re

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.service import service_named

QUOTAS = service_named("service-quotas")
_SERVICE = "ec2"


@frozen
class QuotaClass:
    """Types that share a quota.

    Attributes:
        name: What AWS calls them.
        on_demand: The code of their quota.
        spot: The code of that for spot instances, if there is one.
    """

    name: str
    on_demand: str
    spot: str | None


# EC2 User Guide, "Amazon EC2 instance type quotas"; the codes are those of Service Quotas.
_STANDARD = QuotaClass("Standard (A, C, D, H, I, M, R, T, Z)", "L-1216C47A", "L-34B43A08")
_GRAPHICS = QuotaClass("G and VT", "L-DB2E81BA", "L-3819A6DF")
_CLASSES = {
    **dict.fromkeys(("a", "c", "d", "h", "i", "m", "r", "t", "z"), _STANDARD),
    "dl": QuotaClass("DL", "L-6E869C2A", "L-85EED4F7"),
    "f": QuotaClass("F", "L-74FC7D96", "L-88CF9481"),
    "g": _GRAPHICS,
    "vt": _GRAPHICS,
    "hpc": QuotaClass("HPC", "L-F7808C92", None),
    "inf": QuotaClass("Inf", "L-1945791B", "L-B5D1601B"),
    "p": QuotaClass("P", "L-417A185B", "L-7212CCBC"),
    "trn": QuotaClass("Trn", "L-2C3B7624", "L-6B0D517C"),
    "u": QuotaClass("High Memory", "L-43DA4232", None),
    "x": QuotaClass("X", "L-7295265B", "L-E3A00192"),
}
# Families whose first letter stands for another one.
_WHOLE = ("dl", "hpc", "inf", "mac", "trn", "vt")
_LETTERS = re.compile(r"[a-z]+")


def quota_class(instance_type: str) -> QuotaClass | None:
    """The class of an instance type; None for those that are counted in hosts, such as Macs."""
    letters = _LETTERS.match(instance_type)
    if letters is None:
        return None
    family = next((each for each in _WHOLE if letters[0].startswith(each)), letters[0][0])
    return _CLASSES.get(family)


def quota_codes() -> dict[str, str]:
    """The classes' names by the codes of their quotas."""
    pairs = ((code, each.name) for each in _CLASSES.values() for code in (each.on_demand, each.spot))
    return {code: name for code, name in pairs if code is not None}


def quota(cloud: Cloud, code: str) -> float:
    """The number that the account has. One request."""
    params = {"ServiceCode": _SERVICE, "QuotaCode": code}
    return float(cloud.invoke(QUOTAS, "get_service_quota", params, about=code)["Quota"]["Value"])
