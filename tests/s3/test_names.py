"""What a bucket is named by."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket, Cloud, Folder, InvalidRequest, Object
from cloudkit.s3 import Upload
from cloudkit.s3._limits import RESERVED_BUCKET_PREFIXES, RESERVED_BUCKET_SUFFIXES
from cloudkit.s3._names import as_bucket_name, split_address
from tests.conftest import Rig
from tests.faults import FaultServer, Reply

POINT = "arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap"
OUTPOST = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/my-ap"
LAMBDA = "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/my-olap"
SEVERAL_REGIONS = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"
IN_CHINA = "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint:my-ap"
ARNS = [POINT, OUTPOST, LAMBDA, SEVERAL_REGIONS, IN_CHINA]
ALIAS = "my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias"
OLD = ["Upper.Case_2009", "a..b", "192.168.5.4", "x" * 255, "b", "xn--old", "-a-", ALIAS, "m.mrap"]


def made_with(name: Any) -> list[Callable[[], Any]]:
    return [
        lambda: Bucket(name),
        lambda: Object(name, "k"),
        lambda: Folder(name, "k"),
        lambda: Upload(name, "k", "id"),
    ]


# -- what names one ----------------------------------------------------------------------------------------------


def test_an_address_without_a_key_is_a_bucket(rig: Rig) -> None:
    for address in ("s3://acme", "s3://acme/"):
        assert Bucket(address) == Bucket("acme")
        assert Bucket(address).name == "acme"
        assert Upload(address, "k", "id") == Upload("acme", "k", "id")
    assert Bucket(f"s3://{POINT}").name == POINT
    made = Bucket.create(rig.name("plain"))
    assert Bucket.get(f"s3://{made.name}") == made
    assert Bucket.find(f"s3://{made.name}/") == made


@pytest.mark.parametrize("key", ["k", "a/b/", "?versionId=1"])
def test_an_address_with_a_key_is_an_object(key: str) -> None:
    with pytest.raises(InvalidRequest, match="address of an object") as caught:
        Bucket(f"s3://acme/{key}")
    assert caught.value.hint == f"Object('s3://acme/{key}')"


@pytest.mark.parametrize("name", [*OLD, *ARNS])
def test_names_of_what_may_be_there(name: str) -> None:
    cloud = Cloud(region="us-east-1")
    bucket = Bucket(name, cloud=cloud)
    thing = bucket["a/b?c"]
    assert (bucket.name, thing.bucket_name, thing.key) == (name, name, "a/b?c")
    assert Object(str(thing), cloud=cloud) == thing
    assert Folder(str(bucket.folder("a/b")), cloud=cloud) == bucket.folder("a/b")
    assert thing.bucket == bucket
    assert thing.parent == bucket.folder("a")
    assert pickle.loads(pickle.dumps(thing)) == thing


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("", "letters"),
        ("a b", "letters"),
        ("acmé", "letters"),
        ("x" * 256, "letters"),
        ("a\nb", "letters"),
        ("acme?x", "letters"),
        ("acme/k", "Object('acme', 'k'), or Folder('acme', 'k')"),
        ("/acme", "letters"),
        ("http://acme", "letters"),
        ("arn:aws:s3:::acme", "Bucket('acme')"),
        ("arn:aws:s3:::acme/a/b", "Object('acme', 'a/b')"),
        ("arn:aws:sqs:us-east-1:123456789012:queue", "letters"),
        (f"{POINT}/object/k", "letters"),
        ("arn:aws:s3:us-west-2:12:accesspoint/x", "letters"),
    ],
)
def test_names_of_nothing(name: str, hint: str) -> None:
    with pytest.raises(InvalidRequest, match="is no name of a bucket") as caught:
        Bucket(name)
    assert hint in str(caught.value.hint)
    for make in made_with(name)[1:]:
        with pytest.raises(InvalidRequest):
            make()


@pytest.mark.parametrize("wrong", [None, 1, Path("acme"), b"acme"])
def test_what_is_no_text(wrong: Any) -> None:
    for make in made_with(wrong)[:2]:
        with pytest.raises(InvalidRequest):
            make()


@pytest.mark.parametrize("arn", ARNS)
@pytest.mark.parametrize("rest", ["", "k", "a/b c", "/slash", "accesspoint/x"])
def test_an_arn_in_an_address_keeps_its_slashes(arn: str, rest: str) -> None:
    assert split_address(f"s3://{arn}/{rest}") == (arn, rest)
    if rest:
        found = Object(f"s3://{arn}/{rest}")
        assert (found.bucket_name, found.key, str(found)) == (arn, rest, f"s3://{arn}/{rest}")
        assert found.at("v") == Object(f"s3://{arn}/{rest}?versionId=v")


@given(st.text("abc019.-_", min_size=1, max_size=20), st.text(max_size=20))
def test_any_address_is_taken_apart_as_it_was_put_together(name: str, rest: str) -> None:
    assert split_address(f"s3://{name}/{rest}") == (name, rest)
    assert as_bucket_name(name) == as_bucket_name(f"s3://{name}") == name


# -- access points -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "host"),
    [
        (POINT, "my-ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com"),
        (OUTPOST, "my-ap-123456789012.op-01ac5d28a6a232904.s3-outposts.us-west-2.amazonaws.com"),
        (LAMBDA, "my-olap-123456789012.s3-object-lambda.us-west-2.amazonaws.com"),
    ],
)
@pytest.mark.parametrize("region", ["us-west-2", "eu-west-1"])
def test_links_lead_to_the_access_point(name: str, host: str, region: str) -> None:
    # No request for the region either: the ARN names it.
    thing = Bucket(name, cloud=Cloud(region=region))["a/k"]
    for link in (thing.url(), thing.upload_url()):
        split = urlsplit(link)
        assert (split.hostname, split.path) == (host, "/a/k")
        assert "%2Fus-west-2%2F" in split.query
    assert Bucket(name, cloud=Cloud(region=region)).region == "us-west-2"


def test_an_alias_is_as_good_as_a_name() -> None:
    link = Bucket(ALIAS, cloud=Cloud(region="us-west-2"))["k"].url(region="us-west-2")
    assert urlsplit(link).hostname == f"{ALIAS}.s3.us-west-2.amazonaws.com"


def test_an_access_point_of_several_regions_is_in_none() -> None:
    bucket = Bucket(SEVERAL_REGIONS, cloud=Cloud(region="eu-west-1"))
    assert bucket.region == "eu-west-1"
    assert bucket.arn == SEVERAL_REGIONS


def test_what_an_access_point_is_asked_goes_to_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    # No server answers under such a name here: what would be sent is looked at.
    cloud = Cloud(region="us-west-2")
    sent: list[str] = []

    def instead(request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        sent.append(request.url)
        answer = AWSResponse(request.url, 200, {"ETag": '"e"', "x-amz-copy-source": ""}, None)
        answer._content = b""
        return answer

    cloud.client("s3").meta.events.register("before-send.s3", instead)
    bucket = Bucket(POINT, cloud=cloud)
    bucket["k"].write_bytes(b"x")
    bucket["k"].delete()
    bucket.objects().to_list()
    assert {urlsplit(url).hostname for url in sent} == {
        "my-ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com"
    }
    assert [urlsplit(url).path for url in sent] == ["/k", "/k", "/"]


def test_a_copy_from_an_access_point_names_its_object(faults: FaultServer) -> None:
    faults.otherwise(Reply.xml("<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"))
    cloud = faults.cloud()
    Object(POINT, "a b", cloud=cloud).copy_to(Object("ours", "k", cloud=cloud))
    assert faults.requests[0].headers["x-amz-copy-source"].endswith("accesspoint/my-ap/object/a%20b")


def test_the_other_engine_leaves_arns_to_boto3() -> None:
    pytest.importorskip("obstore")
    from cloudkit.s3._engine import engine_for
    from cloudkit.s3._engine.native import Native

    engine = engine_for(Cloud(region="us-west-2"))
    assert isinstance(engine, Native)
    assert not engine._can(Object(POINT, "k"))
    assert engine._can(Object(ALIAS, "k"))


# -- new ones ------------------------------------------------------------------------------------------------------


def test_names_that_s3_keeps_for_itself(faults: FaultServer) -> None:
    kept = [f"{prefix}acme" for prefix in RESERVED_BUCKET_PREFIXES]
    kept += [f"acme{suffix}" for suffix in RESERVED_BUCKET_SUFFIXES]
    for name in [*kept, "sthree-configurator"]:
        for make in (Bucket.create, Bucket.ensure):
            with pytest.raises(InvalidRequest, match=r"for itself|directory bucket"):
                make(name, cloud=faults.cloud())
    assert faults.requests == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a..b", "two dots"),
        ("192.168.5.4", "IP address"),
        ("Acme", "lower-case"),
        ("a_b", "lower-case"),
        ("s3://acme", "lower-case"),
        ("acme/k", "lower-case"),
        (POINT, "3 to 63"),
        (None, "3 to 63"),
    ],
)
def test_names_that_s3_takes_for_no_new_one(faults: FaultServer, name: Any, why: str) -> None:
    for make in (Bucket.create, Bucket.ensure):
        with pytest.raises(InvalidRequest, match=why):
            make(name, cloud=faults.cloud())
    assert faults.requests == []


@pytest.mark.parametrize(
    "name", ["1.2.3", "1.2.3.4.5", "a.-b", "a--b", "s3alias", "xn-acme", "a" * 63, "abc"]
)
def test_names_that_s3_takes(faults: FaultServer, name: str) -> None:
    faults.replies(Reply(404), Reply(200), Reply(200))
    assert Bucket.create(name, cloud=faults.cloud()).name == name


def test_a_name_in_the_account_s_own_namespace(faults: FaultServer) -> None:
    name = "acme-123456789012-us-east-1-an"
    with pytest.raises(InvalidRequest, match="namespace") as caught:
        Bucket.create(name, cloud=faults.cloud())
    assert "BucketNamespace" in str(caught.value.hint)
    assert faults.requests == []
    faults.replies(Reply(200))
    assert Bucket.ensure(name, cloud=faults.cloud()).name == name  # it is there
