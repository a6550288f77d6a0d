"""The words of Auto Scaling."""

from __future__ import annotations

from cloudkit.types import OpenEnum


class Lifecycle(OpenEnum):
    """Where an instance is on its way through a group."""

    PENDING = "Pending"
    PENDING_WAIT = "Pending:Wait"
    PENDING_PROCEED = "Pending:Proceed"
    IN_SERVICE = "InService"
    TERMINATING = "Terminating"
    TERMINATING_WAIT = "Terminating:Wait"
    TERMINATING_PROCEED = "Terminating:Proceed"
    TERMINATED = "Terminated"
    DETACHING = "Detaching"
    DETACHED = "Detached"
    ENTERING_STANDBY = "EnteringStandby"
    STANDBY = "Standby"


class ActivityStatus(OpenEnum):
    """How far a scaling activity is."""

    WAITING_FOR_SPOT = "WaitingForSpotInstanceId"
    WAITING_FOR_INSTANCE = "WaitingForInstanceId"
    PRE_IN_SERVICE = "PreInService"
    IN_PROGRESS = "InProgress"
    DRAINING = "WaitingForELBConnectionDraining"
    IN_LIFECYCLE_HOOK = "MidLifecycleAction"
    WARMING_UP = "WaitingForInstanceWarmup"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


class Process(OpenEnum):
    """What a group does by itself, and can be kept from."""

    LAUNCH = "Launch"
    TERMINATE = "Terminate"
    ADD_TO_LOAD_BALANCER = "AddToLoadBalancer"
    ALARM_NOTIFICATION = "AlarmNotification"
    AZ_REBALANCE = "AZRebalance"
    HEALTH_CHECK = "HealthCheck"
    INSTANCE_REFRESH = "InstanceRefresh"
    REPLACE_UNHEALTHY = "ReplaceUnhealthy"
    SCHEDULED_ACTIONS = "ScheduledActions"


class RefreshStatus(OpenEnum):
    """How far an instance refresh is."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    BAKING = "Baking"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    CANCELLING = "Cancelling"
    CANCELLED = "Cancelled"
    ROLLING_BACK = "RollbackInProgress"
    ROLLED_BACK = "RollbackSuccessful"
    ROLLBACK_FAILED = "RollbackFailed"


class PolicyType(OpenEnum):
    """The kinds of scaling policies."""

    TRACKING = "TargetTrackingScaling"
    STEP = "StepScaling"
    SIMPLE = "SimpleScaling"
    PREDICTIVE = "PredictiveScaling"
