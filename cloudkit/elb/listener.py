"""A listener."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import dig, one_of, rows, tag_list
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags, checked_tags
from cloudkit.elb._naming import checked_listener_arn
from cloudkit.elb._service import ELBV2
from cloudkit.elb._tagging import tags_at
from cloudkit.elb.errors import ListenerNotFound
from cloudkit.elb.target import arn_of, checked_port
from cloudkit.elb.target_group import Protocol
from cloudkit.types import Answer, HasArn, TagMap

_WEB_PROTOCOLS = ("HTTP", "HTTPS")


def forwarded(actions: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The ARNs of the target groups that default actions forward to."""
    found: list[object] = []
    for action in actions:
        if action.get("Type") == "forward":
            found += [
                dig(action, "TargetGroupArn"),
                *rows(action, "ForwardConfig.TargetGroups.TargetGroupArn"),
            ]
    return tuple(dict.fromkeys(str(arn) for arn in found if arn is not None))


@define(eq=False, repr=False)
class Listener(Resource):
    """A port that a load balancer listens on, by its ARN. Making one calls nothing.

    Args:
        arn: Its ARN.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: It is not the ARN of a listener.

    Examples:
        >>> listener = LoadBalancer("web").listeners().one()
        >>> listener.port, listener.protocol
        (80, <Protocol.HTTP: 'HTTP'>)

    AWS: none
    """

    _service = ELBV2
    _shown = ("Protocol", "Port")

    arn: str = field(converter=checked_listener_arn)

    port: ClassVar[Attribute[int]] = attribute("Port", int)
    protocol: ClassVar[Attribute[Protocol]] = attribute("Protocol", Protocol)
    load_balancer_arn: ClassVar[Attribute[str]] = attribute("LoadBalancerArn", str)
    target_group_arns: ClassVar[Attribute[tuple[str, ...]]] = attribute("DefaultActions", forwarded)

    @classmethod
    def create(
        cls,
        load_balancer: HasArn | str,
        port: int,
        *,
        target_group: HasArn | str,
        protocol: Protocol | str = Protocol.HTTP,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Let a load balancer listen on a port and forward to a target group. One request.

        Args:
            load_balancer: The load balancer, or its ARN.
            port: The port that clients connect to, 1 to 65535.
            target_group: Where requests go, or its ARN.
            protocol: `"HTTP"`, or `"HTTPS"` with `aws={"Certificates": [{"CertificateArn": ...}]}`.
            tags: Its tags.
            aws: More parameters of CreateListener, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The listener.

        Raises:
            AlreadyExists: The port has a listener.
            LoadBalancerNotFound: The load balancer is not there.
            TargetGroupNotFound: The target group is not there.

        Examples:
            >>> Listener.create(LoadBalancer("web"), 8000, target_group=TargetGroup("web-8080")).port
            8000

        AWS: elbv2:CreateListener
        """
        cloud = cloud_or_current(cloud)
        params: dict[str, Any] = {
            "Port": checked_port("port", port),
            "Protocol": one_of("protocol", str(protocol), _WEB_PROTOCOLS),
            "Tags": tag_list(checked_tags(tags or {})),
            "LoadBalancerArn": arn_of(load_balancer),
            "DefaultActions": _forward_to(target_group),
        }
        row = cloud.invoke(ELBV2, "create_listener", params, aws=aws, about=f"port {port}")["Listeners"][0]
        made = cls(row["ListenerArn"], cloud=cloud)
        cloud.remember(made.arn, ListenerNotFound)
        return made._learn(row, whole=True)

    @classmethod
    def get(cls, arn: str, *, cloud: Cloud | None = None) -> Self:
        """Find a listener by its ARN. One request.

        Args:
            arn: Its ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The listener, loaded.

        Raises:
            ListenerNotFound: There is none.

        Examples:
            >>> Listener.get(LoadBalancer("web").listeners().one().arn).port
            80

        AWS: elbv2:DescribeListeners
        """
        return cls(arn, cloud=cloud).refresh()

    @classmethod
    def list(cls, load_balancer: HasArn | str, *, cloud: Cloud | None = None) -> Listing[Self]:
        """The listeners of a load balancer. One request for each 400.

        Args:
            load_balancer: The load balancer, or its ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The listeners, loaded.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> [listener.port for listener in Listener.list(LoadBalancer("web"))]
            [80]

        AWS: elbv2:DescribeListeners
        """
        cloud = cloud_or_current(cloud)
        return paged(
            cloud,
            ELBV2,
            "describe_listeners",
            "Listeners",
            lambda row: cls(row["ListenerArn"], cloud=cloud)._learn(row, whole=True),
            of="Listener",
            LoadBalancerArn=arn_of(load_balancer),
        )

    @override
    def _load(self) -> Answer:
        found = self._call("describe_listeners", ListenerArns=[self.arn]).get("Listeners", [])
        if not found:
            raise ListenerNotFound("there is no such listener", service="elbv2", resource=self.arn)
        row: Answer = found[0]
        return row

    def update(self, *, target_group: HasArn | str) -> Self:
        """Forward to another target group. One request; none is lost of those under way.

        Args:
            target_group: Where requests go from now on, or its ARN.

        Returns:
            The listener itself.

        Raises:
            ListenerNotFound: The listener is not there.
            TargetGroupNotFound: The target group is not there.

        Examples:
            >>> listener = LoadBalancer("web").listeners().one()
            >>> listener.update(target_group=TargetGroup("web-8080")).port
            80

        AWS: elbv2:ModifyListener
        """
        answer = self._call("modify_listener", ListenerArn=self.arn, DefaultActions=_forward_to(target_group))
        return self._learn(answer["Listeners"][0], whole=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set. One request each way."""
        return tags_at(self.cloud, lambda use: use(self.arn))

    def delete(self) -> None:
        """Stop listening on the port; fine if it is not there. One request.

        Examples:
            >>> LoadBalancer("web").listeners().one().delete()

        AWS: elbv2:DeleteListener
        """
        self.cloud.forget(self.arn)
        with suppress(ListenerNotFound):
            self._call("delete_listener", ListenerArn=self.arn)
        self._unlearn()


def _forward_to(target_group: HasArn | str) -> Sequence[Mapping[str, str]]:
    return [{"Type": "forward", "TargetGroupArn": arn_of(target_group)}]
