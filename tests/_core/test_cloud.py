from __future__ import annotations

import contextvars
import copy
import gc
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.session
import pytest

import cloudkit
from cloudkit import (
    AssumeRole,
    Bucket,
    Cloud,
    Object,
    Retry,
    Timeouts,
    configure,
    current_cloud,
    local,
    whoami,
)
from cloudkit._core import current as current_module
from cloudkit._core.hub import LOOKUP_SECONDS
from cloudkit._core.service import service_named
from cloudkit.errors import AccessDenied, CloudError, ConnectionFailed, InvalidRequest, NotFound
from cloudkit.testing import FakeClock
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

QUEUES = Reply.json({"QueueUrls": ["http://127.0.0.1/1/jobs"]})
ROLE = "arn:aws:iam::123456789012:role/reader"


def caller(number: str = "123456789012") -> Reply:
    return Reply.xml(
        "<GetCallerIdentityResponse><GetCallerIdentityResult>"
        f"<Arn>arn:aws:iam::{number}:user/ann</Arn><UserId>AIDA</UserId><Account>{number}</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )


@pytest.fixture(autouse=True)
def _own_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_module, "_default", None)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes the configuration file that botocore reads."""
    path = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))

    def write(text: str) -> None:
        path.write_text(text)

    return write


def together(number: int, work: Callable[[], Any]) -> list[Any]:
    """What that many threads, all let go at once, give back."""
    gate = threading.Barrier(number)
    results: list[Any] = []

    def run() -> None:
        gate.wait()
        try:
            results.append(work())
        except BaseException as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


# -- clients -----------------------------------------------------------------------------------------------------


def test_a_client_is_made_once_and_shared(faults: FaultServer) -> None:
    cloud = faults.cloud()
    assert cloud.client("sqs") is cloud.client("sqs")
    assert cloud.in_region("us-east-1").client("sqs") is cloud.client("sqs")
    assert cloud.in_region("eu-west-1").client("sqs") is not cloud.client("sqs")
    assert cloud.with_options(retry=Retry(attempts=7)).client("sqs") is not cloud.client("sqs")
    assert cloud.with_options() == cloud


def test_one_client_under_threads_that_start_at_once(faults: FaultServer) -> None:
    faults.otherwise(QUEUES)
    cloud = faults.cloud()
    clients = together(32, lambda: cloud.client("sqs"))
    assert len({id(client) for client in clients}) == 1
    answers = together(32, lambda: cloud.call("sqs", "list_queues")["QueueUrls"])
    assert answers == [["http://127.0.0.1/1/jobs"]] * 32


def test_session_and_region_under_threads_that_start_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    cloud = Cloud()
    assert together(32, lambda: cloud.region) == ["eu-west-1"] * 32
    assert len({id(session) for session in together(32, lambda: cloud._hub.boto3_session())}) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is what is tested")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_a_fork_the_child_has_connections_of_its_own(faults: FaultServer) -> None:
    faults.otherwise(QUEUES)
    cloud = faults.cloud()
    client = cloud.client("sqs")
    cloud.call("sqs", "list_queues")
    cloud.lookup(("answer",), lambda: 42)
    read, write = os.pipe()
    with cloud._hub.lock:  # as if another thread of the parent were at work
        pid = os.fork()
        if pid == 0:
            try:
                seen = [
                    cloud.client("sqs") is not client,
                    cloud.call("sqs", "list_queues")["QueueUrls"] == ["http://127.0.0.1/1/jobs"],
                    cloud.lookup(("answer",), lambda: 43) == 43,
                ]
                os.write(write, repr(seen).encode())
            finally:
                os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        assert pipe.read() == b"[True, True, True]"
    os.waitpid(pid, 0)
    assert cloud.client("sqs") is client


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is what is tested")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_the_embedded_cloud_works_in_a_forked_child() -> None:
    with local():
        bucket = Bucket.create("acme-forked")
        bucket["k"].write_text("before")
    from cloudkit._local.world import alone

    read, write = os.pipe()
    with alone():
        pid = os.fork()
        if pid == 0:
            try:
                bucket["k"].write_text(bucket["k"].read_text() + " and after")
                os.write(write, bucket["k"].read_bytes())
            finally:
                os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        assert pipe.read() == b"before and after"
    os.waitpid(pid, 0)
    assert bucket["k"].read_text() == "before"


def test_closed_and_called_again(faults: FaultServer) -> None:
    faults.otherwise(QUEUES)
    cloud = faults.cloud()
    client = cloud.client("sqs")
    cloud.call("sqs", "list_queues")
    cloud.close()
    cloud.close()
    assert cloud.call("sqs", "list_queues")["QueueUrls"]
    assert cloud.client("sqs") is not client


def test_a_service_that_is_none() -> None:
    with pytest.raises(InvalidRequest, match="get_available_services"):
        Cloud(region="us-east-1").client("s4")


# -- which cloud -------------------------------------------------------------------------------------------------


def test_with_nests_and_objects_stay_where_they_were_made() -> None:
    outer, inner = Cloud(region="eu-west-1"), Cloud(region="us-west-2")
    with outer as entered:
        assert entered is outer
        first = Bucket("acme")
        with inner:
            assert current_cloud() is inner
            assert Bucket("acme").cloud is inner
            assert first["k"].cloud is outer
            assert Bucket("acme", cloud=outer).cloud is outer
            with outer, outer:
                assert current_cloud() is outer
            assert current_cloud() is inner
        assert current_cloud() is outer
    assert first.cloud is outer
    assert current_cloud() not in (outer, inner)


def test_with_is_left_by_an_exception_too() -> None:
    cloud = Cloud(region="eu-west-1")
    with pytest.raises(KeyError):
        with cloud:
            raise KeyError("x")
    assert current_cloud() is not cloud


def test_threads_inherit_nothing_unless_the_context_is_copied() -> None:
    cloud = Cloud(region="eu-west-1")
    seen: list[Cloud] = []
    with cloud:
        context = contextvars.copy_context()
        bare = threading.Thread(target=lambda: seen.append(current_cloud()))
        copied = threading.Thread(target=context.run, args=(lambda: seen.append(current_cloud()),))
        for thread in (bare, copied):
            thread.start()
            thread.join()
    # From Python 3.14 on an interpreter can be told to let threads inherit it.
    assert (seen[0] is cloud) is bool(getattr(sys.flags, "thread_inherit_context", False))
    assert seen[1] is cloud


def test_the_default_is_one_and_configure_sets_it() -> None:
    first = current_cloud()
    assert all(found is first for found in together(8, current_cloud))
    made = configure(region="eu-west-1", retry=Retry(attempts=2), timeouts=Timeouts(read=3.0))
    bucket = Bucket("acme")
    assert current_cloud() is made is bucket.cloud
    assert (made.region, made.retry.attempts, made.timeouts.read) == ("eu-west-1", 2, 3.0)
    again = configure(region="us-west-2")
    assert bucket.cloud is made
    assert Bucket("acme").cloud is again
    with Cloud(region="ap-south-1") as entered:
        assert current_cloud() is entered
    with pytest.raises(InvalidRequest):
        configure(session=boto3.Session(), profile="x")
    assert current_cloud() is again


def test_arguments_that_do_not_go_together() -> None:
    session = boto3.Session()
    with pytest.raises(InvalidRequest, match="session="):
        Cloud(session=session, profile="x")
    with pytest.raises(InvalidRequest, match="session="):
        Cloud(session=session, role=ROLE)
    with pytest.raises(InvalidRequest, match="neither a boto3 nor a botocore session"):
        Cloud(session=object())
    with pytest.raises(InvalidRequest, match="no ARN"):
        Cloud(role="reader")
    for duration in (899, 43_201):
        with pytest.raises(InvalidRequest, match="900 to 43200"):
            AssumeRole(ROLE, duration=duration)


# -- region and endpoint -----------------------------------------------------------------------------------------


def test_the_region_comes_from_argument_environment_profile(
    config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Cloud().region is None
    config("[default]\nregion = sa-east-1\n[profile work]\nregion = ca-central-1\n")
    assert Cloud().region == "sa-east-1"
    assert Cloud(profile="work").region == "ca-central-1"
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    assert Cloud().region == "ap-south-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert Cloud().region == "eu-west-1"
    assert Cloud(region="us-west-2").region == "us-west-2"
    assert Cloud(region="us-west-2").client("sqs").meta.region_name == "us-west-2"
    assert Cloud().client("sqs").meta.region_name == "eu-west-1"


def test_a_session_s_own_region_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    assert Cloud(session=boto3.Session(region_name="us-west-2")).region == "us-west-2"
    assert Cloud(session=boto3.Session()).region == "ap-south-1"
    assert Cloud(session=botocore.session.Session(), region="eu-west-1").region == "eu-west-1"


def test_the_endpoint_comes_from_argument_environment_profile(
    config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def endpoint(service: str, **more: Any) -> str:
        return str(Cloud(region="us-east-1", **more).client(service).meta.endpoint_url)

    assert not Cloud(region="us-east-1").has_custom_endpoint
    config(
        "[default]\nservices = here\nendpoint_url = http://127.0.0.1:1\n[services here]\ns3 =\n  endpoint_url = http://127.0.0.1:2\n"
    )
    assert endpoint("sqs") == "http://127.0.0.1:1"
    assert endpoint("s3") == "http://127.0.0.1:2"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:3")
    assert endpoint("sqs") == endpoint("s3") == "http://127.0.0.1:3"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:4")
    assert endpoint("s3") == "http://127.0.0.1:4"
    assert endpoint("sqs") == "http://127.0.0.1:3"
    assert endpoint("s3", endpoint_url="http://127.0.0.1:5") == "http://127.0.0.1:5"
    assert Cloud(region="us-east-1").has_custom_endpoint
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert endpoint("sqs") == "https://sqs.us-east-1.amazonaws.com"
    assert endpoint("s3", endpoint_url="http://127.0.0.1:5") == "http://127.0.0.1:5"


def test_a_custom_endpoint_is_spoken_to_as_s3_compatible_servers_like_it(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults.otherwise(Reply())
    monkeypatch.setenv("AWS_ENDPOINT_URL", faults.url)
    named = Cloud(region="us-east-1", timeouts=Timeouts(read=5.0))
    for cloud in (faults.cloud(), named):
        config = cloud.client("s3").meta.config
        assert config.s3["addressing_style"] == "path"
        assert config.request_checksum_calculation == "when_required"
        assert config.response_checksum_validation == "when_required"
        Object("acme", "k", cloud=cloud).write_text("x")
        request = faults.requests[-1]
        assert request.path == "/acme/k"
        assert not any("checksum" in name.lower() or "trailer" in name.lower() for name in request.headers)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    plain = Cloud(region="us-east-1").client("s3").meta.config
    assert (plain.s3 or {}).get("addressing_style") != "path"


# -- what every client is made with ------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["s3", "sqs", "ec2", "elbv2", "dynamodb", "sts"])
def test_retries_and_timeouts_are_ours_whatever_the_environment_says(
    service: str, config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    config("[default]\nretry_mode = legacy\nmax_attempts = 9\ndefaults_mode = mobile\n")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "11")
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    found = Cloud(region="us-east-1").client(service).meta.config
    assert found.retries == {"mode": "standard", "total_max_attempts": 5}
    assert found.connect_timeout == 5.0
    assert found.read_timeout >= 60.0
    assert "cloudkit/" in found.user_agent_extra
    other = Cloud(
        region="us-east-1", retry=Retry(attempts=2, mode="adaptive"), timeouts=Timeouts(connect=1, read=2)
    )
    found = other.client(service).meta.config
    assert found.retries == {"mode": "adaptive", "total_max_attempts": 2}
    assert found.connect_timeout == 1
    assert found.read_timeout >= 2


def test_attempts_are_requests_in_all(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    faults.replies(
        Reply.json_error("InternalError", status=500), Reply.json_error("InternalError", status=500)
    )
    faults.otherwise(QUEUES)
    assert faults.cloud(attempts=3).call("sqs", "list_queues")["QueueUrls"]
    assert len(faults.requests) == 3


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "eu-central-1"])
def test_links_are_signed_with_version_4(region: str) -> None:
    client = Cloud(region=region).client("s3")
    link = client.generate_presigned_url("get_object", Params={"Bucket": "acme", "Key": "k"})
    query = parse_qs(urlsplit(link).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert f"/{region}/s3/" in query["X-Amz-Credential"][0]
    assert "AWSAccessKeyId" not in query


def test_anonymous_requests_are_not_signed(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    faults.otherwise(Reply(body=b"public"))
    cloud = faults.cloud(anonymous=True)
    assert Object("acme", "k", cloud=cloud).read_bytes() == b"public"
    assert "Authorization" not in faults.requests[0].headers
    assert cloud.credentials_source() == (None, None)


def test_who_i_am(faults: FaultServer) -> None:
    faults.otherwise(caller())
    cloud = faults.cloud()
    me = whoami(cloud)
    assert (me.account, me.arn, me.user_id) == ("123456789012", "arn:aws:iam::123456789012:user/ann", "AIDA")
    assert (me.region, me.source, me.expires) == ("us-east-1", "env", None)
    with cloud:
        assert whoami() == me
    before = len(faults.requests)
    assert [cloud.account_id for _ in range(3)] == ["123456789012"] * 3
    assert len(faults.requests) == before + 1


# -- roles -------------------------------------------------------------------------------------------------------


class Role:
    """Answers AssumeRole, and whatever else is asked, and writes down with which key it was asked."""

    def __init__(self, lifetime: timedelta) -> None:
        self.lifetime = lifetime
        self.taken: list[dict[str, str]] = []
        self.keys: list[str] = []

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("Content-Type", "").startswith("application/x-www-form") and (
            request.operation == "AssumeRole"
        ):
            self.taken.append(request.form)
            ends = datetime.now(timezone.utc) + self.lifetime
            return Reply.xml(
                "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
                f"<AccessKeyId>ROLE{len(self.taken)}</AccessKeyId><SecretAccessKey>canary-secret</SecretAccessKey>"
                f"<SessionToken>canary-token</SessionToken><Expiration>{ends:%Y-%m-%dT%H:%M:%SZ}</Expiration>"
                "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
            )
        self.keys.append(request.headers["Authorization"].partition("Credential=")[2].partition("/")[0])
        return QUEUES


def role_cloud(faults: FaultServer, monkeypatch: pytest.MonkeyPatch, role: str | AssumeRole) -> Cloud:
    # AWS_ENDPOINT_URL, since STS must be reached there too.
    monkeypatch.setenv("AWS_ENDPOINT_URL", faults.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return Cloud(role=role, retry=Retry(attempts=1))


def test_a_role_is_taken_on_when_it_is_needed_and_once(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sts = Role(timedelta(hours=1))
    faults.otherwise(sts)
    cloud = role_cloud(faults, monkeypatch, ROLE)
    cloud.client("sqs")
    assert faults.requests == []
    for _ in range(3):
        cloud.call("sqs", "list_queues")
    assert sts.keys == ["ROLE1"] * 3
    (taken,) = sts.taken
    assert (taken["RoleArn"], taken["RoleSessionName"], taken["DurationSeconds"]) == (
        ROLE,
        "cloudkit",
        "3600",
    )
    assert "ExternalId" not in taken
    source, expires = cloud.credentials_source()
    assert source == "assume-role"
    assert expires is not None
    assert expires > datetime.now(timezone.utc)


def test_a_role_is_taken_anew_before_its_credentials_end(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sts = Role(timedelta(minutes=5))  # botocore renews what ends within the next ten minutes
    faults.otherwise(sts)
    cloud = role_cloud(faults, monkeypatch, ROLE)
    cloud.call("sqs", "list_queues")
    sts.lifetime = timedelta(hours=1)
    cloud.call("sqs", "list_queues")
    cloud.call("sqs", "list_queues")
    assert sts.keys == ["ROLE1", "ROLE2", "ROLE2"]


def test_all_that_a_role_may_ask_for(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    sts = Role(timedelta(hours=1))
    faults.otherwise(sts)
    role = AssumeRole(ROLE, session_name="nightly", external_id="canary-external", duration=900)
    cloud = role_cloud(faults, monkeypatch, role)
    cloud.call("sqs", "list_queues")
    (taken,) = sts.taken
    assert taken["ExternalId"] == "canary-external"
    assert (taken["RoleSessionName"], taken["DurationSeconds"]) == ("nightly", "900")


def test_a_role_that_may_not_be_taken_on(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"User: arn:aws:iam::1:user/ann is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    faults.otherwise(Reply.query_error("AccessDenied", text, 403))
    with pytest.raises(AccessDenied) as caught:
        role_cloud(faults, monkeypatch, ROLE).call("sqs", "list_queues")
    assert (caught.value.action, caught.value.denied_resource) == ("sts:AssumeRole", ROLE)
    assert caught.value.operation == "AssumeRole"


def test_a_role_with_nothing_to_take_it_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(cloudkit.CredentialsError, match="aws configure"):
        Cloud(role=ROLE, region="us-east-1").call("sqs", "list_queues")


# -- equality and pickling ---------------------------------------------------------------------------------------


def test_equal_is_what_reaches_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session()
    alike: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"region": "eu-west-1"}, {"region": "eu-west-1"}),
        ({"region": "eu-west-1"}, {"region": "eu-west-1", "retry": Retry(attempts=1)}),
        ({"region": "eu-west-1", "role": ROLE}, {"region": "eu-west-1", "role": AssumeRole(ROLE)}),
        ({"region": "eu-west-1", "session": session}, {"region": "eu-west-1", "session": session}),
    ]
    for one, other in alike:
        assert Cloud(**one) == Cloud(**other)
        assert hash(Cloud(**one)) == hash(Cloud(**other))
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert Cloud() == Cloud(region="eu-west-1")
    for more in (
        {"region": "us-east-1"},
        {"role": ROLE},
        {"endpoint_url": "http://127.0.0.1:1"},
        {"anonymous": True},
        {"session": session},
    ):
        assert Cloud() != Cloud(**more)
    assert Cloud() != "cloud"


def test_a_cloud_travels_as_its_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    made = Cloud(
        role=AssumeRole(ROLE, external_id="x"),
        retry=Retry(attempts=2),
        timeouts=Timeouts(read=7.0),
        endpoint_url="http://127.0.0.1:1",
    )
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(made, protocol)
        monkeypatch.setenv("AWS_REGION", "us-west-2")
        found = pickle.loads(data)
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        assert found == made
        assert (found.region, found.role, found.retry, found.timeouts) == (
            "eu-west-1",
            made.role,
            made.retry,
            made.timeouts,
        )
    many = pickle.loads(pickle.dumps([Bucket("acme", cloud=made), Object("acme", "k", cloud=made)]))
    assert many[0].cloud is many[1].cloud
    again = pickle.loads(pickle.dumps(Bucket("acme", cloud=made)))
    assert again.cloud is many[0].cloud


def test_a_live_session_does_not_travel() -> None:
    session = boto3.Session(aws_access_key_id="AKIA", aws_secret_access_key="canary-secret")
    cloud = Cloud(session=session, region="us-east-1")
    for thing in (cloud, Bucket("acme", cloud=cloud)):
        with pytest.raises(TypeError, match=r"Cloud\(profile=\.\.\.\)") as caught:
            pickle.dumps(thing)
        assert "canary" not in str(caught.value)


def test_copies_are_the_cloud_itself() -> None:
    for cloud in (Cloud(region="us-east-1"), Cloud(session=boto3.Session(), region="us-east-1"), local()):
        assert copy.copy(cloud) is copy.deepcopy(cloud) is cloud
        bucket = Bucket("acme", cloud=cloud)
        assert copy.deepcopy(bucket) == copy.copy(bucket) == bucket
        assert copy.deepcopy([bucket])[0].cloud is cloud


CANARIES = ("canary-secret", "canary-token", "canary-external")


def _shown(thing: Any) -> Iterator[str]:
    yield repr(thing)
    yield str(thing)
    yield format(thing)
    if hasattr(thing, "__dict__"):
        yield repr(vars(thing))
    for name in getattr(type(thing), "__slots__", ()):
        if not name.startswith("__"):
            yield repr(getattr(thing, name, None))


def test_nothing_shows_a_secret(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "canary-token")
    faults.otherwise(Role(timedelta(hours=1)))
    role = role_cloud(faults, monkeypatch, AssumeRole(ROLE, external_id="canary-external"))
    role.call("sqs", "list_queues")
    session = Cloud(
        session=boto3.Session(aws_access_key_id="AKIA", aws_secret_access_key="canary-secret"),
        region="us-east-1",
    )
    chain = Cloud(region="us-east-1")
    for cloud in (role, session, chain):
        cloud.client("s3")
        bucket = Bucket("acme", cloud=cloud)
        things = [
            cloud,
            bucket,
            bucket["k"],
            bucket.objects(),
            cloud.credentials_source(),
            bucket.tags,
            cloud._hub,
        ]
        assert "canary" not in repr(cloud.role)
        if cloud is session:
            continue
        pickled = pickle.dumps(cloud) + pickle.dumps(bucket)
        assert b"canary-secret" not in pickled
        assert b"canary-token" not in pickled
        for thing in things:
            for text in _shown(thing):
                assert not any(canary in text for canary in CANARIES), text
    for text in _shown(session):
        assert "canary" not in text
    faults.otherwise(Reply.json_error("AccessDenied", status=403))
    with pytest.raises(CloudError) as caught:
        role.call("sqs", "list_queues")
    assert not any(canary in f"{caught.value!r} {caught.value} {vars(caught.value)}" for canary in CANARIES)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("cloudkit")]
    assert not any(canary in text for canary in CANARIES for text in ours)


def test_the_password_of_an_endpoint_is_not_shown() -> None:
    cloud = Cloud(region="us-east-1", endpoint_url="http://ann:canary-secret@127.0.0.1:9000")
    assert "canary" not in repr(cloud)
    assert "127.0.0.1:9000" in repr(cloud)


def test_repr_says_what_was_asked_for() -> None:
    assert repr(Cloud()) == "Cloud()"
    assert repr(Cloud(region="eu-west-1", role=ROLE)) == f"Cloud(region='eu-west-1', role='{ROLE}')"
    assert repr(Cloud(session=boto3.Session())) == "Cloud(session='Session')"


def test_a_cloud_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Cloud(region="eu-west-1").profile = "x"  # type: ignore[misc]


# -- raw calls ---------------------------------------------------------------------------------------------------


def test_a_raw_call_is_translated_and_leaves_none_out(faults: FaultServer) -> None:
    faults.replies(QUEUES, Reply.json_error("AWS.SimpleQueueService.NonExistentQueue"))
    cloud = faults.cloud()
    assert cloud.call("sqs", "list_queues", QueueNamePrefix=None, MaxResults=5)["QueueUrls"]
    assert faults.requests[0].json == {"MaxResults": 5}
    with pytest.raises(NotFound) as caught:
        cloud.call("sqs", "get_queue_url", QueueName="x")
    assert caught.value.operation == "GetQueueUrl"
    assert type(caught.value.__cause__).__module__.startswith("botocore")


def test_a_call_to_a_service_that_cloudkit_has_no_folder_for(faults: FaultServer) -> None:
    faults.otherwise(Reply.json({"TableNames": ["jobs"]}))
    assert faults.cloud().call("dynamodb", "list_tables")["TableNames"] == ["jobs"]


def test_an_operation_that_is_none_is_answered_with_the_near_ones(faults: FaultServer) -> None:
    cloud = faults.cloud()
    with pytest.raises(InvalidRequest, match="list_queues"):
        cloud.call("sqs", "list_queue")
    with pytest.raises(InvalidRequest, match="documentation"):
        cloud.call("sqs", "zzzzzzzzz")
    for name in ("get_paginator", "meta", "__class__", "close"):
        with pytest.raises(InvalidRequest, match="no operation"):
            cloud.call("sqs", name)
    with pytest.raises(InvalidRequest, match="no operation"):
        next(cloud.pages("sqs", "list_queue"))
    with pytest.raises(InvalidRequest, match="s4"):
        cloud.call("s4", "list_buckets")
    assert faults.requests == []


def test_raw_parameters_may_not_clash(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="MaxResults"):
        faults.cloud().invoke(service_named("sqs"), "list_queues", {"MaxResults": 1}, aws={"MaxResults": 2})
    assert faults.requests == []


def test_boto3_s_own_resource(faults: FaultServer) -> None:
    resource = faults.cloud().boto3_resource("s3")
    assert resource.Bucket("acme").name == "acme"
    assert resource.meta.client.meta.endpoint_url == faults.url


# -- pages -------------------------------------------------------------------------------------------------------


def test_pages_are_fetched_as_they_are_asked_for(faults: FaultServer) -> None:
    faults.replies(Reply.json({"QueueUrls": ["a"], "NextToken": "t1"}), Reply.json({"QueueUrls": ["b"]}))
    pages = faults.cloud().pages("sqs", "list_queues", page_size=1)
    assert faults.requests == []
    assert next(pages)["QueueUrls"] == ["a"]
    assert len(faults.requests) == 1
    assert [page["QueueUrls"] for page in pages] == [["b"]]
    assert [request.json for request in faults.requests] == [
        {"MaxResults": 1},
        {"MaxResults": 1, "NextToken": "t1"},
    ]


def test_an_operation_without_pages_gives_one(faults: FaultServer) -> None:
    faults.otherwise(caller())
    (page,) = faults.cloud().pages("sts", "get_caller_identity")
    assert page["Account"] == "123456789012"


def test_an_error_between_pages_is_translated_and_one_of_the_loop_is_not(faults: FaultServer) -> None:
    faults.replies(
        Reply.json({"QueueUrls": ["a"], "NextToken": "t1"}), Reply.json_error("AccessDenied", status=403)
    )
    pages = faults.cloud().pages("sqs", "list_queues", about="my queues")
    next(pages)
    with pytest.raises(AccessDenied) as caught:
        next(pages)
    assert (caught.value.operation, caught.value.resource) == ("ListQueues", "my queues")

    from botocore.exceptions import EndpointConnectionError

    faults.otherwise(QUEUES)
    mine = EndpointConnectionError(endpoint_url="http://mine")
    with pytest.raises(EndpointConnectionError) as theirs:  # noqa: PT012 - the loop is what is tested
        for _ in faults.cloud().pages("sqs", "list_queues"):
            raise mine
    assert theirs.value is mine


# -- small memories ----------------------------------------------------------------------------------------------


def test_a_lookup_is_asked_once_in_five_minutes(rig: Rig) -> None:
    asked: list[int] = []

    def load() -> int:
        asked.append(1)
        return len(asked)

    assert [rig.cloud.lookup(("x",), load) for _ in range(3)] == [1, 1, 1]
    assert rig.cloud.in_region("eu-west-1").lookup(("x",), load) == 2
    rig.clock.advance(LOOKUP_SECONDS + 1)
    assert rig.cloud.lookup(("x",), load) == 3
    rig.cloud.forget_lookup(("x",))
    rig.cloud.forget_lookup(("never",))
    assert rig.cloud.lookup(("x",), load) == 4


def test_a_lookup_that_fails_is_asked_again(rig: Rig) -> None:
    def fail() -> int:
        raise NotFound("no")

    with pytest.raises(NotFound):
        rig.cloud.lookup(("x",), fail)
    assert rig.cloud.lookup(("x",), lambda: 5) == 5


def test_lookups_under_threads_at_the_moment_they_end() -> None:
    class Ticking(FakeClock):
        """Every look at it moves it on, so that look-ups end between one line and the next."""

        def now(self) -> float:
            self.advance(LOOKUP_SECONDS / 3)
            return super().now()

    cloud = Cloud(region="us-east-1", clock=Ticking())
    for _ in range(50):
        assert cloud.lookup(("x",), lambda: 1) == 1


def test_clouds_that_nobody_needs_are_let_go() -> None:
    import weakref

    cloud = Cloud(region="us-east-1")
    cloud.client("sqs")
    hub = weakref.ref(cloud._hub)
    del cloud
    gc.collect()
    assert hub() is None


# -- nothing happens before a call -------------------------------------------------------------------------------

_QUIET = """
import sys
seen = []
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind"):
        seen.append((event, str(args[1:])))
    if event == "open" and isinstance(args[0], str) and (".aws" in args[0] or args[0].endswith("/config")):
        seen.append((event, args[0]))
import cloudkit
sys.addaudithook(watch)
cloud = cloudkit.Cloud(region="us-east-1", role="arn:aws:iam::1:role/x", profile=None)
other = cloudkit.Cloud(profile="nobody")
with other:
    bucket = cloudkit.Bucket("acme")
    thing = bucket["k"]
    listing = bucket.objects("x").limit(3)
    repr(bucket), repr(thing), repr(listing), repr(other), str(bucket), thing.name
default = cloudkit.Bucket("acme")
file = default["k"].open("rb")
assert "boto3" not in sys.modules and "botocore" not in sys.modules, "boto3 was imported"
assert not seen, seen
print("quiet")
"""


def test_making_clouds_and_objects_reads_and_sends_nothing() -> None:
    run = subprocess.run([sys.executable, "-c", _QUIET], capture_output=True, text=True, timeout=60)
    assert run.stdout == "quiet\n", run.stderr


def test_no_answer_is_a_connection_failure(faults: FaultServer) -> None:
    url = faults.url
    cloud = Cloud(
        region="us-east-1", endpoint_url=url.replace(url.rpartition(":")[2], "1"), retry=Retry(attempts=1)
    )
    with pytest.raises(ConnectionFailed) as caught:
        cloud.call("sqs", "list_queues")
    assert isinstance(caught.value, ConnectionError)
    assert caught.value.retryable


def test_a_server_of_the_environment_travels_with_the_object(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", faults.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = Bucket("acme", cloud=Cloud())
    sent = pickle.dumps(bucket)
    assert pickle.loads(sent) == bucket
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert pickle.loads(sent).cloud.endpoint_url == faults.url
    assert pickle.loads(sent) == bucket
    assert Bucket("acme", cloud=Cloud()) != bucket


@pytest.mark.parametrize(
    ("endpoint", "other"),
    [
        ("http://127.0.0.1:9000", True),
        ("https://minio.example.com", True),
        ("https://s3.eu-west-1.amazonaws.com", False),
        ("https://bucket.vpce-1a2b-xyz.s3.eu-west-1.vpce.amazonaws.com", False),
        ("https://s3.cn-north-1.amazonaws.com.cn", False),
        ("https://amazonaws.com.evil.test", True),
        ("https://notamazonaws.com", True),
    ],
)
def test_endpoints_of_aws_s_own_are_aws(endpoint: str, other: bool) -> None:
    cloud = Cloud(region="eu-west-1", endpoint_url=endpoint)
    assert cloud.has_custom_endpoint is other
    assert cloud.sends_checksums is not other


# -- endpoints -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("localhost:9000", "http://localhost:9000"),
        ("s3.example.com", "http://s3.example.com"),
        ("//host", "http://host"),
        ("ftp://host", "http://host"),
        ("http://", "http://localhost:9000"),
        ("", "http://localhost:9000"),
        ("http://host:99999", "http://host:99999"),
        ("http://[::1", "http://[::1"),
        (b"http://host", "http://localhost:9000"),
    ],
)
def test_an_endpoint_has_its_scheme(url: Any, hint: str) -> None:
    with pytest.raises(InvalidRequest, match="endpoint_url") as caught:
        Cloud(endpoint_url=url)
    assert hint in str(caught.value.hint)


def test_the_password_of_an_endpoint_is_not_told() -> None:
    with pytest.raises(InvalidRequest) as caught:
        Cloud(endpoint_url="http://user:canary@host:99999")
    assert "canary" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("url", ["http://localhost:9000", "https://[::1]:9000/path", "HTTP://user:pw@host"])
def test_endpoints(url: str) -> None:
    assert Cloud(endpoint_url=url).endpoint_url == url


def test_an_endpoint_of_the_environment_is_told_of_at_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:9000")
    with pytest.raises(InvalidRequest, match="configured"):
        Cloud(region="us-east-1").call("s3", "list_buckets")
