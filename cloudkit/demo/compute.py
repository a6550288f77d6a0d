"""The tour's first half: who and where, keys, servers, an address, a load balancer."""

from __future__ import annotations

from collections.abc import Iterator

import cloudkit
from cloudkit import ElasticIP, Instance, KeyPair, LoadBalancer, Region, SecurityGroup
from cloudkit.demo.stage import Check
from cloudkit.demo.world import World
from cloudkit.ec2 import Rule
from cloudkit.elb import Diagram


def who(world: World) -> None:
    me = cloudkit.whoami()
    print("account", me.account, "in", me.region, "by", me.source, "credentials")
    for region in Region.list().limit(3):
        print(region.name, [zone.name for zone in region.zones])


def who_checks(world: World) -> Iterator[Check]:
    here = Region("us-east-1")
    yield "the account is the embedded cloud's", cloudkit.whoami().account == world.cloud.account
    yield "this region is among the regions", here in Region.list().to_list()
    yield "it has zones", len(here.zones) >= 2


def keys(world: World) -> None:
    world.key = KeyPair.create("demo")
    file = world.key.save(world.folder)
    print(f"{file.name} {file.stat().st_mode & 0o777:o}", world.key.fingerprint)

    world.group = SecurityGroup.create("demo-web", description="Web servers of the demo")
    world.group.allow(80)
    world.group.allow(80)  # a second time is fine
    world.group.allow(22, "10.1.2.3/8")  # host bits are taken off
    for rule in sorted(world.group.rules, key=str):
        print(rule)


def keys_checks(world: World) -> Iterator[Check]:
    file = world.folder / "demo.pem"
    yield "the key file is for its owner alone", file.stat().st_mode & 0o777 == 0o600
    yield "it is a private key", "PRIVATE KEY" in file.read_text()
    yield (
        "ports 22 and 80 are open, once each",
        world.group.rules == frozenset([Rule(80), Rule(22, "10.0.0.0/8")]),
    )


def servers(world: World) -> None:
    world.servers = [
        Instance.launch("al2023", name=f"web-{number}", key=world.key, security_groups=[world.group])
        for number in (1, 2)
    ]
    Instance.wait_all(world.servers, "running")
    for server in Instance.list(name="web-*", state="running"):
        print(server.name, server.id, server.type, server.zone, server.private_ip)


def servers_checks(world: World) -> Iterator[Check]:
    yield "two servers run", all(server.refresh().state == "running" for server in world.servers)
    names = {server.name for server in Instance.list(name="web-*")}
    yield "they are found by name", names == {"web-1", "web-2"}
    options = world.servers[0].raw["MetadataOptions"]
    yield "their metadata needs a token (IMDSv2)", options["HttpTokens"] == "required"


def address(world: World) -> None:
    world.address = ElasticIP.allocate()
    world.address.attach(world.servers[0])
    print(world.address.public_ip, "->", world.servers[0].name)


def address_checks(world: World) -> Iterator[Check]:
    held = world.address.refresh()
    yield "the address is the first server's", held.instance_id == world.servers[0].id
    yield "the server says so too", world.servers[0].refresh().public_ip == held.public_ip


def balancer(world: World) -> None:
    world.balancer = LoadBalancer.create(
        "demo", listeners={80: 80}, targets=world.servers, security_groups=[world.group], wait=60
    )
    print(world.balancer.kind, world.balancer.dns_name)
    print(world.balancer.health(names=True))

    world.served = []
    for server in world.balancer.rolling():  # one is out of service, the rest serve
        serving = [row.name for row in world.balancer.health(names=True) if row.healthy]
        world.served.append((server.name, serving))
        print("upgrading", server.name, "while there is", serving)

    world.diagram = world.balancer.diagram()
    world.diagram.save(world.folder / "demo.md")
    print(world.diagram)


def balancer_checks(world: World) -> Iterator[Check]:
    health = world.balancer.health()
    targets = {each.id for each in health}
    yield "both servers are behind it", targets == {server.id for server in world.servers}
    yield "both are healthy", all(each.state == "healthy" for each in health)
    yield "it listens on port 80", [listener.port for listener in world.balancer.listeners()] == [80]
    yield (
        "each was upgraded while the other served",
        sorted(world.served) == [("web-1", ["web-2"]), ("web-2", ["web-1"])],
    )
    yield "both are in the drawing", all(server.id in shown(world.diagram) for server in world.servers)


def shown(diagram: Diagram) -> str:
    return " ".join(text for box in diagram.boxes for text in box.texts)
