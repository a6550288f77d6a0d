"""What becomes of the methods of load balancing when requests fail, or answers get lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit import Bucket, ElasticIP
from cloudkit.elb import (
    Certificate,
    Condition,
    HealthCheck,
    Listener,
    LoadBalancer,
    Rule,
    ServerCertificate,
    TargetGroup,
)
from tests.contract.retry_laws import Law, Scene, reads, writes
from tests.elb._logging.files import slow_request
from tests.elb.certificates import shop
from tests.elb.machines import Box, launch

# AWS takes a second one with the same settings for the first: "This operation is idempotent".
MADE_ONCE = dict.fromkeys(("CreateTargetGroup", "CreateLoadBalancer", "CreateListener"))
# The repetition is refused since the target has gone; one more look, whose answer is lost too, shows that.
LOOKED_AGAIN = {"lost answer": 2, "broken stream": 1}
# AWS refuses the repetition; one look by its token, whose answer is lost too, shows that it is the first one.
GUARD_LOOKED_FOR = {"lost answer": 2}
# The same for a classic load balancer, besides the security group.
CLASSIC_LOOKED_FOR = {"lost answer": 4}
CHECK = HealthCheck(path="/health")


def launched(scene: Scene) -> Box:
    return launch(scene.cloud)


def machine(scene: Scene) -> Box:
    return scene.once(launched)


def balancer(scene: Scene) -> LoadBalancer:
    return LoadBalancer.create(scene.name("web"), targets=[machine(scene)], cloud=scene.cloud).wait("active")


def shared(scene: Scene) -> LoadBalancer:
    return scene.once(balancer)


def balancer_and_machine(scene: Scene) -> tuple[LoadBalancer, Box]:
    return shared(scene), machine(scene)


def balancer_and_bucket(scene: Scene) -> tuple[LoadBalancer, Bucket]:
    return balancer(scene), Bucket.create(scene.name("acme-logs"), cloud=scene.cloud)


def logging_balancer(scene: Scene) -> LoadBalancer:
    made, bucket = balancer_and_bucket(scene)
    slow_request(bucket, made)
    return made


def classic(scene: Scene) -> LoadBalancer:
    return LoadBalancer.create(
        scene.name("veteran"), kind="classic", targets=[machine(scene)], cloud=scene.cloud
    )


def shared_classic(scene: Scene) -> LoadBalancer:
    return scene.once(classic)


def classic_and_machine(scene: Scene) -> tuple[LoadBalancer, Box]:
    return classic(scene), machine(scene)


def fast(scene: Scene) -> LoadBalancer:
    made = LoadBalancer.create(scene.name("fast"), kind="network", listeners={5432: 5432}, cloud=scene.cloud)
    return made.update(subnets=made.subnet_ids[:2])


def fast_and_address(scene: Scene) -> tuple[LoadBalancer, ElasticIP, str]:
    third = [row["SubnetId"] for row in scene.cloud.call("ec2", "describe_subnets")["Subnets"]]
    made = fast(scene)
    free = next(each for each in third if each not in made.subnet_ids)
    return made, ElasticIP.allocate(cloud=scene.cloud), free


def name_and_machine(scene: Scene) -> tuple[str, Box]:
    return scene.name("new"), machine(scene)


def new_name(scene: Scene) -> str:
    return scene.name("new")


def group(scene: Scene) -> TargetGroup:
    return TargetGroup.create(scene.name("group"), port=9000, cloud=scene.cloud)


def shared_group(scene: Scene) -> TargetGroup:
    return scene.once(group)


def group_and_machine(scene: Scene) -> tuple[TargetGroup, Box]:
    return group(scene), machine(scene)


def serving(scene: Scene) -> tuple[TargetGroup, Box]:
    made, box = group_and_machine(scene)
    made.register(box)
    return made, box


def free_port(scene: Scene) -> tuple[LoadBalancer, TargetGroup, int]:
    """A load balancer, a target group, and a port that nothing listens on."""
    used = {each.port for each in shared(scene).listeners()}
    return shared(scene), shared_group(scene), next(port for port in range(8000, 9000) if port not in used)


def listener(scene: Scene) -> Listener:
    balancer, group, port = free_port(scene)
    return Listener.create(balancer, port, target_group=group, cloud=scene.cloud)


def shared_listener(scene: Scene) -> Listener:
    return scene.once(listener)


def listener_and_group(scene: Scene) -> tuple[Listener, TargetGroup]:
    return shared_listener(scene), shared_group(scene)


def listener_and_own_group(scene: Scene) -> tuple[Listener, TargetGroup]:
    """A listener with the default rule alone, and a target group."""
    return listener(scene), shared_group(scene)


def rule(scene: Scene) -> Rule:
    made, group = listener_and_own_group(scene)
    return made.route("/api/*", group)


def shared_rule(scene: Scene) -> Rule:
    return scene.once(rule)


def rule_and_group(scene: Scene) -> tuple[Rule, TargetGroup]:
    return shared_rule(scene), shared_group(scene)


def uploaded(scene: Scene) -> ServerCertificate:
    own = shop()
    return ServerCertificate.create(
        scene.name("cert"), certificate=own.pem, private_key=own.key_pem, cloud=scene.cloud
    )


def shared_certificate(scene: Scene) -> ServerCertificate:
    return scene.once(uploaded)


def secure(scene: Scene) -> tuple[Listener, ServerCertificate]:
    """A listener with TLS, and another certificate."""
    balancer, group, port = free_port(scene)
    made = Listener.create(
        balancer, port, target_group=group, certificate=shared_certificate(scene), cloud=scene.cloud
    )
    return made, uploaded(scene)


def with_more(scene: Scene) -> tuple[Listener, ServerCertificate]:
    """A listener with TLS, and one of its certificates, which is not the default one."""
    made, more = secure(scene)
    made.certificates.add(more)
    return made, more


def imported(scene: Scene) -> Certificate:
    own = shop()
    answer = scene.cloud.call(
        "acm", "import_certificate", Certificate=own.pem.encode(), PrivateKey=own.key_pem.encode()
    )
    return Certificate(answer["CertificateArn"], cloud=scene.cloud)


def in_acm(scene: Scene) -> Certificate:
    return scene.once(imported)


def pair(scene: Scene) -> tuple[LoadBalancer, Box]:
    """A load balancer with two targets, and one of them."""
    first, second = launch(scene.cloud), launch(scene.cloud)
    made = LoadBalancer.create(scene.name("web"), targets=[first, second], cloud=scene.cloud)
    return made.wait("active"), first


def leave_and_return(given: tuple[LoadBalancer, Box]) -> None:
    with given[0].out_of_service(given[1]):
        pass


LAWS: Mapping[str, Law[Any]] = {
    "LoadBalancer.create": writes(
        name_and_machine,
        lambda given: LoadBalancer.create(given[0], targets=[given[1]]),
        again=MADE_ONCE,
        more=GUARD_LOOKED_FOR,
    ),
    "LoadBalancer.ensure": writes(
        name_and_machine,
        lambda given: LoadBalancer.ensure(given[0], targets=[given[1]]),
        again=MADE_ONCE,
        more=GUARD_LOOKED_FOR,
    ),
    "LoadBalancer.create of a classic one": writes(
        name_and_machine,
        lambda given: LoadBalancer.create(given[0], kind="classic", targets=[given[1]]),
        more=CLASSIC_LOOKED_FOR,
    ),
    "LoadBalancer.ensure of a classic one": writes(
        name_and_machine,
        lambda given: LoadBalancer.ensure(given[0], kind="classic", targets=[given[1]]),
        more=CLASSIC_LOOKED_FOR,
    ),
    "LoadBalancer.add of a classic one": writes(classic_and_machine, lambda given: given[0].add(given[1])),
    "LoadBalancer.remove of a classic one": writes(
        classic_and_machine, lambda given: given[0].remove(given[1])
    ),
    "LoadBalancer.health of a classic one": reads(shared_classic, lambda each: len(each.health())),
    "LoadBalancer.delete of a classic one": writes(classic, lambda each: each.delete()),
    "Classic.health_check=": writes(
        classic, lambda each: setattr(each.classic, "health_check", HealthCheck(path="/up"))
    ),
    "Classic.instances": reads(shared_classic, lambda each: each.classic.instances()),
    "Classic.enable_zones": writes(classic, lambda each: each.classic.enable_zones("us-east-1b")),
    "Classic.disable_zones": writes(classic, lambda each: each.classic.disable_zones("us-east-1b")),
    "Classic.attach_subnets": writes(classic, lambda each: each.classic.attach_subnets(*each.subnet_ids[:1])),
    "Classic.detach_subnets": writes(classic, lambda each: each.classic.detach_subnets(*each.subnet_ids[:1])),
    "Classic.stickiness": reads(shared_classic, lambda each: len(each.classic.stickiness())),
    "Classic.stick": writes(classic, lambda each: each.classic.stick(80, seconds=600)),
    "Classic.unstick": writes(classic, lambda each: each.classic.unstick(80)),
    "Network.addresses": reads(lambda scene: scene.once(fast), lambda each: each.network.addresses()),
    "Network.add_subnets": writes(
        fast_and_address, lambda given: given[0].network.add_subnets({given[2]: given[1]})
    ),
    "LoadBalancer.get": reads(shared, lambda each: LoadBalancer.get(each.name)),
    "LoadBalancer.list": reads(shared, lambda each: LoadBalancer.list(name=each.name).to_list()),
    "LoadBalancer.find": reads(shared, lambda each: LoadBalancer.find(each.name)),
    "LoadBalancer.refresh": reads(shared, lambda each: each.refresh()),
    "LoadBalancer.exists": reads(shared, lambda each: each.exists()),
    "LoadBalancer.wait": reads(shared, lambda each: each.wait()),
    "LoadBalancer.listeners": reads(shared, lambda each: len(each.listeners().to_list()) > 0),
    "LoadBalancer.target_groups": reads(shared, lambda each: len(each.target_groups().to_list()) > 0),
    "LoadBalancer.add": writes(balancer_and_machine, lambda given: given[0].add(given[1])),
    "LoadBalancer.remove": writes(
        lambda scene: (balancer(scene), machine(scene)),
        lambda given: given[0].remove(given[1]),
        more=LOOKED_AGAIN,
    ),
    "LoadBalancer.health": reads(shared, lambda each: each.health().all_healthy is not None),
    "LoadBalancer.diagram": reads(shared, lambda each: each.diagram().mermaid),
    "LoadBalancer.wait_healthy": reads(balancer_and_machine, lambda given: given[0].wait_healthy(given[1])),
    "LoadBalancer.update": writes(
        balancer,
        lambda each: each.update(idle_timeout=30, subnets=each.subnet_ids, ip_address_type="dualstack"),
    ),
    "LoadBalancer.log_to": writes(balancer_and_bucket, lambda given: given[0].log_to(given[1], prefix="web")),
    "LoadBalancer.logs": reads(logging_balancer, lambda each: [entry.url for entry in each.logs("1h")]),
    "LoadBalancer.drain": writes(pair, lambda given: given[0].drain(given[1]), more=LOOKED_AGAIN),
    "LoadBalancer.out_of_service": writes(pair, leave_and_return, more=LOOKED_AGAIN),
    "LoadBalancer.rolling": writes(
        pair, lambda given: len(list(given[0].rolling([given[1]]))), more=LOOKED_AGAIN
    ),
    "Rolling.batches": writes(
        pair, lambda given: len(list(given[0].rolling([given[1]]).batches())), more=LOOKED_AGAIN
    ),
    "LoadBalancer.delete": writes(balancer, lambda each: each.delete()),
    "Listener.create": writes(
        free_port,
        lambda given: Listener.create(given[0], given[2], target_group=given[1]),
        again=MADE_ONCE,
    ),
    "Listener.get": reads(shared_listener, lambda each: Listener.get(each.arn)),
    "Listener.list": reads(shared, lambda each: len(Listener.list(each).to_list()) > 0),
    "Listener.refresh": reads(shared_listener, lambda each: each.refresh()),
    "Listener.exists": reads(shared_listener, lambda each: each.exists()),
    "Listener.update": writes(listener_and_group, lambda given: given[0].update(target_group=given[1])),
    "Listener.delete": writes(listener, lambda each: each.delete()),
    "Listener.route": writes(
        listener_and_own_group, lambda given: given[0].route("/api/*", given[1]), more=LOOKED_AGAIN
    ),
    "Listener.rules": reads(shared_listener, lambda each: len(each.rules().to_list()) > 0),
    "Listener.explain": reads(shared_listener, lambda each: each.explain("GET", "/").is_default),
    "Listener.weights": writes(listener_and_group, lambda given: given[0].weights({given[1]: 1})),
    "ListenerCertificates.add": writes(secure, lambda given: given[0].certificates.add(given[1])),
    "ListenerCertificates.remove": writes(with_more, lambda given: given[0].certificates.remove(given[1])),
    "Rule.create": writes(
        listener_and_own_group,
        lambda given: Rule.create(given[0], given[1], conditions=[Condition("path-pattern", "/a")]),
        more=LOOKED_AGAIN,
    ),
    "Rule.get": reads(shared_rule, lambda each: Rule.get(each.arn)),
    "Rule.list": reads(shared_listener, lambda each: len(Rule.list(each).to_list()) > 0),
    "Rule.refresh": reads(shared_rule, lambda each: each.refresh()),
    "Rule.exists": reads(shared_rule, lambda each: each.exists()),
    "Rule.update": writes(rule_and_group, lambda given: given[0].update(to=given[1])),
    "Rule.weights": writes(rule_and_group, lambda given: given[0].weights({given[1]: 1})),
    "Rule.move": writes(rule, lambda each: each.move(700), again={"SetRulePriorities": None}),
    "Rule.delete": writes(rule, lambda each: each.delete()),
    "Certificate.get": reads(in_acm, lambda each: Certificate.get(each.arn)),
    "Certificate.list": reads(in_acm, lambda each: len(Certificate.list().to_list()) > 0),
    "Certificate.find": reads(in_acm, lambda each: Certificate.find("shop.example.com")),
    "Certificate.refresh": reads(in_acm, lambda each: each.refresh()),
    "Certificate.exists": reads(in_acm, lambda each: each.exists()),
    "ServerCertificate.create": writes(
        new_name,
        lambda name: ServerCertificate.create(name, certificate=shop().pem, private_key=shop().key_pem),
        again={"UploadServerCertificate": ("EntityAlreadyExists", 409)},
        more=LOOKED_AGAIN,
    ),
    "ServerCertificate.ensure": writes(
        new_name,
        lambda name: ServerCertificate.ensure(name, certificate=shop().pem, private_key=shop().key_pem),
        again={"UploadServerCertificate": ("EntityAlreadyExists", 409)},
        more=LOOKED_AGAIN,
    ),
    "ServerCertificate.get": reads(shared_certificate, lambda each: ServerCertificate.get(each.name)),
    "ServerCertificate.list": reads(
        shared_certificate, lambda each: ServerCertificate.list(name=each.name).to_list()
    ),
    "ServerCertificate.find": reads(shared_certificate, lambda each: ServerCertificate.find(each.name)),
    "ServerCertificate.refresh": reads(shared_certificate, lambda each: each.refresh()),
    "ServerCertificate.exists": reads(shared_certificate, lambda each: each.exists()),
    "ServerCertificate.delete": writes(uploaded, lambda each: each.delete()),
    "TargetGroup.create": writes(new_name, lambda name: TargetGroup.create(name, port=9000), again=MADE_ONCE),
    "TargetGroup.get": reads(shared_group, lambda each: TargetGroup.get(each.name)),
    "TargetGroup.list": reads(shared_group, lambda each: TargetGroup.list(name=each.name).to_list()),
    "TargetGroup.find": reads(shared_group, lambda each: TargetGroup.find(each.name)),
    "TargetGroup.refresh": reads(shared_group, lambda each: each.refresh()),
    "TargetGroup.exists": reads(shared_group, lambda each: each.exists()),
    "TargetGroup.register": writes(group_and_machine, lambda given: given[0].register(given[1])),
    "TargetGroup.deregister": writes(serving, lambda given: given[0].deregister(given[1]), more=LOOKED_AGAIN),
    "TargetGroup.health": reads(shared_group, lambda each: each.health()),
    "TargetGroup.register wait": writes(
        group_and_machine, lambda given: given[0].register(given[1], wait=True)
    ),
    "TargetGroup.drain": writes(serving, lambda given: given[0].drain(given[1]), more=LOOKED_AGAIN),
    "TargetGroup.wait_healthy": reads(serving, lambda given: given[0].wait_healthy(given[1])),
    "TargetGroup.wait_drained": reads(shared_group, lambda each: each.wait_drained()),
    "TargetGroup.ensure": writes(
        name_and_machine,
        lambda given: TargetGroup.ensure(given[0], port=9000, targets=[given[1]], drain_delay=30),
        again=MADE_ONCE,
    ),
    "TargetGroup.update": writes(group, lambda each: each.update(health_check=CHECK, drain_delay=30)),
    "TargetGroup.delete": writes(group, lambda each: each.delete()),
}
