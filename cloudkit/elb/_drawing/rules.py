"""Rules in a few words: when they apply, and what they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cloudkit.elb.action import ActionType, FixedResponse, OtherAction, Redirect
from cloudkit.elb.condition import ConditionField, conditions_of

_DEFAULT = "default"
_WORDS = {
    ConditionField.PATH: "path",
    ConditionField.HOST: "host",
    ConditionField.HEADER: "header",
    ConditionField.METHOD: "method",
    ConditionField.QUERY: "query",
    ConditionField.SOURCE: "from",
}
_SIGN_IN = {
    ActionType.AUTHENTICATE_OIDC: "sign-in by OpenID Connect",
    ActionType.AUTHENTICATE_COGNITO: "sign-in by Cognito",
    ActionType.JWT_VALIDATION: "valid token (JWT)",
}


def words_of(rule: Mapping[str, Any]) -> Iterator[str]:
    """What a request must be for the rule to apply, a text a condition; all must hold."""
    for condition in conditions_of(rule.get("Conditions")):
        word = _WORDS.get(condition.field, str(condition.field))
        name = f" {condition.name}:" if condition.name else ""
        yield f"{word}{name} {' or '.join(condition.values)}"


def priority_of(rule: Mapping[str, Any]) -> str:
    """Its priority; `default` for the one that applies when no other does."""
    return str(rule.get("Priority", _DEFAULT))


def is_default(rule: Mapping[str, Any]) -> bool:
    """Whether it applies when no other does."""
    return priority_of(rule) == _DEFAULT


def order_of(rule: Mapping[str, Any]) -> tuple[bool, int]:
    """Where it stands among the rules: they are tried by priority, and the default one last."""
    return is_default(rule), 0 if is_default(rule) else int(priority_of(rule))


def step_of(action: OtherAction) -> str:
    """What is asked of a client before the request goes on."""
    return _SIGN_IN.get(action.type, str(action.type))


def answer_of(action: Redirect | FixedResponse) -> Sequence[str]:
    """What the client is told."""
    if isinstance(action, FixedResponse):
        return [f"answer {action.status}", action.content_type if action.body else "no text"]
    scheme = (action.protocol or "#{protocol}").lower()
    port = "#{port}" if action.port is None else action.port
    query = "" if action.query is None else f"?{action.query}"
    url = f"{scheme}://{action.host or '#{host}'}:{port}{action.path or '/#{path}'}{query}"
    return [f"redirect {action.status}", url]
