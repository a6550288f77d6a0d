"""Errors of botocore, boto3 and s3transfer to ours: the only place."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from typing import Any

from cloudkit import errors
from cloudkit._core.marks import BROKEN_ANSWER, REAL_STATUS
from cloudkit._core.service import Service
from cloudkit.errors import CloudError

_THROTTLED = frozenset(
    [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "TooManyRequests",
        "RequestLimitExceeded",
        "SlowDown",
        "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "TransactionInProgressException",
        "429",
    ]
)
_CREDENTIALS = frozenset(
    [
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "TokenRefreshRequired",
        "InvalidToken",
        "InvalidTokenId",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "UnrecognizedClientException",
        "UnrecognizedClient",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "InvalidSignature",
        "SignatureExpired",
        "AuthFailure",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "MissingSecurityHeader",
        "RequestTimeTooSkewed",
        "OptInRequired",
        "NotSignedUp",
        "InvalidIdentityToken",
        "IDPCommunicationError",
        "401",
    ]
)
_DENIED = frozenset(
    [
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "UnauthorizedOperation",
        "UnauthorizedException",
        "Unauthorized",
        "AuthorizationError",
        "AuthorizationErrorException",
        "NotAuthorized",
        "NotAuthorizedException",
        "Forbidden",
        "ForbiddenException",
        "AllAccessDisabled",
        "AccountProblem",
        "KMSAccessDenied",
        "KMS.AccessDeniedException",
        "403",
    ]
)
_PRECONDITION = frozenset(["PreconditionFailed", "ConditionalCheckFailedException", "412"])
_CONFLICT = frozenset(
    [
        "ConditionalRequestConflict",
        "OperationAborted",
        "IncorrectState",
        "IncorrectInstanceState",
        "DependencyViolation",
        "DeleteConflict",
        "BucketNotEmpty",
        "InvalidBucketState",
        "InvalidObjectState",
        "ConcurrentModification",
        "ConcurrentAccess",
        "ConflictException",
        "OperationNotPermitted",
        "409",
    ]
)
_EXISTS = frozenset(["BucketAlreadyOwnedByYou", "QueueAlreadyExists", "QueueNameExists", "PriorityInUse"])
_RETRYABLE = frozenset(
    [
        "RequestTimeout",
        "RequestTimeoutException",
        "RequestTimeTooSkewed",
        "ConditionalRequestConflict",
        "OperationAborted",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "ServiceUnavailable",
        "Unavailable",
        BROKEN_ANSWER,
    ]
)

_SHAPES: tuple[tuple[re.Pattern[str], type[CloudError]], ...] = (
    (re.compile(r"LimitExceeded|QuotaExceeded|TooMany|MaxQueuesExceeded|OverLimit"), errors.LimitExceeded),
    (re.compile(r"AlreadyExist|AlreadyOwned|AlreadyAssociated|Duplicate"), errors.AlreadyExists),
    (
        re.compile(r"NotFound|^NoSuch|NonExist|DoesNotExist|NotExist|^NonexistentQueue|^404$"),
        errors.NotFound,
    ),
    (re.compile(r"InUse|IncorrectState|InvalidState|NotInState|Conflict"), errors.Conflict),
    (
        re.compile(
            r"^Invalid|^Malformed|^Missing|^Unsupported|^Unknown\w|^Validation|ValidationE|Mismatch|TooLong|TooLarge"
            r"|TooSmall|^Empty|^BadRequest|^Illegal|^400$"
        ),
        errors.InvalidRequest,
    ),
    (re.compile(r"^Internal|Unavailable|^ServiceFailure|^5\d\d$"), errors.ServiceError),
)

# "User: arn:... is not authorized to perform: s3:GetObject on resource: "arn:..." because ..."
_DENIAL = re.compile(
    r"(?:User|Principal)?:?\s*(?P<principal>arn:\S+)?\s*(?:is not authorized to perform|not authorized to perform)"
    r":?\s*(?P<action>[\w-]+:\w+)(?:\s+on resource:\s*\"?(?P<resource>[^\s\"]+[^\s\".,]))?",
    re.IGNORECASE,
)

_LOGIN = "run `aws sso login{profile}` and try again"
_NO_CREDENTIALS = (
    "give credentials by `aws configure` or `aws sso login`, by AWS_PROFILE, by AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY, or by a role of the machine; `cloudkit.local()` needs none"
)
_NOT_GIVEN = (
    "the role, container or program that gives the credentials did not: nothing was sent; if it stays like that, give"
    " others by `aws configure` or AWS_PROFILE"
)
_NO_ANSWER = (
    "check the network, the proxy, and that region and endpoint_url are right; if the request did arrive, AWS may have"
    " done the work all the same"
)
_NO_REGION = "set AWS_REGION, give Cloud(region='eu-west-1'), or put a region into the profile"


def translate(
    error: BaseException,
    service: Service,
    operation: str,
    *,
    about: str | None = None,
    profile: str | None = None,
    attempts: int = 1,
) -> BaseException:
    """Our error for one of the layer below; any other exception comes back as it is.

    Args:
        error: What was raised.
        service: The service that was called.
        operation: The operation, in either spelling.
        about: What the call was about.
        profile: The profile in use, for the hints.
        attempts: How many requests were sent.
    """
    from botocore import exceptions as botocore_errors, parsers

    if isinstance(error, CloudError):
        if isinstance(error, errors.DeadlineExceeded) and error.operation is None:
            error.service, error.operation, error.resource = service.name, _camel(operation), about
        return error
    if isinstance(error, botocore_errors.ClientError):
        spoken: Any = error
        # The operation that was refused may be another than the one asked for: a download asks for the size first.
        refused = str(spoken.operation_name or operation)
        return _from_answer(
            spoken.response, service, refused, about=about, profile=profile, attempts=attempts
        )
    if isinstance(error, RecursionError) and _redirected(error):
        return errors.ServiceError(
            "the server answers every request with a redirect",
            service=service.name,
            operation=_camel(operation),
            code=type(error).__name__,
            resource=about,
            hint="something between here and AWS answers in its place: a proxy, a portal, a wrong endpoint_url",
        )
    inner = _wrapped(error)
    if inner is not None:
        return translate(inner, service, operation, about=about, profile=profile, attempts=attempts)
    made = _without_answer(error, botocore_errors, parsers, profile)
    if made is None:
        return error
    cls, hint, retryable = made
    return cls(
        _in_short(error),
        service=service.name,
        operation=_camel(operation),
        code=type(error).__name__,
        resource=about,
        retryable=retryable,
        attempts=attempts,
        hint=hint,
    )


def entry_error(
    service: Service,
    operation: str,
    *,
    code: str,
    message: str,
    retryable: bool | None = None,
    about: str | None = None,
) -> CloudError:
    """The error for one failed entry of a batch whose call itself succeeded.

    Args:
        service: Whose batch it is.
        operation: The operation, in either spelling.
        code: What AWS says of the entry.
        message: The same in words.
        retryable: Whether the entry may get through later, where AWS says so. Default: as the code says.
        about: What the entry is about.
    """
    cls = _class_of(service, _camel(operation), code, None)
    return cls(
        message or code,
        service=service.name,
        operation=_camel(operation),
        code=code,
        resource=about,
        retryable=_passes(cls, code) if retryable is None else retryable,
        hint=_service_hint(service, _camel(operation), code),
    )


def _from_answer(
    answer: Mapping[str, Any],
    service: Service,
    operation: str,
    *,
    about: str | None,
    profile: str | None,
    attempts: int,
) -> CloudError:
    fault: Mapping[str, Any] = answer.get("Error") or {}
    metadata: Mapping[str, Any] = answer.get("ResponseMetadata") or {}
    code = str(fault.get("Code") or "Unknown")
    message = str(fault.get("Message") or fault.get("message") or code)
    status = fault.get(REAL_STATUS, metadata.get("HTTPStatusCode"))
    camel = _camel(operation)
    cls = _class_of(service, camel, code, status)
    error = cls(
        message,
        service=service.name,
        operation=camel,
        code=code,
        status=status,
        request_id=metadata.get("RequestId") or metadata.get("HTTPHeaders", {}).get("x-amzn-requestid"),
        resource=about,
        retryable=_passes(cls, code) or ((status or 0) >= 500 and not issubclass(cls, errors.InvalidRequest)),
        attempts=max(attempts, metadata.get("RetryAttempts", 0) + 1),
        hint=_service_hint(service, camel, code) or _hint(cls, code, profile),
    )
    if isinstance(error, errors.AccessDenied):
        found = _DENIAL.search(message)
        error.naming(
            action=found["action"] if found else None,
            denied_resource=found["resource"] if found else None,
            principal=found["principal"] if found else None,
        )
        if error.action and error.hint is None:
            whom = error.principal or "these credentials"
            error.hint = f"allow {error.action} to {whom} in an IAM policy"
    return error


def _passes(cls: type[CloudError], code: str) -> bool:
    """Whether the same request may succeed later with nothing changed."""
    return code in _RETRYABLE or issubclass(cls, (errors.Throttled, errors.ServiceError))


def _class_of(service: Service, operation: str, code: str, status: int | None) -> type[CloudError]:
    odd = service.errors.get(f"{operation}:{code}") or service.errors.get(code)
    if odd is not None:
        return odd
    by_code: tuple[tuple[frozenset[str], type[CloudError]], ...] = (
        (_THROTTLED, errors.Throttled),
        (_CREDENTIALS, errors.CredentialsError),
        (_DENIED, errors.AccessDenied),
        (_PRECONDITION, errors.PreconditionFailed),
        (_CONFLICT, errors.Conflict),
        (_EXISTS, errors.AlreadyExists),
    )
    for codes, cls in by_code:
        if code in codes:
            return cls
    for shape, cls in _SHAPES:
        if shape.search(code):
            return cls
    return _class_of_status(status)


def _class_of_status(status: int | None) -> type[CloudError]:
    by_status: dict[int, type[CloudError]] = {
        400: errors.InvalidRequest,
        401: errors.CredentialsError,
        403: errors.AccessDenied,
        404: errors.NotFound,
        409: errors.Conflict,
        412: errors.PreconditionFailed,
        429: errors.Throttled,
    }
    if status in by_status:
        return by_status[status]
    return errors.ServiceError if status is not None and (status >= 500 or status < 300) else CloudError


def _service_hint(service: Service, operation: str, code: str) -> str | None:
    return service.hints.get(f"{operation}:{code}") or service.hints.get(code)


def _hint(cls: type[CloudError], code: str, profile: str | None) -> str | None:
    if code == BROKEN_ANSWER:
        return "something between here and AWS answers in its place: a proxy, a portal, a wrong endpoint_url"
    if code == "RequestTimeTooSkewed":
        return "this machine's clock is wrong: set it (NTP)"
    if code in ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"):
        return f"the credentials have ended: {_LOGIN.format(profile=_flag(profile))}, or get new ones"
    if issubclass(cls, errors.CredentialsError):
        return "AWS does not accept these credentials: `cloudkit.whoami()` shows which ones are in use"
    if issubclass(cls, errors.Throttled):
        return "send fewer requests at once, or Retry(mode='adaptive')"
    return None


def _flag(profile: str | None) -> str:
    return f" --profile {profile}" if profile else ""


def _in_short(error: BaseException) -> str:
    """What it says; without the names of all services that there are."""
    return str(error).partition(" Valid service names are")[0]


def _redirected(error: BaseException) -> bool:
    """Whether botocore went round in circles: it asks S3 where a bucket is, which is answered by a redirect too."""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code.co_name == "redirect_from_error" for frame, _ in frames)


def _wrapped(error: BaseException) -> BaseException | None:
    """The error inside one of the wrappers of boto3's and s3transfer's managed transfer."""
    module = type(error).__module__
    if module not in ("boto3.exceptions", "s3transfer.exceptions"):
        return None
    inner = getattr(error, "last_exception", None) or error.__cause__ or error.__context__
    return inner if isinstance(inner, BaseException) else None


def _without_answer(
    error: BaseException, botocore_errors: Any, parsers: Any, profile: str | None
) -> tuple[type[CloudError], str | None, bool] | None:
    """Class, hint and whether to try again, for failures in which AWS did not speak."""
    login = _LOGIN.format(profile=_flag(profile))
    name = type(error).__name__
    if "SSO" in name or name in (
        "TokenRetrievalError",
        "PendingAuthorizationExpiredError",
        "LoginRefreshRequired",
    ):
        return errors.CredentialsError, login, False
    if isinstance(error, botocore_errors.ProfileNotFound):
        return errors.CredentialsError, "`aws configure list-profiles` shows the names there are", False
    if isinstance(error, botocore_errors.NoCredentialsError):
        return errors.CredentialsError, _NO_CREDENTIALS, False
    if isinstance(
        error,
        (
            botocore_errors.PartialCredentialsError,
            botocore_errors.UnknownCredentialError,
            botocore_errors.InvalidConfigError,
            botocore_errors.RefreshWithMFAUnsupportedError,
            botocore_errors.InfiniteLoopConfigError,
            botocore_errors.ConfigParseError,
            botocore_errors.ConfigNotFound,
        ),
    ):
        return errors.CredentialsError, _NO_CREDENTIALS, False
    if isinstance(error, botocore_errors.CredentialRetrievalError):
        # Whoever gives them does not, now: a machine's agent that restarts ends no worker of days.
        return errors.CredentialsError, _NOT_GIVEN, True
    if isinstance(error, (botocore_errors.NoRegionError, botocore_errors.InvalidRegionError)):
        return errors.InvalidRequest, _NO_REGION, False
    if isinstance(
        error,
        (
            botocore_errors.HTTPClientError,
            botocore_errors.ConnectionError,
            botocore_errors.ResponseStreamingError,
            botocore_errors.IncompleteReadError,
        ),
    ):
        return errors.ConnectionFailed, _NO_ANSWER, True
    if isinstance(error, (parsers.ResponseParserError, botocore_errors.ChecksumError)):
        return errors.ServiceError, None, True
    if isinstance(error, (botocore_errors.ParamValidationError, botocore_errors.ValidationError)):
        return errors.InvalidRequest, None, False
    if isinstance(error, botocore_errors.UnknownServiceError):
        return errors.InvalidRequest, "`boto3.Session().get_available_services()` lists the names", False
    if isinstance(error, botocore_errors.BotoCoreError):
        return CloudError, None, False
    if type(error).__module__ in ("boto3.exceptions", "s3transfer.exceptions"):
        return CloudError, None, False
    return None


def _camel(operation: str) -> str:
    """`put_object` as `PutObject`; other spellings stay."""
    return "".join(part[:1].upper() + part[1:] for part in operation.split("_")) if operation else operation
