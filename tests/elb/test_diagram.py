from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cloudkit import InvalidRequest, LoadBalancer, MissingExtra, TargetGroup
from cloudkit.elb import Diagram, Kind
from cloudkit.elb._drawing.parts import Arrow, Box, Look, Role
from cloudkit.elb._limits import MAX_TARGETS_DRAWN
from tests.conftest import Rig
from tests.elb import answers
from tests.elb._drawing.texts import statements
from tests.elb.kinds import balancer_of
from tests.elb.machines import launch
from tests.faults import FaultServer, Reply

ONE = Diagram(
    "web", (Box("n0", Role.CLIENTS, ("Internet",)), Box("n1", Role.BALANCER, ("web",))), (Arrow("n0", "n1"),)
)


def texts(diagram: Diagram, role: Role) -> list[tuple[str, ...]]:
    return [box.texts for box in diagram.boxes if box.role is role]


def ways(diagram: Diagram) -> list[tuple[str, str, str]]:
    """The arrows, by the first texts of what they join."""
    names = {box.id: box.texts[0] for box in diagram.boxes}
    return [(names[each.start], each.label, names[each.end]) for each in diagram.arrows]


# -- application ---------------------------------------------------------------------------------------------


def test_two_servers_behind_a_load_balancer(rig: Rig) -> None:
    boxes = [launch(rig.cloud) for _ in range(2)]
    rig.cloud.call("ec2", "create_tags", Resources=[boxes[0].id], Tags=[{"Key": "Name", "Value": "one"}])
    balancer = LoadBalancer.create(rig.name("web"), targets=boxes)
    balancer.wait("active")
    diagram = balancer.diagram()
    group = balancer.target_groups().one().name
    assert texts(diagram, Role.CLIENTS) == [("Internet",)]
    assert texts(diagram, Role.BALANCER) == [(balancer.name, "application load balancer", balancer.dns_name)]
    assert texts(diagram, Role.LISTENER) == [("HTTP 80",)]
    assert texts(diagram, Role.RULE) == [], "a default rule alone is the listener's own arrow"
    assert texts(diagram, Role.GROUP) == [(group, "HTTP 8080")]
    assert sorted(texts(diagram, Role.TARGET)) == sorted(
        [("one", f"{boxes[0].id}:8080", "healthy"), (f"{boxes[1].id}:8080", "healthy")]
    )
    assert {box.look for box in diagram.boxes if box.role is Role.TARGET} == {Look.GOOD}
    assert len(statements(diagram.mermaid)) == 6 + 5 + 5
    assert str(diagram) == diagram.mermaid
    assert repr(diagram) == f"<Diagram of {balancer.name}: 6 boxes>"


def test_its_requests(rig: Rig) -> None:
    balancer = LoadBalancer.create(
        rig.name("web"), targets=[launch(rig.cloud)], listeners={80: 8080, 81: 8081}
    )
    with answers.counted(rig.cloud) as called:
        balancer.diagram()
    assert Counter(called) == {
        "DescribeLoadBalancers": 1,
        "DescribeListeners": 1,
        "DescribeRules": 2,
        "DescribeTargetGroups": 1,
        "DescribeTargetHealth": 2,
        "DescribeInstances": 1,
    }


def test_blue_and_green_with_rules(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("web"), listeners={80: 8080})
    blue = balancer.target_groups().one()
    green = TargetGroup.create(rig.name("green"), port=8080)
    listener = balancer.listeners().one()
    both = [
        {"TargetGroupArn": blue.arn, "Weight": 9},
        {"TargetGroupArn": green.arn, "Weight": 1},
    ]
    for priority, conditions, action in (
        (
            20,
            [
                {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a/*", "/b"]}},
                {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "2"}]}},
            ],
            {"Type": "forward", "ForwardConfig": {"TargetGroups": both}},
        ),
        (
            3,
            [{"Field": "host-header", "HostHeaderConfig": {"Values": ["old.example.com"]}}],
            {"Type": "redirect", "RedirectConfig": {"Host": "new.example.com", "StatusCode": "HTTP_302"}},
        ),
        (
            5,
            [
                {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Env", "Values": ["down"]}},
                {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["PUT"]}},
                {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
            ],
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "503", "ContentType": "text/plain"},
            },
        ),
    ):
        rig.cloud.call(
            "elbv2",
            "create_rule",
            ListenerArn=listener.arn,
            Priority=priority,
            Conditions=conditions,
            Actions=[action],
        )
    diagram = balancer.diagram()
    assert texts(diagram, Role.RULE) == [
        ("3", "host old.example.com"),
        ("5", "header X-Env: down", "method PUT", "from 10.0.0.0/8"),
        ("20", "path /a/* or /b", "query v=2"),
        ("default",),
    ], "in the order in which they are tried"
    assert texts(diagram, Role.ANSWER) == [
        ("redirect 302", "#{protocol}://new.example.com:#{port}/#{path}"),
        ("answer 503", "no text"),
    ]
    found = ways(diagram)
    assert ("20", "90 %", blue.name) in found
    assert ("20", "10 %", green.name) in found
    assert ("default", "", blue.name) in found
    assert ("3", "", "redirect 302") in found
    assert texts(diagram, Role.TARGET) == [("no targets",), ("no targets",)]
    statements(diagram.mermaid)


def test_who_signs_in_first_is_told(faults: FaultServer) -> None:
    arn = answers.GROUP_ARN
    cloud = _web(
        faults,
        rules=(
            "<member><Priority>default</Priority><IsDefault>true</IsDefault><Actions>"
            f"<member><Type>forward</Type><Order>2</Order><TargetGroupArn>{arn}</TargetGroupArn></member>"
            "<member><Type>authenticate-cognito</Type><Order>1</Order></member></Actions></member>"
        ),
    )
    diagram = LoadBalancer(answers.BALANCER_ARN, cloud=cloud).diagram()
    assert texts(diagram, Role.RULE) == [("default", "sign-in by Cognito")]
    assert ("default", "", "web-8080") in ways(diagram)


@pytest.mark.parametrize(
    ("state", "reason", "look"),
    [
        ("healthy", "", Look.GOOD),
        ("initial", "Elb.RegistrationInProgress", Look.WAITING),
        ("unhealthy", "Target.Timeout", Look.BAD),
        ("unused", "Target.NotInUse", Look.BAD),
        ("draining", "Target.DeregistrationInProgress", Look.AWAY),
        ("resting", "", Look.WAITING),
    ],
)
def test_how_a_target_is(faults: FaultServer, state: str, reason: str, look: Look) -> None:
    diagram = LoadBalancer(answers.BALANCER_ARN, cloud=_web(faults, _target("i-1", state, reason))).diagram()
    (target,) = (box for box in diagram.boxes if box.role is Role.TARGET)
    assert target.texts == ("i-1:8080", state, *([reason] if reason else []))
    assert target.look is look


def test_who_may_not_look_at_instances_gets_their_ids(faults: FaultServer) -> None:
    diagram = LoadBalancer(answers.BALANCER_ARN, cloud=_web(faults, _target("i-1", "healthy"))).diagram()
    assert any(request.operation == "DescribeInstances" for request in faults.requests)
    assert texts(diagram, Role.TARGET) == [("i-1:8080", "healthy")]


def test_of_many_targets_those_that_are_not_well_are_shown(faults: FaultServer) -> None:
    many = MAX_TARGETS_DRAWN + 6
    rows = [_target(f"i-{n}", "unhealthy" if n in (4, 9) else "healthy") for n in range(many)]
    diagram = LoadBalancer(answers.BALANCER_ARN, cloud=_web(faults, *rows)).diagram()
    assert texts(diagram, Role.TARGET) == [
        ("i-4:8080", "unhealthy"),
        ("i-9:8080", "unhealthy"),
        (f"{many - 2} more", "healthy"),
    ]
    rows = [_target(f"i-{n}", "unhealthy") for n in range(many)]
    diagram = LoadBalancer(answers.BALANCER_ARN, cloud=_web(faults, *rows)).diagram()
    assert len(texts(diagram, Role.TARGET)) == MAX_TARGETS_DRAWN + 1
    assert texts(diagram, Role.TARGET)[-1] == ("6 more", "unhealthy")


# -- other kinds ---------------------------------------------------------------------------------------------


def test_an_internal_network_load_balancer(rig: Rig) -> None:
    group = rig.cloud.call(
        "elbv2",
        "create_target_group",
        Name=rig.name("db"),
        Protocol="TCP",
        Port=5432,
        VpcId=rig.cloud.call("ec2", "describe_vpcs")["Vpcs"][0]["VpcId"],
        TargetType="ip",
    )["TargetGroups"][0]
    subnet = rig.cloud.call("ec2", "describe_subnets")["Subnets"][0]["SubnetId"]
    row = rig.cloud.call(
        "elbv2",
        "create_load_balancer",
        Name=rig.name("net"),
        Type="network",
        Scheme="internal",
        Subnets=[subnet],
    )["LoadBalancers"][0]
    rig.cloud.call(
        "elbv2",
        "create_listener",
        LoadBalancerArn=row["LoadBalancerArn"],
        Protocol="TCP",
        Port=5432,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    )
    with answers.counted(rig.cloud) as called:
        diagram = LoadBalancer(row["LoadBalancerArn"]).diagram()
    assert "DescribeRules" not in called, "network load balancers have none"
    assert texts(diagram, Role.CLIENTS) == [(f"VPC {row['VpcId']}",)]
    assert texts(diagram, Role.BALANCER)[0][1] == "network load balancer"
    assert texts(diagram, Role.LISTENER) == [("TCP 5432",)]
    assert texts(diagram, Role.GROUP) == [(group["TargetGroupName"], "TCP 5432 (ip)")]


def test_a_classic_one_has_instances_without_groups(rig: Rig) -> None:
    balancer = balancer_of(rig, Kind.CLASSIC)
    box = launch(rig.cloud)
    rig.cloud.call(
        "elb",
        "register_instances_with_load_balancer",
        LoadBalancerName=balancer.name,
        Instances=[{"InstanceId": box.id}],
    )
    diagram = balancer.diagram()
    assert texts(diagram, Role.BALANCER)[0][:2] == (balancer.name, "classic load balancer")
    assert ("HTTP 80", "HTTP 8080", "instances") in ways(diagram)
    (target,) = texts(diagram, Role.TARGET)
    assert target[0].startswith(box.id)
    statements(diagram.mermaid)


# -- showing and saving --------------------------------------------------------------------------------------


def test_it_is_saved_by_how_the_name_ends(tmp_path: Path) -> None:
    assert ONE.save(tmp_path / "web.svg").read_text().startswith("<svg")
    assert ONE.save(str(tmp_path / "web.mmd")).read_text() == ONE.mermaid + "\n"
    assert ONE.save(tmp_path / "web.md").read_text() == f"```mermaid\n{ONE.mermaid}\n```\n"
    with pytest.raises(InvalidRequest, match="web.png") as caught:
        ONE.save(tmp_path / "web.png")
    assert "web.svg" in str(caught.value.hint)
    assert not (tmp_path / "web.png").exists()


def test_notebooks_show_the_picture() -> None:
    shown = ONE._repr_mimebundle_()
    assert shown == {"image/svg+xml": ONE.svg(), "text/plain": ONE.mermaid}
    assert ONE._repr_svg_() == ONE.svg()
    assert set(ONE._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}
    assert set(ONE._repr_mimebundle_(exclude=["text/plain"])) == {"image/svg+xml"}


def test_without_the_extra_there_is_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(MissingExtra) as caught:
        ONE.svg()
    assert "cloudkit[diagram]" in str(caught.value.hint)
    with pytest.raises(MissingExtra):
        ONE.save(tmp_path / "web.svg")
    assert ONE._repr_svg_() is None
    assert set(ONE._repr_mimebundle_()) == {"text/markdown", "text/plain"}
    assert ONE.mermaid in ONE._repr_mimebundle_()["text/markdown"]
    assert not list(tmp_path.iterdir())


# -- answers -------------------------------------------------------------------------------------------------


def _target(box: str, state: str, reason: str = "") -> str:
    told = f"<Reason>{reason}</Reason>" if reason else ""
    return (
        f"<member><Target><Id>{box}</Id><Port>8080</Port></Target>"
        f"<TargetHealth><State>{state}</State>{told}</TargetHealth></member>"
    )


def _web(faults: FaultServer, *targets: str, rules: str = "") -> Any:
    """A load balancer with a group of such targets; nobody may look at instances."""
    forward = f"<member><Type>forward</Type><TargetGroupArn>{answers.GROUP_ARN}</TargetGroupArn></member>"
    default = f"<member><Priority>default</Priority><Actions>{forward}</Actions></member>"
    listener = (
        f"<Listeners><member><ListenerArn>{answers.LISTENER_ARN}</ListenerArn><Port>80</Port>"
        f"<Protocol>HTTP</Protocol><DefaultActions>{forward}</DefaultActions></member></Listeners>"
    )
    health = f"<TargetHealthDescriptions>{''.join(targets)}</TargetHealthDescriptions>"
    return answers.world(
        faults,
        DescribeLoadBalancers=[answers.balancer()],
        DescribeListeners=[answers.answer("DescribeListeners", listener)],
        DescribeRules=[answers.answer("DescribeRules", f"<Rules>{rules or default}</Rules>")],
        DescribeTargetGroups=[answers.group()],
        DescribeTargetHealth=[answers.answer("DescribeTargetHealth", health)],
        DescribeInstances=[Reply.query_error("UnauthorizedOperation", "not allowed", status=403)],
    )
