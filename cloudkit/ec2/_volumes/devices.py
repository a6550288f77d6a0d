"""Device names: those that there are for volumes, and which of them are one and the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cloudkit.ec2._limits import DEVICE_LETTERS, MORE_DEVICE_LETTERS, MORE_DEVICES


def free_names(taken: Iterable[str], *, windows: bool = False) -> Iterator[str]:
    """The names that no other device has, those first that AWS recommends."""
    stem, folder = ("xvd", "") if windows else ("/dev/sd", "/dev/")
    names = (
        *(f"{stem}{letter}" for letter in DEVICE_LETTERS + MORE_DEVICE_LETTERS),
        *(f"{folder}{name}" for name in MORE_DEVICES),
    )
    places = {_whole(name) for name in taken}
    return (name for name in names if _whole(name) not in places)


def place(device: str) -> str:
    """What tells device names apart: `/dev/sdf`, `/dev/xvdf` and `xvdf` are one to most systems."""
    return device.rpartition("/")[2].removeprefix("xvd").removeprefix("sd")


def _whole(device: str) -> str:
    """The same of a disk with all its partitions: beside `/dev/sdf1` there is no `/dev/sdf`."""
    return place(device).rstrip("0123456789")
