from __future__ import annotations

import copy
import gc
import io
import os
import pickle
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

from cloudkit import Bucket, Cloud, Metric, Object, current_cloud, local
from cloudkit._local import LocalCloud, serving
from cloudkit._local.answers import _names_of_services
from cloudkit.cloudwatch import expression
from cloudkit.ec2 import Image, Instance, InstanceType, SecurityGroup, Snapshot, Volume
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    NotFound,
    ServiceError,
)
from cloudkit.s3 import BucketNotFound
from cloudkit.testing import FakeClock
from tests.faults import FaultServer, Reply


def queue(cloud: Cloud, name: str = "jobs") -> str:
    return str(cloud.call("sqs", "create_queue", QueueName=name)["QueueUrl"])


# -- worlds apart ------------------------------------------------------------------------------------------------


def test_two_of_them_do_not_see_each_other() -> None:
    one, two = local(), local()
    for cloud in (one, two):
        Bucket.create("acme-same", cloud=cloud)["k"].write_text(repr(cloud))
        queue(cloud)
        cloud.call("sns", "create_topic", Name="news")
    assert Bucket("acme-same", cloud=one)["k"].read_text() == repr(one)
    assert Bucket("acme-same", cloud=two)["k"].read_text() == repr(two)
    Bucket("acme-same", cloud=one).delete(force=True)
    assert Bucket("acme-same", cloud=two)["k"].exists()
    assert not Bucket("acme-same", cloud=one).exists()
    cloud = two.in_region("eu-west-1")
    with pytest.raises(NotFound):
        cloud.call("sqs", "get_queue_url", QueueName="jobs")
    assert one != two
    assert one.account_id != two.account_id
    assert one.account_id == one.call("sts", "get_caller_identity")["Account"]
    assert one.in_region("us-east-1") == one != one.in_region("eu-west-1")


def test_the_clouds_of_its_regions_are_one_world() -> None:
    cloud = local()
    Bucket.create("acme-elsewhere", cloud=cloud.in_region("eu-west-1"))
    assert Bucket("acme-elsewhere", cloud=cloud).exists()
    assert [bucket.name for bucket in Bucket.list(cloud=cloud)] == ["acme-elsewhere"]


def test_its_account_and_region_can_be_chosen() -> None:
    cloud = local(account="123456789012", region="eu-west-1")
    assert (cloud.account_id, cloud.region) == ("123456789012", "eu-west-1")
    with cloud:
        assert Bucket.create("acme-eu").region == "eu-west-1"


@pytest.mark.parametrize("account", ["1", "12345678901x", "", "1234567890123"])
def test_an_account_that_is_none(account: str) -> None:
    with pytest.raises(InvalidRequest, match="12 digits"):
        local(account=account)


def test_an_account_that_is_taken() -> None:
    cloud = local(account="210987654321")
    with pytest.raises(InvalidRequest, match="lives already"):
        local(account="210987654321")
    elsewhere = cloud.in_region("eu-west-1")
    del cloud
    gc.collect()
    with pytest.raises(InvalidRequest, match="lives already"):
        local(account="210987654321")
    del elsewhere
    gc.collect()
    assert local(account="210987654321").account_id == "210987654321"


def test_it_is_forgotten_with_its_last_cloud() -> None:
    from moto.s3.models import s3_backends
    from moto.sqs.models import sqs_backends

    cloud = local()
    number = cloud.account
    Bucket.create("acme-gone", cloud=cloud)
    queue(cloud)
    thing = Object("acme-gone", "k", cloud=cloud.in_region("eu-west-1"))
    cloud.close()
    del cloud
    gc.collect()
    thing.write_text("x")
    assert number in dict(s3_backends)
    del thing
    gc.collect()
    assert number not in dict(s3_backends)
    assert number not in dict(sqs_backends)


def test_so_is_all_that_moto_made_for_it() -> None:
    # moto lists all that it makes: a process that makes many clouds would grow and slow down.
    from moto.ec2.models import ec2_backends
    from moto.ec2.models.amis import Ami
    from moto.s3.models import FakeKey, s3_backends

    cloud = local()
    Bucket.create("acme-gone", cloud=cloud)["k"].write_text("x")
    assert Image.find(owner="amazon", cloud=cloud)
    kept = [
        weakref.ref(s3_backends[cloud.account]["aws"].buckets["acme-gone"].keys["k"]),
        weakref.ref(next(iter(ec2_backends[cloud.account]["us-east-1"].amis.values()))),
    ]
    assert [type(each()) for each in kept] == [FakeKey, Ami]
    cloud.close()
    del cloud
    gc.collect()
    assert [each() for each in kept] == [None, None]


def test_objects_that_are_written_over_are_not_complained_of(recwarn: pytest.WarningsRecorder) -> None:
    bucket = Bucket.create("acme-over", cloud=local())
    for text in ("one", "two"):
        bucket["k"].write_text(text)
    bucket["k"].delete()
    del bucket
    gc.collect()
    assert [each for each in recwarn if each.category is ResourceWarning] == []


# -- others in the process ---------------------------------------------------------------------------------------


def test_other_boto3_clients_are_not_captured(faults: FaultServer) -> None:
    faults.otherwise(Reply.xml("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"))
    cloud = local()
    Bucket.create("acme-here", cloud=cloud)
    client = boto3.client("s3", endpoint_url=faults.url, region_name="us-east-1")
    assert client.list_buckets()["Buckets"] == []
    assert len(faults.requests) == 1
    session = boto3.Session()
    assert (
        session.client("s3", endpoint_url=faults.url, region_name="us-east-1").list_buckets()["Buckets"] == []
    )
    assert len(faults.requests) == 2
    assert Bucket.list(cloud=faults.cloud()).to_list() == []
    assert len(faults.requests) == 3


@pytest.mark.filterwarnings("ignore")
def test_moto_s_own_mock_beside_it() -> None:
    from moto import mock_aws

    cloud = local(clock=FakeClock())
    bucket = Bucket.create("acme-beside", cloud=cloud)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="acme-beside")
        client.put_object(Bucket="acme-beside", Key="k", Body=b"theirs")
        inner = local()
        mine = Bucket.create("acme-beside", cloud=inner)
        mine["k"].write_text("mine")
        assert client.get_object(Bucket="acme-beside", Key="k")["Body"].read() == b"theirs"
        assert mine["k"].read_text() == "mine"
        names = [each["Name"] for each in client.list_buckets()["Buckets"]]
        assert names == ["acme-beside"]
    # Beginning and ending a mock empties all of moto, the embedded clouds with it; they go on as new ones.
    assert not bucket.exists()
    Bucket.create("acme-beside", cloud=cloud)["k"].write_text("again")
    assert Bucket("acme-beside", cloud=cloud)["k"].read_text() == "again"


# -- nothing leaves the process ----------------------------------------------------------------------------------


def test_what_moto_lacks_is_said_to_be_lacking() -> None:
    with pytest.raises(ServiceError, match="cannot do this yet") as caught:
        local().call("sqs", "start_message_move_task", SourceArn="arn:aws:sqs:us-east-1:123456789012:dead")
    assert (caught.value.service, caught.value.operation) == ("sqs", "StartMessageMoveTask")
    assert "moto" in str(caught.value.hint)
    with local(), pytest.raises(ServiceError, match="SORT") as lacking:
        expression("SORT(a, AVG, DESC)", a=Metric("App", "errors")).last("1h")
    assert lacking.value.hint == "AWS itself does it"


def test_a_service_that_moto_does_not_know_sends_nothing() -> None:
    with pytest.raises(CloudError) as caught:
        local().call("braket", "search_devices", filters=[])
    assert isinstance(caught.value, (ServiceError, ConnectionFailed))
    assert not isinstance(caught.value, NotFound)


@pytest.mark.parametrize(
    "env",
    [
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
        {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"},
        {"AWS_PROFILE": "nobody"},
        {"AWS_DEFAULT_PROFILE": "nobody"},
        {"AWS_DEFAULT_REGION": "eu-west-1"},
        {"AWS_REGION": "eu-west-1"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_MAX_ATTEMPTS": "nonsense"},
        {"AWS_RETRY_MODE": "legacy"},
        {"AWS_CA_BUNDLE": "/nowhere"},
        {"HTTPS_PROXY": "http://127.0.0.1:1"},
        {"AWS_SESSION_TOKEN": "x"},
        {"AWS_ACCESS_KEY_ID": "x"},
        {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"},
        {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "legacy"},
    ],
    ids=lambda env: next(iter(env)),
)
def test_the_machine_s_set_up_does_not_matter(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    cloud = local()
    assert cloud.region == "us-east-1"
    bucket = Bucket.create("acme-setup", cloud=cloud)
    bucket["k"].write_text("x")
    assert bucket["k"].read_text() == "x"
    assert bucket["k"].url().startswith("https://")
    queue(cloud)
    assert cloud.call("ec2", "describe_instances")["Reservations"] == []
    assert cloud.account_id == cloud.account
    assert not cloud.has_custom_endpoint


def test_nor_do_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "[default]\nregion = sa-east-1\nendpoint_url = http://127.0.0.1:1\nuse_fips_endpoint = true\n"
        "s3 =\n  addressing_style = path\n  use_accelerate_endpoint = true\nrole_arn = arn:aws:iam::1:role/x\n"
        "source_profile = nobody\n"
    )
    for name in ("config", "credentials"):
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    cloud = local()
    assert cloud.region == "us-east-1"
    bucket = Bucket.create("acme-files", cloud=cloud)
    bucket["k"].write_text("x")
    assert bucket["k"].read_text() == "x"


def test_endpoints_of_other_forms_send_nothing() -> None:
    cloud = local()
    session: Any = cloud.session
    from botocore.config import Config

    for config in (Config(use_fips_endpoint=True), Config(use_dualstack_endpoint=True)):
        client = session.client("sqs", config=config)
        try:
            client.create_queue(QueueName="jobs")
        except Exception as error:
            assert isinstance(error, (ServiceError, ConnectionFailed))  # noqa: PT017 - if it does not answer, it says so


# -- threads -----------------------------------------------------------------------------------------------------


def test_a_long_poll_does_not_block_a_sender() -> None:
    cloud = local()
    url = queue(cloud)
    received: list[Any] = []

    def receive() -> None:
        answer = cloud.call("sqs", "receive_message", QueueUrl=url, WaitTimeSeconds=10)
        received.extend(answer.get("Messages", []))

    thread = threading.Thread(target=receive)
    begun = time.monotonic()
    thread.start()
    time.sleep(0.1)
    cloud.call("sqs", "send_message", QueueUrl=url, MessageBody="hello")
    Bucket.create("acme-meanwhile", cloud=cloud)
    thread.join(8)
    assert time.monotonic() - begun < 5
    assert [message["Body"] for message in received] == ["hello"]


def test_a_long_poll_ends_empty_when_its_time_is_over() -> None:
    cloud = local()
    url = queue(cloud)
    begun = time.monotonic()
    answer = cloud.call("sqs", "receive_message", QueueUrl=url, WaitTimeSeconds=1)
    assert not answer.get("Messages")
    assert 0.9 < time.monotonic() - begun < 3


def test_clouds_in_threads_of_their_own() -> None:
    wrong: list[str] = []

    def work(number: int) -> None:
        with local() as cloud:
            bucket = Bucket.create("acme-thread")
            for each in range(10):
                bucket[f"k{each}"].write_text(f"{number}")
            if {thing.read_text() for thing in bucket} != {f"{number}"} or len(
                bucket.objects().to_list()
            ) != 10:
                wrong.append(repr(cloud))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# -- as a value --------------------------------------------------------------------------------------------------


def test_it_travels_within_its_process_alone() -> None:
    cloud = local()
    bucket = Bucket.create("acme-pickled", cloud=cloud)
    found = pickle.loads(pickle.dumps(bucket))
    assert found == bucket
    assert found.cloud is cloud
    elsewhere = pickle.loads(pickle.dumps(cloud.in_region("eu-west-1")))
    assert elsewhere == cloud.in_region("eu-west-1")
    assert copy.deepcopy(bucket) == bucket
    code = f"import pickle; pickle.loads({pickle.dumps(bucket)!r})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "cloudkit local" in run.stderr
    assert "Cloud(endpoint_url=...)" in run.stderr


def test_a_cloud_of_another_region_travels_when_the_first_one_is_gone() -> None:
    elsewhere = local().in_region("eu-west-1")
    Bucket.create("acme-orphan", cloud=elsewhere)
    gc.collect()
    found = pickle.loads(pickle.dumps(elsewhere))
    assert found == elsewhere
    assert Bucket("acme-orphan", cloud=found).exists()


def test_what_is_gone_cannot_come_back() -> None:
    cloud = local()
    data = pickle.dumps(cloud)
    del cloud
    gc.collect()
    with pytest.raises(RuntimeError, match="cloudkit local"):
        pickle.loads(data)


def test_it_shows_itself_and_counts() -> None:
    cloud = local()
    assert isinstance(cloud, LocalCloud)
    assert repr(cloud) == f"<local cloud {cloud.account} us-east-1>"
    with cloud as entered:
        assert entered is cloud is current_cloud()
        Bucket.create("acme-counted")["k"].write_text("x")
    assert cloud.requests["s3:PutObject"] == 1
    Bucket("acme-counted", cloud=cloud.in_region("us-east-1"))["k"].write_text("x")
    assert cloud.requests["s3:PutObject"] == 2


def test_requests_are_counted_under_the_names_that_clients_have() -> None:
    """The events of botocore call CloudWatch `monitoring`, and SES `email`."""
    clients = {
        "cloudwatch": "list_metrics",
        "elb": "describe_load_balancers",
        "elbv2": "describe_load_balancers",
    }
    clients |= {
        "ses": "list_identities",
        "stepfunctions": "list_state_machines",
        "logs": "describe_log_groups",
    }
    cloud = local()
    for service, operation in clients.items():
        cloud.call(service, operation)
    assert {name.partition(":")[0] for name in cloud.requests} == clients.keys()


def test_each_service_of_moto_s_is_called_as_its_client_is() -> None:
    session = botocore.session.Session()
    names = _names_of_services()
    assert set(names.values()) <= set(session.get_available_services())
    for service in (
        "cloudwatch",
        "ec2",
        "elb",
        "elbv2",
        "iam",
        "s3",
        "ses",
        "sns",
        "sqs",
        "stepfunctions",
        "sts",
    ):
        event = session.get_service_model(service).service_id.hyphenize()
        assert names.get(event, event) == service


def test_errors_are_those_of_aws() -> None:
    cloud = local()
    with pytest.raises(BucketNotFound) as caught:
        Bucket.get("acme-nowhere", cloud=cloud)
    assert (caught.value.service, caught.value.status) == ("s3", 404)


def test_without_moto() -> None:
    code = """
import sys
sys.modules["moto"] = None
import cloudkit
assert cloudkit.Bucket("acme").name == "acme"
try:
    cloudkit.local()
except cloudkit.MissingExtra as error:
    assert isinstance(error, ImportError)
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={**os.environ}
    )
    assert "pip install 'cloudkit[local]'" in run.stdout, run.stderr


def test_statements_with_conditions_do_not_shut_anybody_out() -> None:
    """moto judges no conditions; it would take a TLS-only bucket for a closed one."""
    with local():
        bucket = Bucket.create("acme-tls-only", tls_only=True)
        bucket["k"].write_text("x")
        assert bucket["k"].read_text() == "x"
        bucket.policy.deny("*", "s3:PutObject", sid="Shut")
        with pytest.raises(AccessDenied):
            bucket["k"].write_text("y")
        assert any(statement.sid == "Shut" for statement in bucket.policy)
        bucket.delete(force=True)


def test_of_s3_one_request_after_the_other_is_served() -> None:
    """Moto tests a condition, and writes some time later. A long poll of SQS must not keep others waiting."""
    both = threading.Barrier(2)
    under_way: list[int] = []
    most: list[int] = []

    def app(request: dict[str, Any], start: Any) -> list[bytes]:
        under_way.append(1)
        most.append(len(under_way))
        if "sqs" in request["HTTP_AUTHORIZATION"]:
            both.wait(20)
        else:
            time.sleep(0.02)
        under_way.pop()
        return [request["wsgi.input"].read()] if "wsgi.input" in request else []

    served = serving._one_at_a_time(app)

    def ask(service: str) -> list[bytes]:
        scope = f"AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/{service}/aws4_request, Signature=0"
        return list(served({"HTTP_AUTHORIZATION": scope}, None))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, ["s3"] * 4))
        assert max(most) == 1
        list(pool.map(ask, ["sqs"] * 2))  # which meet, or time out
    link = {"HTTP_AUTHORIZATION": "", "QUERY_STRING": "X-Amz-Credential=a%2Fus-east-1%2Fs3%2Faws4_request"}
    body = {"CONTENT_LENGTH": "5", "wsgi.input": io.BytesIO(b"hello and more")}
    assert list(served({**link, **body}, None)) == [b"hello"]


# -- what moto's EC2 lacks ---------------------------------------------------------------------------------------


def test_what_a_launch_protects_is_protected() -> None:
    with local():
        box = Instance.launch("al2023", protect=True)
        assert box.protected
        with pytest.raises(Conflict):
            box.terminate()
        assert not Instance.launch("al2023", protect=False).protected


def test_user_data_can_be_changed() -> None:
    with local():
        box = Instance.launch("al2023", user_data="#!/bin/sh\n").wait("running")
        box.stop()
        box.user_data = "#!/bin/sh\necho grüß\n"
        assert box.user_data == "#!/bin/sh\necho grüß\n"


def test_snapshots_are_those_of_whom_one_asks_for() -> None:
    cloud = local()
    mine = Volume.create(1, "us-east-1a", cloud=cloud).snapshot()
    assert Snapshot.list(cloud=cloud).to_list() == [mine]
    theirs = Snapshot.list(owner="amazon", cloud=cloud).to_list()
    assert theirs
    assert mine not in theirs
    assert mine in Snapshot.list(owner=["amazon", "self"], cloud=cloud).to_list()
    assert Snapshot.list(owner=cloud.account, state="completed", cloud=cloud).to_list() == [mine]


def test_rules_of_numbered_protocols() -> None:
    with local():
        group = SecurityGroup.create("vpn")
        rule = group.allow("all", "10.0.0.0/8", protocol="50")
        assert group.allow("all", "10.0.0.0/8", protocol="50") == rule
        assert group.rules == {rule}
        group.revoke("all", "10.0.0.0/8", protocol="50")
        assert group.rules == set()


def test_the_snapshots_of_an_image_have_its_tags() -> None:
    with local():
        image = Instance.launch("al2023").create_image("golden", tags={"team": "web"}, wait=True)
        (disk,) = image.block_devices
        assert disk.snapshot_id is not None
        assert dict(Snapshot(disk.snapshot_id).tags) == dict(image.tags) == {"team": "web"}


def test_quotas_are_those_of_a_new_account() -> None:
    with local() as cloud:
        assert (InstanceType("t3.micro").vcpu_quota, InstanceType("p5.48xlarge").vcpu_quota) == (5, 0)
        with pytest.raises(NotFound):
            cloud.call("service-quotas", "get_service_quota", ServiceCode="ec2", QuotaCode="L-00000000")


def test_a_region_that_there_is_not() -> None:
    found = Instance.list(regions=["us-east-1", "eu-nowhere-1"], cloud=local())
    assert found.to_list() == []
    assert "there is no region 'eu-nowhere-1'" in str(found.errors["eu-nowhere-1"])
