"""Names: which ones AWS takes, how they stand in ARNs and DNS names, and what our own parts are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from cloudkit._core.tags import checked_tags
from cloudkit.elb._limits import MAX_NAME_CHARACTERS, MAX_PORT, MIN_PORT
from cloudkit.errors import InvalidRequest
from cloudkit.types import TagMap

MARK = "cloudkit:load-balancer"
"""The tag on all that `LoadBalancer.create` makes; its value is the name of the load balancer."""

ONCE = "cloudkit:token"
"""The tag by which a classic load balancer is found after a lost answer, as in EC2."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
# What stands in the name of a target group for what its targets speak; HTTP and TCP go without saying.
_ENDINGS: Mapping[str, str] = {"HTTPS": "https", "TLS": "tls", "UDP": "udp", "TCP_UDP": "tcp-udp"}
_GROUP_END = re.compile(r"-(?P<port>\d{1,5})(?:-(?P<end>https|tls|udp|tcp-udp))?$")
_RESERVED_PREFIX = "internal-"
_DIGEST_CHARACTERS = 6

_ARN = re.compile(
    r"arn:[\w-]+:elasticloadbalancing:[^:]*:[^:]*:(?P<sort>[a-z]+)/(?:(?:app|net|gwy)/)?(?P<name>[^/]+)(?:/[^/]+)?"
)
_CLASSIC_ARN = re.compile(r"arn:[\w-]+:elasticloadbalancing:[^:]*:[^:]*:loadbalancer/(?P<name>[^/:]+)")
_LISTENER_ARN = re.compile(
    r"arn:[\w-]+:elasticloadbalancing:[^:]*:[^:]*:listener/(?:app|net|gwy)/(?P<name>[^/]+)/[^/]+/[^/]+"
)
_RULE_ARN = re.compile(
    r"(?P<head>arn:[\w-]+:elasticloadbalancing:[^:]*:[^:]*):listener-rule/(?P<listener>(?:app|net)/[^/]+/[^/]+/[^/]+)/[^/]+"
)
# web-1234567890.eu-west-1.elb.amazonaws.com, internal-web-1234..., web-0123abcd.elb.eu-west-1.amazonaws.com
_DNS_NAME = re.compile(
    r"(?:dualstack\.)?(?:internal-)?(?P<name>[a-z0-9-]+)-[a-z0-9]+\.(?:elb\.[a-z0-9-]+|[a-z0-9-]+\.elb)"
    r"\.amazonaws\.com(?:\.cn)?\.?",
    re.IGNORECASE,
)


def balancer_name(given: str) -> tuple[str, str | None, str | None]:
    """The name of a load balancer that was named by name, ARN or DNS name; and the ARN and the DNS name if it is one.

    The name that stands in a DNS name is a guess: names may end with what looks like AWS's number after them.
    """
    if given.startswith("arn:"):
        return _name_in_arn(given, "loadbalancer"), given, None
    if "." in given:
        found = _DNS_NAME.fullmatch(given)
        if found is None:
            raise InvalidRequest(
                f"{given!r} is neither the name, the ARN nor the DNS name of a load balancer"
            )
        return found["name"], None, _plain_host(given)
    return given, None, None


def classic_listener(address: str) -> tuple[str, str, int] | None:
    """ARN and name of the classic load balancer, and the port, that a listener goes by; None for all other texts."""
    arn, _, port = address.rpartition(":")
    name = classic_name(arn)
    if name is None or not port.isdecimal() or not MIN_PORT <= int(port) <= MAX_PORT:
        return None
    return arn, name, int(port)


def _plain_host(given: str) -> str:
    """A DNS name as DescribeLoadBalancers gives it, but for upper case."""
    return given.lower().removesuffix(".").removeprefix("dualstack.")


def classic_name(arn: str) -> str | None:
    """The name in the ARN of a classic load balancer; None for all other ARNs."""
    found = _CLASSIC_ARN.fullmatch(arn)
    return None if found is None else found["name"]


def classic_arn(partition: str, region: str, account: str, name: str) -> str:
    """The ARN of a classic load balancer, which AWS's own answers do not say."""
    return f"arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{name}"


def target_group_name(given: str) -> tuple[str, str | None]:
    """The name, and the ARN if it is one, of what a target group was named by."""
    return (_name_in_arn(given, "targetgroup"), given) if given.startswith("arn:") else (given, None)


def _name_in_arn(arn: str, sort: str) -> str:
    found = _ARN.fullmatch(arn)
    if found is None or found["sort"] != sort:
        raise InvalidRequest(f"{arn!r} is not the ARN of a {sort}")
    return found["name"]


def checked_listener_arn(arn: str) -> str:
    """The ARN, if it is one of a listener; or that of a classic load balancer with a port behind it."""
    if not _LISTENER_ARN.fullmatch(arn) and not classic_listener(arn):
        raise InvalidRequest(f"{arn!r} is not the ARN of a listener")
    return arn


def name_behind(arn: str) -> str:
    """The name of the load balancer that a listener or a rule is of, which stands in its ARN."""
    found = classic_listener(arn)
    return arn.split("/")[2] if found is None else found[1]


def checked_rule_arn(arn: str) -> str:
    """The ARN, if it is one of a rule."""
    if not _RULE_ARN.fullmatch(arn):
        raise InvalidRequest(f"{arn!r} is not the ARN of a rule")
    return arn


def listener_of_rule(arn: str) -> str:
    """The ARN of the listener that a rule is of, which stands in the rule's own."""
    found = _RULE_ARN.fullmatch(arn)
    if found is None:
        raise InvalidRequest(f"{arn!r} is not the ARN of a rule")
    return f"{found['head']}:listener/{found['listener']}"


def checked_name(what: str, name: str) -> str:
    """The name, if AWS takes it for a new load balancer or target group."""
    reserved = what == "load balancer" and name.lower().startswith(_RESERVED_PREFIX)
    if len(name) > MAX_NAME_CHARACTERS or not _NAME.fullmatch(name) or reserved:
        raise InvalidRequest(
            f"{what} name {name!r}: it has 1 to {MAX_NAME_CHARACTERS} letters, digits and hyphens, and does not"
            " begin or end with a hyphen" + (f", nor begin with {_RESERVED_PREFIX!r}" if reserved else "")
        )
    return name


def group_name(balancer: str, port: int, protocol: str = "") -> str:
    """The name of the target group that a load balancer of ours has for a target port and protocol.

    `web` and 8080 give `web-8080`, and `web-8443-https` where targets speak neither HTTP nor TCP; a name that would be
    too long, or has two hyphens in a row (which target groups may not have), is shortened and gets six digits that
    tell it from its like.
    """
    end = f"{port}-{_ENDINGS[protocol]}" if protocol in _ENDINGS else str(port)
    plain = f"{balancer}-{end}"
    if len(plain) <= MAX_NAME_CHARACTERS and "--" not in plain:
        return plain
    digest = hashlib.sha256(balancer.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    tail = f"-{digest}-{end}"
    head = re.sub("-+", "-", balancer)[: MAX_NAME_CHARACTERS - len(tail)].rstrip("-")
    return f"{head}{tail}"


def is_group_of(balancer: str, name: str) -> bool:
    """Whether a target group has a name that `group_name` gives for that load balancer."""
    found = _GROUP_END.search(name)
    if found is None:
        return False
    protocol = next((each for each, end in _ENDINGS.items() if end == found["end"]), "")
    return group_name(balancer, int(found["port"]), protocol) == name


def guard_name(balancer: str) -> str:
    """The name of the security group that is made with a load balancer."""
    return f"{balancer}-load-balancer"


def marked(balancer: str, tags: TagMap | None) -> Mapping[str, str]:
    """The tags of a part of a load balancer: the caller's, and the mark by which `delete` finds it."""
    given = checked_tags(tags or {})
    if MARK in given:
        raise InvalidRequest(f"tag {MARK!r} is set by cloudkit itself", hint="leave it out of tags=")
    return {**given, MARK: balancer}
