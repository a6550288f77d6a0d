from __future__ import annotations

import pickle
from typing import Any

import pytest

from cloudkit import AccessDenied, AlreadyExists, Conflict, InvalidRequest, LimitExceeded, NotFound
from cloudkit.elb import (
    Alpn,
    CertificateNotFound,
    FixedResponse,
    Forward,
    Listener,
    ListenerNotFound,
    LoadBalancer,
    LoadBalancerNotFound,
    Redirect,
    ServerCertificate,
    TargetGroup,
)
from cloudkit.elb._routing.policies import RECOMMENDED_CLASSIC_POLICY, RECOMMENDED_POLICY
from cloudkit.elb.listener import forwarded
from tests.conftest import Rig
from tests.elb.answers import BALANCER_ARN, GROUP_ARN, LISTENER_ARN, answer, counted, listener as told, world
from tests.elb.certificates import shop
from tests.faults import FaultServer, Reply


def test_making_one_calls_nothing(faults: FaultServer) -> None:
    cloud = faults.cloud()
    assert Listener(LISTENER_ARN, cloud=cloud) == Listener(LISTENER_ARN, cloud=cloud)
    assert faults.requests == []
    with pytest.raises(InvalidRequest, match="not the ARN of a listener"):
        Listener(BALANCER_ARN, cloud=cloud)


def test_create_get_and_attributes(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("lb"))
    group = TargetGroup.create(rig.name("tg"), port=9000)
    made = Listener.create(balancer, 8000, target_group=group, tags={"team": "web"})
    for each in (made, Listener.get(made.arn)):
        assert (each.port, each.protocol, each.load_balancer_arn) == (8000, "HTTP", balancer.arn)
        assert each.target_group_arns == (group.arn,)
    assert dict(made.tags) == {"team": "web"}
    assert sorted(each.port for each in Listener.list(balancer)) == [80, 8000]
    assert group in balancer.target_groups().to_list()
    assert repr(made) == f"<Listener {balancer.name} HTTP 8000>"


def test_by_arns(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("lb"))
    group = balancer.target_groups().one()
    with counted(rig.cloud) as called:
        made = Listener.create(balancer.arn, 81, target_group=group.arn)
    assert made.target_group_arns == (group.arn,)
    assert called == ["CreateListener"]


@pytest.mark.parametrize(("port", "protocol"), [(0, "HTTP"), (80, "SMTP"), (65536, "HTTP")])
def test_what_aws_would_refuse_is_refused_before(faults: FaultServer, port: int, protocol: str) -> None:
    with pytest.raises(InvalidRequest):
        Listener.create(BALANCER_ARN, port, target_group=GROUP_ARN, protocol=protocol, cloud=faults.cloud())
    assert faults.requests == []


def test_raw_parameters_go_through(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("CertificateNotFound"))
    certificates = [{"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/x"}]
    with pytest.raises(LookupError):
        Listener.create(
            BALANCER_ARN,
            443,
            target_group=GROUP_ARN,
            protocol="HTTPS",
            aws={"Certificates": certificates},
            cloud=faults.cloud(),
        )
    assert faults.requests[0].form["Certificates.member.1.CertificateArn"].endswith("certificate/x")
    with pytest.raises(InvalidRequest, match="Port"):
        Listener.create(BALANCER_ARN, 80, target_group=GROUP_ARN, aws={"Port": 1}, cloud=faults.cloud())


def test_a_port_has_one_listener(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("DuplicateListener"))
    with pytest.raises(AlreadyExists) as caught:
        Listener.create(BALANCER_ARN, 80, target_group=GROUP_ARN, cloud=faults.cloud())
    assert "update" in str(caught.value.hint)


def test_a_load_balancer_that_is_not_there(rig: Rig) -> None:
    group = TargetGroup.create(rig.name("tg"), port=9000)
    with pytest.raises(LoadBalancerNotFound):
        Listener.create(BALANCER_ARN, 80, target_group=group)
    with pytest.raises(LoadBalancerNotFound):
        Listener.list(BALANCER_ARN).to_list()


def test_update(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("lb"))
    group = TargetGroup.create(rig.name("tg"), port=9000)
    listener = balancer.listeners().one().update(target_group=group)
    assert listener.target_group_arns == (group.arn,)
    assert Listener.get(listener.arn).target_group_arns == (group.arn,)


def test_exists_and_delete(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("lb"))
    listener = balancer.listeners().one()
    assert listener.exists()
    listener.delete()
    assert not listener.exists()
    listener.delete()
    with pytest.raises(ListenerNotFound):
        Listener.get(listener.arn)
    assert balancer.listeners().to_list() == []


def test_exists_does_not_take_403_for_no(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("AccessDenied", "no", 403))
    with pytest.raises(AccessDenied):
        Listener(LISTENER_ARN, cloud=faults.cloud()).exists()


def test_tags_write_through(rig: Rig) -> None:
    listener = LoadBalancer.create(rig.name("lb")).listeners().one()
    listener.tags["team"] = "web"
    assert Listener(listener.arn).tags["team"] == "web"
    del listener.tags["team"]
    assert "team" not in listener.tags


def test_it_pickles(rig: Rig) -> None:
    listener = LoadBalancer.create(rig.name("lb")).listeners().one()
    again = pickle.loads(pickle.dumps(listener))
    assert again == listener
    assert again.port == 80


def test_where_actions_forward_to() -> None:
    assert forwarded([{"Type": "redirect", "RedirectConfig": {}}]) == ()
    assert forwarded([{"Type": "forward", "TargetGroupArn": "a"}]) == ("a",)
    weighted = {"TargetGroups": [{"TargetGroupArn": "a", "Weight": 9}, {"TargetGroupArn": "b"}]}
    assert forwarded([{"Type": "forward", "ForwardConfig": weighted}]) == ("a", "b")
    assert forwarded([{"Type": "forward", "TargetGroupArn": "a", "ForwardConfig": weighted}]) == ("a", "b")


# -- actions -------------------------------------------------------------------------------------------------


def test_what_becomes_of_requests(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("lb"))
    group = balancer.target_groups().one()
    other = TargetGroup.create(rig.name("tg"), port=9000)
    moved = Listener.create(balancer, 81, to=Redirect(https=443))
    assert moved.action == Redirect(https=443)
    assert not moved.target_group_arns
    assert not moved.weights()
    moved.update(to=FixedResponse(503, "later"))
    assert Listener.get(moved.arn).action == FixedResponse(503, "later")
    assert moved.weights({group: 90, other: 10}, sticky=600)[other] == 10
    again = Listener.get(moved.arn)
    assert again.action == Forward({group: 90, other: 10}, sticky=600)
    assert again.weights() == {group.arn: 90, other.arn: 10}
    assert set(again.target_group_arns) == {group.arn, other.arn}


def test_update_of_the_port(rig: Rig) -> None:
    listener = LoadBalancer.create(rig.name("lb")).listeners().one()
    assert listener.update(port=8000).port == 8000
    assert Listener.get(listener.arn).port == 8000


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({}, "without a target"),
        ({"target_group": GROUP_ARN, "to": GROUP_ARN}, "give one of them"),
        ({"to": GROUP_ARN, "protocol": "HTTPS"}, "needs a certificate"),
        ({"to": GROUP_ARN, "policy": RECOMMENDED_POLICY}, "policy: HTTP is not encrypted"),
        ({"to": GROUP_ARN, "client_certificates": "passthrough"}, "client_certificates"),
        ({"to": GROUP_ARN, "certificate": "a.example.com", "protocol": "HTTP"}, "not encrypted"),
        ({"to": GROUP_ARN, "certificate": "a.example.com", "alpn": "HTTP2Only"}, "network"),
        ({"to": GROUP_ARN, "certificate": "shop"}, "no certificate"),
        ({"to": GROUP_ARN, "certificate": GROUP_ARN}, "no certificate"),
        ({"to": GROUP_ARN, "certificate": "a.example.com", "certificates": ["shop"]}, "no certificate"),
        ({"to": GROUP_ARN, "target_port": 80}, "classic"),
    ],
)
def test_what_does_not_go_together_is_refused_before(
    faults: FaultServer, given: dict[str, Any], match: str
) -> None:
    with pytest.raises(InvalidRequest, match=match):
        Listener.create(BALANCER_ARN, 443, cloud=faults.cloud(), **given)
    assert faults.requests == []


def test_an_update_of_nothing(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="without anything"):
        Listener(LISTENER_ARN, cloud=faults.cloud()).update()
    with pytest.raises(InvalidRequest, match="needs a certificate"):
        Listener(LISTENER_ARN, cloud=faults.cloud()).update(protocol="HTTPS")
    assert faults.requests == []


# -- TLS -----------------------------------------------------------------------------------------------------


def uploaded(rig: Rig) -> ServerCertificate:
    return ServerCertificate.create(rig.name("cert"), certificate=shop().pem, private_key=shop().key_pem)


def test_https(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("lb"))
    group, certificate, more = balancer.target_groups().one(), uploaded(rig), uploaded(rig)
    made_one = Listener.create(
        balancer, 443, target_group=group, certificate=certificate, certificates=[more]
    )
    for each in (made_one, Listener.get(made_one.arn)):
        assert (each.protocol, each.policy, each.certificate_arn) == (
            "HTTPS",
            RECOMMENDED_POLICY,
            certificate.arn,
        )
    assert list(made_one.certificates) == [certificate.arn, more.arn]
    assert made_one.certificates.default == certificate.arn
    assert more in made_one.certificates
    made_one.certificates.remove(more)
    assert more.arn not in made_one.certificates
    made_one.certificates.add(more.arn)
    assert more in made_one.certificates
    made_one.update(certificate=more, policy="ELBSecurityPolicy-TLS13-1-2-2021-06")
    again = Listener.get(made_one.arn)
    assert (again.certificate_arn, again.policy) == (more.arn, "ELBSecurityPolicy-TLS13-1-2-2021-06")
    with pytest.raises(InvalidRequest, match="no certificate was given"):
        made_one.certificates.add()
    with pytest.raises(NotFound):
        made_one.update(certificate=f"{more.arn}-not")


def test_a_certificate_that_was_just_uploaded_is_waited_for(faults: FaultServer) -> None:
    arn = "arn:aws:iam::123456789012:server-certificate/shop"
    uploads = Reply.xml(
        "<UploadServerCertificateResponse><UploadServerCertificateResult><ServerCertificateMetadata>"
        f"<Arn>{arn}</Arn><ServerCertificateName>shop</ServerCertificateName></ServerCertificateMetadata>"
        "</UploadServerCertificateResult></UploadServerCertificateResponse>"
    )
    cloud = world(
        faults,
        UploadServerCertificate=[uploads],
        CreateListener=[Reply.query_error("CertificateNotFound")] * 2 + [told()],
    )
    certificate = ServerCertificate.create(
        "shop", certificate=shop().pem, private_key=shop().key_pem, cloud=cloud
    )
    Listener.create(BALANCER_ARN, 443, target_group=GROUP_ARN, certificate=certificate, cloud=cloud)
    assert faults.operations == ["UploadServerCertificate", *["CreateListener"] * 3]
    form = faults.requests[-1].form
    assert form["Certificates.member.1.CertificateArn"] == arn
    assert form["SslPolicy"] == RECOMMENDED_POLICY


def test_a_certificate_that_is_not_there_is_told_at_once(faults: FaultServer) -> None:
    cloud = world(faults, CreateListener=[Reply.query_error("CertificateNotFound")])
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/x"
    with pytest.raises(CertificateNotFound) as caught:
        Listener.create(BALANCER_ARN, 443, target_group=GROUP_ARN, certificate=arn, cloud=cloud)
    assert "Certificate.list()" in str(caught.value.hint)
    assert faults.operations == ["CreateListener"]


def test_a_listener_that_gets_not_all_certificates_is_taken_away(faults: FaultServer) -> None:
    cloud = world(
        faults,
        CreateListener=[told()],
        AddListenerCertificates=[Reply.query_error("TooManyCertificates")],
        DeleteListener=[answer("DeleteListener")],
    )
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/x"
    with pytest.raises(LimitExceeded):
        Listener.create(BALANCER_ARN, 443, to=GROUP_ARN, certificate=arn, certificates=[arn], cloud=cloud)
    assert faults.operations == ["CreateListener", "AddListenerCertificates", "DeleteListener"]


def test_clients_certificates_and_alpn(faults: FaultServer) -> None:
    network = BALANCER_ARN.replace("/app/", "/net/")
    store = "arn:aws:elasticloadbalancing:us-east-1:123456789012:truststore/clients/0123456789abcdef"
    cloud, certificate = world(faults, CreateListener=[told()]), "arn:aws:acm:us-east-1:1:certificate/x"
    Listener.create(network, 443, to=GROUP_ARN, certificate=certificate, alpn="HTTP2Preferred", cloud=cloud)
    form = faults.requests[-1].form
    assert (form["Protocol"], form["AlpnPolicy.member.1"]) == ("TLS", "HTTP2Preferred")
    for clients in (store, "passthrough"):
        Listener.create(
            BALANCER_ARN, 443, to=GROUP_ARN, certificate=certificate, client_certificates=clients, cloud=cloud
        )
    assert faults.requests[-2].form["MutualAuthentication.Mode"] == "verify"
    assert faults.requests[-2].form["MutualAuthentication.TrustStoreArn"] == store
    assert faults.requests[-1].form["MutualAuthentication.Mode"] == "passthrough"
    Listener.create(network, 53, to=GROUP_ARN, cloud=cloud)
    assert faults.requests[-1].form["Protocol"] == "TCP"


def test_rows_with_all_there_is(faults: FaultServer) -> None:
    row = told().body.decode()
    more = (
        "<AlpnPolicy><member>HTTP2Only</member></AlpnPolicy><SslPolicy>ELBSecurityPolicy-2016-08</SslPolicy>"
        "<Certificates><member><CertificateArn>a</CertificateArn></member></Certificates>"
        "<MutualAuthentication><Mode>verify</Mode><TrustStoreArn>store</TrustStoreArn></MutualAuthentication>"
    )
    full = Reply.xml(row.replace("CreateListener", "DescribeListeners").replace("<Port>", f"{more}<Port>"))
    plain = Reply.xml(row.replace("CreateListener", "DescribeListeners"))
    cloud = world(faults, DescribeListeners=[full, plain])
    listener = Listener.get(LISTENER_ARN, cloud=cloud)
    assert listener.alpn is Alpn.HTTP2_ONLY
    assert (listener.certificate_arn, listener.client_certificates) == ("a", "store")
    assert listener.policy == "ELBSecurityPolicy-2016-08"
    bare = Listener.get(LISTENER_ARN, cloud=cloud)
    assert (bare.alpn, bare.certificate_arn, bare.policy, bare.client_certificates) == (None,) * 4
    assert bare.target_port is None


# -- classic load balancers ----------------------------------------------------------------------------------


def classic(rig: Rig) -> str:
    """The ARN of a classic load balancer that listens on 80."""
    name = rig.name("old")
    rig.cloud.call(
        "elb",
        "create_load_balancer",
        LoadBalancerName=name,
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}],
        AvailabilityZones=["us-east-1a"],
    )
    return f"arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/{name}"


def test_listeners_of_a_classic_one(rig: Rig) -> None:
    arn = classic(rig)
    [first] = Listener.list(arn)
    assert (first.port, first.protocol, first.target_port, first.target_protocol) == (
        80,
        "HTTP",
        8080,
        "HTTP",
    )
    assert (first.action, first.policy) == (None, None)
    assert not first.target_group_arns
    assert not first.weights()
    assert first.load_balancer_arn == arn
    assert first == Listener(f"{arn}:80")
    made_one = Listener.create(arn, 8000, target_port=9000, protocol="TCP")
    assert (made_one.protocol, made_one.target_protocol, made_one.target_port) == ("TCP", "TCP", 9000)
    assert Listener.get(f"{arn}:8000").target_port == 9000
    assert pickle.loads(pickle.dumps(made_one)) == made_one
    made_one.delete()
    made_one.delete()
    assert not made_one.exists()
    assert [each.port for each in Listener.list(arn)] == [80]


def test_https_of_a_classic_one(rig: Rig) -> None:
    arn, certificate = classic(rig), uploaded(rig)
    secure = Listener.create(arn, 443, target_port=8080, certificate=certificate)
    assert (secure.protocol, secure.target_protocol) == ("HTTPS", "HTTP")
    for each in (secure, Listener.get(f"{arn}:443")):
        assert (each.policy, each.certificate_arn) == (RECOMMENDED_CLASSIC_POLICY, certificate.arn)
    name = arn.rpartition("/")[2]
    rig.cloud.call("elb", "create_lb_cookie_stickiness_policy", LoadBalancerName=name, PolicyName="sticky")
    rig.cloud.call(
        "elb",
        "set_load_balancer_policies_of_listener",
        LoadBalancerName=name,
        LoadBalancerPort=443,
        PolicyNames=["sticky", RECOMMENDED_CLASSIC_POLICY],
    )
    other = uploaded(rig)
    secure.update(certificate=other, policy="ELBSecurityPolicy-2016-08")
    assert (secure.certificate_arn, secure.policy) == (other.arn, "ELBSecurityPolicy-2016-08")
    assert secure.raw["PolicyNames"] == ["sticky", "ELBSecurityPolicy-2016-08"]


def test_what_a_classic_one_has_not(faults: FaultServer) -> None:
    arn, cloud = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/old", faults.cloud()
    listener = Listener(f"{arn}:80", cloud=cloud)
    for call in (
        lambda: listener.rules(),
        lambda: listener.route("/a", GROUP_ARN),
        lambda: listener.tags,
        lambda: listener.certificates,
    ):
        with pytest.raises(Conflict, match="a listener of a classic load balancer has no"):
            call()
    for change in (
        lambda: listener.update(),
        lambda: listener.update(port=81),
        lambda: listener.update(target_group=GROUP_ARN),
        lambda: listener.weights({GROUP_ARN: 1}),
        lambda: Listener.create(arn, 80, target_group=GROUP_ARN, cloud=cloud),
        lambda: Listener.create(arn, 80, cloud=cloud),
        lambda: Listener.create(arn, 80, target_port=80, protocol="UDP", cloud=cloud),
        lambda: Listener.create(arn, 80, target_port=80, protocol="HTTPS", cloud=cloud),
        lambda: Listener.create(arn, 80, target_port=80, target_protocol="TCP", cloud=cloud),
        lambda: Listener.create(arn, 80, target_port=80, tags={"a": "b"}, cloud=cloud),
        lambda: Listener.create(arn, 0, target_port=80, cloud=cloud),
        lambda: Listener(f"{arn}:0", cloud=cloud),
    ):
        with pytest.raises(InvalidRequest):
            change()
    assert faults.requests == []


def test_a_classic_one_that_is_not_there(rig: Rig) -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/nothing"
    assert not Listener(f"{arn}:80").exists()
    with pytest.raises(LoadBalancerNotFound):
        Listener.list(arn).to_list()


def test_a_classic_one_that_is_gone(faults: FaultServer) -> None:
    """The embedded cloud answers success."""
    faults.otherwise(Reply.query_error("LoadBalancerNotFound"))
    arn, cloud = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/nothing", faults.cloud()
    with pytest.raises(LoadBalancerNotFound):
        Listener.create(arn, 80, target_port=80, cloud=cloud)
    Listener(f"{arn}:80", cloud=cloud).delete()


def test_a_classic_one_without_its_policy_is_taken_away(faults: FaultServer) -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/old"
    cloud = world(
        faults,
        ClassicCreateLoadBalancerListeners=[answer("CreateLoadBalancerListeners")],
        ClassicDescribeLoadBalancers=[Reply.query_error("AccessDenied", "no", 403)],
        ClassicDeleteLoadBalancerListeners=[answer("DeleteLoadBalancerListeners")],
    )
    certificate = "arn:aws:acm:us-east-1:1:certificate/x"
    with pytest.raises(AccessDenied):
        Listener.create(arn, 443, target_port=80, certificate=certificate, cloud=cloud)
    assert faults.operations == [
        "CreateLoadBalancerListeners",
        "DescribeLoadBalancers",
        "DeleteLoadBalancerListeners",
    ]


def test_a_lost_answer_makes_no_second_listener(faults: FaultServer) -> None:
    """AWS takes the second try for the first: "each call succeeds"."""
    faults.replies(Reply(reset=True), told())
    cloud = faults.cloud(attempts=2, pauses=False)
    assert Listener.create(BALANCER_ARN, 80, to=GROUP_ARN, cloud=cloud).arn == LISTENER_ARN
    assert faults.operations == ["CreateListener"] * 2
