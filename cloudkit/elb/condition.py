"""What a request must be for a rule to take it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import attrs
from attrs import frozen
from typing_extensions import override

from cloudkit._core.params import as_text
from cloudkit.elb._limits import (
    MAX_CONDITION_CHARACTERS,
    MAX_CONDITION_VALUES,
    MAX_CONDITION_WILDCARDS,
    MAX_HEADER_NAME_CHARACTERS,
    MAX_METHOD_CHARACTERS,
)
from cloudkit.elb._routing.asked import Asked
from cloudkit.elb._routing.wildcards import matches, wildcards_in
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, OpenEnum


class ConditionField(OpenEnum):
    """What of a request a condition looks at."""

    PATH = "path-pattern"
    HOST = "host-header"
    HEADER = "http-header"
    METHOD = "http-request-method"
    QUERY = "query-string"
    SOURCE = "source-ip"


_CONFIGS: Mapping[ConditionField, str] = {
    ConditionField.PATH: "PathPatternConfig",
    ConditionField.HOST: "HostHeaderConfig",
    ConditionField.HEADER: "HttpHeaderConfig",
    ConditionField.METHOD: "HttpRequestMethodConfig",
    ConditionField.QUERY: "QueryStringConfig",
    ConditionField.SOURCE: "SourceIpConfig",
}
_ONCE = (ConditionField.PATH, ConditionField.HOST, ConditionField.METHOD, ConditionField.SOURCE)
_WITH_REGEX = (ConditionField.PATH, ConditionField.HOST, ConditionField.HEADER)
_WITHOUT_WILDCARDS = (ConditionField.METHOD, ConditionField.SOURCE)
# RuleCondition, Values, names fewer than AWS takes: what is refused here cannot be in the path of a URL at all.
_NOT_IN_PATH = re.compile(r"[^!-~]|[#<>\\^`{|}]")
_HOST = re.compile(r"[A-Za-z0-9_.*?-]+")
_METHOD = re.compile(r"[A-Z_-]+")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 7230, "token"

Values: TypeAlias = str | Sequence[str]
"""One value, or several of which one is enough."""

Query: TypeAlias = Values | Mapping[str, Values]
"""Values anywhere in the query, or those of keys."""


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@frozen
class Condition:
    """One condition of a rule: one of its values is enough.

    Attributes:
        field: What of the request it looks at.
        values: What that may be, with the wildcards `*` and `?` but for method and source. For a query each value is
            `"value"`, or `"key=value"`.
        name: The name of the header.
        regex: Whether the values are regular expressions: of path, host and header.

    Raises:
        InvalidRequest: What AWS would refuse.

    Examples:
        >>> Condition("path-pattern", ["/api/*", "/v2/*"]).values
        ('/api/*', '/v2/*')
        >>> Condition("http-header", "*Mobile*", name="User-Agent").name
        'User-Agent'
    """

    field: ConditionField = attrs.field(converter=ConditionField)
    values: tuple[str, ...] = attrs.field(converter=_texts)
    name: str | None = attrs.field(default=None, kw_only=True)
    regex: bool = attrs.field(default=False, kw_only=True)

    def checked(self) -> Condition:
        """The condition itself, if AWS takes it. No request.

        `Listener.route`, `Rule.create` and `Rule.update` check it by themselves.

        Returns:
            The condition itself.

        Raises:
            InvalidRequest: What AWS would refuse.

        Examples:
            >>> Condition("host-header", "*.example.com").checked().values
            ('*.example.com',)

        AWS: none
        """
        if not self.values:
            raise InvalidRequest(f"{self._named}: a condition needs a value")
        if (self.name is not None) != (self.field is ConditionField.HEADER):
            raise InvalidRequest(f"{self._named}: name= is that of a header, and of nothing else")
        if self.regex and self.field not in _WITH_REGEX:
            raise InvalidRequest(f"{self._named}: regular expressions are for path, host and header alone")
        if self.name is not None:
            _check_header_name(self.name)
        for value in self.values:
            longest = (
                MAX_METHOD_CHARACTERS if self.field is ConditionField.METHOD else MAX_CONDITION_CHARACTERS
            )
            as_text(self._named, value, 1, longest)
            if not self.regex:
                _check_value(self.field, value)
        return self

    @property
    def _named(self) -> str:
        return str(self.field) if self.name is None else f"{self.field} {self.name}"

    @override
    def __str__(self) -> str:
        return f"{self._named} {' or '.join(self.values)}"


def _check_header_name(name: str) -> None:
    as_text("header name", name, 1, MAX_HEADER_NAME_CHARACTERS)
    if not _HEADER_NAME.fullmatch(name):
        raise InvalidRequest(f"header name {name!r}: it has letters, digits and hyphens, and no wildcards")
    if name.lower() == "host":
        raise InvalidRequest("the header Host has a condition of its own", hint="host='www.example.com'")


def _check_value(of: ConditionField, value: str) -> None:
    if of is ConditionField.PATH:
        wrong = _NOT_IN_PATH.search(value)
        if wrong is not None:
            raise InvalidRequest(
                f"path {value!r}: {wrong[0]!r} cannot be in a path",
                hint="* stands for any text: '/users/*/orders'" if wrong[0] in "{}<>" else None,
            )
        if "://" in value:
            raise InvalidRequest(
                f"path {value!r} is a whole address",
                hint="path= is what comes after the host; host= is for the host",
            )
    elif of is ConditionField.HOST:
        _check_host(value)
    elif of is ConditionField.METHOD and not _METHOD.fullmatch(value):
        hint = f"method={value.upper()!r}" if _METHOD.fullmatch(value.upper()) else None
        raise InvalidRequest(
            f"method {value!r}: it has capital letters, - and _, and no wildcards", hint=hint
        )
    elif of is ConditionField.SOURCE:
        _check_network(value)


def _check_host(value: str) -> None:
    if not _HOST.fullmatch(value):
        raise InvalidRequest(
            f"host {value!r}: it has letters, digits, . - _ and the wildcards * and ?",
            hint="a host has neither scheme, port nor path" if ":" in value or "/" in value else None,
        )
    if "." not in value:
        raise InvalidRequest(f"host {value!r}: it has a dot at least", hint=f"host='{value}.example.com'")
    if not re.fullmatch(r"[A-Za-z]+", value.rpartition(".")[2]):
        raise InvalidRequest(f"host {value!r}: after the last dot come letters alone")


def _check_network(value: str) -> None:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        hint = None
        with suppress(ValueError):
            hint = f"source={str(ipaddress.ip_network(value, strict=False))!r}"
        raise InvalidRequest(f"source {value!r}: {error}", hint=hint) from error
    if "/" not in value:
        raise InvalidRequest(
            f"source {value!r}: it is a network in CIDR form",
            hint=f"source={str(ipaddress.ip_network(value))!r}",
        )


def conditions_of_words(
    path: Values | None = None,
    *,
    host: Values | None = None,
    header: Mapping[str, Values] | None = None,
    method: Values | None = None,
    query: Query | None = None,
    source: Values | None = None,
) -> tuple[Condition, ...]:
    """The conditions that somebody gives by keywords: all of them must be met."""
    made: list[Condition] = []
    for of, values in (
        (ConditionField.HOST, host),
        (ConditionField.PATH, path),
        (ConditionField.METHOD, method),
        (ConditionField.SOURCE, source),
    ):
        if values is not None:
            made.append(Condition(of, values))
    for name, values in (header or {}).items():
        made.append(Condition(ConditionField.HEADER, values, name=name))
    if isinstance(query, Mapping):
        for key, values in query.items():
            made.append(Condition(ConditionField.QUERY, [f"{key}={value}" for value in _texts(values)]))
    elif query is not None:
        made.append(Condition(ConditionField.QUERY, query))
    return tuple(made)


def checked_conditions(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The conditions of one rule, if AWS takes them together."""
    given = tuple(condition.checked() for condition in conditions)
    if not given:
        raise InvalidRequest(
            "a rule needs a condition",
            hint="path='/api/*', host=, header=, method=, query= or source=; listener.update(action=...) changes"
            " what becomes of all other requests",
        )
    for once in _ONCE:
        if sum(condition.field is once for condition in given) > 1:
            raise InvalidRequest(
                f"a rule has one condition of {once}", hint="give it several values: one of them is enough"
            )
    values = sum(len(condition.values) for condition in given)
    if values > MAX_CONDITION_VALUES:
        raise InvalidRequest(
            f"a rule has {MAX_CONDITION_VALUES} values in all its conditions at most, not {values}",
            hint="make several rules with the same target group",
        )
    wild = sum(
        wildcards_in(value)
        for condition in given
        if condition.field not in _WITHOUT_WILDCARDS and not condition.regex
        for value in condition.values
    )
    if wild > MAX_CONDITION_WILDCARDS:
        raise InvalidRequest(
            f"a rule has {MAX_CONDITION_WILDCARDS} wildcards (* and ?) in all at most, not {wild}",
            hint="make several rules with the same target group",
        )
    return given


def condition_params(conditions: Iterable[Condition]) -> list[Answer]:
    """The conditions as those of CreateRule."""
    return [
        {"Field": str(condition.field), _CONFIGS[condition.field]: _config(condition)}
        for condition in conditions
    ]


def _config(condition: Condition) -> Answer:
    if condition.field is ConditionField.QUERY:
        return {"Values": [_pair(value) for value in condition.values]}
    config: Answer = {("RegexValues" if condition.regex else "Values"): list(condition.values)}
    return config if condition.name is None else {"HttpHeaderName": condition.name, **config}


def _pair(value: str) -> dict[str, str]:
    key, separator, rest = value.partition("=")
    return {"Key": key, "Value": rest} if separator and key else {"Value": rest if separator else value}


def _pair_text(pair: Mapping[str, str]) -> str:
    key = pair.get("Key")
    return pair["Value"] if key is None else f"{key}={pair['Value']}"


def conditions_of(rows: Iterable[Mapping[str, Any]] | None) -> tuple[Condition, ...]:
    """The conditions that AWS's rows tell of."""
    return tuple(_condition_of(row) for row in rows or ())


def _condition_of(row: Mapping[str, Any]) -> Condition:
    of = ConditionField(row["Field"])
    config: Mapping[str, Any] = row.get(_CONFIGS.get(of, "")) or {}
    patterns = config.get("RegexValues") or row.get("RegexValues")
    found: Sequence[Any] = patterns or config.get("Values") or row.get("Values") or ()
    texts = [_pair_text(each) if of is ConditionField.QUERY else str(each) for each in found]
    return Condition(of, texts, name=config.get("HttpHeaderName"), regex=bool(patterns))


def condition_matches(condition: Condition, asked: Asked) -> bool:
    """Whether a request meets it."""
    return any(_value_matches(condition, value, asked) for value in condition.values)


def _value_matches(condition: Condition, value: str, asked: Asked) -> bool:
    of = condition.field
    if of is ConditionField.METHOD:
        return value == asked.method
    if of is ConditionField.SOURCE:
        return asked.source is not None and asked.source in ipaddress.ip_network(value, strict=False)
    if of is ConditionField.QUERY:
        wanted = _pair(value)
        return any(
            ("Key" not in wanted or matches(wanted["Key"], key, fold=True))
            and matches(wanted["Value"], told, fold=True)
            for key, told in asked.query
        )
    if of is ConditionField.HOST:
        looked_at: Sequence[str] = (asked.host,)
    elif of is ConditionField.HEADER:
        looked_at = asked.headers.get((condition.name or "").lower(), ())
    else:
        looked_at = (asked.path,)
    if condition.regex:
        fold = re.RegexFlag(0) if of is ConditionField.PATH else re.IGNORECASE
        return any(re.search(value, text, fold) is not None for text in looked_at)
    return any(matches(value, text, fold=of is not ConditionField.PATH) for text in looked_at)
