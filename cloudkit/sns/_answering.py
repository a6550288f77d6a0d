"""What an answer must say: one that does not was cut, or is not SNS's."""

from __future__ import annotations

from typing import Any

from cloudkit.errors import ServiceError
from cloudkit.sns._service import SNS
from cloudkit.types import Answer


def said(answer: Answer, name: str, operation: str, about: object) -> Any:
    """What an answer says under that name.

    Args:
        answer: The answer.
        name: The name.
        operation: What was asked, for the error.
        about: What it was about, for the error.

    Raises:
        ServiceError: It says nothing there.
    """
    if answer.get(name) is None:
        raise ServiceError(
            f"AWS's answer has no {name}", service=SNS.name, operation=operation, resource=str(about)
        )
    return answer[name]
