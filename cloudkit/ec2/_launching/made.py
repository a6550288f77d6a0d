"""What a launch makes beside the instances: a key, a group, an address. It goes with them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence

from attrs import define, field

from cloudkit._core.cloud import Cloud
from cloudkit._core.ending import take_away
from cloudkit._core.resource import Resource
from cloudkit.ec2._groups.plan import check_exposure
from cloudkit.ec2._limits import WAIT_SECONDS
from cloudkit.ec2._many.changing import change_all, terminate
from cloudkit.ec2.elastic_ip import ElasticIP
from cloudkit.ec2.key_pair import KeyPair, KeyType
from cloudkit.ec2.rule import Rule
from cloudkit.ec2.security_group import SecurityGroup
from cloudkit.ec2.subnet import Subnet
from cloudkit.errors import InvalidRequest

_STEM = "cloudkit"
_GROUP_OF_ONES_OWN = "make the group first: SecurityGroup.create(...), allow_my_ip(22), security_groups=group"


@define(eq=False)
class Made:
    """What was made for a launch, and is taken away with its instances.

    Attributes:
        key: The key pair, with its private half.
        group: The security group.
        address: The Elastic IP address.
        keep_on_error: Whether all stays if the block ends with an error.
    """

    key: KeyPair | None = None
    group: SecurityGroup | None = None
    address: ElasticIP | None = None
    keep_on_error: bool = False
    _name: str = field(factory=lambda: f"{_STEM}-{uuid.uuid4().hex[:12]}", init=False)

    def make_key(self, kind: KeyType | str | bool, cloud: Cloud) -> None:
        """Make a key pair."""
        wanted = KeyType.ED25519 if kind is True else str(kind)
        self.key = KeyPair.create(self._name, type=wanted, cloud=cloud)

    def make_group(self, rules: Iterable[Rule], subnet: Subnet | str | None, cloud: Cloud) -> None:
        """Make a security group with those rules, in the VPC of the subnet."""
        wanted = tuple(rules)
        for rule in wanted:
            if not isinstance(rule, Rule):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InvalidRequest(f"new_group: {rule!r} is no rule", hint="new_group=[Rule(443)]")
        check_exposure(wanted, open_to_world=False, else_=_GROUP_OF_ONES_OWN)
        vpc = None
        if subnet is not None:
            vpc = (subnet if isinstance(subnet, Subnet) else Subnet(subnet, cloud=cloud)).vpc_id
        self.group = SecurityGroup.create(self._name, vpc=vpc, cloud=cloud)
        self.group.update(rules=wanted)

    def make_address(self, cloud: Cloud) -> None:
        """Get an address."""
        self.address = ElasticIP.allocate(name=self._name, cloud=cloud)


def taken_away(made: Made | None) -> list[Callable[[], object]]:
    """What takes it all away, once the instances end: one step each."""
    if made is None:
        return []
    steps: list[Callable[[], object]] = []
    if made.address is not None:
        steps += [made.address.detach, made.address.release]
    if made.key is not None:
        steps.append(made.key.delete)
    if made.group is not None:
        group = made.group
        # Which waits until the instances have let go of it.
        steps.append(lambda: group.delete(timeout=WAIT_SECONDS))
    return steps


def tear_down(instances: Sequence[Resource], made: Made | None, error: BaseException | None) -> None:
    """End instances, and take away what was made for them, as far as that goes.

    After an error of the block, what could not be taken away is a warning; else it is an error itself.
    """
    if error is not None and made is not None and made.keep_on_error:
        return

    def end() -> object:
        return change_all(instances, terminate, operation="TerminateInstances", gone_is_fine=True)

    steps = [end, *taken_away(made)] if instances else taken_away(made)
    take_away(steps, error, told="not taken away", stacklevel=5)
