"""A security group: which traffic may reach instances, and leave them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.ec2._groups import changing, copying, deleting
from cloudkit.ec2._groups.my_address import my_address
from cloudkit.ec2._groups.plan import RulePlan, check_exposure, planned
from cloudkit.ec2._limits import (
    IN_USE_SECONDS,
    MAX_GROUP_TEXT_CHARACTERS,
    MAX_GROUPS_PER_PAGE,
    MIN_ROWS_PER_PAGE,
)
from cloudkit.ec2._once import Made, make_once
from cloudkit.ec2._search import TagFilter, Things, Wanted, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import tags_of
from cloudkit.ec2.errors import SecurityGroupNotFound
from cloudkit.ec2.rule import ANYWHERE, Peer, Ports, Rule, rules_in
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.types import Answer, Duration, TagMap

if TYPE_CHECKING:
    from cloudkit.ec2.vpc import Vpc

_TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+")
_IDS_BEGIN = "sg-"

_MADE = Made(
    "security-group",
    "describe_security_groups",
    "SecurityGroups",
    "GroupId",
    lambda cloud, row: cloud.invoke(EC2, "delete_security_group", {"GroupId": row["GroupId"]}),
    unique=True,
)


@define(eq=False, repr=False)
class SecurityGroup(Resource):
    """A security group, by its id. Making one calls nothing.

    Args:
        id: Such as `"sg-0123456789abcdef0"`; `SecurityGroup.find(name=...)` finds it by name.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> web = SecurityGroup.ensure("web")
        >>> web.allow(443)
        <Rule tcp 443 0.0.0.0/0>
        >>> Rule(443) in web.rules
        True

    AWS: none
    """

    _service = EC2
    _boto3_name: ClassVar[str | None] = "SecurityGroup"
    _shown = ("GroupName",)

    id: str = field()

    name: ClassVar[Attribute[str]] = attribute("GroupName", str)
    description: ClassVar[Attribute[str]] = attribute("Description", str)
    vpc_id: ClassVar[Attribute[str | None]] = attribute("VpcId", str, optional=True)
    owner: ClassVar[Attribute[str]] = attribute("OwnerId", str)
    _tag_rows = attribute("Tags", tag_dict, optional=True)
    _incoming = attribute("IpPermissions", tuple[Answer, ...], optional=True)
    _outgoing = attribute("IpPermissionsEgress", tuple[Answer, ...], optional=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return tags_of(self, lambda: self.id, lambda: self._tag_rows, self._unlearn)

    @property
    def rules(self) -> frozenset[Rule]:
        """The rules for traffic that comes in; all else is refused. Assigning a set of rules is `update(rules=...)`."""
        return frozenset(rule for row in self._incoming or () for rule in rules_in(row, self.owner))

    @rules.setter
    def rules(self, rules: Iterable[Rule]) -> None:
        self.update(rules=rules)

    @property
    def egress_rules(self) -> frozenset[Rule]:
        """The rules for traffic that goes out; a new group lets everything out. They are assigned as `rules` are."""
        return frozenset(rule for row in self._outgoing or () for rule in rules_in(row, self.owner))

    @egress_rules.setter
    def egress_rules(self, rules: Iterable[Rule]) -> None:
        self.update(egress_rules=rules)

    @property
    def referrers(self) -> Sequence[Self]:
        """The groups whose rules name it. Two requests. AWS: ec2:DescribeSecurityGroups."""
        found = (
            group
            for condition in deleting.REFERRING
            for group in search(
                self.cloud,
                "describe_security_groups",
                "SecurityGroups",
                lambda row: type(self)(row["GroupId"], cloud=self.cloud)._learn(row, whole=True),
                of="SecurityGroup",
                filters={condition: self.id},
                MaxResults=MAX_GROUPS_PER_PAGE,
            )
        )
        return tuple(group for group in dict.fromkeys(found) if group != self)

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        description: str | None = None,
        vpc: Vpc | str | None = None,
        tags: TagMap | None = None,
        aws: dict[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Make a security group that lets nothing in and everything out. One request.

        Args:
            name: 1 to 255 characters, not beginning with `sg-`; unique in its VPC.
            description: 1 to 255 characters, which can never be changed. Default: the name.
            vpc: Its VPC, or the id of that. Default: the account's default VPC.
            tags: Its tags.
            aws: More parameters of CreateSecurityGroup, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The group.

        Raises:
            AlreadyExists: The VPC has a group of that name.
            InvalidRequest: EC2 takes no such name or description; nothing was sent.

        Examples:
            >>> SecurityGroup.create("database", description="PostgreSQL").name
            'database'

        AWS: ec2:CreateSecurityGroup
        """
        cloud = cloud_or_current(cloud)
        text = name if description is None else description
        answer = make_once(
            cloud,
            _MADE,
            "create_security_group",
            {
                "GroupName": _checked_name(name),
                "Description": _checked_text("description", text),
                "VpcId": None if vpc is None else str(vpc),
            },
            tags=tags,
            aws=aws,
            about=name,
        )
        cloud.remember(answer["GroupId"], SecurityGroupNotFound)
        known = {"GroupId": answer["GroupId"], "GroupName": name, "Description": text}
        return cls(answer["GroupId"], cloud=cloud)._learn(known, whole=False)

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        description: str | None = None,
        vpc: Vpc | str | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Take the security group of that name, or make it if it is not there; safe to repeat. One to three requests.

        Args:
            name: As in `create`.
            description: As in `create`. Default: as it is.
            vpc: Its VPC, or the id of that. Default: the account's default VPC.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The group.

        Raises:
            Conflict: It is there with another description, which AWS cannot change.

        Examples:
            >>> SecurityGroup.ensure("web").id == SecurityGroup.ensure("web").id
            True

        AWS: ec2:DescribeVpcs, ec2:DescribeSecurityGroups, ec2:CreateSecurityGroup
        """
        cloud = cloud_or_current(cloud)
        _checked_name(name)
        place = str(vpc or cloud.lookup(("default-vpc",), lambda: _default_vpc(cloud)))
        group = cls._named(name, place, cloud)
        if group is None:
            try:
                return cls.create(name, description=description, vpc=place, cloud=cloud)
            except AlreadyExists:
                group = cls._named(name, place, cloud)  # made by another process in between
                if group is None:
                    raise
        if description is not None and group.description != description:
            raise Conflict(
                f"its description is {group.description!r}, not {description!r}",
                service="ec2",
                resource=name,
                hint="AWS cannot change it: take it as it is, or another name",
            )
        return group

    @classmethod
    def _named(cls, name: str, vpc: str, cloud: Cloud) -> Self | None:
        # The filter reads `*` in a name as any text: only the very name counts.
        found = cls.list(name=name, vpc=vpc, cloud=cloud)
        return next((group for group in found if group.name == name), None)

    @classmethod
    def get(cls, id: str, *, cloud: Cloud | None = None) -> Self:
        """Find a security group by its id. One request.

        Args:
            id: Such as `"sg-0123456789abcdef0"`.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The group, loaded.

        Raises:
            SecurityGroupNotFound: There is none.

        Examples:
            >>> SecurityGroup.get(group.id).name
            'office'

        AWS: ec2:DescribeSecurityGroups
        """
        return cls(id, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        name: Wanted = None,
        vpc: Things = None,
        tags: TagFilter | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The security groups of the region. One request for each 1,000.

        Args:
            name: Their name, or several; `*` stands for any text.
            vpc: Their VPC, or its id, or several.
            tags: Tags that they have; `"*"` for any value.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The groups, with their rules.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [group.name for group in SecurityGroup.list(name="off*")]
            ['office']

        AWS: ec2:DescribeSecurityGroups
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_security_groups",
            "SecurityGroups",
            lambda row: cls(row["GroupId"], cloud=cloud)._learn(row, whole=True),
            of="SecurityGroup",
            filters={"group-name": name, "vpc-id": vpc},
            tags=tags,
            page_rows=(MIN_ROWS_PER_PAGE, MAX_GROUPS_PER_PAGE),
            MaxResults=MAX_GROUPS_PER_PAGE,
        )

    @classmethod
    def find(
        cls,
        *,
        name: Wanted = None,
        vpc: Things = None,
        tags: TagFilter | None = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """Find the first security group that matches. One request.

        Args:
            name: As in `list`, and so are the others.
            vpc: Its VPC, or the id of that, or several.
            tags: Tags that it has.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The group, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> SecurityGroup.find(name="no-such-group") is None
            True

        AWS: ec2:DescribeSecurityGroups
        """
        return cls.list(name=name, vpc=vpc, tags=tags, cloud=cloud).first()

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_security_groups", GroupIds=[self.id])
        return only(answer["SecurityGroups"], SecurityGroupNotFound, "DescribeSecurityGroups", self)

    # -- rules -----------------------------------------------------------------------------------------------

    def allow(
        self,
        ports: Ports,
        from_: Peer = ANYWHERE,
        *,
        protocol: str = "tcp",
        description: str | None = None,
        egress: bool = False,
        open_to_world: bool = False,
    ) -> Rule:
        """Let traffic in (or out); fine if the rule is there. One request, and one for the description of such a rule.

        Args:
            ports: A port, `(first, last)` or `"all"`; for ICMP a type, `(type, code)` or `"all"`.
            from_: An IPv4 or IPv6 address or network, another group or its id, or a prefix list's id. Default: any
                IPv4 address. With `egress`, where the traffic may go.
            protocol: `"tcp"`, `"udp"`, `"icmp"`, `"icmpv6"`, `"all"`, or IANA's number as text.
            description: Up to 255 characters. Default: none, and that of a rule that is there stays.
            egress: Whether it is about traffic that goes out.
            open_to_world: Yes, SSH (22), RDP (3389) or all ports shall be open to the whole internet.

        Returns:
            The rule.

        Raises:
            InvalidRequest: AWS takes no such rule, or it needs `open_to_world`; nothing was sent.
            LimitExceeded: The group has as many rules as it may have.
            SecurityGroupNotFound: The group, or that in `from_`, is not there.

        Examples:
            >>> group.allow(5432, from_=SecurityGroup.ensure("web")).ports
            (5432, 5432)
            >>> group.allow(22, "10.0.0.1/8")
            <Rule tcp 22 10.0.0.0/8>

        AWS: ec2:AuthorizeSecurityGroupIngress, ec2:AuthorizeSecurityGroupEgress, ec2:UpdateSecurityGroupRuleDescriptionsIngress, ec2:UpdateSecurityGroupRuleDescriptionsEgress
        """
        rule = Rule(ports, from_, protocol=protocol, description=description)
        if not egress:
            check_exposure([rule], open_to_world)
        try:
            added = changing.change(self, "authorize", [rule], egress=egress)
            if not added and description is not None:
                changing.describe(self, [rule], egress=egress)
        finally:
            self._unlearn()
        return rule

    def allow_my_ip(
        self,
        ports: Ports,
        *,
        address: str | None = None,
        protocol: str = "tcp",
        description: str | None = None,
    ) -> Rule:
        """Let traffic in from this machine alone; fine if the rule is there. Two requests.

        Behind a router it is the router's address, which others may share, and which may change.

        Args:
            ports: As in `allow`, and so are the others.
            address: The address that it has for the rest of the world. Default: what checkip.amazonaws.com says that
                it is, over IPv4.
            protocol: Its protocol.
            description: Up to 255 characters.

        Returns:
            The rule.

        Raises:
            InvalidRequest: AWS takes no such rule; nothing was sent.
            ConnectionFailed: Nobody says what the address is.
            LimitExceeded: The group has as many rules as it may have.

        Examples:
            >>> group.allow_my_ip(22, address="203.0.113.7")
            <Rule tcp 22 203.0.113.7/32>

        AWS: ec2:AuthorizeSecurityGroupIngress
        """
        Rule(ports, protocol=protocol, description=description)  # what is wrong with it is said first
        mine = my_address(self.cloud) if address is None else address
        return self.allow(ports, mine, protocol=protocol, description=description)

    def revoke(
        self, ports: Ports, from_: Peer = ANYWHERE, *, protocol: str = "tcp", egress: bool = False
    ) -> Rule:
        """Take a rule away; fine if it is not there. One request.

        Args:
            ports: As in `allow`, and so are the others.
            from_: Whom the rule is about.
            protocol: Its protocol.
            egress: Whether it is about traffic that goes out.

        Returns:
            The rule.

        Raises:
            InvalidRequest: AWS takes no such rule; nothing was sent.
            SecurityGroupNotFound: The group is not there.

        Examples:
            >>> group.revoke(22, "10.0.0.0/8")
            <Rule tcp 22 10.0.0.0/8>

        AWS: ec2:RevokeSecurityGroupIngress, ec2:RevokeSecurityGroupEgress
        """
        rule = Rule(ports, from_, protocol=protocol)
        try:
            changing.change(self, "revoke", [rule], egress=egress)
        finally:
            self._unlearn()
        return rule

    def plan(
        self,
        *,
        rules: Iterable[Rule] | None = None,
        egress_rules: Iterable[Rule] | None = None,
    ) -> RulePlan:
        """What `update` would change. One request; nothing is changed.

        Args:
            rules: As in `update`.
            egress_rules: As in `update`.

        Returns:
            The changes: what is added, taken away, and described otherwise.

        Raises:
            SecurityGroupNotFound: The group is not there.

        Examples:
            >>> print(group.plan(rules={Rule(443)}))
            + tcp 443 0.0.0.0/0

        AWS: ec2:DescribeSecurityGroups
        """
        self.refresh()
        return planned(rules, egress_rules, there=self.rules, egress_there=self.egress_rules)

    def update(
        self,
        *,
        rules: Iterable[Rule] | None = None,
        egress_rules: Iterable[Rule] | None = None,
        open_to_world: bool = False,
    ) -> Self:
        """Make these the rules: add what is missing, then take away what is too much. One request, and one a change.

        `plan` says before what that changes. A rule without a description keeps the one that it has.

        Args:
            rules: All rules for traffic that comes in. Default: as they are.
            egress_rules: All rules for traffic that goes out. Default: as they are.
            open_to_world: As in `allow`.

        Returns:
            The group itself.

        Raises:
            InvalidRequest: A new rule needs `open_to_world`; nothing was changed.
            LimitExceeded: The group would have more rules than it may have.

        Examples:
            >>> sorted(map(str, group.update(rules={Rule(80), Rule(443)}).rules))
            ['tcp 443 0.0.0.0/0', 'tcp 80 0.0.0.0/0']

        AWS: ec2:DescribeSecurityGroups, ec2:AuthorizeSecurityGroupIngress, ec2:AuthorizeSecurityGroupEgress, ec2:RevokeSecurityGroupIngress, ec2:RevokeSecurityGroupEgress
        """
        plan = self.plan(rules=rules, egress_rules=egress_rules)
        check_exposure(plan.allow, open_to_world)
        try:
            changing.carry_out(self, plan)
        finally:
            self._unlearn()
        return self

    # -- elsewhere -------------------------------------------------------------------------------------------

    def copy_to(
        self,
        region: str,
        *,
        name: str | None = None,
        vpc: Vpc | str | None = None,
        peers: Mapping[str, str] | None = None,
    ) -> Self:
        """Make a group with the same description, tags and rules in a region. Four requests or more.

        If a rule cannot be made, the copy is taken away again.

        Args:
            region: Such as `"eu-west-1"`; this one too, with another name or VPC.
            name: Its name. Default: the same.
            vpc: Its VPC, or the id of that. Default: the account's default VPC there.
            peers: What stands there in the place of groups and prefix lists that rules name, by id. The group itself
                is known.

        Returns:
            The copy.

        Raises:
            AlreadyExists: The VPC there has a group of that name.
            InvalidRequest: A rule names a group or prefix list that `peers` says nothing of; nothing was made.

        Examples:
            >>> group.copy_to("eu-west-1").rules == group.rules
            True

        AWS: ec2:DescribeSecurityGroups, ec2:CreateSecurityGroup, ec2:AuthorizeSecurityGroupIngress, ec2:AuthorizeSecurityGroupEgress, ec2:RevokeSecurityGroupEgress, ec2:DeleteSecurityGroup
        """
        self.refresh()
        known = dict(peers or {})
        copying.check_peers(self.rules | self.egress_rules, self.id, known)
        tags = {key: value for key, value in self.tags.items() if not key.startswith("aws:")}
        copy = self.create(
            self.name if name is None else name,
            description=self.description,
            vpc=vpc,
            tags=tags,
            cloud=self.cloud.in_region(region),
        )
        known[self.id] = copy.id
        try:
            # What is open there is open here already.
            copy.update(
                rules=copying.moved(self.rules, known),
                egress_rules=copying.moved(self.egress_rules, known),
                open_to_world=True,
            )
        except BaseException:
            copy.delete()
            raise
        return copy

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self, *, timeout: Duration = IN_USE_SECONDS, force: bool = False) -> None:
        """Delete it; fine if it is not there. One request, and a few a poll while it is used.

        An instance that ends keeps its group for a while, and so does a load balancer: that is waited for. What stays
        is named at once.

        Args:
            timeout: Seconds to wait.
            force: Take the rules away from other groups that name this one.

        Raises:
            Conflict: An instance that has not ended, an interface or a rule of another group uses it; the error
                names them. Or it is a default group.
            WaitTimeout: It was used until then; the error says by what.

        Examples:
            >>> SecurityGroup.ensure("old").delete()

        AWS: ec2:DeleteSecurityGroup, ec2:DescribeNetworkInterfaces, ec2:DescribeInstances, ec2:DescribeSecurityGroups, ec2:RevokeSecurityGroupIngress, ec2:RevokeSecurityGroupEgress
        """
        try:
            deleting.delete(self, timeout, lambda: self._referring(force))
        finally:
            self._unlearn()

    def _referring(self, force: bool) -> Sequence[str]:
        """The names of the groups whose rules name it; with `force` none, since those rules are gone then."""
        found = self.referrers
        for group in found if force else ():
            for egress, rules in ((False, group.rules), (True, group.egress_rules)):
                about_it = [rule for rule in rules if rule.peer.rpartition("/")[2] == self.id]
                changing.change(group, "revoke", about_it, egress=egress)
        return () if force else [f"{group.id} ({group.name})" for group in found]


def group_ids(groups: SecurityGroup | str | Iterable[SecurityGroup | str]) -> list[str]:
    """The ids of groups that are given as objects or ids, or of one."""
    ids: list[str] = []
    for group in [groups] if isinstance(groups, (SecurityGroup, str)) else groups:
        text = str(group)
        if not text.startswith(_IDS_BEGIN):
            raise InvalidRequest(
                f"security group {text!r}: an id begins with {_IDS_BEGIN!r}",
                hint=f"SecurityGroup.find(name={text!r}) finds it by name",
            )
        ids.append(text)
    return ids


def _default_vpc(cloud: Cloud) -> str:
    answer = cloud.invoke(EC2, "describe_vpcs", {"Filters": [{"Name": "is-default", "Values": ["true"]}]})
    if not answer["Vpcs"]:
        raise InvalidRequest(f"the account has no default VPC in {cloud.region}", hint="give vpc='vpc-...'")
    return str(answer["Vpcs"][0]["VpcId"])


def _checked_name(name: str) -> str:
    if name.startswith(_IDS_BEGIN):
        raise InvalidRequest(f"name {name!r}: it does not begin with {_IDS_BEGIN!r}, as ids do")
    return _checked_text("name", name)


def _checked_text(what: str, text: str) -> str:
    if len(text) > MAX_GROUP_TEXT_CHARACTERS or not _TEXT.fullmatch(text):
        raise InvalidRequest(
            f"{what} {text[:40]!r}: it has 1 to {MAX_GROUP_TEXT_CHARACTERS} characters, which are letters without"
            " accents, digits, spaces and ._-:/()#,@[]+=&;{}!$*"
        )
    return text
