"""The tour's end: what it asked, and everything taken down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cloudkit import Bucket, ElasticIP, Instance, KeyPair, LoadBalancer, Queue, SecurityGroup, Topic
from cloudkit.demo.stage import Check
from cloudkit.demo.world import World


def bill(world: World) -> None:
    by_service = Counter[str]()
    for operation, number in world.cloud.requests.items():
        by_service[operation.partition(":")[0]] += number
    for service, number in by_service.most_common():
        print(f"{number:4} requests to {service}")


def bill_checks(world: World) -> Iterator[Check]:
    services = {operation.partition(":")[0] for operation in world.cloud.requests}
    yield "every request was counted", world.cloud.requests["sts:GetCallerIdentity"] >= 1
    yield "nothing else was asked", services <= {"sts", "ec2", "ssm", "elb", "elbv2", "s3", "sns", "sqs"}


def teardown(world: World) -> None:
    for queue in Queue.list(prefix="demo-"):
        queue.delete()
    for topic in Topic.list():
        topic.delete()
    for bucket in Bucket.list(prefix="acme-demo-"):
        bucket.delete(force=True)
    for balancer in LoadBalancer.list():
        balancer.delete()
    for address in ElasticIP.list():
        address.release()
    servers = Instance.list(name="web-*", state="running").to_list()
    for server in servers:
        server.terminate()
    Instance.wait_all(servers, "terminated")
    for group in SecurityGroup.list(name="demo-web"):
        group.delete()
    KeyPair("demo").delete()
    print("all gone")


def teardown_checks(world: World) -> Iterator[Check]:
    running = Instance.list(state=["pending", "running"])
    yield (
        "no instance, load balancer or address is left",
        not any([running, LoadBalancer.list(), ElasticIP.list()]),
    )
    yield "no bucket, queue or topic is left", not any([Bucket.list(), Queue.list(), Topic.list()])
    yield (
        "no key pair or group is left",
        not any([KeyPair("demo").exists(), SecurityGroup.list(name="demo-web")]),
    )
