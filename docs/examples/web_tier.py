"""Two web servers behind a load balancer, and everything taken down again."""

from cloudkit import Instance, LoadBalancer, SecurityGroup

group = SecurityGroup.ensure("acme-web", description="Web servers")
group.allow(80)

servers = [
    Instance.launch("al2023", "t3.micro", name=f"acme-{number}", security_groups=[group]) for number in (1, 2)
]
balancer = LoadBalancer.create("acme", listeners={80: 80}, targets=servers)
try:
    Instance.wait_all(servers, "running")
    balancer.wait_healthy()
    print(f"http://{balancer.dns_name}/ is served by {len(balancer.health())} servers")
finally:
    balancer.delete()
    for server in servers:
        server.terminate()
    Instance.wait_all(servers, "terminated")
    group.delete()
