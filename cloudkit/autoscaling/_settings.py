"""The settings of a group: from words to AWS's fields, and what differs from those that are there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from typing_extensions import TypedDict

from cloudkit._core.params import as_text, compact, dig, whole_seconds, within
from cloudkit.autoscaling._limits import MAX_NAME_CHARACTERS, MAX_SECONDS, MIN_LIFETIME_SECONDS
from cloudkit.autoscaling.mixed import Mixed, mixed_policy
from cloudkit.ec2 import LaunchTemplate
from cloudkit.ec2._templates.versions import Version, spelled
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, Duration

_NAME = re.compile(r"[!-9;-~]+")  # printable ASCII but for the colon
_HEALTH_CHECKS = ("EC2", "EBS", "ELB", "VPC_LATTICE")
_SPECIFICATION = "LaunchTemplateSpecification"

Template: TypeAlias = LaunchTemplate | str
"""A launch template, its id (`lt-...`) or its name."""


class GroupOptions(TypedDict, total=False):
    """What `AutoScalingGroup.create`, `ensure` and `update` take beside sizes, template and places.

    Attributes:
        health_check: What tells whether an instance is well, beside EC2: `"elb"` (the load balancers' checks), `"ebs"`,
            `"vpc_lattice"`, or several; `"ec2"` for EC2 alone.
        grace: Seconds that a new instance is in service before a failed check counts.
        warm_up: Seconds that a new instance takes until its metrics count.
        max_lifetime: Seconds after which an instance is replaced, a day or more; 0 for never.
        protect: Whether new instances stay when the group shrinks.
        termination_policies: Which instances go first, in AWS's words, such as `["OldestInstance"]`.
        capacity_rebalance: Whether spot instances that are about to be taken away are replaced before.
    """

    health_check: str | Iterable[str]
    grace: Duration
    warm_up: Duration
    max_lifetime: Duration
    protect: bool
    termination_policies: Sequence[str]
    capacity_rebalance: bool


def checked_name(name: str) -> str:
    """The name, if AWS takes it for a new group."""
    if not _NAME.fullmatch(as_text("name", name, 1, MAX_NAME_CHARACTERS)):
        raise InvalidRequest(f"name={name!r}: it has printable ASCII characters alone, no space and no colon")
    return name


def checked_sizes(
    least: int | None = None, most: int | None = None, desired: int | None = None
) -> dict[str, int]:
    """MinSize, MaxSize and DesiredCapacity, as far as they are given, if they go together."""
    given = {"min": least, "max": most, "desired": desired}
    for name, value in given.items():
        if value is not None and (isinstance(value, bool) or not _is_count(value)):
            raise InvalidRequest(f"{name}={value!r}: it is a number of instances, 0 or more")
    for low, high in (("min", "max"), ("min", "desired"), ("desired", "max")):
        below, above = given[low], given[high]
        if below is not None and above is not None and below > above:
            raise InvalidRequest(f"{low}={below} is more than {high}={above}")
    return compact({"MinSize": least, "MaxSize": most, "DesiredCapacity": desired})


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 0


def specification(template: Template, version: Version) -> dict[str, str]:
    """LaunchTemplateSpecification: what names a template and a version of it."""
    if not isinstance(cast("object", template), (LaunchTemplate, str)) or not str(template):
        raise InvalidRequest(
            f"template={template!r}: it is a LaunchTemplate, its id or its name",
            hint="LaunchTemplate.create('web', image='al2023', type='t3.micro')",
        )
    named = str(template)
    key = "LaunchTemplateId" if named.startswith("lt-") else "LaunchTemplateName"
    return {key: named, "Version": spelled(version)}


def template_params(template: Template, version: Version, mixed: Mixed | None) -> dict[str, Any]:
    """LaunchTemplate, or MixedInstancesPolicy with it."""
    wanted = specification(template, version)
    if mixed is None:
        return {"LaunchTemplate": wanted}
    return {"MixedInstancesPolicy": mixed_policy(mixed, wanted)}


def changed_template(
    row: Mapping[str, Any], template: Template | None, version: Version | None, mixed: Mixed | bool | None
) -> dict[str, Any]:
    """What an update says of the template: what is not named stays as it is.

    Args:
        row: What AWS says of the group.
        template: Another template.
        version: Another version; of the same template, if no other is named.
        mixed: Another mix; False for none any more.
    """
    if template is None and version is None and mixed is None:
        return {}
    if mixed is True:
        raise InvalidRequest("mixed=True: it is a Mixed(...), or False for none any more")
    now = current_specification(row)
    if template is not None:
        wanted = specification(template, "default" if version is None else version)
    elif not now:
        raise InvalidRequest(
            "the group launches from a launch configuration, which has no versions", hint="give template="
        )
    elif version is not None:
        wanted = {"LaunchTemplateId": now["LaunchTemplateId"], "Version": spelled(version)}
    else:
        wanted = {name: now[name] for name in ("LaunchTemplateId", "Version") if name in now}
    if isinstance(mixed, Mixed):
        return {"MixedInstancesPolicy": mixed_policy(mixed, wanted)}
    policy: Answer | None = row.get("MixedInstancesPolicy")
    if policy and mixed is None:
        return {
            "MixedInstancesPolicy": {
                **policy,
                "LaunchTemplate": {**policy["LaunchTemplate"], _SPECIFICATION: wanted},
            }
        }
    return {"LaunchTemplate": wanted}


def current_specification(row: Mapping[str, Any]) -> Answer:
    """What names the template that a group launches from; empty if it is none."""
    found: Answer = (
        dig(row, f"MixedInstancesPolicy.LaunchTemplate.{_SPECIFICATION}") or row.get("LaunchTemplate") or {}
    )
    return found


def option_params(options: GroupOptions) -> dict[str, Any]:
    """The options that are given, in AWS's form."""
    unknown = sorted(options.keys() - GroupOptions.__annotations__.keys())
    if unknown:
        raise TypeError(f"an Auto Scaling group has no option {unknown[0]!r}")
    checks = options.get("health_check")
    lifetime = whole_seconds("max_lifetime", options.get("max_lifetime"), 0, MAX_SECONDS)
    if lifetime:
        within("max_lifetime", lifetime, MIN_LIFETIME_SECONDS, MAX_SECONDS, "seconds")
    policies = options.get("termination_policies")
    return compact(
        {
            "HealthCheckType": None if checks is None else _checks(checks),
            "HealthCheckGracePeriod": whole_seconds("grace", options.get("grace"), 0, MAX_SECONDS),
            "DefaultInstanceWarmup": whole_seconds("warm_up", options.get("warm_up"), 0, MAX_SECONDS),
            "MaxInstanceLifetime": lifetime,
            "NewInstancesProtectedFromScaleIn": options.get("protect"),
            "TerminationPolicies": None if policies is None else [*policies],
            "CapacityRebalance": options.get("capacity_rebalance"),
        }
    )


def _checks(given: str | Iterable[str]) -> str:
    several = [given] if isinstance(given, str) else [*given]
    found = [each.upper() for each in several]
    for each in found:
        if each not in _HEALTH_CHECKS:
            known = ", ".join(repr(name.lower()) for name in _HEALTH_CHECKS)
            raise InvalidRequest(f"health_check={each.lower()!r}: it is one of {known}")
    return ",".join(found)


# -- what is there -----------------------------------------------------------------------------------------------

_SPOKEN = {
    "MinSize": "min",
    "MaxSize": "max",
    "DesiredCapacity": "desired",
    "HealthCheckType": "health_check",
    "HealthCheckGracePeriod": "grace",
    "DefaultInstanceWarmup": "warm_up",
    "MaxInstanceLifetime": "max_lifetime",
    "NewInstancesProtectedFromScaleIn": "protect",
    "TerminationPolicies": "termination_policies",
    "CapacityRebalance": "capacity_rebalance",
    "VPCZoneIdentifier": "subnets",
}


def differing(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, str]:
    """What is otherwise than wanted: the field, and the difference in words."""
    found: dict[str, str] = {}
    for name, value in wanted.items():
        if name in ("LaunchTemplate", "MixedInstancesPolicy"):
            told = _template_differs(name, value, row)
        else:
            have = row.get(name)
            same = _comparable(value) == _comparable(have)
            told = None if same else f"{_SPOKEN[name]} is {have}, not {value}"
        if told is not None:
            found[name] = told
    return found


def _template_differs(name: str, wanted: Answer, row: Mapping[str, Any]) -> str | None:
    now = current_specification(row)
    spec = wanted if name == "LaunchTemplate" else wanted["LaunchTemplate"][_SPECIFICATION]
    unlike = {key: value for key, value in spec.items() if now.get(key) != value}
    if unlike:
        have = ", ".join(str(now.get(key)) for key in unlike)
        return f"template is {have}, not {', '.join(unlike.values())}"
    policy: Answer = dig(row, "MixedInstancesPolicy") or {}
    if name == "LaunchTemplate":
        return "mixed is given, and is to be none" if policy else None
    wants: Answer = dig(wanted, "InstancesDistribution") or {}
    has: Answer = dig(policy, "InstancesDistribution") or {}
    other = {key for key in wants if str(has.get(key)) != str(wants[key])}
    if _types(wanted) != _types(policy):
        other.add("types")
    return f"mixed differs in {', '.join(sorted(other))}" if other else None


def _types(policy: Answer) -> list[str]:
    rows: list[Answer] = dig(policy, "LaunchTemplate.Overrides") or []
    return [str(each.get("InstanceType")) for each in rows]


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return sorted(part.strip() for part in value.split(","))
    return value or 0
