"""What CloudWatch calls things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.cloudwatch.errors import AlarmNotFound
from cloudkit.errors import Conflict, InvalidRequest, LimitExceeded, ServiceError

CLOUDWATCH = Service(
    "cloudwatch",
    errors={
        # Dashboards have the same code; no operation of theirs is called here.
        "ResourceNotFound": AlarmNotFound,
        "ResourceConflict": Conflict,
        "InvalidNextToken": InvalidRequest,
        "InvalidFormat": InvalidRequest,
        "LimitExceeded": LimitExceeded,
        "LimitExceededException": LimitExceeded,
        "InternalServiceError": ServiceError,
        "InternalServiceFault": ServiceError,
    },
    hints={
        "ResourceNotFound": "Alarm.list() shows those of this account and region",
        "LimitExceeded": "the account may have no more alarms here: AWS raises the quota on request",
    },
    has_boto3_resource=True,
)
