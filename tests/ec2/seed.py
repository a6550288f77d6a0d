"""The world that the docstring examples of EC2 speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit.ec2 import ElasticIP, Image, Instance, KeyPair, Rule, SecurityGroup

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcO/A6JWWd4YHZctFGZOIBfmfCWORPX7QpYG/xxOhnw me@home"
OTHER_PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIpPQ+B//po40hAx4ta9p6HXTqfv+CQsEPmYVnPB4Zde"


def seed(folder: Path) -> dict[str, object]:
    (folder / "id_ed25519.pub").write_text(PUBLIC_KEY)
    KeyPair.import_key("laptop", PUBLIC_KEY, tags={"team": "web"})
    return {
        "Instance": Instance,
        "KeyPair": KeyPair,
        "SecurityGroup": SecurityGroup,
        "Rule": Rule,
        "box": Instance.launch("al2023", name="web-0", tags={"team": "web"}),
        "group": SecurityGroup.create("office"),
        "address": ElasticIP.allocate(),
        "image": Image.latest("al2023"),
    }
