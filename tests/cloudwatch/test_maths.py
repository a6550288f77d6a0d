from __future__ import annotations

import math
import operator
import pickle
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given, strategies as st

from cloudkit import Cloud, InvalidRequest, Metric
from cloudkit._local.maths import Line, evaluated
from cloudkit.cloudwatch import Expression, Unit, expression, max_of, mean_of, min_of, sum_of
from cloudkit.cloudwatch.maths import Computed

HERE = Cloud(region="us-east-1")
A = Metric("App", "a", cloud=HERE)
B = Metric("App", "b", statistic="Sum", cloud=HERE)


def text(of: Computed) -> str:
    return of.rendered(lambda metric: metric.name)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (A + B, "a + b"),
        ((A + B) / A, "(a + b) / a"),
        (A + B / A, "a + b / a"),
        (A - (B - 1), "a - (b - 1)"),
        (A - B - 1, "a - b - 1"),
        (A / (B * 2), "a / (b * 2)"),
        (A * (B + 2), "a * (b + 2)"),
        (A**2, "a ^ 2"),
        ((A**B) ** 2, "(a ^ b) ^ 2"),
        (A ** (B**2), "a ^ (b ^ 2)"),
        (-A, "-a"),
        (1 - (-A), "1 - (-a)"),
        ((-A) ** 2, "(-a) ^ 2"),
        (-(A + B), "-(a + b)"),
        (A + -3, "a + (-3)"),
        (100 * A, "100 * a"),
        (100 / A, "100 / a"),
        (1 + A, "1 + a"),
        (abs(A - B), "ABS(a - b)"),
        (A.rate() * 60, "RATE(a) * 60"),
        (A.diff(), "DIFF(a)"),
        (A.running_sum(), "RUNNING_SUM(a)"),
        (B.per_second(), "b / PERIOD(b)"),
        (A.fill(0), "FILL(a, 0)"),
        (A.fill("repeat"), "FILL(a, REPEAT)"),
        (A.fill(B), "FILL(a, b)"),
        (sum_of(A, B, A + B), "SUM([a, b, a + b])"),
        (mean_of(A), "AVG([a])"),
        (max_of(A, B), "MAX([a, b])"),
        (min_of(A, B) / 2, "MIN([a, b]) / 2"),
        (expression("IF(x > 10 AND y < 3, x, -1)", x=A, y=B), "IF(a > 10 AND b < 3, a, -1)"),
        (expression("x / 2", x=A + B), "(a + b) / 2"),
        (expression("x + 1", x=A) * 2, "(a + 1) * 2"),
        (
            expression("SUM(SEARCH('{AWS/EC2,InstanceId} CPU', 'Average', 300))"),
            "SUM(SEARCH('{AWS/EC2,InstanceId} CPU', 'Average', 300))",
        ),
    ],
)
def test_what_is_said(made: Expression, said: str) -> None:
    assert text(made) == said


def test_it_is_named_by_what_it_is_made_of() -> None:
    rate = 100 * A / B
    assert rate.title == "100 * a Average / b Sum"
    named = rate.labelled("error rate", unit="Percent")
    assert (named.title, named.unit) == ("error rate", Unit.PERCENT)
    assert (named / 2).title == "error rate / 2"
    assert repr(named) == "<Expression error rate: 100 * a Average / b Sum>"
    assert list(rate.metrics_within()) == [A, B]
    assert pickle.loads(pickle.dumps(named)) == named
    assert named == rate.labelled("error rate", unit="Percent")
    assert hash(named) == hash(rate.labelled("error rate", unit="Percent"))


def test_functions_are_named_where_they_say_what_to_sort_by() -> None:
    shown = expression("SUM(SORT(METRICS(), AVG, DESC, 2)) + x", x=A)
    assert str(shown.rendered(lambda _: "m1")) == "SUM(SORT(METRICS(), AVG, DESC, 2)) + m1"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: expression(""), "empty"),
        (lambda: expression("x + 1"), "'x' stands for"),
        (lambda: expression("x", x=A, y=B), "does not use 'y'"),
        (lambda: expression("RAET(x)", x=A), "no function RAET"),
        (lambda: expression("rate(x)", x=A), "no function rate"),
        (lambda: expression("SUM([x, 2)", x=A), "closes nothing"),
        (lambda: expression("(x", x=A), "missing at the end"),
        (lambda: expression("x)", x=A), "closes nothing"),
        (lambda: expression("x % 2", x=A), "no '%'"),
        (lambda: expression("x", x=cast("Any", 3)), "neither a metric"),
        (lambda: expression("X", X=A), "small letter"),
        (lambda: sum_of(), "no metrics"),
        (lambda: A + math.nan, "no number"),
        (lambda: A + True, "no number"),
        (lambda: A.fill(cast("Any", "zero")), "'repeat' or 'linear'"),
        (lambda: float("nan") < A, "no number"),
        (lambda: cast("Any", "80") <= A, "no number"),
        (lambda: A.outside_band(0), "more than 0"),
        (lambda: A + Metric("App", "a", cloud=Cloud(region="eu-west-1")), "several accounts or regions"),
        (lambda: sum_of(*[A] * 600), "2048"),
    ],
)
def test_what_cannot_be_right_is_refused(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        wrong()


def test_functions_that_are_misspelled_are_known() -> None:
    with pytest.raises(InvalidRequest) as caught:
        expression("RAET(x)", x=A)
    assert "RATE" in str(caught.value.hint)


def test_only_metrics_and_numbers_are_computed_with() -> None:
    with pytest.raises(TypeError, match="metrics and numbers"):
        A + "b"  # type: ignore[operator]


def test_a_condition_is_neither_true_nor_false() -> None:
    for condition in (A > 1, A >= 1, A < 1, A <= 1, A.above_band()):
        with pytest.raises(InvalidRequest, match="neither true nor false"):
            bool(condition)
        for join in (operator.and_, operator.or_):
            with pytest.raises(InvalidRequest, match="CompositeAlarm"):
                join(condition, condition)
        with pytest.raises(InvalidRequest, match="CompositeAlarm"):
            operator.invert(condition)
    assert str(1 < A) == "a Average > 1"  # noqa: SIM300 - it is about that
    assert str(A + B <= 0.5) == "a Average + b Sum <= 0.5"
    assert str(A.below_band(3)) == "a Average below the band of 3"


# -- what CloudWatch would compute is what the operators say ------------------------------------------------------

VALUES = {"a": 3.0, "b": 5.0}


def leaves() -> st.SearchStrategy[tuple[object, float]]:
    metrics = st.sampled_from([(A, VALUES["a"]), (B, VALUES["b"])])
    return st.one_of(metrics, st.integers(-4, 9).map(lambda number: (number, float(number))))


def joined(pairs: tuple[tuple[object, float], str, tuple[object, float]]) -> tuple[object, float]:
    (left, x), sign, (right, y) = pairs
    made: object
    if not isinstance(left, Computed) and not isinstance(right, Computed):
        left = A * 0 + left  # type: ignore[operator]
    if sign == "+":
        made, value = left + right, x + y  # type: ignore[operator]
    elif sign == "-":
        made, value = left - right, x - y  # type: ignore[operator]
    elif sign == "*":
        made, value = left * right, x * y  # type: ignore[operator]
    else:
        made, value = left / right, x / y if y else math.nan  # type: ignore[operator]
    return made, value


def trees() -> st.SearchStrategy[tuple[object, float]]:
    return st.recursive(
        leaves(), lambda some: st.tuples(some, st.sampled_from("+-*/"), some).map(joined), max_leaves=12
    )


@given(trees())
def test_brackets_are_where_they_are_needed(pair: tuple[object, float]) -> None:
    made, wanted = pair
    if not isinstance(made, Computed):
        return
    lines = {name: Line({0: value}, 60) for name, value in VALUES.items()}
    found = evaluated(text(made), lines, [0])
    assert isinstance(found, Line)
    if math.isfinite(wanted):
        assert found.points[0] == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    else:
        assert found.points == {}
