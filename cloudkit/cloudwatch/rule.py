"""Rules of composite alarms, as data."""

from __future__ import annotations

import re
from typing import NoReturn, Protocol, TypeAlias, cast

from attrs import frozen
from typing_extensions import override

from cloudkit._core.cloud import Cloud
from cloudkit._core.resource import Resource
from cloudkit.cloudwatch._limits import MAX_RULE_ALARMS, MAX_RULE_CHARACTERS, MAX_RULE_ELEMENTS
from cloudkit.cloudwatch.state import AlarmState
from cloudkit.errors import InvalidRequest

_QUOTED = re.compile(r'"[^"]*"')
_ELEMENT = re.compile(r"[()]|\bTRUE\b|\bFALSE\b")
_BINDING = {"OR": 1, "AND": 2, "NOT": 3, "": 4}


class Named(Protocol):
    """An alarm, as far as rules name it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


@frozen(repr=False)
class AlarmRule:
    """When a composite alarm is in alarm: made of alarms by `&`, `|` and `~`.

    An alarm by itself stands for its being in alarm; `AlarmRule.ok(alarm)` and `AlarmRule.insufficient_data(alarm)` for the other
    states.

    Examples:
        >>> cpu, errors, deploying = Alarm("cpu"), Alarm("errors"), Alarm("deploying")
        >>> (cpu | errors) & ~deploying
        <AlarmRule (ALARM("cpu") OR ALARM("errors")) AND NOT ALARM("deploying")>

    AWS: none
    """

    text: str
    alarms: tuple[str, ...] = ()
    # The word that joins its parts; without one it holds together.
    word: str = ""
    # Where its alarms are, of those that were not given by name.
    clouds: frozenset[Cloud] = frozenset()

    @classmethod
    def alarm(cls, alarm: Named | str) -> AlarmRule:
        """That the alarm is in alarm. No request.

        Args:
            alarm: An alarm, or its name or ARN.

        Returns:
            A rule.

        Raises:
            InvalidRequest: Its name has a quote or a backslash in it, which rules cannot have.

        Examples:
            >>> AlarmRule.alarm("cpu")
            <AlarmRule ALARM("cpu")>

        AWS: none
        """
        return _state(AlarmState.ALARM, alarm)

    @classmethod
    def ok(cls, alarm: Named | str) -> AlarmRule:
        """That the alarm is OK. No request.

        Args:
            alarm: An alarm, or its name or ARN.

        Returns:
            A rule.

        Raises:
            InvalidRequest: Its name has a quote or a backslash in it, which rules cannot have.

        Examples:
            >>> AlarmRule.ok(Alarm("network"))
            <AlarmRule OK("network")>

        AWS: none
        """
        return _state(AlarmState.OK, alarm)

    @classmethod
    def insufficient_data(cls, alarm: Named | str) -> AlarmRule:
        """That the alarm lacks data. No request.

        Args:
            alarm: An alarm, or its name or ARN.

        Returns:
            A rule.

        Raises:
            InvalidRequest: Its name has a quote or a backslash in it, which rules cannot have.

        Examples:
            >>> AlarmRule.insufficient_data(Alarm("network"))
            <AlarmRule INSUFFICIENT_DATA("network")>

        AWS: none
        """
        return _state(AlarmState.INSUFFICIENT_DATA, alarm)

    @classmethod
    def always(cls, value: bool) -> AlarmRule:
        """What is always true, or never: to try out actions, or to take a composite alarm out of a circle. No request.

        Args:
            value: Which.

        Returns:
            A rule.

        Examples:
            >>> AlarmRule.always(False)
            <AlarmRule FALSE>

        AWS: none
        """
        return cls("TRUE" if value else "FALSE")

    def __and__(self, other: RuleLike) -> AlarmRule:
        return _joined(self, "AND", other)

    def __rand__(self, other: RuleLike) -> AlarmRule:
        return _joined(other, "AND", self)

    def __or__(self, other: RuleLike) -> AlarmRule:
        return _joined(self, "OR", other)

    def __ror__(self, other: RuleLike) -> AlarmRule:
        return _joined(other, "OR", self)

    def __invert__(self) -> AlarmRule:
        return AlarmRule(f"NOT {_within(self, 'NOT')}", self.alarms, "NOT", self.clouds)

    @override
    def __str__(self) -> str:
        return self.text

    @override
    def __repr__(self) -> str:
        return f"<AlarmRule {self.text}>"

    def __bool__(self) -> NoReturn:
        raise InvalidRequest(
            f"{self.text} is a rule for a composite alarm, neither true nor false",
            hint="`&`, `|` and `~` make rules, not `and`, `or` and `not`",
        )


RuleLike: TypeAlias = AlarmRule | Named
"""A rule, or an alarm, which stands for its being in alarm."""


def as_rule(given: RuleLike) -> AlarmRule:
    """The rule that is meant."""
    if isinstance(given, AlarmRule):
        return given
    if isinstance(cast("object", given), Resource):
        return AlarmRule.alarm(given)
    raise InvalidRequest(f"{given!r} is neither an alarm nor a rule", hint="(a & b) | ~c, of alarms")


def checked_rule(given: RuleLike, name: str, cloud: Cloud) -> AlarmRule:
    """The rule of a composite alarm of that name and place, if AWS takes it."""
    rule = as_rule(given)
    if any(each != cloud for each in rule.clouds):
        raise InvalidRequest(
            f"the rule of {name!r} names alarms of another account or region: it would watch those of that name here",
            hint="cloud= of those alarms",
        )
    different = set(rule.alarms)
    if name in different:
        raise InvalidRequest(f"the rule of {name!r} names that alarm itself: it would never be evaluated")
    if len(different) > MAX_RULE_ALARMS:
        raise InvalidRequest(
            f"a rule of {len(different)} alarms: AWS takes {MAX_RULE_ALARMS}",
            hint="composite alarms of some of them, and one of those",
        )
    # The brackets of the states are a part of the child.
    bare = _QUOTED.sub("", rule.text).replace("()", "")
    elements = len(rule.alarms) + len(_ELEMENT.findall(bare))
    if elements > MAX_RULE_ELEMENTS:
        raise InvalidRequest(f"a rule of {elements} elements: AWS takes {MAX_RULE_ELEMENTS}")
    if len(rule.text) > MAX_RULE_CHARACTERS:
        raise InvalidRequest(f"a rule of {len(rule.text)} characters: AWS takes {MAX_RULE_CHARACTERS}")
    return rule


def _state(state: AlarmState, alarm: Named | str) -> AlarmRule:
    name = alarm if isinstance(alarm, str) else alarm.name
    if '"' in name or "\\" in name:
        raise InvalidRequest(
            f"the alarm {name!r} in a rule: AWS documents no way to write its quote or backslash there",
            hint="an alarm by another name; or, if you know how, AlarmRule('ALARM(...)')",
        )
    clouds = frozenset({alarm.cloud}) if isinstance(alarm, Resource) else frozenset[Cloud]()
    return AlarmRule(f'{state}("{name}")', (name,), clouds=clouds)


def _joined(left: RuleLike, word: str, right: RuleLike) -> AlarmRule:
    first, second = as_rule(left), as_rule(right)
    text = f"{_within(first, word)} {word} {_within(second, word)}"
    return AlarmRule(text, (*first.alarms, *second.alarms), word, first.clouds | second.clouds)


def _within(rule: AlarmRule, word: str) -> str:
    """The text of a rule as a part of one that the word joins."""
    loose = _BINDING[rule.word] < _BINDING[word] or rule.word == word == "NOT"
    return f"({rule.text})" if loose else rule.text
