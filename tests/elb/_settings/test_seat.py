from __future__ import annotations

import pytest

from cloudkit import Cloud
from cloudkit.elb import Kind
from cloudkit.elb._settings.seat import Seat

STEM = "arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:loadbalancer/"


@pytest.mark.parametrize(
    ("tail", "kind"),
    [
        ("app/web/50dc", Kind.APPLICATION),
        ("net/web/50dc", Kind.NETWORK),
        ("gwy/web/50dc", Kind.GATEWAY),
        ("web", Kind.CLASSIC),
    ],
)
def test_its_arn_tells_all(tail: str, kind: Kind) -> None:
    looked: list[Kind] = []

    def look() -> Kind:
        looked.append(Kind.APPLICATION)
        return Kind.APPLICATION

    seat = Seat.at(STEM + tail, Cloud(region="cn-north-1"), look)
    assert looked == ([Kind.APPLICATION] if kind == Kind.APPLICATION else [])
    assert (seat.kind, seat.name, seat.id) == (kind, "web", tail)
    assert (seat.partition, seat.region, seat.account) == ("aws-cn", "cn-north-1", "123456789012")


def test_moto_s_arns_do_not() -> None:
    seat = Seat.at(f"{STEM}app/web/50dc", Cloud(region="cn-north-1"), lambda: Kind.NETWORK)
    assert seat.kind == Kind.NETWORK
