"""What becomes of a request: it is forwarded, redirected, or answered at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, cast

from attrs import field, frozen
from typing_extensions import override

from cloudkit._core.params import compact, one_of, within
from cloudkit.elb._limits import (
    MAX_FORWARD_GROUPS,
    MAX_GROUP_STICKINESS_SECONDS,
    MAX_REDIRECT_CHARACTERS,
    MAX_RESPONSE_BODY_CHARACTERS,
    MAX_WEIGHT,
)
from cloudkit.elb.target import arn_of, checked_port
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, Duration, HasArn, OpenEnum

_STATUSES = {301: "HTTP_301", 302: "HTTP_302"}
_BODY_STATUS = re.compile(r"[245]\d\d")
_CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
# What a redirect leaves as it is, as AWS spells it.
_SAME = {
    "Protocol": "#{protocol}",
    "Host": "#{host}",
    "Port": "#{port}",
    "Path": "/#{path}",
    "Query": "#{query}",
}
_KEYWORD = re.compile(r"#\{(?P<name>[^}]*)\}")
_KEYWORDS = ("protocol", "host", "port", "path", "query")


class ActionType(OpenEnum):
    """What becomes of a request."""

    FORWARD = "forward"
    REDIRECT = "redirect"
    FIXED_RESPONSE = "fixed-response"
    AUTHENTICATE_OIDC = "authenticate-oidc"
    AUTHENTICATE_COGNITO = "authenticate-cognito"
    JWT_VALIDATION = "jwt-validation"


class Shares(Protocol):
    """A mapping of target groups, or their ARNs, to their shares."""

    def items(self) -> Iterable[tuple[HasArn | str, int]]:
        """Each target group with its share."""
        ...


@frozen(repr=False)
class GroupWeights(Mapping[str, int]):
    """The shares of target groups by their ARNs; a target group itself is taken for its ARN.

    Examples:
        >>> blue = TargetGroup("web-8080")
        >>> Forward({blue: 90}).weights[blue]
        90
    """

    _shares: Mapping[str, int]

    @override
    def __getitem__(self, group: HasArn | str) -> int:
        return self._shares[arn_of(group)]

    @override
    def __contains__(self, group: object) -> bool:
        return (group.arn if isinstance(group, HasArn) else group) in self._shares

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._shares)

    @override
    def __len__(self) -> int:
        return len(self._shares)

    @override
    def __hash__(self) -> int:
        return hash(frozenset(self._shares.items()))

    @override
    def __eq__(self, other: object) -> bool:
        return dict(self._shares) == dict(other) if isinstance(other, Mapping) else NotImplemented  # pyright: ignore[reportUnknownArgumentType]

    @override
    def __repr__(self) -> str:
        return repr(dict(self._shares))


def _weights(given: Shares) -> GroupWeights:
    found: dict[str, int] = {}
    for group, weight in given.items():
        if isinstance(weight, bool) or not isinstance(cast("object", weight), int):
            raise InvalidRequest(f"weight {weight!r}: it is a whole number, 0 to {MAX_WEIGHT}")
        found[arn_of(group)] = within("weight", weight, 0, MAX_WEIGHT, "parts")
    return GroupWeights(found)


def _sticky(value: Duration | None) -> int | None:
    if value is None:
        return None
    whole = round(value if isinstance(value, (int, float)) else value.total_seconds())
    return within("sticky", whole, 1, MAX_GROUP_STICKINESS_SECONDS, "seconds")


@frozen
class Forward:
    """Hand requests to target groups, each its share.

    Attributes:
        weights: The share of each target group, by its ARN: of 90 and 10 the first gets nine tenths. A target group
            itself is taken too. 0 to 999; up to 5 groups.
        sticky: Seconds that a client stays with its group, 1 to 604800; None for a new choice each time.

    Raises:
        InvalidRequest: A weight or a time that AWS would refuse.

    Examples:
        >>> Forward({TargetGroup("web-8080"): 90, TargetGroup("old-9000"): 10}, sticky=600).sticky
        600
    """

    weights: GroupWeights = field(converter=_weights)
    sticky: int | None = field(default=None, converter=_sticky, kw_only=True)


def _component(name: str, value: str | None) -> None:
    if value is None:
        return
    if not len(value) <= MAX_REDIRECT_CHARACTERS or (not value and name != "query"):
        raise InvalidRequest(
            f"{name}={value[:40]!r} has {len(value)} characters: AWS takes up to {MAX_REDIRECT_CHARACTERS}"
        )
    for keyword in _KEYWORD.finditer(value):
        one_of(f"keyword in {name}", keyword["name"], _KEYWORDS)


@frozen
class Redirect:
    """Send clients elsewhere. What is not given stays as it is in the request.

    Attributes:
        https: The port of HTTPS to send clients to: short for `protocol="HTTPS", port=443`.
        protocol: `"HTTP"` or `"HTTPS"`; AWS does not redirect from HTTPS to HTTP.
        host: The host name; it may hold `#{host}`.
        port: The port.
        path: The path, with its `/`; it may hold `#{host}`, `#{path}` (without its first `/`) and `#{port}`.
        query: The query without its `?`; it may hold `#{query}`. `""` takes it away.
        status: 301 for good, 302 for now.

    Raises:
        InvalidRequest: What AWS would refuse, such as a redirect that changes nothing.

    Examples:
        >>> Redirect(https=443).port
        443
        >>> Redirect(host="www.#{host}", status=302).host
        'www.#{host}'
    """

    https: int | None = None
    protocol: str | None = field(default=None, kw_only=True)
    host: str | None = field(default=None, kw_only=True)
    port: int | None = field(default=None, kw_only=True)
    path: str | None = field(default=None, kw_only=True)
    query: str | None = field(default=None, kw_only=True)
    status: int = field(default=301, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.https is not None:
            if self.protocol not in (None, "HTTPS") or self.port not in (None, self.https):
                raise InvalidRequest(
                    f"https={self.https} says protocol and port: another protocol= or port= cannot be given with it"
                )
            object.__setattr__(self, "protocol", "HTTPS")
            object.__setattr__(self, "port", self.https)
        elif self.protocol == "HTTPS":
            object.__setattr__(self, "https", self.port)
        if self.protocol is not None:
            one_of("protocol", self.protocol, ("HTTP", "HTTPS"))
        if self.port is not None:
            checked_port("port", self.port)
        for name in ("host", "path", "query"):
            _component(name, getattr(self, name))
        if self.path is not None and not self.path.startswith("/"):
            raise InvalidRequest(f"path={self.path!r}: it begins with /", hint=f"path='/{self.path}'")
        if self.query is not None and self.query.startswith("?"):
            raise InvalidRequest(f"query={self.query!r}: AWS puts the ? there itself", hint=self.query[1:])
        if self.status not in _STATUSES:
            raise InvalidRequest(f"status={self.status}: it is 301 (for good) or 302 (for now)")
        if (self.protocol, self.host, self.port, self.path) == (None, None, None, None):
            raise InvalidRequest(
                "a redirect that changes neither protocol, host, port nor path goes round in circles",
                hint="Redirect(https=443), or Redirect(host='www.example.com')",
            )


@frozen
class FixedResponse:
    """Answer at once, without any target.

    Attributes:
        status: The HTTP status, 200 to 299 or 400 to 599.
        body: The text, up to 1024 characters.
        content_type: `"text/plain"`, `"text/css"`, `"text/html"`, `"application/javascript"` or `"application/json"`.

    Raises:
        InvalidRequest: What AWS would refuse.

    Examples:
        >>> FixedResponse(503, "back at noon").content_type
        'text/plain'
    """

    status: int
    body: str = ""
    content_type: str = "text/plain"

    def __attrs_post_init__(self) -> None:
        if isinstance(self.status, bool) or not _BODY_STATUS.fullmatch(str(self.status)):
            raise InvalidRequest(
                f"status={self.status!r}: it is 200 to 299 or 400 to 599",
                hint="Redirect(...) sends clients on",
            )
        if len(self.body) > MAX_RESPONSE_BODY_CHARACTERS:
            raise InvalidRequest(
                f"the body has {len(self.body)} characters: AWS takes {MAX_RESPONSE_BODY_CHARACTERS} at most",
                hint="Redirect(...) to where the page lies",
            )
        one_of("content_type", self.content_type, _CONTENT_TYPES)


@frozen
class OtherAction:
    """An action that has no class of its own here, such as one that asks who the user is.

    Attributes:
        type: What it does, such as `"authenticate-oidc"`.
        raw: AWS's row of it; it may hold secrets, which `repr` does not show.
    """

    type: ActionType = field(converter=ActionType)
    raw: Answer = field(repr=False, eq=False)

    @override
    def __hash__(self) -> int:
        return hash(self.type)


Action: TypeAlias = Forward | Redirect | FixedResponse | OtherAction
"""What becomes of a request."""

To: TypeAlias = HasArn | str | Shares | Forward | Redirect | FixedResponse
"""A target group or its ARN, weights of several, or an action."""


def action_to(to: object) -> Forward | Redirect | FixedResponse:
    """The action that somebody means with a target group, weights or an action."""
    if isinstance(to, (Forward, Redirect, FixedResponse)):
        return to
    if isinstance(to, Mapping):
        return Forward(to)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(to, str) and not to.startswith("arn:"):
        raise InvalidRequest(
            f"{to!r} is not the ARN of a target group", hint=f"TargetGroup({to!r}), or its ARN"
        )
    if isinstance(to, (str, HasArn)):
        return Forward({arn_of(to): 1})
    raise InvalidRequest(
        f"{to!r} is neither a target group, weights of several, nor an action",
        hint="TargetGroup('web'), {blue: 90, green: 10}, Redirect(https=443) or FixedResponse(503)",
    )


def action_params(action: Forward | Redirect | FixedResponse) -> Sequence[Answer]:
    """The action as the Actions of CreateListener and CreateRule."""
    if isinstance(action, Redirect):
        given = compact(
            {
                "Protocol": action.protocol,
                "Host": action.host,
                "Port": None if action.port is None else str(action.port),
                "Path": action.path,
                "Query": action.query,
            }
        )
        config = {**_SAME, **given, "StatusCode": _STATUSES[action.status]}
        return [{"Type": str(ActionType.REDIRECT), "RedirectConfig": config}]
    if isinstance(action, FixedResponse):
        answer = {"StatusCode": str(action.status), "ContentType": action.content_type}
        if action.body:
            answer["MessageBody"] = action.body
        return [{"Type": str(ActionType.FIXED_RESPONSE), "FixedResponseConfig": answer}]
    _check_weights(action.weights)
    if len(action.weights) == 1 and action.sticky is None:
        return [{"Type": str(ActionType.FORWARD), "TargetGroupArn": next(iter(action.weights))}]
    forward: Answer = {
        "TargetGroups": [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in action.weights.items()],
        "TargetGroupStickinessConfig": (
            {"Enabled": False}
            if action.sticky is None
            else {"Enabled": True, "DurationSeconds": action.sticky}
        ),
    }
    return [{"Type": str(ActionType.FORWARD), "ForwardConfig": forward}]


def _check_weights(weights: Mapping[str, int]) -> None:
    if not 1 <= len(weights) <= MAX_FORWARD_GROUPS:
        raise InvalidRequest(
            f"an action forwards to 1 to {MAX_FORWARD_GROUPS} target groups, not {len(weights)}",
            hint="put the targets of several groups into one",
        )
    if not any(weights.values()):
        raise InvalidRequest(
            "all weights are 0, so that every request would be answered with 503",
            hint="give at least one group a weight of 1 or more, or FixedResponse(503) if that is meant",
        )


def actions_of(rows: Iterable[Mapping[str, Any]] | None) -> tuple[Action, ...]:
    """The actions that AWS's rows tell of, in the order in which they are done."""
    ordered = sorted(rows or (), key=lambda row: int(row.get("Order") or 0))
    return tuple(_action_of(row) for row in ordered)


def last_action_of(rows: Iterable[Mapping[str, Any]] | None) -> Action:
    """What becomes of a request in the end: AWS does it last."""
    return actions_of(rows)[-1]


def _action_of(row: Mapping[str, Any]) -> Action:
    kind = row.get("Type")
    try:
        if kind == ActionType.REDIRECT and row.get("RedirectConfig"):
            return _redirect_of(row["RedirectConfig"])
        if kind == ActionType.FIXED_RESPONSE and row.get("FixedResponseConfig"):
            config: Mapping[str, Any] = row["FixedResponseConfig"]
            return FixedResponse(
                int(config["StatusCode"]),
                config.get("MessageBody") or "",
                config.get("ContentType") or "text/plain",
            )
        if kind == ActionType.FORWARD:
            return _forward_of(row)
    except InvalidRequest:
        pass  # AWS takes more than this version knows of
    return OtherAction(ActionType(str(kind)), dict(row))


def _redirect_of(config: Mapping[str, Any]) -> Redirect:
    said = {name: value for name, value in config.items() if value is not None and value != _SAME.get(name)}
    port = said.get("Port")
    return Redirect(
        protocol=said.get("Protocol"),
        host=said.get("Host"),
        port=None if port is None else int(port),
        path=said.get("Path"),
        query=said.get("Query"),
        status=int(str(said["StatusCode"]).removeprefix("HTTP_")),
    )


def _forward_of(row: Mapping[str, Any]) -> Forward:
    config: Mapping[str, Any] = row.get("ForwardConfig") or {}
    groups: Sequence[Mapping[str, Any]] = config.get("TargetGroups") or []
    weights = {str(each["TargetGroupArn"]): int(each.get("Weight", 1)) for each in groups}
    if not weights and row.get("TargetGroupArn"):
        weights = {str(row["TargetGroupArn"]): 1}
    stickiness: Mapping[str, Any] = config.get("TargetGroupStickinessConfig") or {}
    seconds = stickiness.get("DurationSeconds") if str(stickiness.get("Enabled")).lower() == "true" else None
    return Forward(weights, sticky=None if seconds is None else int(seconds))
