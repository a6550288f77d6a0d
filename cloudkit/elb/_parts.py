"""What a load balancer shall be, and making the parts of it that are not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import evolve, frozen
from typing_extensions import Self

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import tag_list
from cloudkit.elb._limits import MIN_ZONES
from cloudkit.elb._naming import MARK, checked_name, group_name, is_group_of, marked
from cloudkit.elb._network import find_place
from cloudkit.elb._service import ELBV2
from cloudkit.elb._tagging import tags_of_many
from cloudkit.elb._undo import Undo, undoing
from cloudkit.elb.errors import LoadBalancerNotFound
from cloudkit.elb.health_check import HealthCheck, checked_path
from cloudkit.elb.kinds import Kind, Scheme, checked_scheme
from cloudkit.elb.listener import Listener
from cloudkit.elb.target import HasId, Target, checked_port, ids_of
from cloudkit.elb.target_group import TargetGroup, delete_when_released
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.types import Answer, HasArn, TagMap

_DEFAULT_PATH = "/"


@frozen
class Settings:
    """What the caller wants of a load balancer, checked before any request.

    Attributes:
        name: Its name.
        listeners: The ports of clients, each with the port of the targets.
        targets: Ids of instances.
        scheme: From where it can be reached; None for what is there, or internet-facing.
        subnets: Ids of subnets; none for those that are found.
        security_groups: Ids of security groups; none for the VPC's default.
        health_path: What is requested of targets; None for what is there, or `/`.
        tags: The tags of all that is made, with the mark.
    """

    name: str
    listeners: Mapping[int, int]
    targets: Sequence[str]
    scheme: Scheme | None
    subnets: Sequence[str]
    security_groups: Sequence[str]
    health_path: str | None
    tags: Mapping[str, str]

    @classmethod
    def checked(
        cls,
        name: str,
        *,
        listeners: Mapping[int, int],
        targets: Iterable[Target],
        scheme: Scheme | str | None,
        subnets: Sequence[HasId | str] | None,
        security_groups: Sequence[HasId | str] | None,
        health_path: str | None,
        tags: TagMap | None,
    ) -> Self:
        """The settings, if AWS takes them."""
        checked_name("load balancer", name)
        for front, port in listeners.items():
            checked_port("listener", front)
            checked_port(f"target port of listener {front}", port)
        chosen = None if subnets is None else ids_of("subnet", subnets)
        if chosen is not None and len(chosen) < MIN_ZONES:
            raise InvalidRequest(
                f"subnets={list(chosen)}: a load balancer needs subnets in {MIN_ZONES} zones or more",
                hint="leave subnets= out to take one in each zone",
            )
        return cls(
            name=name,
            listeners=dict(listeners),
            targets=ids_of("target", targets),
            scheme=None if scheme is None else checked_scheme(scheme),
            subnets=chosen or (),
            security_groups=ids_of("security_group", security_groups or ()),
            health_path=None if health_path is None else checked_path(health_path),
            tags=marked(name, tags),
        )

    def make(self, cloud: Cloud, *, aws: Mapping[str, Any] | None) -> Answer:
        """Make all of it, or nothing: the answer's row of the load balancer."""
        scheme = self.scheme or Scheme.INTERNET_FACING
        place = find_place(
            cloud, subnets=self.subnets, targets=self.targets, internal=scheme is Scheme.INTERNAL
        )
        with undoing(f"LoadBalancer({self.name!r}).delete() removes what is there") as undo:
            groups = {
                port: self._make_group(cloud, undo, port, vpc=place.vpc_id, targets=self.targets)
                for port in dict.fromkeys(self.listeners.values())
            }
            params = {
                "Name": self.name,
                "Type": str(Kind.APPLICATION),
                "Scheme": str(scheme),
                "Subnets": list(place.subnets),
                "SecurityGroups": list(self.security_groups) or None,
                "Tags": tag_list(self.tags),
            }
            answer = cloud.invoke(ELBV2, "create_load_balancer", params, aws=aws, about=self.name)
            row: Answer = answer["LoadBalancers"][0]
            arn = str(row["LoadBalancerArn"])
            undo.add(f"load balancer {self.name}", partial(_delete_balancer, self.name, arn, cloud))
            cloud.remember(arn, LoadBalancerNotFound)
            cloud.remember(self.name, LoadBalancerNotFound)
            for front, port in self.listeners.items():
                Listener.create(arn, front, target_group=groups[port], tags=self.tags, cloud=cloud)
        return row

    def _make_group(
        self, cloud: Cloud, undo: Undo, port: int, *, vpc: str, targets: Sequence[str]
    ) -> TargetGroup:
        """Make the target group of a target port, with its targets."""
        group = TargetGroup.create(
            group_name(self.name, port),
            port=port,
            vpc=vpc,
            health_check=HealthCheck(path=self.health_path or _DEFAULT_PATH),
            tags=self.tags,
            cloud=cloud,
        )
        undo.add(f"target group {group.name}", partial(delete_when_released, [group]))
        group.register(*targets)
        return group

    def check_scheme(self, scheme: Scheme) -> None:
        """Raise Conflict if a load balancer that is there has another scheme than the one wanted."""
        if self.scheme not in (None, scheme):
            raise Conflict(
                f"scheme is {scheme}, not {self.scheme}",
                service="elbv2",
                resource=self.name,
                hint="AWS cannot change the scheme: make one of another name",
            )

    def bring_about(
        self,
        balancer: HasArn,
        *,
        vpc: str,
        listeners: Sequence[Listener],
        groups: Sequence[TargetGroup],
        update: bool,
        cloud: Cloud,
    ) -> None:
        """Change what differs in a load balancer that is there, or raise Conflict naming it."""
        ports = {group.arn: group.port for group in groups}
        have: dict[int, Any] = {
            each.port: ports.get(each.target_group_arns[0]) if each.target_group_arns else None
            for each in listeners
        }
        wrong = {front: port for front, port in self.listeners.items() if have.get(front) != port}
        unlike = [
            each
            for each in groups
            if self.health_path is not None and each.health_check.path != self.health_path
        ]
        if not update and (wrong or unlike):
            differing = [
                *(
                    f"listener {front} forwards to {have.get(front)}, not {port}"
                    for front, port in wrong.items()
                ),
                *(
                    f"health_path of {each.name} is {each.health_check.path}, not {self.health_path}"
                    for each in unlike
                ),
            ]
            raise Conflict(
                "; ".join(differing), service="elbv2", resource=self.name, hint="update=True changes it"
            )
        for each in unlike:
            each.update(health_check=evolve(each.health_check, path=self.health_path))
        for group in groups:
            group.register(*self.targets)
        made = {group.port: group for group in groups}
        with undoing("the same call again takes what is there") as undo:
            for front, port in wrong.items():
                if port not in made:
                    made[port] = self._another_group(cloud, undo, port, vpc=vpc, groups=groups)
                there = [each for each in listeners if each.port == front]
                for listener in there:
                    listener.update(target_group=made[port])
                if not there:
                    listener = Listener.create(
                        balancer, front, target_group=made[port], tags=self.tags, cloud=cloud
                    )
                    undo.add(f"listener {front}", listener.delete)

    def _another_group(
        self, cloud: Cloud, undo: Undo, port: int, *, vpc: str, groups: Sequence[TargetGroup]
    ) -> TargetGroup:
        """A group for one more target port, with the targets that the other groups have."""
        serving = [row.id for group in groups for row in group.health() if not row.leaving]
        targets = list(dict.fromkeys([*self.targets, *serving]))
        settings = self
        if self.health_path is None and groups:
            settings = evolve(self, health_path=groups[0].health_check.path)
        try:
            return settings._make_group(cloud, undo, port, vpc=vpc, targets=targets)
        except AlreadyExists:
            # Left by a listener that was deleted: taken if it is this load balancer's.
            group = TargetGroup(group_name(self.name, port), cloud=cloud)
            if group.tags.get(MARK) != self.name:
                raise
            group.register(*targets)
            return group


def _delete_balancer(name: str, arn: str, cloud: Cloud) -> None:
    cloud.forget(name)
    cloud.forget(arn)
    cloud.invoke(ELBV2, "delete_load_balancer", {"LoadBalancerArn": arn}, about=name)


def groups_made_for(balancer: str, cloud: Cloud) -> Sequence[TargetGroup]:
    """The target groups that were made with a load balancer: those of such a name that carry its mark."""
    named = [group for group in TargetGroup.list(cloud=cloud) if is_group_of(balancer, group.name)]
    tags = tags_of_many(cloud, [group.arn for group in named])
    return [group for group in named if tags.get(group.arn, {}).get(MARK) == balancer]
