"""Size and speed of a volume, checked before anything is asked."""

from __future__ import annotations

from typing import Any

from cloudkit._core.params import within
from cloudkit.ec2._limits import (
    VOLUME_IOPS,
    VOLUME_IOPS_PER_GIB,
    VOLUME_SIZES_GIB,
    VOLUME_THROUGHPUT_MIB,
)
from cloudkit.errors import InvalidRequest
from cloudkit.types import OpenEnum


class VolumeType(OpenEnum):
    """The kinds of disks."""

    GP3 = "gp3"
    GP2 = "gp2"
    IO2 = "io2"
    IO1 = "io1"
    ST1 = "st1"
    SC1 = "sc1"
    STANDARD = "standard"


_NEED_IOPS = (VolumeType.IO1, VolumeType.IO2)
_HAVE_THROUGHPUT = VolumeType.GP3


def checked_type(type: VolumeType | str) -> VolumeType:
    """The type, if there is one of that name."""
    if str(type) not in VOLUME_SIZES_GIB:
        raise InvalidRequest(
            f"type={str(type)!r}: it is one of {', '.join(map(repr, VOLUME_SIZES_GIB))}",
            hint="gp3 is right for most: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html",
        )
    return VolumeType(str(type))


def checked_settings(
    type: VolumeType,
    *,
    size_gib: int | None,
    iops: int | None,
    throughput_mib: int | None,
    new: bool,
) -> dict[str, Any]:
    """Size, IOPS and throughput as AWS's parameters, if a volume of that type can have them.

    Args:
        type: Its type, or the one that it shall have.
        size_gib: Its size, if that is known.
        iops: As asked for.
        throughput_mib: As asked for.
        new: Whether it is made now: then it must say all that its type needs.
    """
    if size_gib is not None and type in VOLUME_SIZES_GIB:
        within("size_gib", size_gib, *VOLUME_SIZES_GIB[type], f"GiB of type {type}")
    if iops is not None:
        _check_iops(type, iops, size_gib)
    elif new and type in _NEED_IOPS:
        raise InvalidRequest(f"type={str(type)!r} needs iops=", hint="gp3 has 3,000 without a word")
    if throughput_mib is not None:
        _check_throughput(type, throughput_mib)
    return {"Size": size_gib, "Iops": iops, "Throughput": throughput_mib}


def _check_iops(type: VolumeType, iops: int, size_gib: int | None) -> None:
    if type not in VOLUME_SIZES_GIB:
        return  # a type that is newer than this
    if type not in VOLUME_IOPS:
        raise InvalidRequest(f"iops: type {type} has no choice of it", hint="type='gp3' has")
    least, most = VOLUME_IOPS[type]
    within("iops", iops, least, most, f"IOPS of type {type}")
    each = VOLUME_IOPS_PER_GIB[type]
    if size_gib is not None and iops > max(least, each * size_gib):
        raise InvalidRequest(
            f"iops={iops}: a volume of type {type} has at most {each} for each GiB, so {each * size_gib} here",
            hint=f"size_gib={-(-iops // each)} is enough",
        )


def _check_throughput(type: VolumeType, throughput_mib: int) -> None:
    if type == _HAVE_THROUGHPUT:
        within("throughput_mib", throughput_mib, *VOLUME_THROUGHPUT_MIB, "MiB/s")
    elif type in VOLUME_SIZES_GIB:
        raise InvalidRequest(f"throughput_mib: type {type} has no choice of it", hint="type='gp3' has")
