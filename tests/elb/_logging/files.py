"""Files of access logs, put where AWS would put them."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta, timezone

from cloudkit import Bucket
from cloudkit.elb import LoadBalancer, LogPlace
from tests.elb._logging.lines import HTTP


def put(
    bucket: Bucket,
    balancer: LoadBalancer,
    end: datetime,
    *lines: str,
    prefix: str = "",
    folder: datetime | None = None,
    other: str = "",
) -> str:
    """A file with those lines, which go up to that minute; in the folder of another day, or for another name."""
    *_, region, account, tail = balancer.arn.split(":")
    file = tail.removeprefix("loadbalancer/").replace("/", ".") + other
    packed = "/" in tail
    key = (
        f"{LogPlace(bucket.name, prefix).folder}{account}/elasticloadbalancing/{region}/{folder or end:%Y/%m/%d}/"
        f"{account}_elasticloadbalancing_{region}_{file}_{end:%Y%m%dT%H%MZ}_10.0.0.1_{end:%H%M}abc.log"
        + (".gz" if packed else "")
    )
    data = "".join(f"{line}\n" for line in lines).encode()
    bucket[key].write_bytes(gzip.compress(data) if packed else data)
    return key


def slow_request(bucket: Bucket, balancer: LoadBalancer) -> None:
    """One that timed out, some minutes ago."""
    balancer.access_logs = bucket
    moment = datetime.now(timezone.utc) - timedelta(minutes=7)
    line = HTTP.replace("2026-07-02T22:23:00.186641Z", f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}", 1)
    line = line.replace(" 200 404 ", " 504 - ").replace(
        "http://www.example.com:80/a b", "http://shop.example.com:80/slow"
    )
    put(bucket, balancer, moment + timedelta(minutes=2), line)
