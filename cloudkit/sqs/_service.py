"""What SQS calls things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.errors import AccessDenied, Conflict, Throttled
from cloudkit.sqs._limits import MIN_READ_SECONDS
from cloudkit.sqs.errors import LeaseLost, QueueNotFound

_MISSING = "Queue.list() shows the queues of this account and region; another account's needs its ARN or URL"
LEASE_HINT = (
    "finish within the visibility timeout, or message.extend() in time; a receive counts 12 hours at most"
)
_DELETED = "wait 60 seconds after deleting a queue before making one of the same name"
_NO_DEAD_LETTERS = (
    "messages are moved out of a queue that is another one's dead letters: queue.dead_letters.redrive(); and once at a"
    " time"
)
_PURGED = "a queue can be purged once in 60 seconds"

SQS = Service(
    "sqs",
    # SQS speaks JSON, and names some errors as its Query protocol did: both spellings are met.
    errors={
        "QueueDoesNotExist": QueueNotFound,
        "NonExistentQueue": QueueNotFound,
        "AWS.SimpleQueueService.NonExistentQueue": QueueNotFound,
        "QueueDeletedRecently": Conflict,
        "AWS.SimpleQueueService.QueueDeletedRecently": Conflict,
        "PurgeQueueInProgress": Conflict,
        "AWS.SimpleQueueService.PurgeQueueInProgress": Conflict,
        "ReceiptHandleIsInvalid": LeaseLost,
        "InvalidIdFormat": LeaseLost,
        "MessageNotInflight": LeaseLost,
        "AWS.SimpleQueueService.MessageNotInflight": LeaseLost,
        # These operations have nothing but the receipt that could still be wrong.
        "DeleteMessage:InvalidParameterValue": LeaseLost,
        "DeleteMessageBatch:InvalidParameterValue": LeaseLost,
        "ChangeMessageVisibility:InvalidParameterValue": LeaseLost,
        "ChangeMessageVisibilityBatch:InvalidParameterValue": LeaseLost,
        "StartMessageMoveTask:ResourceNotFoundException": QueueNotFound,
        "ListMessageMoveTasks:ResourceNotFoundException": QueueNotFound,
        "KmsAccessDenied": AccessDenied,
        "KmsThrottled": Throttled,
        "KMS.ThrottlingException": Throttled,
        "KmsDisabled": Conflict,
        "KMS.DisabledException": Conflict,
    },
    hints={
        "QueueDoesNotExist": _MISSING,
        "NonExistentQueue": _MISSING,
        "AWS.SimpleQueueService.NonExistentQueue": _MISSING,
        "QueueDeletedRecently": _DELETED,
        "AWS.SimpleQueueService.QueueDeletedRecently": _DELETED,
        "PurgeQueueInProgress": _PURGED,
        "AWS.SimpleQueueService.PurgeQueueInProgress": _PURGED,
        "ReceiptHandleIsInvalid": LEASE_HINT,
        "MessageNotInflight": LEASE_HINT,
        "AWS.SimpleQueueService.MessageNotInflight": LEASE_HINT,
        "StartMessageMoveTask:InvalidParameterValue": _NO_DEAD_LETTERS,
        "StartMessageMoveTask:AWS.SimpleQueueService.UnsupportedOperation": _NO_DEAD_LETTERS,
        "InvalidAddress": "the URL belongs to another region or endpoint than the Cloud",
        "QueueAlreadyExists": "Queue.ensure() takes what is there",
        "QueueNameExists": "Queue.ensure() takes what is there",
        "SetQueueAttributes:OverLimit": "a policy has 20 statements and 8,192 bytes at most: join statements, with lists",
        "OverLimit": "too many messages are in flight: delete or release those received",
    },
    min_read_timeout=MIN_READ_SECONDS,
    has_boto3_resource=True,
    lean=frozenset(
        {
            "change_message_visibility",
            "change_message_visibility_batch",
            "delete_message",
            "delete_message_batch",
            "receive_message",
            "send_message",
            "send_message_batch",
        }
    ),
)
