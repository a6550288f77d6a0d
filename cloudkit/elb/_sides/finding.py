"""Which of the two APIs a load balancer belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit.elb._naming import classic_name
from cloudkit.elb._service import ELB, ELBV2
from cloudkit.elb._sides import classic, v2
from cloudkit.elb._sides.classic import Classic
from cloudkit.elb._sides.side import Side
from cloudkit.elb._sides.v2 import V2
from cloudkit.elb.errors import LoadBalancerNotFound
from cloudkit.elb.kinds import Kind
from cloudkit.types import Answer


def side_at(arn: str, cloud: Cloud) -> Side:
    """The load balancer of that ARN: the form of the ARN tells whose it is. No request."""
    name = classic_name(arn)
    return V2(arn, cloud) if name is None else Classic(arn, name, cloud)


def row_named(cloud: Cloud, name: str, *, dns_name: str | None) -> Answer:
    """The row of the load balancer of that name. One request, or two if it is a classic one or not there.

    Where both APIs have one, v2's is meant. With a DNS name it is the one that has exactly that DNS name; if it is not
    the one whose name the DNS name seems to say, all are looked through.
    """
    denied: LoadBalancerNotFound | None = None
    for find in (v2.row_named, classic.row_named):
        try:
            row = find(cloud, name)
        except LoadBalancerNotFound as error:
            denied = denied or error
        else:
            if dns_name is None or _has(row, dns_name):
                return row
    if dns_name is not None:
        for row in (row for page in pages(cloud) for row in page):
            if _has(row, dns_name):
                return row
    raise denied or LoadBalancerNotFound(
        "no load balancer has this DNS name", service="elbv2", resource=dns_name
    )


def pages(cloud: Cloud, kind: Kind | str | None = None) -> Iterator[Sequence[Answer]]:
    """The rows of all load balancers, page by page; with a kind, only the API that has it is asked."""
    if kind != Kind.CLASSIC:
        for page in cloud.pages(ELBV2, "describe_load_balancers", about="load balancers"):
            yield page.get("LoadBalancers", [])
    if kind in (None, Kind.CLASSIC):
        for page in cloud.pages(ELB, "describe_load_balancers", about="load balancers"):
            yield page.get("LoadBalancerDescriptions", [])


def _has(row: Mapping[str, Any], dns_name: str) -> bool:
    return str(row.get("DNSName", "")).lower() == dns_name
