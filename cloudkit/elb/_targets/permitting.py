"""Letting a target group invoke a Lambda function, and taking that back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.policy import service_sid
from cloudkit._core.service import Service
from cloudkit.errors import AlreadyExists, NotFound

LAMBDA = Service(
    "lambda",
    # A statement of that name is there already.
    errors={"ResourceConflictException": AlreadyExists},
    hints={"ResourceNotFoundException": "the function is not there, or it is in another account or region"},
)

_SERVICE = "elasticloadbalancing.amazonaws.com"
_PARTS_BEFORE_QUALIFIER = 7  # arn:aws:lambda:region:account:function:name


def allow(cloud: Cloud, function: str, group_arn: str) -> bool:
    """Let a target group invoke a function. One request; False if it may already."""
    params = {**_statement(function, group_arn), "Action": "lambda:InvokeFunction", "Principal": _SERVICE}
    try:
        cloud.invoke(LAMBDA, "add_permission", {**params, "SourceArn": group_arn}, about=function)
    except AlreadyExists:
        return False
    return True


def disallow(cloud: Cloud, function: str, group_arn: str) -> None:
    """Take that back; fine if it may not. One request."""
    with suppress(NotFound):
        cloud.invoke(LAMBDA, "remove_permission", _statement(function, group_arn), about=function)


def _statement(function: str, group_arn: str) -> Mapping[str, Any]:
    """What names the statement: an alias or a version has a policy of its own."""
    parts = function.split(":")
    qualifier = parts[_PARTS_BEFORE_QUALIFIER] if len(parts) > _PARTS_BEFORE_QUALIFIER else None
    return {
        "FunctionName": ":".join(parts[:_PARTS_BEFORE_QUALIFIER]),
        "Qualifier": qualifier,
        "StatementId": service_sid(_SERVICE, group_arn),
    }
