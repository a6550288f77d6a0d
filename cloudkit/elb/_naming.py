"""Names: which ones AWS takes, how they stand in ARNs and DNS names, and what our own parts are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from cloudkit._core.tags import checked_tags
from cloudkit.elb._limits import MAX_NAME_CHARACTERS
from cloudkit.errors import InvalidRequest
from cloudkit.types import TagMap

MARK = "cloudkit:load-balancer"
"""The tag on all that `LoadBalancer.create` makes; its value is the name of the load balancer."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_RESERVED_PREFIX = "internal-"
_DIGEST_CHARACTERS = 6

_ARN = re.compile(
    r"arn:[\w-]+:elasticloadbalancing:[^:]*:[^:]*:(?P<sort>[a-z]+)/(?:(?:app|net|gwy)/)?(?P<name>[^/]+)(?:/[^/]+)?"
)
_LISTENER_ARN = re.compile(
    r"arn:[\w-]+:elasticloadbalancing:[^:]*:[^:]*:listener/(?:app|net|gwy)/(?P<name>[^/]+)/[^/]+/[^/]+"
)
# web-1234567890.eu-west-1.elb.amazonaws.com, internal-web-1234..., web-0123abcd.elb.eu-west-1.amazonaws.com
_DNS_NAME = re.compile(
    r"(?:dualstack\.)?(?:internal-)?(?P<name>[a-z0-9-]+)-[a-z0-9]+\.(?:elb\.[a-z0-9-]+|[a-z0-9-]+\.elb)"
    r"\.amazonaws\.com(?:\.cn)?\.?",
    re.IGNORECASE,
)


def balancer_name(given: str) -> tuple[str, str | None]:
    """The name, and the ARN if it is one, of what a load balancer was named by: name, ARN or DNS name."""
    if given.startswith("arn:"):
        return _name_in_arn(given, "loadbalancer"), given
    if "." in given:
        found = _DNS_NAME.fullmatch(given)
        if found is None:
            raise InvalidRequest(
                f"{given!r} is neither the name, the ARN nor the DNS name of a load balancer"
            )
        return found["name"], None
    return given, None


def target_group_name(given: str) -> tuple[str, str | None]:
    """The name, and the ARN if it is one, of what a target group was named by."""
    return (_name_in_arn(given, "targetgroup"), given) if given.startswith("arn:") else (given, None)


def _name_in_arn(arn: str, sort: str) -> str:
    found = _ARN.fullmatch(arn)
    if found is None or found["sort"] != sort:
        raise InvalidRequest(f"{arn!r} is not the ARN of a {sort}")
    return found["name"]


def checked_listener_arn(arn: str) -> str:
    """The ARN, if it is one of a listener."""
    if not _LISTENER_ARN.fullmatch(arn):
        raise InvalidRequest(f"{arn!r} is not the ARN of a listener")
    return arn


def checked_name(what: str, name: str) -> str:
    """The name, if AWS takes it for a new load balancer or target group."""
    reserved = what == "load balancer" and name.lower().startswith(_RESERVED_PREFIX)
    if len(name) > MAX_NAME_CHARACTERS or not _NAME.fullmatch(name) or reserved:
        raise InvalidRequest(
            f"{what} name {name!r}: it has 1 to {MAX_NAME_CHARACTERS} letters, digits and hyphens, and does not"
            " begin or end with a hyphen" + (f", nor begin with {_RESERVED_PREFIX!r}" if reserved else "")
        )
    return name


def group_name(balancer: str, port: int) -> str:
    """The name of the target group that a load balancer of ours has for a target port.

    `web` and 8080 give `web-8080`; a name that would be too long, or has two hyphens in a row (which target groups
    may not have), is shortened and gets six digits that tell it from its like.
    """
    plain = f"{balancer}-{port}"
    if len(plain) <= MAX_NAME_CHARACTERS and "--" not in plain:
        return plain
    digest = hashlib.sha256(balancer.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    tail = f"-{digest}-{port}"
    head = re.sub("-+", "-", balancer)[: MAX_NAME_CHARACTERS - len(tail)].rstrip("-")
    return f"{head}{tail}"


def is_group_of(balancer: str, name: str) -> bool:
    """Whether a target group has a name that `group_name` gives for that load balancer."""
    port = name.rpartition("-")[2]
    return port.isdecimal() and group_name(balancer, int(port)) == name


def marked(balancer: str, tags: TagMap | None) -> Mapping[str, str]:
    """The tags of a part of a load balancer: the caller's, and the mark by which `delete` finds it."""
    given = checked_tags(tags or {})
    if MARK in given:
        raise InvalidRequest(f"tag {MARK!r} is set by cloudkit itself", hint="leave it out of tags=")
    return {**given, MARK: balancer}
