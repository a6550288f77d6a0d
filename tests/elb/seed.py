"""The world that the docstring examples of load balancing speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit import Bucket, ElasticIP, current_cloud
from cloudkit.elb import (
    Certificate,
    Condition,
    FixedResponse,
    Forward,
    Health,
    HealthCheck,
    HealthyMinimum,
    Https,
    Listener,
    LoadBalancer,
    LogPlace,
    Redirect,
    Rule,
    ServerCertificate,
    Stickiness,
    Target,
    TargetGroup,
    TargetHealth,
    Tcp,
    Tls,
    Udp,
)
from tests.elb._logging.files import slow_request
from tests.elb.certificates import Made, shop
from tests.elb.machines import launch


def seed(folder: Path, example: str) -> dict[str, object]:
    box = launch(current_cloud())
    web = LoadBalancer.create("web", targets=[box]).wait("active")
    TargetGroup.create("old-9000", port=9000)
    own = shop()
    # What only some speak of is made for these, and for those that look for all there are.
    if _speaks_of(example, "log"):
        slow_request(Bucket.create("acme-logs"), web)
    if _speaks_of(example, "secure", "shop", "ertificate"):
        _secure(own)
    if _speaks_of(example, "veteran"):
        LoadBalancer.create("veteran", kind="classic", targets=[box])
    if _speaks_of(example, "fast"):
        fast = LoadBalancer.create("fast", kind="network", listeners={5432: 5432})
        fast.update(subnets=fast.subnet_ids[:2])
    third_subnet = web.subnet_ids[2]
    return {
        "ElasticIP": ElasticIP,
        "third_subnet": third_subnet,
        "Certificate": Certificate,
        "Condition": Condition,
        "FixedResponse": FixedResponse,
        "Forward": Forward,
        "Https": Https,
        "Redirect": Redirect,
        "Rule": Rule,
        "ServerCertificate": ServerCertificate,
        "Tcp": Tcp,
        "Tls": Tls,
        "Udp": Udp,
        "certificate_pem": own.pem,
        "key_pem": own.key_pem,
        "box": box,
        "upgraded": box,
        "Bucket": Bucket,
        "Health": Health,
        "HealthCheck": HealthCheck,
        "Listener": Listener,
        "LoadBalancer": LoadBalancer,
        "LogPlace": LogPlace,
        "HealthyMinimum": HealthyMinimum,
        "Stickiness": Stickiness,
        "Target": Target,
        "TargetGroup": TargetGroup,
        "TargetHealth": TargetHealth,
    }


def _speaks_of(example: str, *words: str) -> bool:
    code = "".join(line for line in example.splitlines() if ">>>" in line or "..." in line)
    return any(word in code for word in (*words, ".list(", ".find("))


def _secure(own: Made) -> None:
    ServerCertificate.create("shop", certificate=own.pem, private_key=own.key_pem)
    current_cloud().call(
        "acm", "import_certificate", Certificate=own.pem.encode(), PrivateKey=own.key_pem.encode()
    )
    secure = LoadBalancer.create("secure", listeners={80: 8080})
    secure.listeners().one().delete()
    Listener.create(secure, 443, target_group=TargetGroup("secure-8080"), certificate="shop.example.com")
