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
from tests.elb.certificates import shop
from tests.elb.machines import launch


def seed(folder: Path) -> dict[str, object]:
    box = launch(current_cloud())
    LoadBalancer.create("web", targets=[box]).wait("active")
    TargetGroup.create("old-9000", port=9000)
    slow_request(Bucket.create("acme-logs"), LoadBalancer("web"))
    own = shop()
    ServerCertificate.create("shop", certificate=own.pem, private_key=own.key_pem)
    current_cloud().call(
        "acm", "import_certificate", Certificate=own.pem.encode(), PrivateKey=own.key_pem.encode()
    )
    secure = LoadBalancer.create("secure", listeners={80: 8080})
    secure.listeners().one().delete()
    Listener.create(secure, 443, target_group=TargetGroup("secure-8080"), certificate="shop.example.com")
    LoadBalancer.create("veteran", kind="classic", targets=[box])
    fast = LoadBalancer.create("fast", kind="network", listeners={5432: 5432})
    fast.update(subnets=fast.subnet_ids[:2])
    third_subnet = LoadBalancer("web").subnet_ids[2]
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
