"""A launch as a whole: what is made for it first, the instances, and what comes after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cloudkit._core.cloud import Cloud
from cloudkit._core.resource import Resource
from cloudkit.ec2._launching.made import Made, tear_down
from cloudkit.ec2._limits import WAIT_SECONDS
from cloudkit.ec2._many.waiting import wait_all
from cloudkit.ec2.errors import InstanceNotFound
from cloudkit.ec2.image import Image
from cloudkit.ec2.launch import Count, LaunchOptions, launch_request, run_instances
from cloudkit.errors import InvalidRequest

M = TypeVar("M", bound=Resource)


def launch(
    build: Callable[[Any], M],
    image: Image | str | None,
    type: str | None,
    count: Count,
    options: LaunchOptions,
    cloud: Cloud,
) -> tuple[Sequence[M], Made]:
    """The instances, and what was made for them. If anything goes wrong on the way, nothing of it stays."""
    if options.get("new_address") and count not in (1, (1, 1)):
        raise InvalidRequest("new_address= is for one instance: allocate the others' addresses by ElasticIP")
    # All that can be refused is, before anything is made.
    request = launch_request(image, type, count, options, cloud)
    made = Made(keep_on_error=bool(options.get("keep_on_error")))
    instances: list[M] = []
    try:
        _make(made, request, options, cloud)
        for row in run_instances(cloud, request, options.get("aws")):
            cloud.remember(row["InstanceId"], InstanceNotFound)
            instances.append(build(row))
        if made.address is not None:
            # An instance that is not running yet takes none.
            wait_all(instances, "running", timeout=WAIT_SECONDS)
            made.address.attach(str(instances[0]))
            instances[0]._unlearn()  # pyright: ignore[reportPrivateUsage]
    except BaseException as error:
        made.keep_on_error = False
        tear_down(instances, made, error)
        raise
    return instances, made


def _make(made: Made, request: dict[str, Any], options: LaunchOptions, cloud: Cloud) -> None:
    rules, key = options.get("new_group"), options.get("new_key")
    if rules is not None:
        made.make_group(rules, options.get("subnet"), cloud)
        # Groups stand in one of the two places, as the request was made.
        interfaces: list[dict[str, Any]] | None = request.get("NetworkInterfaces")
        place, name = (request, "SecurityGroupIds") if interfaces is None else (interfaces[0], "Groups")
        place[name] = [*(place.get(name) or ()), str(made.group)]
    if key:
        made.make_key(key, cloud)
        request["KeyName"] = str(made.key)
    if options.get("new_address"):
        made.make_address(cloud)
