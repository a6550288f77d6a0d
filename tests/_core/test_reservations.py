"""Instances that are parsed when they are read are those that botocore parses."""

from __future__ import annotations

import threading
from functools import cache
from html import escape
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.session import get_session
from hypothesis import given, settings, strategies as st

from cloudkit import Cloud
from cloudkit._core.marks import lean_rows
from cloudkit._core.reservations import InstanceRow, read_reservations
from cloudkit.ec2 import Instance
from cloudkit.ec2._many.describing import instance_rows
from cloudkit.errors import ServiceError
from tests.conftest import Rig
from tests.faults import FaultServer, Reply

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
TAIL = "<nextToken>more</nextToken></DescribeInstancesResponse>"
FULL = """<item>
    <instanceId>{id}</instanceId><imageId>ami-1</imageId><instanceState><code>16</code><name>running</name></instanceState>
    <reason/><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>t3.micro</instanceType>
    <launchTime>2026-05-08T16:46:19.000Z</launchTime><placement><availabilityZone>us-east-1a</availabilityZone></placement>
    <ebsOptimized>true</ebsOptimized><enaSupport>false</enaSupport><unknownToday>x</unknownToday>
    <groupSet><item><groupId>sg-1</groupId><groupName>a</groupName></item><item><groupId>sg-2</groupId></item></groupSet>
    <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId>
      <attachTime>2026-05-08T16:46:20.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item>
    </blockDeviceMapping>
    <networkInterfaceSet><item><groupSet><item><groupId>sg-3</groupId></item></groupSet><ipv6AddressesSet/></item></networkInterfaceSet>
    <tagSet>{tags}</tagSet><cpuOptions><coreCount>4</coreCount></cpuOptions>
  </item>"""


def instance(id: str, /, **tags: str) -> str:
    rows = "".join(
        f"<item><key>{escape(key)}</key><value>{escape(value)}</value></item>" for key, value in tags.items()
    )
    return FULL.format(id=id, tags=rows)


def reservation(
    *instances: str,
    head: str = "<reservationId>r-1</reservationId><ownerId>1</ownerId><groupSet/>",
    foot: str = "",
) -> str:
    return f"<item>\n{head}<instancesSet>{''.join(instances)}\n</instancesSet>{foot}</item>"


def body(*reservations: str) -> bytes:
    return f"{HEAD}<requestId>q</requestId>\n<reservationSet>\n{''.join(reservations)}</reservationSet>{TAIL}".encode()


@cache
def model() -> tuple[Any, Any]:
    service: Any = get_session().get_service_model("ec2")
    return service.operation_model("DescribeInstances"), create_parser("ec2")


def parsed(content: bytes, *, leanly: bool) -> Any:
    operation, parser = model()
    response: dict[str, Any] = {"body": content, "status_code": 200, "headers": {}}
    ours: dict[str, Any] = {}
    if leanly:
        with lean_rows():
            read_reservations(operation, response, ours)
    return {**parser.parse(response, operation.output_shape), **ours}


def rows(content: bytes, *, leanly: bool) -> list[Any]:
    return instance_rows(parsed(content, leanly=leanly))


def same(content: bytes, *, lean: bool = True) -> list[Any]:
    plain, ours = rows(content, leanly=False), rows(content, leanly=True)
    assert [dict(row) for row in ours] == plain
    assert all(isinstance(row, InstanceRow) for row in ours) is lean or not ours
    answer = parsed(content, leanly=True)
    assert answer["NextToken"] == "more"
    return ours


def test_instances_of_several_reservations() -> None:
    found = same(
        body(
            reservation(instance("i-1", Name="a&b <é>"), instance("i-2")),
            reservation(
                instance("i-3"),
                head="<ownerId>2</ownerId>\n<reservationId>r-2</reservationId>",
                foot="\n<requesterId>me</requesterId>\n<more/>",
            ),
        )
    )
    assert [row["InstanceId"] for row in found] == ["i-1", "i-2", "i-3"]
    assert [row["ReservationId"] for row in found] == ["r-1", "r-1", "r-2"]
    assert found[2]["RequesterId"] == "me"
    assert "RequesterId" not in found[0]
    assert found[0]["Tags"] == [{"Key": "Name", "Value": "a&b <é>"}]


def test_groups_of_a_reservation_are_not_those_of_the_instance() -> None:
    head = "<reservationId>r-1</reservationId><groupSet><item><groupId>sg-9</groupId></item></groupSet>"
    (row,) = same(body(reservation(instance("i-1"), head=head)))
    assert [group["GroupId"] for group in row["SecurityGroups"]] == ["sg-1", "sg-2"]


@given(
    st.lists(
        st.lists(
            st.dictionaries(
                st.from_regex(r"[a-z]{1,5}", fullmatch=True),
                st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12),
                max_size=3,
            ),
            min_size=1,
            max_size=4,
        ),
        max_size=4,
    )
)
@settings(max_examples=50)
def test_any_number_with_any_tags(shape: list[list[dict[str, str]]]) -> None:
    number = iter(range(1, 100))
    content = body(
        *(reservation(*(instance(f"i-{next(number)}", **tags) for tags in each)) for each in shape)
    )
    assert len(same(content)) == sum(map(len, shape))


@pytest.mark.parametrize(
    "content",
    [
        body(),
        body().replace(b"<reservationSet>\n</reservationSet>", b"<reservationSet/>"),
        body(reservation()),
        body(reservation(instance("i-1"), foot="<groupSet><item><groupId>sg-9</groupId></item></groupSet>")),
        body(reservation(instance("i-1").replace("<item>", '<item a="b">', 1))),
        body(reservation(instance("i-1"), "<!-- <item> -->")),
        body(reservation(instance("i-1").replace("ami-1", "<![CDATA[<item>]]>"))),
        body(reservation(instance("i-1").replace("<instanceId>i-1</instanceId>", ""))),
        body(reservation(instance("i&#45;1"))),
        body(reservation(instance("i-1"))).replace(b"<reservationSet>", b'<reservationSet xmlns="x">'),
    ],
)
def test_what_is_unusual_is_left_to_botocore(content: bytes) -> None:
    plain, ours = rows(content, leanly=False), rows(content, leanly=True)
    assert [dict(row) for row in ours] == plain
    assert not any(isinstance(row, InstanceRow) for row in ours)


def test_who_does_not_ask_for_lean_rows_gets_plain_ones(faults: FaultServer) -> None:
    faults.otherwise(Reply.xml(body(reservation(instance("i-1"))).decode().replace(TAIL, TAIL[-28:])))
    cloud = faults.cloud()
    answer = cloud.call("ec2", "describe_instances")
    assert type(answer["Reservations"][0]["Instances"][0]) is dict
    box = Instance.list(cloud=cloud).one()
    assert (box.id, box.type, box.zone, box.reservation_id) == ("i-1", "t3.micro", "us-east-1a", "r-1")
    assert box.raw["EbsOptimized"] is True
    assert box.raw == {**answer["Reservations"][0]["Instances"][0], "ReservationId": "r-1", "OwnerId": "1"}


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_cut_answer_is_an_error_and_no_short_listing(faults: FaultServer, cut: float) -> None:
    whole = body(*(reservation(instance(f"i-{number}")) for number in range(20)))
    faults.otherwise(Reply(200, whole[: int(len(whole) * cut)], {"Content-Type": "text/xml"}))
    with pytest.raises(ServiceError):
        Instance.list(cloud=faults.cloud(attempts=1)).to_list()


def test_an_answer_that_is_cut_on_the_way_is_asked_for_again(faults: FaultServer) -> None:
    whole = body(reservation(instance("i-1"))).decode().replace(TAIL, TAIL[-28:])
    faults.replies(Reply(200, whole.encode(), {"Content-Type": "text/xml"}, cut_after=700), Reply.xml(whole))
    assert [box.id for box in Instance.list(cloud=faults.cloud(attempts=2))] == ["i-1"]
    assert len(faults.requests) == 2


def test_two_threads_read_one_row() -> None:
    (row,) = rows(body(reservation(instance("i-1"))), leanly=True)
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(row["InstanceType"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["t3.micro"] * 8


def test_the_embedded_clouds_rows_are_the_same(rig: Rig) -> None:
    name = rig.name("web")
    Instance.launch("al2023", count=2, name=name, tags={"a": "<&>"})
    wanted: Any = {"Filters": [{"Name": "tag:Name", "Values": [name]}]}
    plain = [
        row for page in rig.cloud.pages("ec2", "describe_instances", **wanted) for row in instance_rows(page)
    ]
    with lean_rows():
        ours = [
            row
            for page in rig.cloud.pages("ec2", "describe_instances", **wanted)
            for row in instance_rows(page)
        ]
    assert all(isinstance(row, InstanceRow) for row in ours)
    assert [dict(row) for row in ours] == plain
    assert isinstance(rig.cloud, Cloud)
