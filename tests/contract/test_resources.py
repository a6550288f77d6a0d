"""What every AWS object can do, whatever its service: laws that no class may break."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import boto3
import pytest

from cloudkit import Cloud
from cloudkit._core import current as current_module
from cloudkit._core.resource import Resource
from cloudkit.errors import AccessDenied, NotFound, ServiceError
from tests.contract import package
from tests.faults import FaultServer, Reply

# How to make one, where a name alone will not do.
MADE_OF: dict[str, tuple[str, ...]] = {
    "Object": ("acme-photos", "cat.jpg"),
    "Folder": ("acme-photos", "cats"),
    "Listener": (
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2",
    ),
    "Rule": ("arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/web/50dc/f2f7/9683",),
    "Certificate": ("arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",),
    # By its name alone it would ask for the account's number to be compared.
    "Topic": ("arn:aws:sns:us-east-1:123456789012:news",),
    "Subscription": ("arn:aws:sns:us-east-1:123456789012:news:6b0e71bd-7e97-4d97-80ce-4a0994e55286",),
}
# What a delete asks beside, which says nothing of the thing itself.
BESIDE = {
    ("LoadBalancer", "DescribeTargetGroups"): Reply.xml(
        "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups/></DescribeTargetGroupsResult>"
        "</DescribeTargetGroupsResponse>"
    ),
    ("LoadBalancer", "DescribeSecurityGroups"): Reply.xml(
        "<DescribeSecurityGroupsResponse><securityGroupInfo/></DescribeSecurityGroupsResponse>"
    ),
}
CLASSES = [pytest.param(cls, id=cls.__name__) for cls in package.resources()]


def make(cls: type[Resource], cloud: Cloud | None = None, *, other: bool = False) -> Resource:
    """One of them; or another one."""
    fields: Any = attrs.fields(cls)
    required = [each for each in fields if each.init and not each.kw_only and each.default is attrs.NOTHING]
    given = MADE_OF.get(cls.__name__, tuple(f"thing-{number}" for number, _ in enumerate(required)))
    if other:
        given = (*given[:-1], given[-1] + "x")
    return cls(*given, cloud=cloud)


def refusal(service: str, code: str, status: int) -> Reply:
    """An error in the protocol of the service."""
    protocol = package.model(service).metadata["protocol"]
    made = {
        "query": Reply.query_error,
        "ec2": Reply.ec2_error,
        "rest-xml": Reply.s3_error,
    }.get(protocol, Reply.json_error)
    return made(code, "no", status)


def test_there_are_some() -> None:
    names = {cls.__name__ for cls in package.resources()}
    assert {"Bucket", "Object", "Queue", "Topic", "Instance", "LoadBalancer"} <= names


@pytest.mark.parametrize("cls", CLASSES)
def test_making_and_showing_one_calls_nothing(cls: type[Resource], faults: FaultServer) -> None:
    thing = make(cls, faults.cloud())
    for text in (repr(thing), str(thing), f"{thing}"):
        assert text
    assert repr(thing).startswith(f"<{cls.__name__} ")
    hash(thing)
    assert thing == make(cls, faults.cloud())
    assert faults.requests == []


@pytest.mark.parametrize("cls", CLASSES)
def test_equal_is_class_identity_and_cloud(cls: type[Resource], faults: FaultServer) -> None:
    cloud = faults.cloud()
    thing, same = make(cls, cloud), make(cls, cloud)
    assert thing == same
    assert hash(thing) == hash(same)
    assert len({thing, same}) == 1
    assert thing != make(cls, cloud, other=True)
    assert thing != make(cls, Cloud(region="us-east-1"))
    assert thing != str(thing)
    assert all(thing != make(other, cloud) for other in package.resources() if other is not cls)
    same._learn({"State": {"Name": "changed"}}, whole=False)
    assert thing == same
    assert faults.requests == []


@pytest.mark.parametrize("cls", CLASSES)
def test_it_travels_by_pickle_and_copy(cls: type[Resource], faults: FaultServer) -> None:
    thing = make(cls, faults.cloud())._learn({"Canary": "canary"}, whole=False)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(thing, protocol)
        assert b"canary" not in data
        found = pickle.loads(data)
        assert type(found) is cls
        assert found == thing
        assert hash(found) == hash(thing)
    assert copy.copy(thing) == copy.deepcopy(thing) == thing
    session = boto3.Session(aws_access_key_id="AKIA", aws_secret_access_key="canary")
    with pytest.raises(TypeError, match="live session"):
        pickle.dumps(make(cls, Cloud(session=session, region="us-east-1")))
    assert faults.requests == []


@pytest.mark.parametrize("cls", CLASSES)
def test_what_it_is_made_of_is_not_assigned(cls: type[Resource], faults: FaultServer) -> None:
    thing = make(cls, faults.cloud())
    said = (repr(thing), hash(thing))
    fields: Any = attrs.fields(cls)
    names = [each.name for each in fields if each.init and not each.name.startswith("_")]
    assert "cloud" in names
    assert len(names) > 1
    for name in names:
        before = getattr(thing, name)
        for value in (before, "another", None):
            with pytest.raises(AttributeError, match=f"{cls.__name__}.{name} is part of what names"):
                setattr(thing, name, value)
        assert getattr(thing, name) is before
    assert (repr(thing), hash(thing)) == said
    assert copy.copy(thing) == pickle.loads(pickle.dumps(thing)) == thing
    thing._learn({"State": {"Name": "changed"}}, whole=False)
    thing._unlearn()
    with pytest.raises(AttributeError):
        thing.no_such_thing = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("cls", CLASSES)
def test_it_takes_the_current_cloud(cls: type[Resource], monkeypatch: pytest.MonkeyPatch) -> None:
    # The region is the one that ARNs name: what they name lives there.
    default = Cloud(region="us-east-1")
    cloud = Cloud(region="us-east-1", anonymous=True)
    monkeypatch.setattr(current_module, "_default", default)
    with cloud:
        assert make(cls).cloud == cloud != default
    assert make(cls, cloud).cloud == cloud
    assert make(cls).cloud == default


@pytest.mark.parametrize("cls", CLASSES)
def test_exists_is_no_answer_to_a_refusal_or_a_fault(cls: type[Resource], faults: FaultServer) -> None:
    faults.otherwise(refusal(cls._service.name, "AccessDenied", 403))
    with pytest.raises(AccessDenied):
        make(cls, faults.cloud()).exists()
    faults.otherwise(refusal(cls._service.name, "InternalFailure", 500))
    with pytest.raises(ServiceError):
        make(cls, faults.cloud()).exists()
    assert faults.requests


def not_found(cls: type[Resource]) -> tuple[str, type[NotFound]]:
    """The code that says that one is not there, and its class."""
    for code, error in cls._service.errors.items():
        if error.__name__ == f"{cls.__name__}NotFound" and issubclass(error, NotFound):
            return code.rpartition(":")[2], error
    return "ResourceNotFoundException", NotFound


@pytest.mark.parametrize("cls", CLASSES)
def test_what_is_not_there_is_not_found(cls: type[Resource], faults: FaultServer) -> None:
    code, wanted = not_found(cls)
    faults.otherwise(refusal(cls._service.name, code, 404 if cls._service.name == "s3" else 400))
    thing = make(cls, faults.cloud())
    assert thing.exists() is False
    with pytest.raises(NotFound):
        thing.refresh()
    assert issubclass(wanted, LookupError)


@pytest.mark.parametrize("cls", [each for each in CLASSES if hasattr(each.values[0], "delete")])
def test_deleting_what_is_gone_is_fine(cls: Any, faults: FaultServer) -> None:
    code, _ = not_found(cls)
    gone = refusal(cls._service.name, code, 404 if cls._service.name == "s3" else 400)
    faults.otherwise(lambda request: BESIDE.get((cls.__name__, request.operation), gone))
    thing: Any = make(cls, faults.cloud())
    thing.delete()
    assert faults.requests
    faults.otherwise(refusal(cls._service.name, "AccessDenied", 403))
    with pytest.raises(AccessDenied):
        thing.delete()


@pytest.mark.parametrize("cls", CLASSES)
def test_boto3_has_the_resource_it_is_said_to_have(cls: type[Resource], faults: FaultServer) -> None:
    if cls._boto3_name is None:
        return
    assert cls._service.has_boto3_resource
    factory = faults.cloud().boto3_resource(cls._service.name)
    assert callable(getattr(factory, cls._boto3_name))
