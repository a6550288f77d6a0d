"""What load balancers of all kinds do: one suite, run for each kind that is made here."""

from __future__ import annotations

import pickle

import pytest

from cloudkit import AlreadyExists, Conflict, InvalidRequest, SecurityGroup
from cloudkit.elb import Health, Kind, LoadBalancer, LoadBalancerNotFound, Scheme, TargetGroup
from cloudkit.elb._naming import MARK
from tests.conftest import Rig
from tests.elb.answers import counted
from tests.elb.machines import launch, network

KINDS = (Kind.APPLICATION, Kind.NETWORK, Kind.CLASSIC)


@pytest.fixture(params=KINDS, ids=str)
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(request.param)


def guards(name: str) -> list[SecurityGroup]:
    return SecurityGroup.list(name=f"{name}-load-balancer").to_list()


def test_create_with_nothing_but_a_name_and_a_kind(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    balancer = LoadBalancer.create(name, kind=kind)
    assert (balancer.name, balancer.kind, balancer.scheme) == (name, kind, Scheme.INTERNET_FACING)
    assert len(balancer.subnet_ids) >= 2
    assert balancer.vpc_id.startswith("vpc-")
    assert balancer.created.tzinfo is not None
    listener = balancer.listeners().one()
    assert (listener.port, listener.protocol) == (80, "TCP" if kind is Kind.NETWORK else "HTTP")
    (guard,) = guards(name)
    assert balancer.security_group_ids == (guard.id,)
    assert [str(rule) for rule in guard.rules] == ["tcp 80 0.0.0.0/0"]
    assert dict(guard.tags)[MARK] == dict(balancer.tags)[MARK] == name
    assert balancer.wait("active").state == "active"


def test_create_with_all(rig: Rig, kind: Kind) -> None:
    vpc, subnets = network(rig.cloud, "a", "b", "c")
    box = launch(rig.cloud, subnet=subnets[0])
    guard = SecurityGroup.create(rig.name("guard"), vpc=vpc)
    name = rig.name("web")
    balancer = LoadBalancer.create(
        name,
        kind=str(kind),
        listeners={80: 8080, 8000: 8080, 9000: 9001},
        targets=[box, box.id],
        scheme="internal",
        subnets=subnets[:2],
        security_groups=[guard],
        health_path="/up",
        tags={"team": "web"},
    )
    assert balancer.scheme is Scheme.INTERNAL
    assert (balancer.vpc_id, set(balancer.subnet_ids)) == (vpc, set(subnets[:2]))
    assert balancer.security_group_ids == (guard.id,)
    assert sorted(each.port for each in balancer.listeners()) == [80, 8000, 9000]
    assert {row.id for row in balancer.health()} == {box.id}
    assert balancer.health().all_healthy
    assert {"team": "web", MARK: name}.items() <= dict(balancer.tags).items()
    assert guards(name) == []
    if kind is Kind.CLASSIC:
        assert balancer.classic.health_check.path == "/up"
    else:
        assert {group.health_check.path for group in balancer.target_groups()} == {"/up"}
    balancer.delete()
    assert guard.exists()


def test_inside_the_vpc_clients_are_those_of_the_vpc(rig: Rig, kind: Kind) -> None:
    vpc, subnets = network(rig.cloud, "a", "b")
    name = rig.name("web")
    LoadBalancer.create(name, kind=kind, scheme="internal", subnets=subnets)
    (guard,) = guards(name)
    row = rig.cloud.call("ec2", "describe_vpcs", VpcIds=[vpc])["Vpcs"][0]
    assert [rule.peer for rule in guard.rules] == [row["CidrBlock"]]


def test_subnets_in_one_zone(rig: Rig, kind: Kind) -> None:
    _, (subnet,) = network(rig.cloud, "a")
    name = rig.name("web")
    if kind is Kind.APPLICATION:
        with pytest.raises(InvalidRequest, match="2 zones"):
            LoadBalancer.create(name, kind=kind, subnets=[subnet])
        assert not LoadBalancer(name).exists()
    else:
        assert LoadBalancer.create(name, kind=kind, subnets=[subnet]).subnet_ids == (subnet,)


def test_a_name_that_is_taken_by_any_kind(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    LoadBalancer.create(name, kind=kind)
    for other in KINDS:
        with pytest.raises(AlreadyExists, match=f"of kind {kind}") as caught:
            LoadBalancer.create(name, kind=other)
        assert (caught.value.resource, caught.value.operation) == (name, "CreateLoadBalancer")


def test_waiting_and_a_block(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    box = launch(rig.cloud)
    with LoadBalancer.create(name, kind=kind, targets=[box], wait=60) as web:
        assert web.health().all_healthy
    assert not LoadBalancer(name).exists()
    assert guards(name) == []
    assert TargetGroup.list(name=f"{name}*").to_list() == []


class Oops(Exception):
    pass


@pytest.mark.parametrize("keep", [False, True])
def test_a_block_that_fails(rig: Rig, kind: Kind, keep: bool) -> None:
    name = rig.name("web")
    with pytest.raises(Oops):
        with LoadBalancer.create(name, kind=kind, keep_on_error=keep):
            raise Oops
    assert LoadBalancer(name).exists() is keep


def test_get_list_and_find(rig: Rig, kind: Kind) -> None:
    stem = rig.name("web")
    one, two = LoadBalancer.create(f"{stem}a", kind=kind), LoadBalancer.create(f"{stem}b", kind=kind)
    for given in (one.name, one.arn, one.dns_name):
        found = LoadBalancer.get(given)
        assert found == one
        assert (found.arn, found.kind) == (one.arn, kind)
    for listed in (LoadBalancer.list(name=f"{stem}*"), LoadBalancer.list(name=f"{stem}*", kind=kind)):
        assert {each.name: each.dns_name for each in listed} == {
            each.name: each.dns_name for each in (one, two)
        }
    other = Kind.CLASSIC if kind is not Kind.CLASSIC else Kind.APPLICATION
    assert LoadBalancer.find(f"{stem}b", kind=other) is None
    assert LoadBalancer.find(f"{stem}b") == two
    assert LoadBalancer.find(f"{stem}c") is None


def test_a_kind_is_asked_of_its_own_api_alone(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    LoadBalancer.create(name, kind=kind)
    with counted(rig.cloud) as called:
        LoadBalancer.list(kind=kind, name=name).one()
    pages = len(called)
    with counted(rig.cloud) as called:
        LoadBalancer.list(name=name).one()
    assert len(called) > pages


def test_which_api_it_is_of_is_found_once(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    LoadBalancer.create(name, kind=kind)
    rig.clock.advance(301)
    with counted(rig.cloud) as called:
        assert LoadBalancer(name).exists()
    assert len(called) == (2 if kind is Kind.CLASSIC else 1)
    with counted(rig.cloud) as called:
        assert LoadBalancer(name).exists()
        LoadBalancer(name).refresh()
    assert called == ["DescribeLoadBalancers"] * 2


def test_list_of_those_that_serve_an_instance(rig: Rig, kind: Kind) -> None:
    box, other = launch(rig.cloud), launch(rig.cloud)
    balancer = LoadBalancer.create(rig.name("web"), kind=kind, targets=[box])
    LoadBalancer.create(rig.name("web"), kind=kind, targets=[other])
    assert LoadBalancer.list(target=box).to_list() == [balancer]
    assert LoadBalancer.list(target=box.id, kind=kind).one() == balancer
    assert LoadBalancer.list(target=box, kind="gateway").to_list() == []


def test_add_and_remove_are_safe_to_repeat(rig: Rig, kind: Kind) -> None:
    one, two = launch(rig.cloud), launch(rig.cloud)
    balancer = LoadBalancer.create(rig.name("web"), kind=kind)
    balancer.add(one, two.id)
    balancer.add(one)
    assert sorted(row.id for row in balancer.health()) == sorted([one.id, two.id])
    assert {row.state for row in balancer.health()} == {Health.HEALTHY}
    balancer.remove(one)
    balancer.remove(one, "i-0000000000000dead")
    balancer.remove()
    balancer.add()
    assert [row.id for row in balancer.health()] == [two.id]
    balancer.wait_healthy(two)


def test_tags_write_through(rig: Rig, kind: Kind) -> None:
    balancer = LoadBalancer.create(rig.name("web"), kind=kind)
    balancer.tags["team"] = "web"
    assert LoadBalancer(balancer.name).tags["team"] == "web"
    balancer.tags.discard(["team"])
    assert "team" not in balancer.tags


def test_it_pickles_with_its_arn(rig: Rig, kind: Kind) -> None:
    balancer = LoadBalancer.create(rig.name("web"), kind=kind)
    again = pickle.loads(pickle.dumps(balancer))
    assert again == balancer
    with counted(rig.cloud) as called:
        assert again.arn == balancer.arn
    assert called == []
    assert again.dns_name == balancer.dns_name


def test_delete_leaves_nothing_of_its_own(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    box = launch(rig.cloud)
    balancer = LoadBalancer.create(name, kind=kind, listeners={80: 8080, 90: 9000}, targets=[box])
    LoadBalancer(name).delete()
    assert not balancer.exists()
    assert TargetGroup.list(name=f"{name}*").to_list() == []
    assert guards(name) == []
    with pytest.raises(LoadBalancerNotFound):
        LoadBalancer(name).listeners().to_list()
    balancer.delete()
    LoadBalancer(name).delete()
    state = rig.cloud.call("ec2", "describe_instances", InstanceIds=[box.id])
    assert state["Reservations"][0]["Instances"][0]["State"]["Name"] == "running"


# -- ensure --------------------------------------------------------------------------------------------------


def test_ensure_makes_or_takes(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    box, other = launch(rig.cloud), launch(rig.cloud)
    made = LoadBalancer.ensure(name, kind=kind, targets=[box])
    assert made.kind == kind
    same = LoadBalancer.ensure(name, kind=kind, listeners={80: 8080}, targets=[box], scheme="internet-facing")
    assert same == made == LoadBalancer.ensure(name)
    assert len(made.listeners().to_list()) == len(made.health()) == 1
    LoadBalancer.ensure(name, targets=[other])
    assert {row.id for row in made.health()} == {box.id, other.id}


def test_ensure_takes_what_is_there_with_one_request(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    LoadBalancer.create(name, kind=kind)
    with counted(rig.cloud) as called:
        LoadBalancer.ensure(name)
    assert called == ["DescribeLoadBalancers"]


def test_ensure_names_what_differs(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    LoadBalancer.create(name, kind=kind, health_path="/")
    with counted(rig.cloud) as called:
        with pytest.raises(Conflict) as caught:
            LoadBalancer.ensure(name, listeners={80: 9000, 81: 8080}, health_path="/up", targets=["i-1"])
    for told in ("80 forwards to 8080, not 9000", "no listener on 81", "is /, not /up"):
        assert told in str(caught.value)
    assert all(operation.startswith("Describe") for operation in called)
    assert "update=True" in str(caught.value.hint)


def test_ensure_does_not_change_what_aws_cannot(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    LoadBalancer.create(name, kind=kind)
    other = next(each for each in KINDS if each is not kind)
    for update in (False, True):
        with pytest.raises(Conflict, match="scheme is internet-facing, not internal"):
            LoadBalancer.ensure(name, scheme="internal", update=update)
        with pytest.raises(Conflict, match=f"kind is {kind}, not {other}"):
            LoadBalancer.ensure(name, kind=other, update=update)


def test_ensure_changes_what_differs(rig: Rig, kind: Kind) -> None:
    name = rig.name("web")
    box, other = launch(rig.cloud), launch(rig.cloud)
    balancer = LoadBalancer.create(name, kind=kind, targets=[box], health_path="/")
    for _ in range(2):
        LoadBalancer.ensure(
            name, listeners={80: 9000, 81: 8080}, health_path="/up", targets=[other], update=True
        )
    assert sorted(each.port for each in balancer.listeners()) == [80, 81]
    assert {row.id for row in balancer.health()} == {box.id, other.id}
    (guard,) = guards(name)
    assert {rule.ports for rule in guard.rules} == {(80, 80), (81, 81)}
    with pytest.raises(Conflict, match="forwards to 9000"):
        LoadBalancer.ensure(name, listeners={80: 8080})
    balancer.delete()
    assert TargetGroup.list(name=f"{name}-*").to_list() == []


def test_ensure_of_subnets_and_security_groups(rig: Rig, kind: Kind) -> None:
    vpc, subnets = network(rig.cloud, "a", "b", "c")
    guard, another = (SecurityGroup.create(rig.name("guard"), vpc=vpc) for _ in range(2))
    name = rig.name("web")
    balancer = LoadBalancer.create(name, kind=kind, subnets=subnets[:2], security_groups=[guard])
    with pytest.raises(Conflict) as caught:
        LoadBalancer.ensure(name, subnets=subnets, security_groups=[another])
    assert "subnets are" in str(caught.value)
    assert "security_groups are" in str(caught.value)
    LoadBalancer.ensure(name, subnets=subnets, security_groups=[another], update=True)
    balancer.refresh()
    assert set(balancer.subnet_ids) == set(subnets)
    assert balancer.security_group_ids == (another.id,)
