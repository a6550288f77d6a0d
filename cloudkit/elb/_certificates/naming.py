"""What a certificate is named by: an object, an ARN, or a domain name."""

from __future__ import annotations

import re
from typing import cast

from cloudkit.errors import InvalidRequest
from cloudkit.types import HasArn

_ARN = re.compile(r"arn:[\w-]+:(?:acm|iam):[^:]*:[^:]*:(?:certificate|server-certificate)/.+")
_DOMAIN = re.compile(
    r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.I
)


def is_certificate_arn(text: str) -> bool:
    """Whether it is the ARN of a certificate of ACM's or IAM's."""
    return _ARN.fullmatch(text) is not None


def checked_certificate(given: HasArn | str) -> HasArn | str:
    """What was given for a certificate, if it can be one."""
    if isinstance(given, str):
        if is_certificate_arn(given) or _DOMAIN.fullmatch(given):
            return given
    elif isinstance(cast("object", given), HasArn):
        return given
    raise InvalidRequest(
        f"{given!r} is no certificate",
        hint="ServerCertificate('name'), the ARN of one in ACM or IAM, or the domain name of one in ACM",
    )
