from __future__ import annotations

import pickle
from typing import Any

import pytest
from botocore import exceptions as botocore_errors

from cloudkit import Cloud, Object, Retry, errors
from cloudkit._core.service import Service
from cloudkit._core.translate import entry_error, translate
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    ConnectionFailed,
    CredentialsError,
    InvalidRequest,
    Throttled,
)
from cloudkit.s3 import BucketNotFound, ObjectChanged, ObjectNotFound
from cloudkit.s3._service import S3
from tests.conftest import Rig
from tests.faults import FaultServer, Reply

PLAIN = Service("plain", errors={"Odd": errors.Conflict, "GetThing:Odd": errors.LimitExceeded})


def refused(
    code: str, status: int = 400, message: str = "no", operation: str = "GetThing", **metadata: Any
) -> botocore_errors.ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "req-7", **metadata},
    }
    return botocore_errors.ClientError(answer, operation)


def translated(
    error: BaseException, service: Service = PLAIN, operation: str = "get_thing", **more: Any
) -> CloudError:
    found = translate(error, service, operation, **more)
    assert isinstance(found, CloudError)
    return found


@pytest.mark.parametrize(
    ("code", "status", "wanted"),
    [
        # what the generic codes say
        ("Throttling", 400, errors.Throttled),
        ("RequestLimitExceeded", 503, errors.Throttled),
        ("TooManyRequestsException", 429, errors.Throttled),
        ("SlowDown", 503, errors.Throttled),
        ("ExpiredToken", 400, CredentialsError),
        ("InvalidClientTokenId", 403, CredentialsError),
        ("SignatureDoesNotMatch", 403, CredentialsError),
        ("AuthFailure", 401, CredentialsError),
        ("RequestTimeTooSkewed", 403, CredentialsError),
        ("AccessDenied", 403, AccessDenied),
        ("UnauthorizedOperation", 403, AccessDenied),
        ("AuthorizationError", 403, AccessDenied),
        ("PreconditionFailed", 412, errors.PreconditionFailed),
        ("ConditionalRequestConflict", 409, errors.Conflict),
        ("DependencyViolation", 400, errors.Conflict),
        ("IncorrectInstanceState", 400, errors.Conflict),
        ("QueueNameExists", 400, errors.AlreadyExists),
        # what the shape of a code says
        ("InvalidInstanceID.NotFound", 400, errors.NotFound),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, errors.NotFound),
        ("NoSuchTagSet", 404, errors.NotFound),
        ("DBInstanceNotFoundFault", 404, errors.NotFound),
        ("InvalidKeyPair.Duplicate", 400, errors.AlreadyExists),
        ("EntityAlreadyExists", 409, errors.AlreadyExists),
        ("InvalidGroup.InUse", 400, errors.Conflict),
        ("ResourceInUseException", 400, errors.Conflict),
        ("InstanceLimitExceeded", 400, errors.LimitExceeded),
        ("TooManyBuckets", 400, errors.LimitExceeded),
        ("OverLimit", 400, errors.LimitExceeded),
        ("InvalidParameterValue", 400, InvalidRequest),
        ("ValidationError", 400, InvalidRequest),
        ("MalformedXML", 400, InvalidRequest),
        ("EntityTooLarge", 400, InvalidRequest),
        ("InternalError", 500, errors.ServiceError),
        ("ServiceUnavailable", 503, errors.ServiceError),
        # what the status says, where the code says nothing
        ("400", 400, InvalidRequest),
        ("401", 401, CredentialsError),
        ("403", 403, AccessDenied),
        ("404", 404, errors.NotFound),
        ("409", 409, errors.Conflict),
        ("412", 412, errors.PreconditionFailed),
        ("429", 429, errors.Throttled),
        ("500", 500, errors.ServiceError),
        ("Strange", 400, InvalidRequest),
        ("Strange", 403, AccessDenied),
        ("Strange", 404, errors.NotFound),
        ("Strange", 409, errors.Conflict),
        ("Strange", 500, errors.ServiceError),
        ("Strange", 200, errors.ServiceError),
        ("Strange", 418, CloudError),
    ],
)
def test_the_class_of_a_code(code: str, status: int, wanted: type[CloudError]) -> None:
    found = translated(refused(code, status))
    assert type(found) is wanted
    assert (found.code, found.status, found.service) == (code, status, "plain")


def test_a_service_s_own_codes_come_first_and_those_of_the_operation_before_them() -> None:
    assert type(translated(refused("Odd", operation="PutThing"), operation="put_thing")) is errors.Conflict
    assert type(translated(refused("Odd"))) is errors.LimitExceeded


@pytest.mark.parametrize(
    ("operation", "code", "status", "wanted"),
    [
        ("HeadBucket", "404", 404, BucketNotFound),
        ("HeadObject", "404", 404, ObjectNotFound),
        ("HeadObject", "405", 405, ObjectNotFound),
        ("GetObject", "MethodNotAllowed", 405, ObjectNotFound),
        ("GetObject", "NoSuchKey", 404, ObjectNotFound),
        ("GetObject", "NoSuchVersion", 404, ObjectNotFound),
        ("PutObject", "NoSuchBucket", 404, BucketNotFound),
        ("GetObject", "PreconditionFailed", 412, ObjectChanged),
        ("PutObject", "PreconditionFailed", 412, errors.PreconditionFailed),
        ("DeleteBucket", "BucketNotEmpty", 409, errors.Conflict),
        ("CreateBucket", "BucketAlreadyExists", 409, errors.AlreadyExists),
        ("CreateBucket", "BucketAlreadyOwnedByYou", 409, errors.AlreadyExists),
    ],
)
def test_the_codes_of_s3(operation: str, code: str, status: int, wanted: type[CloudError]) -> None:
    assert type(translated(refused(code, status, operation=operation), S3, operation)) is wanted


def test_a_405_of_another_operation_is_no_missing_object() -> None:
    error = translated(refused("MethodNotAllowed", 405, operation="PutBucketAcl"), S3, "put_bucket_acl")
    assert not isinstance(error, errors.NotFound)
    assert "delete marker" not in str(error)


def test_every_field_is_filled() -> None:
    error = translated(refused("Throttling", RetryAttempts=3), about="plain-7", attempts=2)
    assert error.operation == "GetThing"
    assert error.resource == "plain-7"
    assert error.request_id == "req-7"
    assert error.message == "no"
    assert error.retryable
    assert error.attempts == 4
    assert str(error).startswith(
        "plain:GetThing plain-7: no [Throttling, HTTP 400, request req-7, 4 attempts]"
    )
    assert "Hint: send fewer requests" in str(error)


def test_the_operation_is_spelt_as_aws_spells_it() -> None:
    error = translated(refused("Strange", operation="DescribeDBInstances"), operation="describe_db_instances")
    assert error.operation == "DescribeDBInstances"


@pytest.mark.parametrize(
    ("code", "status", "retryable"),
    [
        ("InternalError", 500, True),
        ("ServiceUnavailable", 503, True),
        ("RequestTimeout", 400, True),
        ("ConditionalRequestConflict", 409, True),
        ("Throttling", 400, True),
        ("AccessDenied", 403, False),
        ("NoSuchKey", 404, False),
        ("InvalidParameterValue", 400, False),
    ],
)
def test_what_may_pass_by_itself(code: str, status: int, retryable: bool) -> None:
    assert translated(refused(code, status)).retryable is retryable


USER = "arn:aws:iam::123456789012:user/ann"
ROLE = "arn:aws:sts::123456789012:assumed-role/reader/session"


@pytest.mark.parametrize(
    ("text", "action", "resource", "principal"),
    [
        (
            (
                f'User: {USER} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::acme/k"'
                " because no identity-based policy allows the s3:GetObject action"
            ),
            "s3:GetObject",
            "arn:aws:s3:::acme/k",
            USER,
        ),
        (
            (
                f"User: {ROLE} is not authorized to perform: sqs:sendmessage on resource:"
                " arn:aws:sqs:us-east-1:123456789012:jobs with an explicit deny in a resource-based policy"
            ),
            "sqs:sendmessage",
            "arn:aws:sqs:us-east-1:123456789012:jobs",
            ROLE,
        ),
        (
            (
                f"You are not authorized to perform this operation. User: {USER} is not authorized to perform:"
                " ec2:RunInstances on resource: arn:aws:ec2:us-east-1:123456789012:instance/* because no"
                " identity-based policy allows it. Encoded authorization failure message: abc"
            ),
            "ec2:RunInstances",
            "arn:aws:ec2:us-east-1:123456789012:instance/*",
            USER,
        ),
        (
            f"User: {USER} is not authorized to perform: elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeLoadBalancers",
            None,
            USER,
        ),
        (
            f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {ROLE}.",
            "sts:AssumeRole",
            ROLE,
            USER,
        ),
        ("Access Denied", None, None, None),
        ("You are not authorized to perform this operation.", None, None, None),
    ],
)
def test_who_may_not_do_what(
    text: str, action: str | None, resource: str | None, principal: str | None
) -> None:
    error = translated(refused("AccessDenied", 403, text))
    assert isinstance(error, AccessDenied)
    assert (error.action, error.denied_resource, error.principal) == (action, resource, principal)
    assert (action is not None) == (error.hint is not None and f"allow {action} to" in error.hint)


@pytest.mark.parametrize(
    ("error", "wanted", "hint"),
    [
        (botocore_errors.NoCredentialsError(), CredentialsError, "aws configure"),
        (
            botocore_errors.PartialCredentialsError(provider="env", cred_var="secret"),
            CredentialsError,
            "AWS_SECRET_ACCESS_KEY",
        ),
        (botocore_errors.ProfileNotFound(profile="x"), CredentialsError, "aws configure list-profiles"),
        (
            botocore_errors.UnauthorizedSSOTokenError(),
            CredentialsError,
            "aws sso login --profile work",
        ),
        (
            botocore_errors.SSOTokenLoadError(error_msg="gone"),
            CredentialsError,
            "aws sso login --profile work",
        ),
        (
            botocore_errors.TokenRetrievalError(provider="sso", error_msg="gone"),
            CredentialsError,
            "aws sso login --profile work",
        ),
        (
            botocore_errors.CredentialRetrievalError(provider="x", error_msg="y"),
            CredentialsError,
            "nothing was sent",
        ),
        (botocore_errors.NoRegionError(), InvalidRequest, "AWS_REGION"),
        (botocore_errors.InvalidRegionError(region_name="a/b"), InvalidRequest, "AWS_REGION"),
        (
            botocore_errors.ParamValidationError(report="Missing required parameter"),
            InvalidRequest,
            None,
        ),
        (
            botocore_errors.UnknownServiceError(service_name="s4", known_service_names="s3"),
            InvalidRequest,
            "get_available_services",
        ),
        (
            botocore_errors.EndpointConnectionError(endpoint_url="http://x"),
            errors.ConnectionFailed,
            "endpoint_url",
        ),
        (botocore_errors.ReadTimeoutError(endpoint_url="http://x"), errors.ConnectionFailed, "endpoint_url"),
        (
            botocore_errors.SSLError(endpoint_url="http://x", error="bad"),
            errors.ConnectionFailed,
            "endpoint_url",
        ),
        (
            botocore_errors.IncompleteReadError(actual_bytes=1, expected_bytes=2),
            errors.ConnectionFailed,
            "endpoint_url",
        ),
        (
            botocore_errors.ChecksumError(checksum_type="crc32", expected_checksum="a", actual_checksum="b"),
            errors.ServiceError,
            None,
        ),
        (botocore_errors.PaginationError(message="the same token twice"), CloudError, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_failures_in_which_aws_did_not_speak(
    error: BaseException, wanted: type[CloudError], hint: str | None
) -> None:
    found = translated(error, about="acme", profile="work")
    assert type(found) is wanted
    assert found.code == type(error).__name__
    assert (found.status, found.request_id, found.resource) == (None, None, "acme")
    passing = isinstance(found, (errors.ConnectionFailed, errors.ServiceError))
    assert found.retryable is (passing or found.code == "CredentialRetrievalError")
    assert (found.hint is None) if hint is None else (found.hint is not None and hint in found.hint)


def test_an_ended_token_names_the_profile() -> None:
    hint = translated(refused("ExpiredToken"), profile="work").hint
    assert hint is not None
    assert "aws sso login --profile work" in hint
    hint = translated(refused("ExpiredToken")).hint
    assert hint is not None
    assert "--profile" not in hint


def test_a_wrong_clock_is_said_to_be_one() -> None:
    assert "clock" in str(translated(refused("RequestTimeTooSkewed", 403)).hint)


def test_errors_inside_the_wrappers_of_managed_transfers() -> None:
    from boto3.exceptions import RetriesExceededError, S3UploadFailedError

    try:
        try:
            raise refused("AccessDenied", 403, operation="PutObject")
        except botocore_errors.ClientError as inner:
            raise S3UploadFailedError("Failed to upload x: An error occurred") from inner
    except S3UploadFailedError as outer:
        found = translated(outer, S3, "put_object")
    assert type(found) is AccessDenied
    assert found.operation == "PutObject"

    cut = botocore_errors.ReadTimeoutError(endpoint_url="http://x")
    assert type(translated(RetriesExceededError(cut), S3, "get_object")) is errors.ConnectionFailed
    assert type(translated(S3UploadFailedError("alone"), S3, "put_object")) is CloudError


def test_what_is_not_of_the_layer_below_comes_back_as_it_is() -> None:
    for error in (KeyError("x"), OSError("disk full"), KeyboardInterrupt(), errors.NotFound("ours")):
        assert translate(error, PLAIN, "get_thing") is error


def test_a_failed_entry_of_a_batch() -> None:
    error = entry_error(PLAIN, "get_thing", code="Odd", message="", retryable=True, about="k")
    assert type(error) is errors.LimitExceeded
    assert (error.message, error.operation, error.retryable, error.resource) == ("Odd", "GetThing", True, "k")
    denied = entry_error(S3, "delete_objects", code="AccessDenied", message="Access Denied", retryable=False)
    assert type(denied) is AccessDenied


# -- through a client, over HTTP ---------------------------------------------------------------------------------


def test_attempts_request_id_and_cause(faults: FaultServer) -> None:
    slow = Reply.s3_error("SlowDown", "slow", 503)
    faults.otherwise(Reply(slow.status, slow.body, {"x-amz-request-id": "req-1"}))
    cloud = faults.cloud(attempts=3)
    with pytest.raises(errors.Throttled) as caught:
        cloud.call("s3", "get_object", Bucket="acme", Key="k")
    error = caught.value
    assert error.attempts == 3 == len(faults.requests)
    assert (error.code, error.status, error.request_id) == ("SlowDown", 503, "req-1")
    assert (error.service, error.operation, error.retryable) == ("s3", "GetObject", True)
    assert isinstance(error.__cause__, botocore_errors.ClientError)


def test_attempts_of_calls_that_got_no_answer(faults: FaultServer) -> None:
    faults.otherwise(Reply(reset=True))
    with pytest.raises(errors.ConnectionFailed) as caught:
        faults.cloud(attempts=2).call("sqs", "list_queues")
    assert caught.value.attempts == 2 == len(faults.requests)
    assert caught.value.status is None
    with pytest.raises(errors.ConnectionFailed) as caught:
        faults.cloud(attempts=1).call("sqs", "list_queues")
    assert caught.value.attempts == 1


def test_an_answer_that_is_no_answer(faults: FaultServer) -> None:
    faults.otherwise(Reply(body=b"<html><body>Please log in", headers={"Content-Type": "text/html"}))
    with pytest.raises(errors.ServiceError) as caught:
        faults.cloud().call("ec2", "describe_instances")
    assert caught.value.retryable


def test_the_name_of_what_the_call_was_about(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("NoSuchKey", "The specified key does not exist."))
    with pytest.raises(ObjectNotFound) as caught:
        Object("acme", "a/b", cloud=faults.cloud()).read_bytes()
    assert str(caught.value).startswith(
        "s3:GetObject s3://acme/a/b: The specified key does not exist. [NoSuchKey"
    )
    assert isinstance(caught.value, FileNotFoundError)


# -- with nothing set up -----------------------------------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    return monkeypatch


def test_no_credentials(bare: pytest.MonkeyPatch) -> None:
    with pytest.raises(CredentialsError) as caught:
        Cloud(region="us-east-1").call("sqs", "list_queues")
    assert isinstance(caught.value, PermissionError)
    for word in ("aws configure", "aws sso login", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "cloudkit.local()"):
        assert word in str(caught.value)


def test_half_of_the_credentials(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_ACCESS_KEY_ID", "x")
    with pytest.raises(CredentialsError, match="AWS_SECRET_ACCESS_KEY"):
        Cloud(region="us-east-1").call("sqs", "list_queues")


def test_no_such_profile() -> None:
    with pytest.raises(CredentialsError, match="aws configure list-profiles"):
        Cloud(profile="nobody", region="us-east-1").call("sqs", "list_queues")
    with pytest.raises(CredentialsError, match="nobody"):
        Cloud(profile="nobody").region  # noqa: B018


def test_no_region() -> None:
    with pytest.raises(InvalidRequest, match="AWS_REGION") as caught:
        Cloud().call("sqs", "list_queues")
    assert "Cloud(region=" in str(caught.value)


def test_an_ended_sso_login(bare: pytest.MonkeyPatch, tmp_path: Any) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile work]\nsso_session = acme\nsso_account_id = 123456789012\nsso_role_name = reader\n"
        "region = us-east-1\n[sso-session acme]\nsso_start_url = https://acme.example/start\n"
        "sso_region = us-east-1\n"
    )
    bare.setenv("AWS_CONFIG_FILE", str(config))
    bare.setenv("HOME", str(tmp_path))
    with pytest.raises(CredentialsError, match="aws sso login --profile work"):
        Cloud(profile="work").call("sqs", "list_queues")


def test_wrong_parameters_are_named() -> None:
    cloud = Cloud(region="us-east-1")
    with pytest.raises(InvalidRequest, match="QueueNam"):
        cloud.call("sqs", "get_queue_url", QueueNam="x")
    with pytest.raises(InvalidRequest, match="QueueName"):
        cloud.call("sqs", "get_queue_url")


# -- pickling ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_keeps_class_and_fields(protocol: int) -> None:
    text = f"User: {USER} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::acme/k"
    for made in (
        translated(refused("AccessDenied", 403, text), about="acme", attempts=3),
        translated(refused("NoSuchKey", 404, operation="GetObject"), S3, "get_object", about="s3://acme/k"),
        translated(refused("PreconditionFailed", 412, operation="GetObject"), S3, "get_object"),
    ):
        found = pickle.loads(pickle.dumps(made, protocol))
        assert type(found) is type(made)
        assert vars(found) == vars(made)
        assert (str(found), found.args) == (str(made), made.args)


def test_an_unknown_service_does_not_list_all_that_there_are(rig: Rig) -> None:
    with pytest.raises(InvalidRequest) as caught:
        rig.cloud.call("s4", "list_buckets")
    assert len(str(caught.value)) < 200
    assert "'s4'" in caught.value.message


def test_a_failure_before_any_request_counts_none_of_an_earlier_call(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("SlowDown", status=503))
    with pytest.raises(Throttled) as caught:
        faults.cloud(attempts=3).call("s3", "list_buckets")
    assert caught.value.attempts == 3
    with pytest.raises(CredentialsError) as missing:
        Cloud(region="us-east-1", profile="nobody").client("s3")
    assert missing.value.attempts == 1


def test_no_answer_says_what_to_look_at() -> None:
    cloud = Cloud(region="us-east-1", endpoint_url="http://127.0.0.1:1", retry=Retry(attempts=1))
    with pytest.raises(ConnectionFailed) as caught:
        cloud.call("s3", "list_buckets")
    assert caught.value.hint is not None
    assert "endpoint_url" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        ("InternalError", True),
        ("SlowDown", True),
        ("ServiceUnavailable", True),
        ("OperationAborted", True),
        ("AccessDenied", False),
        ("NoSuchKey", False),
    ],
)
def test_an_entry_may_pass_later_if_its_code_says_so(code: str, passes: bool) -> None:
    assert entry_error(S3, "delete_objects", code=code, message="").retryable is passes
    assert (
        entry_error(S3, "delete_objects", code=code, message="", retryable=not passes).retryable is not passes
    )


def test_redirects_in_a_circle() -> None:
    def redirect_from_error(depth: int) -> None:
        if depth:
            redirect_from_error(depth - 1)
        raise RecursionError("maximum recursion depth exceeded")

    with pytest.raises(RecursionError) as caught:
        redirect_from_error(3)
    found = translate(caught.value, S3, "get_object", about="s3://acme/k")
    assert isinstance(found, errors.ServiceError)
    assert (found.operation, found.resource, found.retryable) == ("GetObject", "s3://acme/k", False)
    # One of the caller's own stays what it is.
    with pytest.raises(RecursionError) as caught:
        raise RecursionError
    assert translate(caught.value, S3, "get_object") is caught.value
