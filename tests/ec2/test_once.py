"""What AWS has no token for is made once all the same, and what a lost answer has made is found."""

from __future__ import annotations

import pytest

from cloudkit.ec2 import ElasticIP, KeyPair, SecurityGroup
from cloudkit.ec2._tags import TOKEN_TAG
from cloudkit.errors import AccessDenied, AlreadyExists, ConnectionFailed, ServiceError
from tests.ec2.answers import answer, done
from tests.ec2.seed import PUBLIC_KEY
from tests.faults import FaultServer, Reply, Request

LOST = Reply(reset=True)
ADDRESS, OTHER = "eipalloc-1", "eipalloc-2"
TAGGING_DENIED = Reply.ec2_error(
    "UnauthorizedOperation",
    "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/me is not authorized"
    " to perform: ec2:CreateTags on resource: arn:aws:ec2:us-east-1:123456789012:elastic-ip/*",
    status=403,
)
TAKEN = Reply.ec2_error("InvalidKeyPair.Duplicate", "already exists")
RELEASED = done("ReleaseAddress")


def allocated(id: str = ADDRESS) -> Reply:
    return answer("AllocateAddress", f"<publicIp>192.0.2.7</publicIp><allocationId>{id}</allocationId>")


def addresses(*ids: str) -> Reply:
    items = "".join(f"<item><allocationId>{each}</allocationId></item>" for each in ids)
    return answer("DescribeAddresses", f"<addressesSet>{items}</addressesSet>")


def token_of(request: Request) -> str:
    tags = {value: name for name, value in request.form.items() if name.endswith(".Key")}
    return request.form[tags[TOKEN_TAG].replace(".Key", ".Value")]


def test_one_answer_is_one_request(faults: FaultServer) -> None:
    faults.replies(allocated())
    ElasticIP.allocate(cloud=faults.cloud())
    assert faults.operations == ["AllocateAddress"]


def test_the_address_whose_answer_got_lost_is_released(faults: FaultServer) -> None:
    faults.replies(LOST, allocated(OTHER), addresses(ADDRESS, OTHER), RELEASED)
    assert ElasticIP.allocate(cloud=faults.cloud(attempts=3, pauses=False)).allocation_id == OTHER
    assert faults.operations[2:] == ["DescribeAddresses", "ReleaseAddress"]
    assert faults.requests[3].form["AllocationId"] == ADDRESS
    asked = faults.requests[2].form
    assert asked["Filter.1.Name"] == f"tag:{TOKEN_TAG}"
    assert asked["Filter.1.Value.1"] == token_of(faults.requests[0]) == token_of(faults.requests[1])


def test_tokens_differ(faults: FaultServer) -> None:
    faults.otherwise(allocated())
    for _ in range(2):
        ElasticIP.allocate(tags={"team": "web"}, cloud=faults.cloud())
    first, second = map(token_of, faults.requests)
    assert first != second
    assert "team" in faults.requests[0].form.values()


def test_what_is_found_when_no_answer_came_is_taken(faults: FaultServer) -> None:
    faults.replies(LOST, LOST, addresses(ADDRESS, OTHER), RELEASED)
    assert ElasticIP.allocate(cloud=faults.cloud(attempts=2, pauses=False)).allocation_id == ADDRESS
    assert faults.requests[-1].form["AllocationId"] == OTHER


@pytest.mark.parametrize(
    ("found", "error"),
    [(addresses(), ConnectionFailed), (Reply.ec2_error("InternalError", status=500), ConnectionFailed)],
)
def test_what_is_not_found_has_failed(faults: FaultServer, found: Reply, error: type[Exception]) -> None:
    faults.replies(LOST, found)
    with pytest.raises(error):
        ElasticIP.allocate(cloud=faults.cloud())


def test_an_answer_counts_though_nobody_may_look(faults: FaultServer) -> None:
    faults.replies(LOST, allocated(), Reply.ec2_error("UnauthorizedOperation", status=403))
    assert ElasticIP.allocate(cloud=faults.cloud(attempts=2, pauses=False)).allocation_id == ADDRESS


def test_one_that_cannot_be_released_does_not_spoil_the_other(faults: FaultServer) -> None:
    faults.replies(
        LOST, allocated(OTHER), addresses(ADDRESS, OTHER), Reply.ec2_error("InternalError", status=400)
    )
    assert ElasticIP.allocate(cloud=faults.cloud(attempts=2, pauses=False)).allocation_id == OTHER


def test_who_may_not_tag_does_without(faults: FaultServer) -> None:
    cloud = faults.cloud()
    faults.replies(TAGGING_DENIED, allocated())
    assert ElasticIP.allocate(cloud=cloud).allocation_id == ADDRESS
    assert not any(name.startswith("TagSpecification") for name in faults.requests[1].form)
    faults.replies(TAGGING_DENIED, TAGGING_DENIED)
    with pytest.raises(AccessDenied) as caught:
        ElasticIP.allocate(tags={"team": "web"}, cloud=cloud)
    assert caught.value.action == "ec2:CreateTags"
    assert TOKEN_TAG not in faults.requests[3].form.values()
    denied = Reply.ec2_error("UnauthorizedOperation", "not authorized to perform: ec2:AllocateAddress", 403)
    faults.replies(denied, denied)
    with pytest.raises(AccessDenied):
        ElasticIP.allocate(cloud=cloud)
    assert len(faults.requests) == 6


@pytest.mark.parametrize(
    "message",
    [
        "You are not authorized to perform this operation. Encoded authorization failure message: 4GIOHl",
        "is not authorized to perform: ec2:AllocateAddress on resource: * with an explicit deny",
    ],
    ids=["which says nothing", "of the operation itself"],
)
def test_a_policy_that_knows_the_keys_of_tags(faults: FaultServer, message: str) -> None:
    faults.replies(Reply.ec2_error("UnauthorizedOperation", message, 403), allocated())
    assert ElasticIP.allocate(tags={"team": "web"}, cloud=faults.cloud()).allocation_id == ADDRESS
    sent = faults.requests[1].form.values()
    assert "team" in sent
    assert TOKEN_TAG not in sent


def test_as_many_tags_as_there_may_be_leave_no_place_for_a_token(faults: FaultServer) -> None:
    faults.replies(allocated(), allocated())
    for number in (49, 50):
        tags = {f"key{each}": "value" for each in range(number)}
        ElasticIP.allocate(tags=tags, cloud=faults.cloud())
    assert token_of(faults.requests[0])
    assert TOKEN_TAG not in faults.requests[1].form.values()
    assert "TagSpecification.1.Tag.50.Key" in faults.requests[1].form


def test_tags_of_the_caller_s_own_form_go_as_they_are(faults: FaultServer) -> None:
    faults.replies(allocated())
    own = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "a", "Value": "b"}]}]
    ElasticIP.allocate(aws={"TagSpecifications": own}, cloud=faults.cloud())
    assert TOKEN_TAG not in faults.requests[0].form.values()


# -- where AWS refuses a second one --------------------------------------------------------------------------


def pairs(*names: str) -> Reply:
    items = "".join(f"<item><keyName>{name}</keyName><keyPairId>key-1</keyPairId></item>" for name in names)
    return answer("DescribeKeyPairs", f"<keySet>{items}</keySet>")


def pair_made() -> Reply:
    return answer(
        "CreateKeyPair", "<keyName>k</keyName><keyPairId>key-2</keyPairId><keyMaterial>PEM</keyMaterial>"
    )


def test_a_pair_whose_private_half_got_lost_is_made_anew(faults: FaultServer) -> None:
    faults.replies(LOST, TAKEN, pairs("k"), done("DeleteKeyPair"), pair_made())
    pair = KeyPair.create("k", cloud=faults.cloud(attempts=2, pauses=False))
    assert pair.private_key == "PEM"
    assert pair.id == "key-2"
    assert faults.operations == [
        "CreateKeyPair",
        "CreateKeyPair",
        "DescribeKeyPairs",
        "DeleteKeyPair",
        "CreateKeyPair",
    ]


def test_a_pair_of_somebody_else_is_left(faults: FaultServer) -> None:
    faults.replies(TAKEN)
    with pytest.raises(AlreadyExists):
        KeyPair.create("k", cloud=faults.cloud())
    assert faults.operations == ["CreateKeyPair"]
    faults.replies(LOST, TAKEN, pairs())
    with pytest.raises(AlreadyExists):
        KeyPair.create("k", cloud=faults.cloud(attempts=2, pauses=False))
    assert "DeleteKeyPair" not in faults.operations


def test_an_import_whose_answer_got_lost_is_ours(faults: FaultServer) -> None:
    faults.replies(LOST, TAKEN, pairs("k"))
    assert KeyPair.import_key("k", PUBLIC_KEY, cloud=faults.cloud(attempts=2, pauses=False)).id == "key-1"


def test_a_group_whose_answer_got_lost_is_ours(faults: FaultServer) -> None:
    duplicate = Reply.ec2_error("InvalidGroup.Duplicate", "already exists")
    found = answer(
        "DescribeSecurityGroups",
        "<securityGroupInfo><item><groupId>sg-1</groupId></item></securityGroupInfo>",
    )
    faults.replies(LOST, duplicate, found)
    assert SecurityGroup.create("web", cloud=faults.cloud(attempts=2, pauses=False)).id == "sg-1"
    faults.replies(duplicate)
    with pytest.raises(AlreadyExists):
        SecurityGroup.create("web", cloud=faults.cloud())


def test_an_error_of_aws_own_may_have_done_it(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("InternalError", status=500), addresses())
    with pytest.raises(ServiceError):
        ElasticIP.allocate(cloud=faults.cloud())
    assert faults.operations == ["AllocateAddress", "DescribeAddresses"]
