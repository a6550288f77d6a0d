"""What becomes of EC2's methods when requests fail, or answers get lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit import AlreadyExists
from cloudkit.ec2 import (
    ElasticIP,
    Fleet,
    Image,
    Instance,
    InstanceType,
    KeyPair,
    LaunchTemplate,
    Region,
    Rule,
    SecurityGroup,
    Snapshot,
    Subnet,
    Volume,
    Vpc,
)
from tests.contract.retry_laws import Law, Scene, reads, refused, silent, token, writes
from tests.ec2.seed import PUBLIC_KEY

# The repetition finds the name taken; one more look, whose answer is lost too, shows by what.
LOOKED_AGAIN = {"lost answer": 2, "broken stream": 1}
# A repetition has to look whether there are two now; and takes the second one away, if there are.
LOOKED_FOR_TWO = {
    "503 twice": 3,
    "reset twice": 3,
    "reset and 503": 3,
    "lost answer": 4,
    "broken stream": 2,
}
# A wait does not give up at the first look that AWS refuses.
LOOKS = 4
OFFICE = "203.0.113.0/24"
ACCOUNT = "111122223333"
# What AWS says of a repetition, where the embedded cloud takes it.
GONE = ("InvalidAMIID.Unavailable", 400)
IN_USE = ("VolumeInUse", 400)
CHANGING = ("IncorrectModificationState", 400)


def newest(scene: Scene) -> Image:
    return Image.latest("al2023", cloud=scene.cloud)


def image(scene: Scene) -> Image:
    return scene.once(newest)


def box(scene: Scene) -> Instance:
    return Instance.launch(image(scene), cloud=scene.cloud)


def shared_box(scene: Scene) -> Instance:
    return scene.once(box)


def named_box(scene: Scene) -> tuple[Instance, str]:
    return shared_box(scene), scene.name("image")


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


def elsewhere(scene: Scene) -> tuple[SecurityGroup, str]:
    """A group, and a name for its copy."""
    return with_rule(scene), scene.name("copy")


def volume(scene: Scene) -> Volume:
    return Volume.create(10, shared_box(scene).zone, cloud=scene.cloud)


def shared_volume(scene: Scene) -> Volume:
    return scene.once(volume)


def volume_and_box(scene: Scene) -> tuple[Volume, Instance]:
    return volume(scene), box(scene)


def attached_volume(scene: Scene) -> Volume:
    made, machine = volume_and_box(scene)
    made.attach(machine)
    return made


def snapshot(scene: Scene) -> Snapshot:
    return Snapshot.create(shared_volume(scene), cloud=scene.cloud)


def shared_snapshot(scene: Scene) -> Snapshot:
    return scene.once(snapshot)


def own_image(scene: Scene) -> Image:
    return image(scene).copy_to("us-east-1", name=scene.name("golden"))


def template(scene: Scene) -> LaunchTemplate:
    return LaunchTemplate.create(scene.name("worker"), type="t3.micro", cloud=scene.cloud)


def shared_template(scene: Scene) -> LaunchTemplate:
    return scene.once(template)


def two_versions(scene: Scene) -> LaunchTemplate:
    made = template(scene)
    made.create_version(type="t3.small")
    return made


def snapshots(of: Any) -> int:
    """How many there are of a volume."""
    return len(Snapshot.list(volume=of.id, cloud=of.cloud).to_list())


def copies(of: Snapshot) -> int:
    """How many snapshots there are where it is copied to."""
    return len(Snapshot.list(cloud=of.cloud.in_region("eu-west-1")).to_list())


def copied(scene: Scene) -> tuple[Snapshot, int]:
    """A snapshot, and how many there are where it is copied to."""
    made = shared_snapshot(scene)
    return made, copies(made)


def use_temporarily(given: Snapshot) -> None:
    with given.temporary_volume(zone="us-east-1a"):
        pass


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
    "ElasticIP.allocate": writes(
        counted,
        lambda given: ElasticIP.allocate(),
        done=lambda given: addresses(given[0]) - given[1],
        # The look whether one that is gone is announced elsewhere, whose answer is lost too.
        more={**LOOKED_FOR_TWO, "lost answer": LOOKED_FOR_TWO["lost answer"] + 2},
    ),
    "ElasticIP.find": reads(shared_address, lambda each: ElasticIP.find(public_ip=each.public_ip)),
    "ElasticIP.get": reads(shared_address, lambda each: ElasticIP.get(each.allocation_id)),
    "ElasticIP.list": reads(shared_address, lambda each: ElasticIP.list(public_ip=each.public_ip).to_list()),
    "ElasticIP.refresh": reads(shared_address, lambda each: each.refresh()),
    "ElasticIP.exists": reads(shared_address, lambda each: each.exists()),
    "ElasticIP.attach": writes(address_and_box, lambda given: given[0].attach(given[1], move=True)),
    "ElasticIP.detach": writes(attached, lambda each: each.detach()),
    "ElasticIP.release": writes(address, lambda each: each.release(), more=LOOKED_AGAIN),
    "Image.latest": reads(image, lambda each: Image.latest("al2023")),
    "Image.get": reads(image, lambda each: Image.get(each.id)),
    "Image.list": reads(image, lambda each: Image.list(owner="amazon", name=each.name).to_list()),
    "Image.find": reads(image, lambda each: Image.find(owner="amazon", name=each.name)),
    "Image.refresh": reads(image, lambda each: each.refresh()),
    "Image.exists": reads(image, lambda each: each.exists()),
    "Image.wait": reads(image, lambda each: each.wait()),
    "Image.shared_with": reads(image, lambda each: each.shared_with),
    "Image.copy_to": token(image, lambda each: each.copy_to("eu-west-1", name="golden"), "ClientToken"),
    "Image.share": writes(own_image, lambda each: each.share(ACCOUNT)),
    "Image.unshare": writes(own_image, lambda each: each.unshare(ACCOUNT)),
    "Image.deprecate": silent("the embedded cloud cannot do it"),
    "Image.deregister": writes(own_image, lambda each: each.deregister(), again={"DeregisterImage": GONE}),
    "InstanceType.get": reads(new_name, lambda name: InstanceType.get("t3.micro")),
    "InstanceType.list": reads(new_name, lambda name: InstanceType.list(name="t4g.*").to_list()),
    "InstanceType.find": reads(new_name, lambda name: InstanceType.find(name="t4g.*")),
    "InstanceType.refresh": reads(new_name, lambda name: InstanceType("t3.micro").refresh()),
    "InstanceType.exists": reads(new_name, lambda name: InstanceType("t3.micro").exists()),
    "InstanceType.zones": reads(new_name, lambda name: InstanceType("t3.micro").zones()),
    "InstanceType.spot_prices": reads(new_name, lambda name: InstanceType("t3.micro").spot_prices()),
    "InstanceType.vcpu_quota": reads(new_name, lambda name: InstanceType("t3.micro").vcpu_quota),
    "InstanceType.spot_vcpu_quota": reads(new_name, lambda name: InstanceType("t3.micro").spot_vcpu_quota),
    "Instance.launch": token(image, lambda each: Instance.launch(each), "ClientToken"),
    "Instance.get": reads(shared_box, lambda each: Instance.get(each.id)),
    "Instance.list": reads(shared_box, lambda each: Instance.list(ids=[each.id]).to_list()),
    "Instance.find": reads(shared_box, lambda each: Instance.find(name="nothing")),
    "Instance.refresh": reads(shared_box, lambda each: each.refresh()),
    "Instance.load_balancers": reads(shared_box, lambda each: dict(each.load_balancers())),
    "Instance.exists": reads(shared_box, lambda each: each.exists()),
    "Instance.start": writes(stopped, lambda each: each.start()),
    "Instance.stop": writes(box, lambda each: each.stop()),
    "Instance.reboot": writes(box, lambda each: each.reboot()),
    "Instance.hibernate": writes(box, lambda each: each.hibernate()),
    "Instance.resize": writes(stopped, lambda each: each.resize("t3.small")),
    "Instance.update_metadata": writes(box, lambda each: each.update_metadata(hops=1)),
    "Instance.create_image": writes(
        named_box,
        lambda given: given[0].create_image(given[1], reboot=False),
        again={"CreateImage": ("InvalidAMIName.Duplicate", 400)},
        more=LOOKED_AGAIN,
    ),
    "Instance.screenshot": silent("the embedded cloud has no screens"),
    "Instance.password": silent("the embedded cloud has no Windows"),
    "Instance.protected": reads(shared_box, lambda each: each.protected),
    "Instance.stop_protected": reads(shared_box, lambda each: each.stop_protected),
    "Instance.user_data": reads(shared_box, lambda each: each.user_data),
    "Instance.user_data=": writes(stopped, lambda each: setattr(each, "user_data", "#!/bin/sh\n")),
    "Instance.checks": reads(shared_box, lambda each: each.checks),
    "Instance.scheduled_events": reads(shared_box, lambda each: each.scheduled_events),
    "Fleet.refresh": reads(shared_box, lambda each: Fleet([each]).refresh()),
    "Fleet.states": reads(shared_box, lambda each: dict(Fleet([each]).states())),
    "Fleet.wait": reads(shared_box, lambda each: Fleet([each]).wait("running"), refused=LOOKS),
    "Fleet.run": silent("as `Instance.run`"),
    "Fleet.start": writes(stopped, lambda each: Fleet([each]).start()),
    "Fleet.stop": writes(box, lambda each: Fleet([each]).stop()),
    "Fleet.reboot": writes(box, lambda each: Fleet([each]).reboot()),
    "Fleet.terminate": writes(box, lambda each: Fleet([each]).terminate()),
    "Instance.update": writes(stopped, lambda each: each.update(type="t3.small")),
    "Instance.console_output": reads(shared_box, lambda each: each.console_output()),
    "Instance.wait": reads(shared_box, lambda each: each.wait("running"), refused=LOOKS),
    "Instance.wait_all": reads(shared_box, lambda each: Instance.wait_all([each], "running"), refused=LOOKS),
    "Instance.terminate": writes(box, lambda each: each.terminate()),
    "Instance.terminate_all": writes(box, lambda each: Instance.terminate_all([each])),
    "Instance.tags=": writes(box, tag),
    "Instance.wait_ready": reads(shared_box, lambda each: each.wait_ready("status")),
    "Instance.run": silent("a lost answer of SendCommand is looked for, as tests/ec2/ssh shows"),
    "Instance.host_keys": silent("it looks at the console until something is there"),
    "KeyPair.create": refused(
        new_name,
        lambda name: KeyPair.create(name),
        AlreadyExists,
        "after a second one in a row, that is: the first time it is made anew. It is there, and its private half is lost",
    ),
    "KeyPair.import_key": writes(
        new_name, lambda name: KeyPair.import_key(name, PUBLIC_KEY), more=LOOKED_AGAIN
    ),
    "KeyPair.copy_to": writes(
        key_pair, lambda each: each.copy_to("eu-west-1", name=f"{each.name}-copy"), more=LOOKED_AGAIN
    ),
    "LaunchTemplate.create": token(
        new_name,
        lambda name: LaunchTemplate.create(name, type="t3.micro"),
        "ClientToken",
        again={"CreateLaunchTemplate": None},
    ),
    "LaunchTemplate.create_version": token(
        template, lambda each: each.create_version(type="t3.small"), "ClientToken"
    ),
    "LaunchTemplate.get": reads(shared_template, lambda each: LaunchTemplate.get(each.id)),
    "LaunchTemplate.list": reads(shared_template, lambda each: LaunchTemplate.list(name=each.name).to_list()),
    "LaunchTemplate.find": reads(shared_template, lambda each: LaunchTemplate.find(name=each.name)),
    "LaunchTemplate.refresh": reads(shared_template, lambda each: each.refresh()),
    "LaunchTemplate.exists": reads(shared_template, lambda each: each.exists()),
    "LaunchTemplate.version": reads(shared_template, lambda each: each.version()),
    "LaunchTemplate.versions": reads(shared_template, lambda each: each.versions().to_list()),
    "LaunchTemplate.delete_versions": silent("the embedded cloud cannot do it"),
    "LaunchTemplate.update": writes(two_versions, lambda each: each.update(default_version=2)),
    "LaunchTemplate.delete": writes(template, lambda each: each.delete()),
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
    "Region.long_name": reads(new_name, lambda name: Region("ap-north-9").long_name),
    "Region.zones": reads(new_name, lambda name: Region("eu-west-1").zones),
    "Region.all_zones": reads(new_name, lambda name: Region("eu-west-1").all_zones),
    "Region.exists": reads(new_name, lambda name: Region("eu-west-1").exists()),
    "SecurityGroup.create": writes(new_name, lambda name: SecurityGroup.create(name), more=LOOKED_AGAIN),
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
    "SecurityGroup.allow_my_ip": writes(
        group, lambda each: each.allow_my_ip(22, address="203.0.113.7"), done=lambda each: len(each.rules)
    ),
    "SecurityGroup.plan": reads(shared_group, lambda each: each.plan(rules=[Rule(80, OFFICE)])),
    "SecurityGroup.referrers": reads(shared_group, lambda each: each.referrers),
    "SecurityGroup.rules=": writes(
        with_rule, lambda each: setattr(each, "rules", {Rule(80, OFFICE)}), done=lambda each: len(each.rules)
    ),
    "SecurityGroup.copy_to": writes(
        elsewhere, lambda given: given[0].copy_to("eu-west-1", name=given[1]), more=LOOKED_AGAIN
    ),
    "SecurityGroup.revoke": writes(
        with_rule, lambda each: each.revoke(443, OFFICE), done=lambda each: len(each.rules)
    ),
    "SecurityGroup.update": writes(
        with_rule, lambda each: each.update(rules=[Rule(80, OFFICE)]), done=lambda each: len(each.rules)
    ),
    "SecurityGroup.delete": writes(group, lambda each: each.delete()),
    "Snapshot.create": writes(
        volume, lambda each: Snapshot.create(each), done=snapshots, more=LOOKED_FOR_TWO
    ),
    "Snapshot.get": reads(shared_snapshot, lambda each: Snapshot.get(each.id)),
    "Snapshot.list": reads(
        shared_snapshot, lambda each: Snapshot.list(volume=each.volume_id).to_list() != []
    ),
    "Snapshot.find": reads(shared_snapshot, lambda each: Snapshot.find(volume=each.volume_id) is not None),
    "Snapshot.refresh": reads(shared_snapshot, lambda each: each.refresh()),
    "Snapshot.exists": reads(shared_snapshot, lambda each: each.exists()),
    "Snapshot.shared_with": reads(shared_snapshot, lambda each: each.shared_with),
    "Snapshot.wait": reads(shared_snapshot, lambda each: each.wait()),
    "Snapshot.copy_to": writes(
        copied,
        lambda given: given[0].copy_to("eu-west-1"),
        done=lambda given: copies(given[0]) - given[1],
        more={**LOOKED_FOR_TWO, "broken stream": 0},  # that of the look before
    ),
    "Snapshot.share": writes(snapshot, lambda each: each.share(ACCOUNT)),
    "Snapshot.unshare": writes(snapshot, lambda each: each.unshare(ACCOUNT)),
    "Snapshot.temporary_volume": token(shared_snapshot, use_temporarily, "ClientToken"),
    "Snapshot.delete": writes(snapshot, lambda each: each.delete()),
    "Subnet.get": reads(shared_box, lambda each: Subnet.get(str(each.subnet_id))),
    "Subnet.list": reads(shared_box, lambda each: Subnet.list(zone=each.zone).to_list()),
    "Subnet.find": reads(shared_box, lambda each: Subnet.find(zone=each.zone)),
    "Subnet.refresh": reads(shared_box, lambda each: Subnet(str(each.subnet_id)).refresh()),
    "Subnet.exists": reads(shared_box, lambda each: Subnet(str(each.subnet_id)).exists()),
    "Volume.create": token(new_name, lambda name: Volume.create(1, "us-east-1a"), "ClientToken"),
    "Volume.get": reads(shared_volume, lambda each: Volume.get(each.id)),
    "Volume.list": reads(shared_volume, lambda each: Volume.list(zone=each.zone).to_list() != []),
    "Volume.find": reads(shared_volume, lambda each: Volume.find(zone=each.zone) is not None),
    "Volume.refresh": reads(shared_volume, lambda each: each.refresh()),
    "Volume.exists": reads(shared_volume, lambda each: each.exists()),
    "Volume.modification": reads(shared_volume, lambda each: each.modification),
    "Volume.attach": writes(
        volume_and_box,
        lambda given: given[0].attach(given[1]),
        again={"AttachVolume": IN_USE},
        more={"lost answer": 2, "broken stream": 1},
    ),
    "Volume.detach": writes(attached_volume, lambda each: each.detach(), more={"lost answer": 2}),
    "Volume.update": writes(
        volume,
        lambda each: each.update(size_gib=20),
        again={"ModifyVolume": CHANGING},
        more={"lost answer": 2},
    ),
    "Volume.wait_modified": reads(shared_volume, lambda each: each.wait_modified()),
    "Volume.snapshot": writes(volume, lambda each: each.snapshot(), done=snapshots, more=LOOKED_FOR_TWO),
    "Volume.wait": reads(shared_volume, lambda each: each.wait("available")),
    "Volume.delete": writes(volume, lambda each: each.delete()),
    "Vpc.default": reads(new_name, lambda name: Vpc.default()),
    "Vpc.get": reads(shared_box, lambda each: Vpc.get(str(each.vpc_id))),
    "Vpc.list": reads(new_name, lambda name: Vpc.list().to_list()),
    "Vpc.find": reads(new_name, lambda name: Vpc.find()),
    "Vpc.refresh": reads(shared_box, lambda each: Vpc(str(each.vpc_id)).refresh()),
    "Vpc.exists": reads(shared_box, lambda each: Vpc(str(each.vpc_id)).exists()),
    "Vpc.subnets": reads(shared_box, lambda each: Vpc(str(each.vpc_id)).subnets().to_list()),
    "SSH.open": silent(
        "it asks what `Instance.get` and `Image.get` ask, and speaks to a server that is not AWS"
    ),
    "SSH.answers": silent("it speaks to a server that is not AWS"),
}
