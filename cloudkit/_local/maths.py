"""CloudWatch's metric maths, as far as an embedded cloud computes it."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias, Union

from attrs import define, frozen

from cloudkit._local.lacking import Lacking

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]]))"
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("OR", "||"),
    ("AND", "&&"),
    ("==", "!=", "<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/"),
)
_POWER_LEVEL = len(_LEVELS)


def _divided(a: float, b: float) -> float:
    return a / b if b else math.nan  # CloudWatch leaves such points out


_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "^": math.pow,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "AND": lambda a, b: float(bool(a) and bool(b)),
    "&&": lambda a, b: float(bool(a) and bool(b)),
    "OR": lambda a, b: float(bool(a) or bool(b)),
    "||": lambda a, b: float(bool(a) or bool(b)),
}


@frozen
class Line:
    """Points over time.

    Attributes:
        points: Values by the beginning of their period, in seconds.
        period: Seconds of a period.
    """

    points: Mapping[int, float]
    period: int


Value: TypeAlias = Union[float, str, Line, "list[Value]"]


def evaluated(text: str, lines: Mapping[str, Line], periods: Sequence[int]) -> Value:
    """What an expression gives.

    Args:
        text: In CloudWatch's language.
        lines: What its names stand for.
        periods: The beginnings of all periods that are asked for.

    Raises:
        Lacking: It uses what is not computed here.
    """
    parser = _Parser(_tokens(text), lines, periods)
    value = parser.level(0)
    if parser.place < len(parser.tokens):
        raise Lacking(f"metric maths: {text}")
    return value


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(text.rstrip()):
        token = _TOKEN.match(text, place)
        if token is None:
            raise Lacking(f"metric maths: {text}")
        found.append(token[0].strip())
        place = token.end()
    return found


@define
class _Parser:
    tokens: list[str]
    lines: Mapping[str, Line]
    periods: Sequence[int]
    place: int = 0

    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        found = self.next()
        if not found or (wanted is not None and found != wanted):
            raise Lacking(f"metric maths: {' '.join(self.tokens)}")
        self.place += 1
        return found

    def level(self, depth: int) -> Value:
        if depth == _POWER_LEVEL:
            return self.power()
        value = self.level(depth + 1)
        while self.next() in _LEVELS[depth]:
            sign = self.take()
            value = _combined(_OPERATORS[sign], value, self.level(depth + 1))
        return value

    def power(self) -> Value:
        if self.next() == "-":
            self.take()
            return _combined(operator.sub, 0.0, self.power())
        value = self.atom()
        if self.next() == "^":
            self.take()
            value = _combined(math.pow, value, self.power())
        return value

    def atom(self) -> Value:
        found = self.take()
        if found == "(":
            value = self.level(0)
            self.take(")")
            return value
        if found == "[":
            return self.several("]")
        if found[0].isdigit():
            return float(found)
        if self.next() == "(":
            self.take()
            return _applied(found, self.several(")"), self)
        if found in self.lines:
            return self.lines[found]
        return found

    def several(self, end: str) -> list[Value]:
        values: list[Value] = []
        while self.next() != end:
            values.append(self.level(0))
            if self.next() == ",":
                self.take()
        self.take(end)
        return values


def _combined(apply: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, float) and isinstance(right, float):
        return float(apply(left, right))
    if isinstance(left, Line) and isinstance(right, Line):
        both = left.points.keys() & right.points.keys()
        points = {time: apply(left.points[time], right.points[time]) for time in sorted(both)}
        return _line(points, max(left.period, right.period))
    if isinstance(left, Line) and isinstance(right, float):
        return _line({time: apply(value, right) for time, value in left.points.items()}, left.period)
    if isinstance(left, float) and isinstance(right, Line):
        return _line({time: apply(left, value) for time, value in right.points.items()}, right.period)
    raise Lacking("metric maths of several series at once")


def _line(points: Mapping[int, float], period: int) -> Line:
    return Line({time: float(value) for time, value in points.items() if math.isfinite(value)}, period)


def _applied(name: str, given: list[Value], parser: _Parser) -> Value:
    if name == "METRICS" and not given:
        return list(parser.lines.values())
    if name in _ACROSS and len(given) == 1:
        return _across(_ACROSS[name], given[0])
    if name in _EACH and len(given) == 1 and isinstance(given[0], Line):
        line = given[0]
        return _line({time: _EACH[name](value) for time, value in line.points.items()}, line.period)
    if name in _MOVING and len(given) == 1 and isinstance(given[0], Line):
        return _MOVING[name](given[0])
    if name == "FILL" and len(given) == 2 and isinstance(given[0], Line):
        return _filled(given[0], given[1], parser.periods)
    if name == "IF" and len(given) in (2, 3):
        return _chosen(given)
    if name == "PERIOD" and len(given) == 1 and isinstance(given[0], Line):
        return float(given[0].period)
    raise Lacking(f"metric maths: {name} of {len(given)}")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


_ACROSS: dict[str, Callable[[Sequence[float]], float]] = {"SUM": sum, "AVG": _mean, "MAX": max, "MIN": min}
_EACH: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": lambda value: math.log(value) if value > 0 else math.nan,
    "LOG10": lambda value: math.log10(value) if value > 0 else math.nan,
}


def _across(apply: Callable[[Sequence[float]], float], of: Value) -> Value:
    """Of one series, its one value; of several, a series point by point."""
    if isinstance(of, Line):
        return float(apply(list(of.points.values()))) if of.points else math.nan
    if isinstance(of, list) and all(isinstance(each, Line) for each in of):
        lines = [each for each in of if isinstance(each, Line)]
        times = sorted({time for line in lines for time in line.points})
        points = {time: apply([line.points[time] for line in lines if time in line.points]) for time in times}
        return _line(points, max((line.period for line in lines), default=1))
    raise Lacking("metric maths: a function of several numbers")


def _rate(line: Line) -> Line:
    pairs = list(line.points.items())
    return _line({b: (y - x) / (b - a) for (a, x), (b, y) in pairwise(pairs)}, line.period)


def _diff(line: Line) -> Line:
    pairs = list(line.points.items())
    return _line({b: y - x for (_, x), (b, y) in pairwise(pairs)}, line.period)


def _running_sum(line: Line) -> Line:
    total, points = 0.0, dict[int, float]()
    for time, value in line.points.items():
        total += value
        points[time] = total
    return _line(points, line.period)


_MOVING = {"RATE": _rate, "DIFF": _diff, "RUNNING_SUM": _running_sum}


def _filled(line: Line, value: Value, periods: Sequence[int]) -> Line:
    """The points that are missing, by a number, another series, the point before, or a line between two."""
    points: dict[int, float] = {}
    known = sorted(line.points)
    for time in periods:
        if time in line.points:
            points[time] = line.points[time]
        elif isinstance(value, float):
            points[time] = value
        elif isinstance(value, Line):
            points[time] = value.points.get(time, math.nan)
        else:
            before = [each for each in known if each < time]
            after = [each for each in known if each > time]
            if before and value == "REPEAT":
                points[time] = line.points[before[-1]]
            elif before and after:
                a, b = before[-1], after[0]
                share = (time - a) / (b - a)
                points[time] = line.points[a] + share * (line.points[b] - line.points[a])
    return _line(points, line.period)


def _chosen(given: list[Value]) -> Value:
    condition, *values = given
    if not isinstance(condition, Line):
        raise Lacking("metric maths: IF of a number")
    points: dict[int, float] = {}
    for time, holds in condition.points.items():
        value = values[0] if holds else values[1] if len(values) > 1 else None
        if isinstance(value, Line):
            points[time] = value.points.get(time, math.nan)
        elif isinstance(value, float):
            points[time] = value
    return _line(points, condition.period)
