"""A target group as an address: what names it, and what AWS says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from attrs import define, field
from typing_extensions import override

from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.elb._attributes import settings
from cloudkit.elb._attributes.setting import HasSettings
from cloudkit.elb._attributes.shape import Shape
from cloudkit.elb._naming import target_group_name
from cloudkit.elb._remembered import at_arn
from cloudkit.elb._service import ELBV2
from cloudkit.elb.errors import TargetGroupNotFound
from cloudkit.elb.group_settings import TargetGroupChanges
from cloudkit.elb.health_check import HealthCheck, health_check_of
from cloudkit.elb.protocol import AddressFamily, Protocol, ProtocolVersion, TargetType
from cloudkit.types import Answer

T = TypeVar("T")


def _texts(value: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(each) for each in value)


@define(eq=False, repr=False)
class TargetGroupAddress(Resource, HasSettings):
    """What names a target group, and what AWS says of it. `TargetGroup` has the verbs."""

    _service = ELBV2

    name: str = field()
    _arn: str | None = field(default=None, kw_only=True, alias="arn")
    # The attributes as AWS gave them last.
    _settings: Mapping[str, str] | None = field(init=False, default=None)

    port: ClassVar[Attribute[int | None]] = attribute("Port", int, optional=True)
    protocol: ClassVar[Attribute[Protocol | None]] = attribute("Protocol", Protocol, optional=True)
    version: ClassVar[Attribute[ProtocolVersion | None]] = attribute(
        "ProtocolVersion", ProtocolVersion, optional=True
    )
    vpc_id: ClassVar[Attribute[str | None]] = attribute("VpcId", str, optional=True)
    type: ClassVar[Attribute[TargetType]] = attribute("TargetType", TargetType)
    family: ClassVar[Attribute[AddressFamily | None]] = attribute(
        "IpAddressType", AddressFamily, optional=True
    )
    load_balancer_arns: ClassVar[Attribute[tuple[str, ...]]] = attribute(
        "LoadBalancerArns", _texts, volatile=True
    )

    def __attrs_post_init__(self) -> None:
        name, arn = target_group_name(self.name)
        self._identify(name=name)
        self._arn = self._arn or arn

    @property
    def arn(self) -> str:
        """The Amazon Resource Name. Looked up once in five minutes."""
        return self._arn or self._known("TargetGroupArn") or self.cloud.lookup(self._key, self._find_arn)

    @property
    def health_check(self) -> HealthCheck:
        """How it finds out whether a target is well. Loaded like an attribute."""
        return health_check_of(self.raw)

    @property
    def _key(self) -> tuple[object, ...]:
        return ("elbv2", "target group", self.name)

    def _find_arn(self) -> str:
        return str(self.refresh().raw["TargetGroupArn"])

    def _at_arn(self, use: Callable[[str], T]) -> T:
        return at_arn(use, lambda: self.arn, self._forget_arn, TargetGroupNotFound)

    def _forget_arn(self) -> bool:
        if self._arn is not None:
            return False
        self.cloud.forget_lookup(self._key)
        self._unlearn()
        return True

    def _shape(self) -> Shape:
        """What it is. Loaded like an attribute."""
        known = self._snapshot
        return Shape.of_row(self.raw if known is None or "TargetType" not in known.data else known.data)

    @override
    def _load(self) -> Answer:
        found = self._call(
            "describe_target_groups",
            Names=[self.name] if self._arn is None else None,
            TargetGroupArns=None if self._arn is None else [self._arn],
        ).get("TargetGroups", [])
        if not found:
            raise TargetGroupNotFound("there is no such target group", service="elbv2", resource=self.name)
        row: Answer = found[0]
        return row

    @override
    def _unlearn(self) -> None:
        self._settings = None
        super()._unlearn()

    @override
    def _read_settings(self) -> Mapping[str, str]:
        """The attributes, as texts. One request, if they are not known."""
        known = self._settings
        if known is None:
            answer = self._at_arn(
                lambda arn: self._call("describe_target_group_attributes", TargetGroupArn=arn)
            )
            known = self._settings = _attributes_in(answer)
        return known

    @override
    def _change(self, changes: TargetGroupChanges) -> None:
        """Change settings. One request; one more if it is not known what the group is."""
        wanted = settings.to_attributes(changes, self._shape())
        if wanted:
            self._set(wanted)

    def _set(self, wanted: Mapping[str, str]) -> None:
        entries = [{"Key": key, "Value": value} for key, value in wanted.items()]
        answer = self._at_arn(
            lambda arn: self._call("modify_target_group_attributes", TargetGroupArn=arn, Attributes=entries)
        )
        if self._settings is not None:
            self._settings = {**self._settings, **wanted, **_attributes_in(answer)}


def _attributes_in(answer: Mapping[str, Any]) -> Mapping[str, str]:
    return {row["Key"]: str(row.get("Value", "")) for row in answer.get("Attributes", ())}


# -- for the rooms -------------------------------------------------------------------------------------------


def at(group: TargetGroupAddress, use: Callable[[str], T]) -> T:
    """Make a call at the ARN of a group."""
    return group._at_arn(use)  # pyright: ignore[reportPrivateUsage]


def known_of(group: TargetGroupAddress, path: str) -> Any:
    """What is known of a group without a call."""
    return group._known(path)  # pyright: ignore[reportPrivateUsage]


def shape_of(group: TargetGroupAddress) -> Shape:
    """What a group is. Loaded like an attribute."""
    return group._shape()  # pyright: ignore[reportPrivateUsage]


def settings_of(group: TargetGroupAddress) -> Mapping[str, str]:
    """The attributes of a group. One request, if they are not known."""
    return group._read_settings()  # pyright: ignore[reportPrivateUsage]


def write_settings(group: TargetGroupAddress, wanted: Mapping[str, str]) -> None:
    """Set attributes of a group. One request."""
    group._set(wanted)  # pyright: ignore[reportPrivateUsage]


def learn(group: TargetGroupAddress, row: Mapping[str, Any], *, whole: bool) -> None:
    """Keep what an answer says of a group."""
    group._learn(row, whole=whole)  # pyright: ignore[reportPrivateUsage]


def forget(group: TargetGroupAddress) -> None:
    """Drop what is known of a group, and the ARN that its name stands for."""
    group.cloud.forget_lookup(group._key)  # pyright: ignore[reportPrivateUsage]
    group._unlearn()  # pyright: ignore[reportPrivateUsage]
