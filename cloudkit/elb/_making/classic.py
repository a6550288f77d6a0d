"""Making a classic load balancer with its instances and health check."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import tag_list
from cloudkit.elb._making.wanted import Wanted
from cloudkit.elb._naming import ONCE
from cloudkit.elb._places import Place
from cloudkit.elb._routing import classic as listening
from cloudkit.elb._routing.fronts import classic_entry, classic_policy
from cloudkit.elb._service import ELB
from cloudkit.elb._sides.checking import classic_check_params
from cloudkit.elb._sides.classic import Classic, row_named
from cloudkit.elb._sides.rows import arn_in
from cloudkit.elb._tagging import classic_tags
from cloudkit.elb._undo import Undo
from cloudkit.elb.errors import LoadBalancerNotFound
from cloudkit.elb.front import Front
from cloudkit.elb.kinds import Scheme
from cloudkit.errors import AlreadyExists, CloudError, ConnectionFailed, ServiceError
from cloudkit.types import Answer


def make(
    wanted: Wanted,
    cloud: Cloud,
    undo: Undo,
    *,
    place: Place,
    scheme: Scheme,
    security_groups: Sequence[str],
    aws: Mapping[str, Any] | None,
) -> Answer:
    """Make it: its row."""
    name = wanted.name
    token = uuid.uuid4().hex
    params = {
        "LoadBalancerName": name,
        "Listeners": [classic_entry(front, port=port, cloud=cloud) for port, front in wanted.fronts.items()],
        "Subnets": list(place.subnets),
        "SecurityGroups": list(security_groups) or None,
        # Internet-facing is the default, and no value that AWS takes here.
        "Scheme": str(scheme) if scheme is Scheme.INTERNAL else None,
        "Tags": tag_list({**wanted.tags, ONCE: token}),
    }
    _make_once(cloud, params, token, name, aws=aws)
    undo.add(f"load balancer {name}", partial(_delete, name, cloud))
    cloud.remember(name, LoadBalancerNotFound)
    row = row_named(cloud, name)
    arn = arn_in(row, cloud)
    for port, front in wanted.fronts.items():
        set_policy(cloud, arn, name, port, front)
    port, protocol = wanted.first_need
    check = classic_check_params(wanted.check_of(protocol), port=port)
    cloud.invoke(ELB, "configure_health_check", {"LoadBalancerName": name, "HealthCheck": check}, about=name)
    Classic(arn, name, cloud).register_new(wanted.targets)
    return row


def _make_once(
    cloud: Cloud, params: Mapping[str, Any], token: str, name: str, *, aws: Mapping[str, Any] | None
) -> None:
    """Make it; after a lost answer it is found by the token among its tags.

    AWS refuses a second one of the name, so that there are never two.
    """
    try:
        cloud.invoke(ELB, "create_load_balancer", params, aws=aws, about=name)
    except (AlreadyExists, ConnectionFailed, ServiceError) as error:
        if isinstance(error, AlreadyExists) and error.attempts == 1:
            raise
        if not _is_ours(cloud, name, token):
            raise


def _is_ours(cloud: Cloud, name: str, token: str) -> bool:
    try:
        return classic_tags(cloud, name).get(ONCE) == token
    except CloudError:
        return False


def set_policy(cloud: Cloud, arn: str, name: str, port: int, front: Front) -> None:
    """Let a listener have its TLS policy, if it has TLS. Four requests."""
    policy = classic_policy(front)
    if policy is not None:
        listening.set_policy(cloud, listening.Place(arn, name, port), policy)


def _delete(name: str, cloud: Cloud) -> None:
    cloud.forget(name)
    cloud.invoke(ELB, "delete_load_balancer", {"LoadBalancerName": name}, about=name)
