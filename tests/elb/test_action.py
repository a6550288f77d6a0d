from __future__ import annotations

import pytest

from cloudkit import InvalidRequest
from cloudkit.elb import FixedResponse, Forward, OtherAction, Redirect, TargetGroup
from cloudkit.elb.action import action_params, action_to, actions_of
from tests.elb.answers import GROUP_ARN
from tests.faults import FaultServer

OTHER_ARN = GROUP_ARN.replace("web-8080", "green")


@pytest.mark.parametrize(
    "action",
    [
        Forward({GROUP_ARN: 1}),
        Forward({GROUP_ARN: 90, OTHER_ARN: 0}),
        Forward({GROUP_ARN: 1}, sticky=604_800),
        Redirect(https=443),
        Redirect(host="www.#{host}", path="/a/#{path}", query="", status=302),
        Redirect(protocol="HTTP", port=8080),
        FixedResponse(503),
        FixedResponse(200, "{}", "application/json"),
    ],
)
def test_what_is_sent_is_read_back(action: Forward | Redirect | FixedResponse) -> None:
    assert actions_of(action_params(action)) == (action,)
    assert hash(actions_of(action_params(action))[0]) == hash(action)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Forward({GROUP_ARN: 1000}), "0 to 999"),
        (lambda: Forward({GROUP_ARN: True}), "whole number"),
        (lambda: Forward({GROUP_ARN: 1}, sticky=0), "1 to 604800"),
        (lambda: action_params(Forward({})), "1 to 5"),
        (lambda: action_params(Forward({f"{GROUP_ARN}{n}": 1 for n in range(6)})), "1 to 5"),
        (lambda: action_params(Forward({GROUP_ARN: 0})), "503"),
        (lambda: Redirect(), "round in circles"),
        (lambda: Redirect(query="a=1"), "round in circles"),
        (lambda: Redirect(https=443, port=80), "cannot be given"),
        (lambda: Redirect(https=443, protocol="HTTP"), "cannot be given"),
        (lambda: Redirect(https=0), "a port is"),
        (lambda: Redirect(path="new"), "begins with /"),
        (lambda: Redirect(path="/#{paht}"), "keyword"),
        (lambda: Redirect(host="a" * 129), "128"),
        (lambda: Redirect(https=443, query="?a"), "itself"),
        (lambda: Redirect(https=443, status=307), "301"),
        (lambda: Redirect(protocol="FTP"), "HTTPS"),
        (lambda: FixedResponse(302), "400 to 599"),
        (lambda: FixedResponse(200, "a" * 1025), "1024"),
        (lambda: FixedResponse(200, "a", "text/csv"), "text/plain"),
        (lambda: action_to("api"), "TargetGroup"),
        (lambda: action_to(8080), "FixedResponse"),
    ],
)
def test_what_aws_would_refuse_is_refused(make: object, match: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        make()  # type: ignore[operator]
    assert match in str(caught.value)


def test_weights_go_by_target_group_and_arn(faults: FaultServer) -> None:
    blue = TargetGroup(GROUP_ARN, cloud=faults.cloud())
    weights = Forward({blue: 9}).weights
    assert weights[blue] == weights[GROUP_ARN] == 9
    assert blue in weights
    assert OTHER_ARN not in weights
    assert weights == {GROUP_ARN: 9}
    assert faults.requests == []


def test_actions_of_other_kinds_are_shown_without_secrets() -> None:
    rows = [
        {"Type": "forward", "TargetGroupArn": GROUP_ARN, "Order": 2},
        {"Type": "authenticate-oidc", "AuthenticateOidcConfig": {"ClientSecret": "hush"}, "Order": 1},
    ]
    first, last = actions_of(rows)
    assert isinstance(first, OtherAction)
    assert first.type == "authenticate-oidc"
    assert "hush" not in repr(first)
    assert last == Forward({GROUP_ARN: 1})
    assert isinstance(hash(first), int)


def test_a_group_of_weight_0_alone_is_read() -> None:
    """Console and API take it, and requests get 503."""
    row = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": GROUP_ARN, "Weight": 0}]}}
    assert actions_of([row]) == (Forward({GROUP_ARN: 0}),)
