"""TLS policies: which versions and ciphers clients may use."""

from __future__ import annotations

import re

from cloudkit.errors import InvalidRequest

RECOMMENDED_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""What AWS recommends, and its console takes: TLS 1.3, and 1.2 with forward secrecy and authenticated ciphers alone;
key exchange that withstands quantum computers where the client can do it. Without a policy the API takes
`ELBSecurityPolicy-2016-08`, which still lets TLS 1.0 in.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""

RECOMMENDED_CLASSIC_POLICY = "ELBSecurityPolicy-TLS-1-2-2017-01"
"""The strictest of the predefined ones that classic load balancers have: TLS 1.2 alone. They know no TLS 1.3.
https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-security-policy-table.html"""

_NAME = re.compile(r"ELBS(?:ecurityPolicy|ample)-[A-Za-z0-9-]+")


def checked_policy(name: str) -> str:
    """The name, if it is in the form of a TLS policy's."""
    if not _NAME.fullmatch(name):
        raise InvalidRequest(
            f"policy={name!r}: names of TLS policies begin with ELBSecurityPolicy-",
            hint=f"policy={RECOMMENDED_POLICY!r} is what AWS recommends, and the default",
        )
    return name
