"""Operating systems by their everyday names: where their makers publish the newest image."""

from __future__ import annotations

import difflib
import re

from attrs import frozen

from cloudkit.errors import InvalidRequest

ARCHITECTURES = ("x86_64", "arm64")
# Debian and Ubuntu have a name of their own for it.
_DEBIAN_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}

# Graviton's families carry a "g" behind the generation (t4g, m7gd, is4gen); a1 came before that rule.
_GRAVITON = re.compile(r"a1\.|[a-z]+\d+[a-z]*g")


@frozen
class System:
    """Where the newest image of a system is found.

    Attributes:
        parameter: Its public parameter in the Systems Manager, with `{arch}`.
        owner: The account that publishes it.
        pattern: What its images are called, with `{arch}` and `*`, for regions without the parameter.
        debian: Whether it calls x86_64 `amd64`.
        only: The one architecture that there is, if there is one alone.
    """

    parameter: str
    owner: str
    pattern: str
    debian: bool = False
    only: str | None = None

    def arch(self, arch: str) -> str:
        """The system's own name of an architecture."""
        if self.only is not None and arch != self.only:
            raise InvalidRequest(f"arch={arch!r}: that system is there for {self.only!r} alone")
        return _DEBIAN_ARCHITECTURES[arch] if self.debian else arch


def _amazon(parameter: str, pattern: str) -> System:
    return System(f"/aws/service/ami-amazon-linux-latest/{parameter}", "amazon", pattern)


def _ubuntu(version: str, disk: str) -> System:
    # 23.10 was the first to be published on gp3 disks alone.
    return System(
        f"/aws/service/canonical/ubuntu/server/{version}/stable/current/{{arch}}/hvm/ebs-{disk}/ami-id",
        "099720109477",
        f"ubuntu/images/hvm-ssd*/ubuntu-*-{version}-{{arch}}-server-*",
        debian=True,
    )


def _debian(version: str) -> System:
    return System(
        f"/aws/service/debian/release/{version}/latest/{{arch}}",
        "136693071363",
        f"debian-{version}-{{arch}}-*",
        debian=True,
    )


def _windows(version: str) -> System:
    name = f"Windows_Server-{version}-English-Full-Base"
    return System(f"/aws/service/ami-windows-latest/{name}", "amazon", f"{name}-*", only="x86_64")


SYSTEMS = {
    "al2023": _amazon("al2023-ami-kernel-default-{arch}", "al2023-ami-2023.*-{arch}"),
    "al2023-minimal": _amazon("al2023-ami-minimal-kernel-default-{arch}", "al2023-ami-minimal-2023.*-{arch}"),
    "al2": _amazon("amzn2-ami-hvm-{arch}-gp2", "amzn2-ami-hvm-*-{arch}-gp2"),
    "ubuntu-24.04": _ubuntu("24.04", "gp3"),
    "ubuntu-22.04": _ubuntu("22.04", "gp2"),
    "debian-13": _debian("13"),
    "debian-12": _debian("12"),
    "debian-11": _debian("11"),
    "windows-2025": _windows("2025"),
    "windows-2022": _windows("2022"),
    "windows-2019": _windows("2019"),
}


def system_named(name: str) -> System:
    """The system of that name."""
    if name not in SYSTEMS:
        near = difflib.get_close_matches(name, SYSTEMS, 3) or list(SYSTEMS)
        raise InvalidRequest(
            f"{name!r} is no system that is known here",
            hint=f"did you mean {' or '.join(map(repr, near))}? An image id (ami-...) and the name of a public"
            " parameter (/aws/service/...) are taken too",
        )
    return SYSTEMS[name]


def architecture_of(instance_type: str) -> str:
    """The architecture that an instance type needs."""
    return "arm64" if _GRAVITON.match(instance_type) else "x86_64"
