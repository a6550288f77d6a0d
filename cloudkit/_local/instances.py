"""What moto's EC2 lacks: what a launch protects, rules of numbered protocols, changed user data, whose snapshots are.

And speed: a world of EC2 begins with 1,300 images, whose ids are most of what its first call takes.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from cloudkit._local.world import here

_NO_PORT = -1
_PROTECTION = "DisableApiTermination"
# Names of tags apart, an image's snapshots say by this whose they are.
_SNAPSHOT = "snapshot"
_OWNER = "owner-id"

Replace: TypeAlias = "Callable[[Callable[..., Any]], Callable[..., Any]]"
"""Makes a method of ours of moto's."""


def complete_instances() -> None:
    """Give moto's EC2 what it lacks."""
    from moto.ec2 import models, utils
    from moto.ec2.models.security_groups import SecurityGroupRule
    from moto.ec2.responses import elastic_block_store, instances

    tables: Sequence[tuple[Any, Mapping[str, Replace]]] = (
        (instances.InstanceResponse, {"run_instances": _launching}),
        (instances, {"parse_user_data": _reading}),
        (elastic_block_store.ElasticBlockStore, {"describe_snapshots": _owning}),
        (SecurityGroupRule, {"__init__": _ruling}),
        (models.EC2Backend, {"create_image": _imaging}),
        (utils, {"random_resource_id": _numbering}),
    )
    for owner, table in tables:
        for name, replace in table.items():
            theirs = getattr(owner, name)
            setattr(owner, name, here(replace(theirs), theirs))


def _launching(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def run_instances(self: Any) -> Any:
        answer = theirs(self)
        protected = str(self._get_param(_PROTECTION)).lower() == "true"
        for instance in answer.result.instances if protected else ():
            instance.disable_api_termination = True
        return answer

    return run_instances


def _reading(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """User data that replaces another comes in a field that has been decoded by then."""

    def parse_user_data(value: Any) -> Any:
        return theirs(base64.b64encode(value) if isinstance(value, bytes) else value)

    return parse_user_data


def _ruling(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """Protocols by number have no ports."""

    def __init__(  # noqa: N807 - takes the place of one
        self: Any, backend: Any, protocol: Any, group: Any, first: Any, last: Any, *args: Any, **kwargs: Any
    ) -> None:
        ports = [_NO_PORT if each is None else each for each in (first, last)]
        theirs(self, backend, protocol, group, *ports, *args, **kwargs)

    return __init__


def _imaging(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def create_image(
        self: Any, instance_id: str, name: str, description: str, tag_specifications: Sequence[Any]
    ) -> Any:
        of_image = [each for each in tag_specifications if each["ResourceType"] != _SNAPSHOT]
        image = theirs(self, instance_id, name, description, tag_specifications=of_image)
        for each in tag_specifications:
            if each["ResourceType"] == _SNAPSHOT:
                image.ebs_snapshot.add_tags({tag["Key"]: tag["Value"] for tag in each["Tags"]})
        return image

    return create_image


def _owning(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """Whose snapshots are asked for: else there are those of 1,300 images, which nobody made."""

    def describe_snapshots(self: Any) -> Any:
        mine = self.ec2_backend.account_id
        asked = self._get_param("OwnerIds", [])
        others = {each.owner_id for each in self.ec2_backend.snapshots.values()} - {mine}
        meant = {"self": [mine], "amazon": sorted(others)}
        owners = [owner for each in asked for owner in meant.get(each, [each])]
        filters = self._filters_from_querystring()
        if owners:
            self._filters_from_querystring = lambda: {**filters, _OWNER: owners}
        return theirs(self)

    return describe_snapshots


def _numbering(_theirs: Callable[..., Any]) -> Callable[..., Any]:
    """One number in place of 17 choices of a digit each."""
    from moto.moto_api._internal import mock_random

    def random_resource_id(size: int) -> str:
        return f"{mock_random.getrandbits(4 * size):0{size}x}"

    return random_resource_id
