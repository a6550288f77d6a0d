"""A group as what it is to a request: a name, and what AWS says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import override

from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.autoscaling._refusals import missing, told_apart
from cloudkit.autoscaling._service import AUTOSCALING
from cloudkit.autoscaling.member import Member, members_of
from cloudkit.autoscaling.mixed import Mixed, mixed_of
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer

_ARN = re.compile(
    r"arn:[^:]+:autoscaling:(?P<region>[^:]+):[^:]*:autoScalingGroup:[^:]*:autoScalingGroupName/(?P<name>.+)"
)
# AWS tells the time in whole seconds.
_COARSE = timedelta(seconds=1)


def _texts(rows: Iterable[Any] | None) -> tuple[str, ...]:
    return tuple(str(row) for row in rows or ())


def _split(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def _processes(rows: Iterable[Mapping[str, Any]] | None) -> tuple[str, ...]:
    return tuple(sorted(str(row["ProcessName"]) for row in rows or ()))


def _metrics(rows: Iterable[Mapping[str, Any]] | None) -> tuple[str, ...]:
    return tuple(sorted(str(row["Metric"]) for row in rows or ()))


@define(eq=False, repr=False)
class GroupAddress(Resource):
    """What a group is named by, and its attributes."""

    _service = AUTOSCALING
    _shown = ("Status",)

    name: str = field()
    # Since when failures are about what it is now, by AWS's clock; None if nobody here has changed it.
    _changed: datetime | None = field(init=False, default=None)

    arn: ClassVar[Attribute[str]] = attribute("AutoScalingGroupARN", str)
    min: ClassVar[Attribute[int]] = attribute("MinSize", int)
    max: ClassVar[Attribute[int]] = attribute("MaxSize", int)
    zones: ClassVar[Attribute[tuple[str, ...]]] = attribute("AvailabilityZones", _texts)
    subnet_ids: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "VPCZoneIdentifier", _split, optional=True
    )
    target_group_arns: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "TargetGroupARNs", _texts, optional=True
    )
    load_balancer_names: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "LoadBalancerNames", _texts, optional=True
    )
    health_checks: ClassVar[Attribute[tuple[str, ...]]] = attribute("HealthCheckType", _split)
    grace: ClassVar[Attribute[int | None]] = attribute("HealthCheckGracePeriod", int, optional=True)
    warm_up: ClassVar[Attribute[int | None]] = attribute("DefaultInstanceWarmup", int, optional=True)
    max_lifetime: ClassVar[Attribute[int | None]] = attribute("MaxInstanceLifetime", int, optional=True)
    protects_new: ClassVar[Attribute[bool | None]] = attribute(
        "NewInstancesProtectedFromScaleIn", bool, optional=True
    )
    mixed: ClassVar[Attribute[Mixed | None]] = attribute("MixedInstancesPolicy", mixed_of, optional=True)
    suspended: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "SuspendedProcesses", _processes, optional=True
    )
    collected: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "EnabledMetrics", _metrics, optional=True
    )
    created: ClassVar[Attribute[datetime]] = attribute("CreatedTime", datetime)
    status: ClassVar[Attribute[str | None]] = attribute("Status", str, optional=True, volatile=True)
    _members: ClassVar[Attribute[tuple[Member, ...] | None]] = attribute(
        "Instances", members_of, optional=True, volatile=True
    )
    _desired: ClassVar[Attribute[int]] = attribute("DesiredCapacity", int, volatile=True)

    def __attrs_post_init__(self) -> None:
        if not self.name.startswith("arn:"):
            return
        found = _ARN.fullmatch(self.name)
        if found is None:
            raise InvalidRequest(
                f"{self.name!r} is no ARN of an Auto Scaling group",
                hint="arn:aws:autoscaling:REGION:ACCOUNT:autoScalingGroup:ID:autoScalingGroupName/NAME",
            )
        self._identify(name=found["name"])
        if found["region"] != self.cloud.region:
            self._identify(cloud=self.cloud.in_region(found["region"]))

    @override
    def _call(self, operation: str, /, *, aws: Mapping[str, Any] | None = None, **params: Any) -> Answer:
        with told_apart(self):
            return self.cloud.invoke(self._service, operation, params, aws=aws, about=self)

    @override
    def _load(self) -> Answer:
        for row in self._call("describe_auto_scaling_groups", AutoScalingGroupNames=[self.name]).get(
            "AutoScalingGroups", []
        ):
            if row["AutoScalingGroupName"] == self.name:
                return dict(row)
        raise missing(self)

    def _note_change(self, answer: Answer) -> None:
        """It was changed: what is known is not so any more, and failures from before do not count."""
        self._unlearn()
        told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        self._changed = None if told is None else parsedate_to_datetime(told) - _COARSE
