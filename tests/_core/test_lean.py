"""Lean calls: nobody can tell them from botocore's, and where somebody could, they are botocore's."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import boto3
import botocore.session
import pytest
from attrs import define
from botocore import handlers
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.client import BaseClient
from botocore.credentials import Credentials
from botocore.endpoint import Endpoint
from botocore.history import get_global_history_recorder
from botocore.stub import Stubber

from cloudkit import Cloud, Queue, Retry, deadline, local
from cloudkit._core import lean as module
from cloudkit._core.lean import MOST_BYTES, MOST_LESSONS, Lean
from cloudkit.errors import CloudError, DeadlineExceeded, InvalidRequest
from cloudkit.sqs._service import SQS
from tests.faults import FaultServer, Reply, Request

PASSING = {"X-Amz-Date", "Authorization", "amz-sdk-invocation-id", "Content-Length"}
ROW = {"Id": "0", "ReceiptHandle": "r"}
URL = "/000000000000/q"


def answer(request: Request) -> Reply:
    """What SQS says when all goes well."""
    asked = request.json
    said: dict[str, Any] = {}
    if request.operation == "SendMessage":
        said = {"MessageId": "m", "MD5OfMessageBody": _md5(asked["MessageBody"]), "NewerThanTheModel": 1}
    elif request.operation == "SendMessageBatch":
        rows = [
            {"Id": each["Id"], "MessageId": "m", "MD5OfMessageBody": _md5(each["MessageBody"])}
            for each in asked["Entries"]
        ]
        said = {"Successful": rows, "Failed": []}
    elif request.operation == "ReceiveMessage":
        attributes = {"a": {"DataType": "Binary", "BinaryValue": "/w=="}}
        said = {
            "Messages": [{"MessageId": "m", "Body": "b", "MessageAttributes": attributes, "MD5OfBody": None}]
        }
    elif request.operation.endswith("Batch"):
        said = {"Successful": [{"Id": each["Id"]} for each in asked["Entries"]]}
    else:
        return Reply(200, b"", {"x-amzn-RequestId": "req-2"})
    headers = {"x-amzn-RequestId": "req-1", "X-Twice": "a"}
    return Reply(200, json.dumps(said).encode(), headers)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def params_of(url: str) -> dict[str, dict[str, Any]]:
    queue = {"QueueUrl": url}
    return {
        "change_message_visibility": {**queue, "ReceiptHandle": "r", "VisibilityTimeout": 3},
        "change_message_visibility_batch": {**queue, "Entries": [{**ROW, "VisibilityTimeout": 3}]},
        "delete_message": {**queue, "ReceiptHandle": "r"},
        "delete_message_batch": {**queue, "Entries": [ROW]},
        "receive_message": {**queue, "MaxNumberOfMessages": 2, "MessageAttributeNames": ["All"]},
        "send_message": {
            **queue,
            "MessageBody": "é \ud83d\ude00 \u2028 <&>",
            "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\xff\x00"}},
        },
        "send_message_batch": {**queue, "Entries": [{"Id": "0", "MessageBody": "b"}]},
    }


@define
class Count:
    """How many calls were lean."""

    number: int = 0

    def taken(self) -> int:
        number, self.number = self.number, 0
        return number


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    counted = Count()
    make = Lean._request

    def request(self: Lean, way: Any, body: bytes) -> Any:
        made = make(self, way, body)
        counted.number += 1
        return made

    monkeypatch.setattr(Lean, "_request", request)
    return counted


@define
class Rig:
    """A Cloud whose calls were botocore's once, so that they may be lean now."""

    faults: FaultServer
    count: Count
    cloud: Cloud

    @property
    def params(self) -> dict[str, dict[str, Any]]:
        return params_of(self.faults.url + URL)

    def call(self, operation: str = "send_message", **more: Any) -> Any:
        return self.cloud.invoke(SQS, operation, {**self.params[operation], **more})

    def is_lean(self) -> bool:
        self.count.taken()
        self.call()
        return self.count.taken() == 1


@pytest.fixture(autouse=True)
def _without_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once moto is loaded, by whatever test, it listens to all clients that are made from then on."""
    others = [each for each in handlers.BUILTIN_HANDLERS if "moto" not in type(each[1]).__module__]
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", others)


@pytest.fixture
def lean(faults: FaultServer, count: Count) -> Rig:
    return ready(faults, count, faults.cloud())


def ready(faults: FaultServer, count: Count, cloud: Cloud) -> Rig:
    faults.otherwise(answer)
    rig = Rig(faults, count, cloud)
    rig.call()
    count.taken()
    faults.requests.clear()
    return rig


# -- the same ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", sorted(SQS.lean))
def test_each_operation_is_botocores_once_and_lean_then(
    faults: FaultServer, count: Count, operation: str
) -> None:
    rig = ready(faults, count, faults.cloud())
    if operation == "send_message":
        rig.cloud.close()
    first = rig.call(operation)
    assert count.taken() == 1  # made on trial, not sent
    assert len(faults.requests) == 1
    second = rig.call(operation)
    assert count.taken() == 1
    of_botocore, of_lean = faults.requests
    for each in (first, second):
        each["ResponseMetadata"]["HTTPHeaders"].pop("date")
    assert second == first
    assert of_lean.body == of_botocore.body
    assert (of_lean.method, of_lean.target) == (of_botocore.method, of_botocore.target)
    assert _lasting(of_lean) == _lasting(of_botocore)
    assert {name.lower() for name in of_lean.headers} == {name.lower() for name in of_botocore.headers}


def _lasting(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name not in PASSING}


def test_the_whole_answer_is_there(lean: Rig) -> None:
    found = lean.call("receive_message")
    found = lean.call("receive_message")
    assert lean.count.taken() == 2
    assert found["Messages"] == [
        {
            "MessageId": "m",
            "Body": "b",
            "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\xff"}},
        }
    ]
    about = found["ResponseMetadata"]
    assert (about["RequestId"], about["HTTPStatusCode"], about["RetryAttempts"]) == ("req-1", 200, 0)
    assert about["HTTPHeaders"]["x-twice"] == "a"


@pytest.mark.parametrize("token", [None, "a+token/=="])
def test_the_signature_is_botocores(
    faults: FaultServer, count: Count, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    if token is not None:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    rig = ready(faults, count, faults.cloud())
    for body in ("x", "a  b\n", "é"):
        rig.call(MessageBody=body)
    assert count.taken() == 3
    for sent in faults.requests:
        assert sent.headers.get("X-Amz-Security-Token") == token
        assert sent.headers["Authorization"] == _signed(sent, faults.url, token)


def _signed(sent: Request, url: str, token: str | None) -> str:
    auth: Any = SigV4Auth(Credentials("testing", "testing", token), "sqs", "us-east-1")
    signed = sent.headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    names = {name: value for name, value in sent.headers.items() if name.lower() in signed and name != "Host"}
    request: Any = AWSRequest("POST", url + sent.target, headers=names, data=sent.body)
    request.context["timestamp"] = sent.headers["X-Amz-Date"]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    auth._inject_signature_to_request(request, auth.signature(text, request))
    return str(request.headers["Authorization"])


def test_credentials_are_those_of_now(faults: FaultServer, count: Count) -> None:
    rig = ready(faults, count, faults.cloud())
    credentials: Any = rig.cloud._configuration().get_credentials()
    credentials.access_key, credentials.token = "another", "t"
    rig.call()
    assert count.taken() == 1
    [sent] = faults.requests
    assert "Credential=another/" in sent.headers["Authorization"]
    assert "x-amz-security-token" in sent.headers["Authorization"]


def test_each_request_has_an_id_of_its_own(lean: Rig) -> None:
    for _ in range(5):
        lean.call()
    assert len({each.headers["amz-sdk-invocation-id"] for each in lean.faults.requests}) == 5


def test_a_lambda_function_is_named(lean: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-é")
    assert lean.is_lean()
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    assert lean.is_lean()
    named, plain = lean.faults.requests
    assert named.headers["X-Amzn-Trace-Id"] == "Root=1-%C3%A9"
    assert "X-Amzn-Trace-Id" not in plain.headers


def test_botocores_account_of_retries_goes_on(lean: Rig) -> None:
    client: Any = lean.cloud.client("sqs")
    found = client.meta.events._emitter._handlers.prefix_search("after-call.sqs.SendMessage")
    [quota] = [each.__self__._quota for each in found if "release_retry_quota" in each.__name__]
    quota.acquire(100)
    before = quota.available_capacity
    assert lean.is_lean()
    assert quota.available_capacity == before + 1


def test_threads_share_it(lean: Rig) -> None:
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda number: lean.call(MessageBody=str(number)), range(200)))
    assert lean.count.taken() == 200
    assert [each["MD5OfMessageBody"] for each in sent] == [_md5(str(number)) for number in range(200)]
    assert sorted(int(each.json["MessageBody"]) for each in lean.faults.requests) == list(range(200))


def test_raw_calls_are_lean_too(lean: Rig) -> None:
    assert lean.cloud.call("sqs", "send_message", **lean.params["send_message"])["MessageId"] == "m"
    assert lean.count.taken() == 1


def test_a_proxy_is_honoured(faults: FaultServer, count: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", faults.url)
    monkeypatch.setenv("NO_PROXY", "")
    faults.otherwise(answer)
    cloud = Cloud(region="us-east-1", endpoint_url="http://sqs.example.test", retry=Retry(attempts=1))
    for _ in range(3):
        cloud.invoke(SQS, "send_message", params_of("http://sqs.example.test" + URL)["send_message"])
    assert count.taken() == 3
    assert [each.target for each in faults.requests] == ["http://sqs.example.test/"] * 3
    cloud.close()


class Transport:
    """In place of the client's HTTP session: notes what would be sent."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def send(self, request: Any) -> Any:
        self.urls.append(request.url)
        made: Any = AWSResponse(request.url, 200, {}, None)
        body = json.loads(request.body)["MessageBody"]
        made._content = json.dumps({"MessageId": "m", "MD5OfMessageBody": _md5(body)}).encode()
        return made

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("name", "url"),
    [
        (None, "https://sqs.eu-west-1.amazonaws.com/"),
        ("AWS_USE_FIPS_ENDPOINT", "https://sqs-fips.eu-west-1.amazonaws.com/"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "https://sqs.eu-west-1.api.aws/"),
    ],
)
def test_it_goes_where_botocore_goes(
    count: Count, monkeypatch: pytest.MonkeyPatch, name: str | None, url: str
) -> None:
    if name is not None:
        monkeypatch.setenv(name, "true")
    cloud = Cloud(region="eu-west-1")
    transport = cloud.client("sqs")._endpoint.http_session = Transport()
    for _ in range(3):
        Queue("q", url="https://sqs.eu-west-1.amazonaws.com" + URL, cloud=cloud).send("x")
    assert count.taken() == 3
    assert transport.urls == [url] * 3


# -- what goes wrong -----------------------------------------------------------------------------------------------

EXPIRED = Reply.json_error("ExpiredTokenException", status=403)
SKEWED = Reply.json_error("RequestTimeTooSkewed", status=403)
GOOD = Reply.json({"MessageId": "m", "MD5OfMessageBody": _md5("x")})

FAULTS: dict[str, Reply] = {
    "reset": Reply(reset=True),
    "cut": Reply(200, GOOD.body, {"Content-Length": "1000"}, cut_after=10),
    "500": Reply.json_error("InternalFailure", status=500),
    "503 without a body": Reply(503),
    "throttled": Reply.json_error("RequestThrottled"),
    "refused": Reply.json_error("InvalidParameterValue"),
    "no queue": Reply.json(
        {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no"},
        400,
        **{"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
    ),
    "expired": EXPIRED,
    "skewed": SKEWED,
    "html": Reply(200, b"<html>log in</html>", {"Content-Type": "text/html"}),
    "empty": Reply(200, b""),
    "no json": Reply(200, b"{nonsense}"),
    "a list": Reply(200, b"[]"),
    "wrong types": Reply.json({"MessageId": 7, "MD5OfMessageBody": []}),
    "not UTF-8": Reply(200, b'{"MessageId": "\xff"}'),
    "a redirect": Reply(302, b"", {"Location": "http://127.0.0.1:9/"}),
    "202": Reply(202, GOOD.body),
    "slow": Reply(200, GOOD.body, delay=0.4),
    "nothing wrong": GOOD,
    "no length": Reply(200, GOOD.body, {"Transfer-Encoding": "identity"}),
}


@pytest.mark.parametrize("attempts", [1, 2])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_what_goes_wrong_does_so_as_botocores(
    faults: FaultServer, count: Count, name: str, attempts: int
) -> None:
    rig = ready(faults, count, faults.cloud(attempts=attempts, read=0.2))
    # The same without: somebody listens.
    other = faults.cloud(attempts=attempts, read=0.2)
    other.client("sqs").meta.events.register("before-parameter-build.sqs", lambda **_: None)
    found = []
    for cloud in (rig.cloud, other):
        faults.requests.clear()
        count.taken()
        faults.otherwise(FAULTS[name])
        found.append((_outcome(cloud, rig.params["send_message"]), len(faults.requests)))
        assert count.taken() == (1 if cloud is rig.cloud else 0)
    assert found[0] == found[1]
    assert found[0][1] <= attempts
    for each in (rig.cloud, other):
        each.close()


def _outcome(cloud: Cloud, params: dict[str, Any]) -> object:
    try:
        answered = cloud.invoke(SQS, "send_message", params, about="q")
    except UnicodeDecodeError as error:
        return str(error)
    except CloudError as error:
        shown = error.message.replace(" on connection", "")
        return type(error), shown, error.code, error.status, error.retryable, error.attempts, error.hint
    about = {**answered["ResponseMetadata"]}
    about["HTTPHeaders"] = sorted(about["HTTPHeaders"])
    return {**answered, "ResponseMetadata": about}


@pytest.mark.parametrize("first", [name for name in FAULTS if name not in ("nothing wrong", "no length")])
def test_what_botocore_would_repeat_is_repeated(faults: FaultServer, count: Count, first: str) -> None:
    rig = ready(faults, count, faults.cloud(attempts=3, read=0.2))
    other = faults.cloud(attempts=3, read=0.2)
    other.client("sqs").meta.events.register("before-parameter-build.sqs", lambda **_: None)
    found = []
    for cloud in (rig.cloud, other):
        faults.requests.clear()
        faults.otherwise(GOOD)
        faults.replies(FAULTS[first])
        found.append((_outcome(cloud, rig.params["send_message"]), len(faults.requests)))
    assert found[0] == found[1]
    for each in (rig.cloud, other):
        each.close()


def test_the_number_of_requests_is_the_setting(faults: FaultServer, count: Count) -> None:
    rig = ready(faults, count, faults.cloud(attempts=3))
    faults.otherwise(Reply.json_error("InternalFailure", status=500))
    with pytest.raises(CloudError) as caught:
        rig.call()
    assert len(faults.requests) == 3 == caught.value.attempts
    assert [re.findall("attempt=[0-9]", each.headers["amz-sdk-request"]) for each in faults.requests] == [
        ["attempt=1"],
        ["attempt=2"],
        ["attempt=3"],
    ]


def test_it_is_lean_again_after_a_failure(lean: Rig) -> None:
    lean.faults.replies(Reply.json_error("InvalidParameterValue"))
    with pytest.raises(CloudError):
        lean.call()
    assert lean.is_lean()


def test_a_deadline_ends_it(lean: Rig) -> None:
    lean.faults.replies(Reply(200, GOOD.body, delay=1.0))
    with deadline(0.1), pytest.raises(DeadlineExceeded):
        lean.call()
    assert lean.count.taken() == 1
    with deadline(5.0):
        assert lean.is_lean()


def test_after_the_deadline_nothing_is_sent(lean: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def over() -> None:
        raise DeadlineExceeded("over")

    monkeypatch.setattr(module, "check_deadline", over)
    with pytest.raises(DeadlineExceeded):
        lean.call()
    assert lean.faults.requests == []


def test_credentials_that_fail_do_so_as_botocores(lean: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials: Any = lean.cloud._configuration().get_credentials()

    def fail(*_: object) -> Any:
        from botocore.exceptions import CredentialRetrievalError

        raise CredentialRetrievalError(provider="p", error_msg="no")

    monkeypatch.setattr(type(credentials), "get_frozen_credentials", fail)
    with pytest.raises(CloudError) as caught:
        lean.call()
    assert caught.value.code == "CredentialRetrievalError"
    assert lean.faults.requests == []


# -- where somebody could tell -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        "provide-client-params.sqs.SendMessage",
        "before-parameter-build.sqs",
        "before-call.sqs.SendMessage",
        "request-created.sqs",
        "before-sign.sqs.SendMessage",
        "before-send.sqs.*",
        "response-received.sqs",
        "before-parse.*.*",
        "needs-retry.sqs",
        "after-call.sqs.SendMessage",
    ],
)
def test_who_listens_is_told(lean: Rig, event: str) -> None:
    told: list[str] = []

    def listener(event_name: str, **_: Any) -> None:
        told.append(event_name)

    events = lean.cloud.client("sqs").meta.events
    assert lean.is_lean()
    events.register(event, listener)
    assert not lean.is_lean()
    assert told
    events.unregister(event, listener)
    assert lean.is_lean()


def test_the_stubber_answers(lean: Rig) -> None:
    with Stubber(lean.cloud.client("sqs")) as stubber:
        stubber.add_response("send_message", {"MessageId": "stubbed"})
        assert lean.call()["MessageId"] == "stubbed"
    assert lean.is_lean()


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (BaseClient, "_make_api_call"),
        (BaseClient, "_make_request"),
        (Endpoint, "make_request"),
        (Endpoint, "_send"),
        (Endpoint, "prepare_request"),
    ],
)
def test_who_takes_the_place_of_a_step_is_called(lean: Rig, cls: Any, name: str) -> None:
    own = getattr(cls, name)
    called: list[str] = []

    def traced(self: Any, *args: Any, **kwargs: Any) -> Any:
        called.append(name)
        return own(self, *args, **kwargs)

    assert lean.is_lean()
    with mock.patch.object(cls, name, traced):
        assert not lean.is_lean()
    assert called == [name]
    assert lean.is_lean()
    client = lean.cloud.client("sqs")
    on = client if cls is BaseClient else client._endpoint
    with mock.patch.object(on, name, wraps=getattr(on, name)) as spy:
        assert not lean.is_lean()
    assert spy.called
    assert lean.is_lean()


def test_steps_that_were_replaced_before_are_seen(
    faults: FaultServer, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    import functools

    own = BaseClient._make_api_call

    @functools.wraps(own)
    def traced(self: Any, *args: Any, **kwargs: Any) -> Any:
        return own(self, *args, **kwargs)

    monkeypatch.setattr(module, "_own_steps", [])
    with mock.patch.object(BaseClient, "_make_api_call", traced):
        rig = ready(faults, count, faults.cloud())
        assert not rig.is_lean()
    rig.call()
    assert rig.is_lean()


def test_a_method_of_the_client_that_was_replaced_is_called(lean: Rig) -> None:
    client = lean.cloud.client("sqs")
    with mock.patch.object(client, "send_message", return_value={"MessageId": "mocked"}):
        assert lean.call()["MessageId"] == "mocked"
    assert lean.is_lean()


def test_the_debug_log_shows_requests(lean: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="botocore"):
        assert not lean.is_lean()
    assert any("Making request for" in record.getMessage() for record in caplog.records)
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="botocore.parsers"):
        assert not lean.is_lean()
    assert caplog.records
    assert lean.is_lean()


def test_botocores_history_is_complete(lean: Rig) -> None:
    recorder: Any = get_global_history_recorder()
    recorder.enable()
    try:
        assert not lean.is_lean()
    finally:
        recorder.disable()
    assert lean.is_lean()


@pytest.mark.parametrize(
    "make",
    [
        lambda faults: faults.cloud(anonymous=True),
        lambda faults: faults.cloud(session=boto3.Session()),
        lambda faults: Cloud(region="us-east-1", endpoint_url=faults.url, retry=Retry(mode="adaptive")),
    ],
    ids=["anonymous", "own session", "adaptive"],
)
def test_some_clouds_have_no_lean_calls(
    faults: FaultServer, count: Count, make: Callable[[FaultServer], Cloud]
) -> None:
    rig = ready(faults, count, make(faults))
    assert not rig.is_lean()
    assert not rig.is_lean()
    rig.cloud.close()


def test_an_application_that_has_a_name_is_named(
    faults: FaultServer, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "shop")
    rig = ready(faults, count, faults.cloud())
    assert not rig.is_lean()
    assert "app/shop" in faults.requests[-1].headers["User-Agent"]


def test_moto_answers_within_its_block(
    faults: FaultServer, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto import mock_aws
    from moto.core.models import botocore_stubber

    others = [each for each in handlers.BUILTIN_HANDLERS if each[1] is not botocore_stubber]
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", [*others, ("before-send", botocore_stubber)])
    cloud = Cloud(region="us-east-1")
    with mock_aws():
        queue = Queue.create("jobs", cloud=cloud)
        for _ in range(3):
            queue.send("x")
        assert queue.counts.visible == 3
    assert count.taken() == 0


def test_the_embedded_cloud_answers(count: Count) -> None:
    with local() as cloud:
        queue = Queue.create("jobs")
        for _ in range(3):
            queue.send("x")
        assert cloud.requests["sqs:SendMessage"] == 3
    assert count.taken() == 0


def test_a_moto_server_takes_lean_calls(server_url: str, count: Count, rig: Any) -> None:
    cloud = Cloud(region="us-east-1", endpoint_url=server_url)
    queue = Queue.create(rig.name("jobs"), cloud=cloud)
    sent = [queue.send({"number": number}, attributes={"n": number, "b": b"\xff"}) for number in range(3)]
    assert count.taken() == 3
    queue.send_many(str(number) for number in range(30))
    assert count.taken() == 3
    found = {message.id: message for _ in range(8) for message in queue.receive(wait=0)}
    assert {each.id for each in sent} <= found.keys()
    assert found[sent[1].id].json() == {"number": 1}
    assert found[sent[1].id].attributes == {"n": 1, "b": b"\xff"}
    count.taken()
    assert queue.delete_messages(found.values()) == 33
    assert count.taken() == 4
    queue.delete()
    cloud.close()


# -- parameters ----------------------------------------------------------------------------------------------------


def test_what_botocore_refuses_is_refused(lean: Rig) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"Nonsense": 1},
        {"DelaySeconds": "x"},
        {"MessageAttributes": {"a": {}}},
    )
    for more in wrong:
        with pytest.raises(InvalidRequest):
            lean.call(**more)
    assert lean.faults.requests == []
    assert lean.count.taken() == 0
    assert lean.is_lean()


def test_what_is_unusual_is_botocores(lean: Rig) -> None:
    attributes = {"a": {"DataType": "Binary", "BinaryValue": bytearray(b"\xff")}}
    lean.call(MessageAttributes=attributes)
    assert lean.count.taken() == 0
    assert lean.faults.requests[-1].json["MessageAttributes"]["a"]["BinaryValue"] == "/w=="


def test_what_is_large_is_botocores(lean: Rig) -> None:
    lean.call(MessageBody="x" * MOST_BYTES)
    assert lean.count.taken() == 0
    assert len(lean.faults.requests[-1].body) > MOST_BYTES


# -- the seams -----------------------------------------------------------------------------------------------------


def test_a_first_call_that_failed_teaches_nothing(faults: FaultServer, count: Count) -> None:
    faults.otherwise(answer)
    rig = Rig(faults, count, faults.cloud(attempts=2))
    faults.replies(Reply.json_error("InvalidParameterValue"))
    with pytest.raises(CloudError):
        rig.call()
    faults.replies(Reply(503))
    rig.call()  # two requests
    assert count.taken() == 0
    rig.call()
    assert count.taken() == 1  # on trial
    assert rig.is_lean()


def test_what_cannot_be_made_again_stays_botocores(
    faults: FaultServer, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = mock.Mock(side_effect=lambda *_: "another signature")
    monkeypatch.setattr(module._Way, "authorization", heard)
    rig = ready(faults, count, faults.cloud())
    for _ in range(MOST_LESSONS + 2):
        assert not rig.is_lean()
    assert heard.call_count == MOST_LESSONS


def test_without_a_seam_botocore_does_it(
    faults: FaultServer, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults.otherwise(answer)
    # A header that is not known, such as a newer botocore may send.
    monkeypatch.setattr(module, "_LASTING", module._LASTING - {"x-amzn-query-mode"})
    assert not ready(faults, count, faults.cloud()).is_lean()


@pytest.mark.parametrize("lacking", ["_emitter", "_lookup_cache", "_handlers"])
def test_without_a_look_at_the_listeners_there_are_no_lean_calls(lean: Rig, lacking: str) -> None:
    [found] = list(lean.cloud._hub.lean.values())
    emitter = mock.Mock(spec=[name for name in ("_lookup_cache", "_handlers") if name != lacking])
    events = mock.Mock(spec=[] if lacking == "_emitter" else ["_emitter"])
    if lacking != "_emitter":
        events._emitter = emitter
    assert not found._nobody_listens(events)


def test_a_handler_that_is_not_known_is_respected(lean: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    known = module._LISTENERS - {"botocore.handlers.add_retry_headers"}
    monkeypatch.setattr(module, "_LISTENERS", known)
    lean.cloud.client("sqs").meta.events.register("creating-client-class.x", lambda **_: None)
    assert not lean.is_lean()


def test_a_closed_cloud_goes_on(lean: Rig) -> None:
    lean.cloud.close()
    lean.call()
    assert lean.count.taken() == 1  # botocore's, and made on trial
    assert lean.is_lean()


def test_a_plain_client_of_boto3_is_not_touched(faults: FaultServer, count: Count) -> None:
    faults.otherwise(answer)
    client = botocore.session.get_session().create_client(
        "sqs", region_name="us-east-1", endpoint_url=faults.url
    )
    for _ in range(3):
        client.send_message(QueueUrl=faults.url + URL, MessageBody="x")
    assert count.taken() == 0
    client.close()
