"""What Auto Scaling calls things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.errors import Conflict, InvalidRequest, ServiceError

AUTOSCALING = Service(
    "autoscaling",
    errors={
        # "Active" says that those that have ended do not count: it is about a state.
        "ActiveInstanceRefreshNotFound": Conflict,
        "InstanceRefreshInProgress": Conflict,
        "IrreversibleInstanceRefresh": Conflict,
        "InvalidNextToken": InvalidRequest,
        "ResourceContention": Conflict,
        "ResourceInUse": Conflict,
        "ScalingActivityInProgress": Conflict,
        "ServiceLinkedRoleFailure": ServiceError,
    },
    hints={
        "AlreadyExists": "AutoScalingGroup.ensure(name, ...) takes what is there",
        "ActiveInstanceRefreshNotFound": "it has ended: refresh.status says how",
        "InstanceRefreshInProgress": "group.refreshes() has it: wait for it, or cancel it",
        "IrreversibleInstanceRefresh": (
            "only what replace_instances(template=...) has begun, with a numbered version, can be rolled back"
        ),
        "LimitExceeded": "the account may have no more of these here: AWS raises the quota on request",
        "ResourceContention": "another change of the group is under way: try again",
        "ResourceInUse": "it still has instances: delete(force=True) ends them",
        "ScalingActivityInProgress": "instances are coming or going: wait, or delete(force=True)",
    },
)
