"""The world that the docstring examples of EC2 speak of."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from cloudkit.ec2 import (
    ElasticIP,
    Image,
    Instance,
    KeyPair,
    LaunchTemplate,
    Region,
    Rule,
    SecurityGroup,
    Volume,
)
from tests.ec2.ssh.server import boxes, shared

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcO/A6JWWd4YHZctFGZOIBfmfCWORPX7QpYG/xxOhnw me@home"
OTHER_PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIpPQ+B//po40hAx4ta9p6HXTqfv+CQsEPmYVnPB4Zde"

# The examples' instances are reached at a real SSH server on this machine.
world = boxes


def seed(folder: Path, example: str) -> dict[str, object]:
    (folder / "id_ed25519.pub").write_text(PUBLIC_KEY)
    KeyPair.import_key("laptop", PUBLIC_KEY, tags={"team": "web"})
    box = Instance.launch("al2023", name="web-0", tags={"team": "web"})
    volume = Volume.create(10, box.zone, name="data")
    return {
        "login": shared().login,
        "Instance": Instance,
        "KeyPair": KeyPair,
        "SecurityGroup": SecurityGroup,
        "Rule": Rule,
        "Region": Region,
        "box": box,
        "fleet": Instance.launch("al2023", count=2),
        "volume": volume,
        "snapshot": volume.snapshot(),
        "template": LaunchTemplate.create("batch", image=Image.latest("al2023"), type="t3.micro"),
        "datetime": datetime,
        "timezone": timezone,
        "group": SecurityGroup.create("office"),
        "address": ElasticIP.allocate(),
        "image": Image.latest("al2023"),
    }
