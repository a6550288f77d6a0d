from __future__ import annotations

import pickle
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given, strategies as st

from cloudkit import Alarm, AlarmRule, Cloud, CompositeAlarm, InvalidRequest
from cloudkit._local.alarms import _Rule
from cloudkit.cloudwatch.rule import checked_rule

HERE = Cloud(region="us-east-1")
A, B, C = (Alarm(name, cloud=HERE) for name in "abc")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (A & B, 'ALARM("a") AND ALARM("b")'),
        (A | B & C, 'ALARM("a") OR ALARM("b") AND ALARM("c")'),
        ((A | B) & C, '(ALARM("a") OR ALARM("b")) AND ALARM("c")'),
        (~A, 'NOT ALARM("a")'),
        (~(A & B), 'NOT (ALARM("a") AND ALARM("b"))'),
        (~~A, 'NOT (NOT ALARM("a"))'),
        (~A & B, 'NOT ALARM("a") AND ALARM("b")'),
        (AlarmRule.ok(A) | AlarmRule.insufficient_data("b"), 'OK("a") OR INSUFFICIENT_DATA("b")'),
        (A & AlarmRule.always(True), 'ALARM("a") AND TRUE'),
        (AlarmRule.always(False), "FALSE"),
        (AlarmRule.alarm("say (hi) OR bye"), 'ALARM("say (hi) OR bye")'),
        (A & CompositeAlarm("d", cloud=HERE), 'ALARM("a") AND ALARM("d")'),
    ],
)
def test_what_is_said(rule: AlarmRule, said: str) -> None:
    assert str(rule) == said
    assert repr(rule) == f"<AlarmRule {said}>"
    assert pickle.loads(pickle.dumps(rule)) == rule


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: AlarmRule.alarm('say "hi"'), "no way to write"),
        (lambda: A & Alarm("back\\slash", cloud=HERE), "no way to write"),
        (lambda: bool(A & B), "neither true nor false"),
        (lambda: not (A & B), "neither true nor false"),
        (lambda: (A & B) | "c", "neither an alarm"),  # type: ignore[operator]
        (lambda: checked_rule(A & B, "a", HERE), "names that alarm itself"),
        (lambda: checked_rule(many(101), "x", HERE), "101 alarms"),
        (lambda: checked_rule(nested(260), "x", HERE), "elements"),
        (lambda: checked_rule(many(90, width=200), "x", HERE), "characters"),
        (lambda: checked_rule(A & B, "x", HERE.in_region("eu-west-1")), "another account or region"),
        (
            lambda: checked_rule(~(C | A & Alarm("b", cloud=Cloud(region="eu-west-1"))), "x", HERE),
            "another account",
        ),
    ],
)
def test_what_cannot_be_is_refused(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        wrong()


def many(number: int, width: int = 1) -> AlarmRule:
    rule = AlarmRule.alarm("x" * width + "-0")
    for each in range(1, number):
        rule = rule | AlarmRule.alarm("x" * width + f"-{each}")
    return rule


def nested(depth: int) -> AlarmRule:
    rule = AlarmRule.alarm("y")
    for _ in range(depth):
        rule = ~~rule
    return rule


def test_as_much_as_aws_takes() -> None:
    assert len(checked_rule(many(100), "x", HERE).alarms) == 100
    assert checked_rule(AlarmRule.alarm("(TRUE)" * 30), "x", HERE).text


# -- a rule says what the operators say --------------------------------------------------------------------------

STATES = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA", "qu (x) AND y": "ALARM"}


def leaves() -> st.SearchStrategy[tuple[AlarmRule, bool]]:
    made = [
        (make(name), STATES[name] == state)
        for name in STATES
        for make, state in (
            (AlarmRule.alarm, "ALARM"),
            (AlarmRule.ok, "OK"),
            (AlarmRule.insufficient_data, "INSUFFICIENT_DATA"),
        )
    ]
    return st.sampled_from([*made, (AlarmRule.always(True), True), (AlarmRule.always(False), False)])


def trees() -> st.SearchStrategy[tuple[AlarmRule, bool]]:
    return st.recursive(
        leaves(),
        lambda some: st.one_of(
            st.tuples(some, some).map(lambda pair: (pair[0][0] & pair[1][0], pair[0][1] and pair[1][1])),
            st.tuples(some, some).map(lambda pair: (pair[0][0] | pair[1][0], pair[0][1] or pair[1][1])),
            some.map(lambda one: (~one[0], not one[1])),
        ),
        max_leaves=12,
    )


@given(trees())
def test_brackets_are_where_they_are_needed(pair: tuple[AlarmRule, bool]) -> None:
    rule, wanted = pair
    alarms = {name: SimpleNamespace(state_value=state) for name, state in STATES.items()}
    assert _Rule(rule.text, alarms).value() is wanted
