"""What becomes of EC2's methods when requests fail, or answers get lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit import AlreadyExists
from cloudkit.ec2 import ElasticIP, Image, Instance, KeyPair, Region, Rule, SecurityGroup
from tests.contract.retry_laws import Law, Scene, reads, refused, repeated, token, writes
from tests.ec2.seed import PUBLIC_KEY

# The repetition finds the name taken; one more look, whose answer is lost too, shows by what.
LOOKED_AGAIN = {"lost answer": 2, "broken stream": 1}
OFFICE = "203.0.113.0/24"


def newest(scene: Scene) -> Image:
    return Image.latest("al2023", cloud=scene.cloud)


def image(scene: Scene) -> Image:
    return scene.once(newest)


def box(scene: Scene) -> Instance:
    return Instance.launch(image(scene), cloud=scene.cloud)


def shared_box(scene: Scene) -> Instance:
    return scene.once(box)


def stopped(scene: Scene) -> Instance:
    made = box(scene)
    made.stop()
    return made.wait("stopped")


def address(scene: Scene) -> ElasticIP:
    return ElasticIP.allocate(cloud=scene.cloud)


def shared_address(scene: Scene) -> ElasticIP:
    return scene.once(address)


def address_and_box(scene: Scene) -> tuple[ElasticIP, Instance]:
    return address(scene), shared_box(scene)


def attached(scene: Scene) -> ElasticIP:
    made = address(scene)
    made.attach(shared_box(scene), move=True)
    return made


def key_pair(scene: Scene) -> KeyPair:
    return KeyPair.import_key(scene.name("laptop"), PUBLIC_KEY, cloud=scene.cloud)


def shared_key(scene: Scene) -> KeyPair:
    return scene.once(key_pair)


def group(scene: Scene) -> SecurityGroup:
    return SecurityGroup.create(scene.name("office"), cloud=scene.cloud)


def shared_group(scene: Scene) -> SecurityGroup:
    return scene.once(group)


def with_rule(scene: Scene) -> SecurityGroup:
    made = group(scene)
    made.allow(443, OFFICE)
    return made


def new_name(scene: Scene) -> str:
    return scene.name("new")


def counted(scene: Scene) -> tuple[Any, int]:
    """The world, and how many addresses it has."""
    return scene.cloud, addresses(scene.cloud)


def addresses(cloud: Any) -> int:
    return len(ElasticIP.list(cloud=cloud).to_list())


def tag(thing: Any) -> None:
    thing.tags["team"] = "web"


LAWS: Mapping[str, Law[Any]] = {
    "ElasticIP.allocate": repeated(
        counted,
        lambda given: ElasticIP.allocate(),
        lambda given: addresses(given[0]) - given[1],
        "a second address, which costs money until it is released",
    ),
    "ElasticIP.get": reads(shared_address, lambda each: ElasticIP.get(each.allocation_id)),
    "ElasticIP.list": reads(shared_address, lambda each: ElasticIP.list(public_ip=each.public_ip).to_list()),
    "ElasticIP.refresh": reads(shared_address, lambda each: each.refresh()),
    "ElasticIP.exists": reads(shared_address, lambda each: each.exists()),
    "ElasticIP.attach": writes(address_and_box, lambda given: given[0].attach(given[1], move=True)),
    "ElasticIP.detach": writes(attached, lambda each: each.detach()),
    "ElasticIP.release": writes(address, lambda each: each.release()),
    "Image.latest": reads(image, lambda each: Image.latest("al2023")),
    "Image.get": reads(image, lambda each: Image.get(each.id)),
    "Image.list": reads(image, lambda each: Image.list(owner="amazon", name=each.name).to_list()),
    "Image.find": reads(image, lambda each: Image.find(owner="amazon", name=each.name)),
    "Image.refresh": reads(image, lambda each: each.refresh()),
    "Image.exists": reads(image, lambda each: each.exists()),
    "Instance.launch": token(image, lambda each: Instance.launch(each), "ClientToken"),
    "Instance.get": reads(shared_box, lambda each: Instance.get(each.id)),
    "Instance.list": reads(shared_box, lambda each: Instance.list(ids=[each.id]).to_list()),
    "Instance.find": reads(shared_box, lambda each: Instance.find(name="nothing")),
    "Instance.refresh": reads(shared_box, lambda each: each.refresh()),
    "Instance.exists": reads(shared_box, lambda each: each.exists()),
    "Instance.start": writes(stopped, lambda each: each.start()),
    "Instance.stop": writes(box, lambda each: each.stop()),
    "Instance.reboot": writes(box, lambda each: each.reboot()),
    "Instance.update": writes(stopped, lambda each: each.update(type="t3.small")),
    "Instance.console_output": reads(shared_box, lambda each: each.console_output()),
    "Instance.wait": reads(shared_box, lambda each: each.wait("running")),
    "Instance.wait_all": reads(shared_box, lambda each: Instance.wait_all([each], "running")),
    "Instance.terminate": writes(box, lambda each: each.terminate()),
    "Instance.terminate_all": writes(box, lambda each: Instance.terminate_all([each])),
    "Instance.tags=": writes(box, tag),
    "KeyPair.create": refused(
        new_name,
        lambda name: KeyPair.create(name),
        AlreadyExists,
        "it is there, and its private half is lost: delete it and make another",
    ),
    "KeyPair.import_key": refused(
        new_name, lambda name: KeyPair.import_key(name, PUBLIC_KEY), AlreadyExists, "it is there"
    ),
    "KeyPair.ensure": writes(
        new_name, lambda name: KeyPair.ensure(name, public=PUBLIC_KEY), more=LOOKED_AGAIN
    ),
    "KeyPair.get": reads(shared_key, lambda each: KeyPair.get(each.name)),
    "KeyPair.list": reads(shared_key, lambda each: KeyPair.list(name=each.name).to_list()),
    "KeyPair.refresh": reads(shared_key, lambda each: each.refresh()),
    "KeyPair.exists": reads(shared_key, lambda each: each.exists()),
    "KeyPair.delete": writes(key_pair, lambda each: each.delete()),
    "Region.get": reads(new_name, lambda name: Region.get("eu-west-1")),
    "Region.list": reads(new_name, lambda name: Region.list().to_list()),
    "Region.refresh": reads(new_name, lambda name: Region("eu-west-1").refresh()),
    "Region.exists": reads(new_name, lambda name: Region("eu-west-1").exists()),
    "SecurityGroup.create": refused(
        new_name, lambda name: SecurityGroup.create(name), AlreadyExists, "it is there"
    ),
    "SecurityGroup.ensure": writes(new_name, lambda name: SecurityGroup.ensure(name), more=LOOKED_AGAIN),
    "SecurityGroup.get": reads(shared_group, lambda each: SecurityGroup.get(each.id)),
    "SecurityGroup.list": reads(
        shared_group, lambda each: SecurityGroup.list(name="office*").to_list() != []
    ),
    "SecurityGroup.find": reads(shared_group, lambda each: SecurityGroup.find(name="office*") is not None),
    "SecurityGroup.refresh": reads(shared_group, lambda each: each.refresh()),
    "SecurityGroup.exists": reads(shared_group, lambda each: each.exists()),
    "SecurityGroup.allow": writes(
        group, lambda each: each.allow(443, OFFICE), done=lambda each: len(each.rules)
    ),
    "SecurityGroup.revoke": writes(
        with_rule, lambda each: each.revoke(443, OFFICE), done=lambda each: len(each.rules)
    ),
    "SecurityGroup.update": writes(
        with_rule, lambda each: each.update(rules=[Rule(80, OFFICE)]), done=lambda each: len(each.rules)
    ),
    "SecurityGroup.delete": writes(group, lambda each: each.delete()),
}
