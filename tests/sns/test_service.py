"""Error codes of SNS and what they mean here."""

from __future__ import annotations

import botocore.session
import pytest

from cloudkit._core.translate import entry_error
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    Conflict,
    CredentialsError,
    InvalidRequest,
    LimitExceeded,
    NotFound,
    ServiceError,
    Throttled,
)
from cloudkit.sns import SubscriptionNotFound, Topic, TopicNotFound
from cloudkit.sns._service import SNS
from tests.faults import FaultServer, Reply
from tests.sns.answers import TOPIC

MEANINGS: dict[str, type[CloudError]] = {
    "AuthorizationError": AccessDenied,
    "BatchEntryIdsNotDistinct": InvalidRequest,
    "BatchRequestTooLong": InvalidRequest,
    "ConcurrentAccess": Conflict,
    "EmptyBatchRequest": InvalidRequest,
    "EndpointDisabled": Conflict,
    "FilterPolicyLimitExceeded": LimitExceeded,
    "InternalError": ServiceError,
    "InvalidBatchEntryId": InvalidRequest,
    "InvalidParameter": InvalidRequest,
    "InvalidSecurity": CredentialsError,
    "InvalidState": Conflict,
    "KMSAccessDenied": AccessDenied,
    "KMSDisabled": Conflict,
    "KMSInvalidState": Conflict,
    "KMSNotFound": NotFound,
    "KMSOptInRequired": AccessDenied,
    "KMSThrottling": Throttled,
    "OptedOut": CloudError,
    "ParameterValueInvalid": InvalidRequest,
    "PlatformApplicationDisabled": Conflict,
    "ReplayLimitExceeded": LimitExceeded,
    "ResourceNotFound": NotFound,
    "StaleTag": Conflict,
    "SubscriptionLimitExceeded": LimitExceeded,
    "TagLimitExceeded": LimitExceeded,
    "TagPolicy": InvalidRequest,
    "Throttled": Throttled,
    "TooManyEntriesInBatchRequest": InvalidRequest,
    "TopicLimitExceeded": LimitExceeded,
    "ValidationException": InvalidRequest,
}


@pytest.mark.parametrize(("code", "meaning"), MEANINGS.items())
def test_a_code_means_the_same_in_an_entry_as_in_an_answer(code: str, meaning: type[CloudError]) -> None:
    error = entry_error(SNS, "publish_batch", code=code, message="no", retryable=False)
    assert type(error) is meaning


def test_every_code_of_the_operations_used_is_known() -> None:
    model = botocore.session.get_session().get_service_model("sns")
    used = {key.partition(":")[0] for key in SNS.errors if ":" in key} | {"CreateTopic", "ListTopics"}
    codes = {
        shape.metadata["error"]["code"]
        for operation in used
        for shape in model.operation_model(operation).error_shapes
    }
    assert codes - {"NotFound"} <= MEANINGS.keys()


def test_not_found_is_told_of_what_the_operation_is_about() -> None:
    model = botocore.session.get_session().get_service_model("sns")
    for key, meaning in SNS.errors.items():
        operation, _, code = key.rpartition(":")
        if operation:
            # The names must be AWS's, or the table says nothing.
            assert operation in model.operation_names
            about = TopicNotFound if "Topic" in operation or "Publish" in operation else meaning
            assert meaning is about
            assert code in ("NotFound", "ResourceNotFound")
    assert SNS.errors["Subscribe:NotFound"] is TopicNotFound
    assert SNS.errors["Unsubscribe:NotFound"] is SubscriptionNotFound


def test_throttled_by_kms_is_throttled(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("KMSThrottling"))
    with pytest.raises(Throttled) as caught:
        Topic(TOPIC, cloud=faults.cloud()).publish("x")
    assert caught.value.retryable
    assert caught.value.operation == "Publish"
    assert caught.value.resource == "123456789012/news"
