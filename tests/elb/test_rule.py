from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence

import pytest

from cloudkit import (
    AccessDenied,
    AlreadyExists,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    LimitExceeded,
)
from cloudkit.elb import (
    Condition,
    FixedResponse,
    Forward,
    Listener,
    ListenerNotFound,
    LoadBalancer,
    Redirect,
    Rule,
    RuleNotFound,
    TargetGroup,
)
from cloudkit.elb._limits import MAX_PRIORITY, PLACING_TRIES
from cloudkit.elb._routing.placing import between, next_free, spread
from tests.conftest import Rig
from tests.elb.answers import GROUP_ARN, LISTENER_ARN, answer, counted, world
from tests.faults import FaultServer, Reply, Request

NETWORK_ARN = LISTENER_ARN.replace("/app/", "/net/")
IN_USE = Reply.query_error("PriorityInUse", "Priority '1' is currently in use")


def rule_arn(number: int) -> str:
    return f"{LISTENER_ARN.replace(':listener/', ':listener-rule/')}/{number:016x}"


def rows(*rules: tuple[int | str, str], operation: str = "DescribeRules") -> Reply:
    """Rules by priority and path, which forward to the group; a path of "" is the default one's."""
    members = ""
    for priority, path in rules:
        condition = (
            f"<member><Field>path-pattern</Field><PathPatternConfig><Values><member>{path}</member></Values>"
            "</PathPatternConfig></member>"
            if path
            else ""
        )
        members += (
            f"<member><RuleArn>{rule_arn(0 if priority == 'default' else int(priority))}</RuleArn>"
            f"<Priority>{priority}</Priority><IsDefault>{str(not path).lower()}</IsDefault>"
            f"<Conditions>{condition}</Conditions><Actions><member><Type>forward</Type>"
            f"<TargetGroupArn>{GROUP_ARN}</TargetGroupArn><ForwardConfig><TargetGroups><member><TargetGroupArn>"
            f"{GROUP_ARN}</TargetGroupArn><Weight>1</Weight></member></TargetGroups></ForwardConfig></member></Actions></member>"
        )
    return answer(operation, f"<Rules>{members}</Rules>")


DEFAULT = ("default", "")


@pytest.fixture
def pair(rig: Rig) -> tuple[Listener, TargetGroup]:
    balancer = LoadBalancer.create(rig.name("lb"))
    return balancer.listeners().one(), TargetGroup.create(rig.name("tg"), port=9000)


# -- making --------------------------------------------------------------------------------------------------


def test_they_are_shown_by_their_load_balancer(pair: tuple[Listener, TargetGroup], rig: Rig) -> None:
    listener, group = pair
    rule = listener.route("/shown", group)
    name = rule.arn.split("/")[2]
    assert repr(rule) == f"<Rule {name} {rule.priority}>"
    assert str(rule) == rule.arn
    assert (
        repr(
            Listener(
                "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/old:80", cloud=rig.cloud
            )
        )
        == "<Listener old>"
    )


def test_rules_come_one_behind_the_other(pair: tuple[Listener, TargetGroup]) -> None:
    listener, group = pair
    first = listener.route("/api/*", group, method=["GET", "HEAD"], tags={"team": "web"})
    second = listener.route(to=Redirect(https=443), host="old.example.com")
    third = listener.route("/no", FixedResponse(404, "no"), priority=100)
    last = listener.route("/last", {group: 9, listener.target_group_arns[0]: 1})
    assert [each.priority for each in (first, second, third, last)] == [1, 2, 100, 101]
    for each in (first, Rule.get(first.arn)):
        assert each.conditions == (
            Condition("path-pattern", "/api/*"),
            Condition("http-request-method", ["GET", "HEAD"]),
        )
        assert each.action == Forward({group.arn: 1})
        assert each.listener_arn == listener.arn
        assert not each.is_default
    assert dict(first.tags) == {"team": "web"}
    assert last.weights()[group] == 9
    found = listener.rules().to_list()
    assert {each.priority for each in found} == {1, 2, 100, 101, None}
    assert [each.action for each in found if each.priority == 100] == [FixedResponse(404, "no")]


def test_requests_of_route(pair: tuple[Listener, TargetGroup], rig: Rig) -> None:
    listener, group = pair
    with counted(rig.cloud) as called:
        listener.route("/a", group.arn)
        listener.route("/b", group.arn, priority=7)
    assert called == ["DescribeRules", "CreateRule", "CreateRule"]


def test_a_taken_priority_is_told(pair: tuple[Listener, TargetGroup]) -> None:
    listener, group = pair
    listener.route("/a", group, priority=5)
    with pytest.raises(AlreadyExists) as caught:
        listener.route("/b", group, priority=5)
    assert "priority=" in str(caught.value.hint)


def test_before_and_after(pair: tuple[Listener, TargetGroup]) -> None:
    listener, group = pair
    second = listener.route("/b", group)
    first = listener.route("/a", group, before=second)  # nothing is free before 1
    assert first.priority == 1
    assert (second.refresh().priority or 0) > 1
    between_them = listener.route("/ab", group, after=first)
    assert between_them.priority is not None
    assert 1 < between_them.priority < (second.priority or 0)
    last = listener.route("/z", group, after=second)
    assert (last.priority or 0) > (second.priority or 0)
    last.move(before=first)
    paths = [
        each.conditions[0].values[0]
        for each in sorted(listener.rules(), key=lambda rule: rule.priority or MAX_PRIORITY)
        if not each.is_default
    ]
    assert paths == ["/z", "/a", "/ab", "/b"]
    assert last.move(40_000).priority == 40_000
    assert Rule.get(last.arn).priority == 40_000


def test_places(pair: tuple[Listener, TargetGroup], rig: Rig) -> None:
    listener, group = pair
    default = listener.rules().one()
    rule = listener.route("/a", group, before=default)
    with pytest.raises(InvalidRequest, match="nothing comes after"):
        listener.route("/b", group, after=default)
    with pytest.raises(InvalidRequest, match="give one of them"):
        listener.route("/b", group, after=rule, priority=7)
    with pytest.raises(InvalidRequest, match="without a place"):
        rule.move()
    other = LoadBalancer.create(rig.name("lb")).listeners().one()
    with pytest.raises(InvalidRequest, match="another listener"):
        other.route("/b", group, before=rule)
    with pytest.raises(InvalidRequest, match="1 to 50000"):
        rule.move(0)


def test_numbers() -> None:
    assert next_free([]) == 1
    assert next_free([3, 7]) == 8
    assert next_free([1, MAX_PRIORITY - 1, MAX_PRIORITY]) == MAX_PRIORITY - 2
    with pytest.raises(LimitExceeded):
        next_free(range(1, MAX_PRIORITY + 1))
    assert between([10, 20], before=20) == 15
    assert between([10, 11], before=11) is None
    assert between([1], before=1) is None
    assert between([10, 11], after=10) is None
    assert between([10], after=10) == 11
    assert between([MAX_PRIORITY], after=MAX_PRIORITY) is None
    assert spread([1, 2, 3], 2) == {2: 13, 3: 23}
    assert spread([1, MAX_PRIORITY - 2], 1) == {1: MAX_PRIORITY - 1, MAX_PRIORITY - 2: MAX_PRIORITY}
    with pytest.raises(LimitExceeded, match="used up"):
        spread([1, MAX_PRIORITY], 1)


# -- what goes wrong -----------------------------------------------------------------------------------------


def test_somebody_else_takes_the_priority_meanwhile(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeRules=[rows(DEFAULT), rows((1, "/theirs"), DEFAULT)],
        CreateRule=[IN_USE, rows((2, "/api/*"), operation="CreateRule")],
    )
    rule = Listener(LISTENER_ARN, cloud=cloud).route("/api/*", GROUP_ARN)
    assert rule.priority == 2
    assert faults.operations == ["DescribeRules", "CreateRule", "DescribeRules", "CreateRule"]
    assert [each.form.get("Priority") for each in faults.requests if each.operation == "CreateRule"] == [
        "1",
        "2",
    ]


def test_it_ends_when_others_are_always_faster(faults: FaultServer) -> None:
    cloud = world(faults, DescribeRules=[rows(DEFAULT)], CreateRule=[IN_USE])
    with pytest.raises(AlreadyExists) as caught:
        Listener(LISTENER_ARN, cloud=cloud).route("/api/*", GROUP_ARN)
    assert caught.value.retryable
    assert faults.operations.count("CreateRule") == PLACING_TRIES


def lost_world(faults: FaultServer, *, answers_of_create: Sequence[Reply], there: Reply) -> Listener:
    looks: list[Reply] = [rows(DEFAULT), there]
    creates = list(answers_of_create)

    def reply(request: Request) -> Reply:
        if request.operation == "DescribeRules":
            return looks.pop(0) if len(looks) > 1 else looks[0]
        return creates.pop(0) if len(creates) > 1 else creates[0]

    faults.otherwise(reply)
    return Listener(LISTENER_ARN, cloud=faults.cloud(attempts=2, pauses=False))


def test_a_lost_answer_makes_no_second_rule(faults: FaultServer) -> None:
    listener = lost_world(
        faults, answers_of_create=[Reply(reset=True), IN_USE], there=rows((1, "/api/*"), DEFAULT)
    )
    rule = listener.route("/api/*", GROUP_ARN)
    assert (rule.arn, rule.priority) == (rule_arn(1), 1)
    assert faults.operations == ["DescribeRules", "CreateRule", "CreateRule", "DescribeRules"]


def test_all_answers_lost(faults: FaultServer) -> None:
    listener = lost_world(faults, answers_of_create=[Reply(reset=True)], there=rows((1, "/api/*"), DEFAULT))
    assert listener.route("/api/*", GROUP_ARN).priority == 1
    assert faults.operations.count("CreateRule") == 2


def test_all_answers_lost_and_nothing_made(faults: FaultServer) -> None:
    listener = lost_world(faults, answers_of_create=[Reply(reset=True)], there=rows((1, "/other"), DEFAULT))
    with pytest.raises(ConnectionFailed):
        listener.route("/api/*", GROUP_ARN)


def test_somebody_elses_rule_is_not_taken_for_ones_own(faults: FaultServer) -> None:
    """The first try found nobody's ear, and by the second one somebody else had made another rule there."""
    listener = lost_world(
        faults, answers_of_create=[Reply(reset=True), IN_USE], there=rows((7, "/other"), DEFAULT)
    )
    with pytest.raises(AlreadyExists):
        listener.route("/api/*", GROUP_ARN, priority=7)


@pytest.mark.parametrize(
    ("code", "hint"), [("TooManyRules", "100 rules"), ("TargetGroupAssociationLimit", "make another group")]
)
def test_limits(faults: FaultServer, code: str, hint: str) -> None:
    cloud = world(faults, DescribeRules=[rows(DEFAULT)], CreateRule=[Reply.query_error(code)])
    with pytest.raises(LimitExceeded) as caught:
        Listener(LISTENER_ARN, cloud=cloud).route("/api/*", GROUP_ARN)
    assert hint in str(caught.value.hint)
    assert faults.operations.count("CreateRule") == 1


def test_what_aws_would_refuse_is_refused_before(faults: FaultServer) -> None:
    listener = Listener(LISTENER_ARN, cloud=faults.cloud())
    calls: list[Callable[[], object]] = [
        lambda: listener.route(to=GROUP_ARN),
        lambda: listener.route("/a"),
        lambda: listener.route("/a", GROUP_ARN, priority=0),
        lambda: listener.route("/a", "group"),
        lambda: Rule(LISTENER_ARN, cloud=faults.cloud()),
        lambda: Rule(rule_arn(1), cloud=faults.cloud()).update(),
    ]
    for call in calls:
        with pytest.raises(InvalidRequest):
            call()
    with pytest.raises(Conflict, match="network load balancer"):
        Listener(NETWORK_ARN, cloud=faults.cloud()).route("/a", GROUP_ARN)
    assert faults.requests == []


# -- changing ------------------------------------------------------------------------------------------------


def test_update_and_weights(pair: tuple[Listener, TargetGroup]) -> None:
    listener, group = pair
    rule = listener.route("/api/*", group)
    blue = TargetGroup(listener.target_group_arns[0])
    assert rule.weights({blue: 90, group: 10}, sticky=60) == {blue.arn: 90, group.arn: 10}
    assert rule.refresh().action == Forward({blue: 90, group: 10}, sticky=60)
    assert rule.conditions == (Condition("path-pattern", "/api/*"),)
    rule.update(path="/v2/*", host="*.example.com")
    assert {str(each.field) for each in Rule.get(rule.arn).conditions} == {"path-pattern", "host-header"}
    assert rule.weights()[blue] == 90
    rule.update(to=FixedResponse(503))
    assert Rule.get(rule.arn).action == FixedResponse(503)
    assert rule.weights() == {}
    with pytest.raises(InvalidRequest, match="sticky= without"):
        rule.weights(sticky=60)


def test_delete(pair: tuple[Listener, TargetGroup]) -> None:
    listener, group = pair
    rule = listener.route("/api/*", group)
    assert rule.exists()
    rule.delete()
    rule.delete()
    assert not rule.exists()
    with pytest.raises(RuleNotFound):
        Rule.get(rule.arn)
    with pytest.raises(RuleNotFound):
        rule.update(to=FixedResponse(503))


def test_delete_of_one_that_is_gone(faults: FaultServer) -> None:
    """The embedded cloud says nothing."""
    faults.otherwise(Reply.query_error("RuleNotFound"))
    Rule(rule_arn(1), cloud=faults.cloud()).delete()
    assert faults.operations == ["DeleteRule"]


def test_exists_does_not_take_403_for_no(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("AccessDenied", "no", 403))
    with pytest.raises(AccessDenied):
        Rule(rule_arn(1), cloud=faults.cloud()).exists()


def test_the_default_rule_stays(pair: tuple[Listener, TargetGroup]) -> None:
    listener, _ = pair
    default = listener.rules().one()
    assert default.priority is None
    for call in (default.delete, lambda: default.move(1), lambda: default.update(to=FixedResponse(503))):
        with pytest.raises(Conflict, match="default rule"):
            call()
    assert listener.rules().one() == default


def test_a_listener_that_is_not_there(rig: Rig) -> None:
    with pytest.raises(ListenerNotFound):
        Listener(LISTENER_ARN).route("/a", FixedResponse(404))
    with pytest.raises(ListenerNotFound):
        Listener(LISTENER_ARN).rules().to_list()


def test_it_pickles(pair: tuple[Listener, TargetGroup]) -> None:
    listener, group = pair
    rule = listener.route("/api/*", group)
    again = pickle.loads(pickle.dumps(rule))
    assert again == rule
    assert again.priority == 1


def test_a_rule_that_was_just_made_is_waited_for(faults: FaultServer) -> None:
    cloud = world(
        faults,
        CreateRule=[rows((7, "/a"), operation="CreateRule")],
        ModifyRule=[Reply.query_error("RuleNotFound"), rows((7, "/a"), operation="ModifyRule")],
    )
    rule = Listener(LISTENER_ARN, cloud=cloud).route("/a", GROUP_ARN, priority=7)
    assert rule.update(to=GROUP_ARN).priority == 7


# -- explaining ----------------------------------------------------------------------------------------------


def test_explain(pair: tuple[Listener, TargetGroup]) -> None:
    listener, group = pair
    general = listener.route("/api/*", group)
    special = listener.route("/api/v2/*", group, host="www.example.com", before=general)
    assert listener.explain("GET", "https://www.example.com/api/v2/users") == special
    assert listener.explain("GET", "https://api.example.com/api/v2/users") == general
    assert listener.explain("GET", "/").is_default
    assert general.matches("POST", "/api/?x=1")
    assert not special.matches("POST", "/api/v2/")
