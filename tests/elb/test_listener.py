from __future__ import annotations

import pickle

import pytest

from cloudkit import AccessDenied, AlreadyExists, InvalidRequest
from cloudkit.elb import Listener, ListenerNotFound, LoadBalancer, LoadBalancerNotFound, TargetGroup
from cloudkit.elb.listener import forwarded
from tests.conftest import Rig
from tests.elb.answers import BALANCER_ARN, GROUP_ARN, LISTENER_ARN, counted
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
    assert "HTTP 8000" in repr(made)


def test_by_arns(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("lb"))
    group = balancer.target_groups().one()
    with counted(rig.cloud) as called:
        made = Listener.create(balancer.arn, 81, target_group=group.arn)
    assert made.target_group_arns == (group.arn,)
    assert called == ["CreateListener"]


@pytest.mark.parametrize(("port", "protocol"), [(0, "HTTP"), (80, "SMTP"), (80, "TCP"), (65536, "HTTP")])
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
