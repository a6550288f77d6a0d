"""What moto's Auto Scaling lacks: activities, instance refreshes, and refusals of what AWS refuses."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, TypeAlias

from cloudkit._local.world import here

_ALL_METRICS = [
    f"Group{name}"
    for name in (
        "MinSize",
        "MaxSize",
        "DesiredCapacity",
        "InServiceInstances",
        "PendingInstances",
        "StandbyInstances",
        "TerminatingInstances",
        "TotalInstances",
    )
]
_SEPARATOR = "\n"  # in no name

Replace: TypeAlias = "Callable[[Any], Callable[..., Any]]"
"""Makes a method of ours of moto's, or of None where moto has none."""


def complete_groups() -> None:
    """Give moto's Auto Scaling what it lacks."""
    from moto.autoscaling import models, responses

    tables: Sequence[tuple[Any, Mapping[str, Replace]]] = (
        (responses.AutoScalingResponse, _OPERATIONS),
        (models.AutoScalingBackend, _BACKEND),
        (models.FakeAutoScalingGroup, _GROUP),
    )
    for owner, table in tables:
        for name, replace in table.items():
            theirs: Any = getattr(owner, name, None)
            setattr(owner, name, here(_named(name, replace(theirs)), theirs))
    for name in _OF_A_GROUP:
        theirs = getattr(models.AutoScalingBackend, name)
        setattr(models.AutoScalingBackend, name, here(_named(name, _if_there(theirs)), theirs))


def _named(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    method.__name__ = name
    return method


def _refused(message: str, code: str = "ValidationError") -> Exception:
    from moto.autoscaling.exceptions import ValidationError

    error = ValidationError(message)
    setattr(error, "code", code)  # noqa: B010 - moto types it as what its class says
    return error


def _answered(result: dict[str, Any] | None = None) -> Any:
    from moto.core.responses import ActionResult, EmptyResult

    return EmptyResult() if result is None else ActionResult(result)


def _group(self: Any, name: str) -> Any:
    group = self.autoscaling_groups.get(name)
    if group is None:
        raise _refused(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


# Operations on a group by its name, which moto takes for granted.
_OF_A_GROUP = (
    "set_desired_capacity",
    "attach_load_balancers",
    "attach_load_balancer_target_groups",
    "suspend_processes",
    "resume_processes",
    "set_instance_protection",
    "enable_metrics_collection",
)


def _if_there(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, group_name: str, *args: Any, **kwargs: Any) -> Any:
        _group(self, group_name)
        return theirs(self, group_name, *args, **kwargs)

    return method


def _kept(group: Any, name: str) -> list[dict[str, Any]]:
    """What is kept of a group beside what moto keeps, the newest first."""
    found: list[dict[str, Any]] = group.__dict__.setdefault(name, [])
    return found


# -- what the groups did -----------------------------------------------------------------------------------------


def _activity(group: Any, description: str, cause: str) -> None:
    now = datetime.now(timezone.utc)
    _kept(group, "activities").insert(
        0,
        {
            "ActivityId": str(uuid.uuid4()),
            "AutoScalingGroupName": group.name,
            "Description": description,
            "Cause": cause,
            "StartTime": now,
            "EndTime": now,
            "StatusCode": "Successful",
            "Progress": 100,
            "Details": "{}",
        },
    )


def _launching(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def replace_autoscaling_group_instances(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = {state.instance.id for state in self.instance_states}
        answer = theirs(self, *args, **kwargs)
        for state in self.instance_states:
            if state.instance.id not in before:
                _activity(
                    self,
                    f"Launching a new EC2 instance: {state.instance.id}",
                    "an instance was started in response to a difference between desired and actual capacity.",
                )
        return answer

    return replace_autoscaling_group_instances


def _sizing(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def set_desired_capacity(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = [state.instance.id for state in self.instance_states]
        answer = theirs(self, *args, **kwargs)
        left = {state.instance.id for state in self.instance_states}
        _deregister(self, [each for each in before if each not in left])
        for each in before:
            if each not in left:
                _activity(
                    self,
                    f"Terminating EC2 instance: {each}",
                    "an instance was taken out of service in response to a difference between desired and actual"
                    " capacity.",
                )
        return answer

    return set_desired_capacity


def _deregister(group: Any, ids: Sequence[str]) -> None:
    """Instances that leave get no more requests; moto sees to that with classic load balancers alone."""
    from moto.core.exceptions import ServiceException

    balancing = group.autoscaling_backend.elbv2_backend
    for arn in group.target_group_arns:
        for each in ids:
            # Whoever deletes a target group, or takes a target out of it, may be first.
            with suppress(ServiceException):
                balancing.deregister_targets(arn, [{"Id": each}])


_GROUP = {
    "replace_autoscaling_group_instances": _launching,
    "set_desired_capacity": _sizing,
}


# -- refusals ----------------------------------------------------------------------------------------------------


def _creating(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def create_auto_scaling_group(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        if name in self.autoscaling_groups:
            raise _refused(
                f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
                "AlreadyExists",
            )
        return theirs(self, name, *args, **kwargs)

    return create_auto_scaling_group


def _attaching(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def attach_instances(self: Any, group_name: str, instance_ids: Sequence[str]) -> Any:
        members = _members(_group(self, group_name))
        for each in instance_ids:
            if each in members:
                raise _refused(f"Instance {each} is already part of AutoScalingGroup:{group_name}.")
        return theirs(self, group_name, instance_ids)

    return attach_instances


def _leaving(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """Instances leave that are there, and no more of them than the group may lose."""

    def method(self: Any, group_name: str, instance_ids: Sequence[str], should_decrement: bool) -> Any:
        group = _group(self, group_name)
        _check_members(group, instance_ids)
        left = group.desired_capacity - len(instance_ids)
        if should_decrement and left < group.min_size:
            raise _refused(
                f"AutoScalingGroup {group_name} has min-size={group.min_size}, max-size={group.max_size}, and"
                f" desired-size={group.desired_capacity}. To let {len(instance_ids)} instances go, please update the"
                " AutoScalingGroup sizes appropriately."
            )
        answer = theirs(self, group_name, instance_ids, should_decrement)
        _deregister(group, instance_ids)
        return answer

    return method


def _detaching(attribute: str, word: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def replace(theirs: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: Any, group_name: str, named: Sequence[str]) -> Any:
            if not {*named} <= {*getattr(_group(self, group_name), attribute)}:
                raise _refused(f"Trying to remove {word} that are not part of the group")
            return theirs(self, group_name, named)

        return method

    return replace


def _standing_by(theirs: Callable[..., Any]) -> Callable[..., Any]:
    leave = _leaving(theirs)

    def enter_standby_instances(
        self: Any, group_name: str, instance_ids: Sequence[str], should_decrement: bool
    ) -> Any:
        _check_state(_group(self, group_name), instance_ids, "InService")
        return leave(self, group_name, instance_ids, should_decrement)

    return enter_standby_instances


def _coming_back(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def exit_standby_instances(self: Any, group_name: str, instance_ids: Sequence[str]) -> Any:
        _check_state(_group(self, group_name), instance_ids, "Standby")
        return theirs(self, group_name, instance_ids)

    return exit_standby_instances


def _terminating(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def terminate_instance(self: Any, instance_id: str, should_decrement: bool) -> Any:
        if not any(instance_id in _members(group) for group in self.autoscaling_groups.values()):
            raise _refused(f"Instance Id not found - No managed instance found for instance ID {instance_id}")
        return theirs(self, instance_id, should_decrement)

    return terminate_instance


def _members(group: Any) -> dict[str, str]:
    return {state.instance.id: state.lifecycle_state for state in group.instance_states}


def _check_members(group: Any, ids: Sequence[str]) -> None:
    for each in ids:
        if each not in _members(group):
            raise _refused(f"The instance {each} is not part of Auto Scaling group {group.name}.")


def _check_state(group: Any, ids: Sequence[str], wanted: str) -> None:
    _check_members(group, ids)
    for each in ids:
        if _members(group)[each] != wanted:
            raise _refused(f"The instance {each} is not in {wanted}.")


def _by_group(attribute: str, name_of: str, group_of: str) -> Callable[[Callable[..., Any]], Any]:
    """Policies and actions have names of their own group; moto keeps them by those alone."""

    def replace(theirs: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            _group(self, kwargs[group_of])
            kept = getattr(self, attribute)
            made = theirs(self, *args, **kwargs)
            kept[f"{kwargs[group_of]}{_SEPARATOR}{kwargs[name_of]}"] = kept.pop(kwargs[name_of])
            return made

        return method

    return replace


def _deleting_action(_theirs: Callable[..., Any]) -> Callable[..., Any]:
    def delete_scheduled_action(self: Any, auto_scaling_group_name: str, scheduled_action_name: str) -> None:
        key = f"{auto_scaling_group_name}{_SEPARATOR}{scheduled_action_name}"
        if self.scheduled_actions.pop(key, None) is None:
            raise _refused("Scheduled action name not found")

    return delete_scheduled_action


_BACKEND = {
    "create_auto_scaling_group": _creating,
    "attach_instances": _attaching,
    "detach_instances": _leaving,
    "detach_load_balancers": _detaching("load_balancer_names", "Load Balancers"),
    "detach_load_balancer_target_groups": _detaching("target_group_arns", "Target Groups"),
    "enter_standby_instances": _standing_by,
    "exit_standby_instances": _coming_back,
    "terminate_instance": _terminating,
    "put_scaling_policy": _by_group("policies", "name", "as_name"),
    "put_scheduled_update_group_action": _by_group("scheduled_actions", "scheduled_action_name", "name"),
    "delete_scheduled_action": _deleting_action,
}


# -- operations --------------------------------------------------------------------------------------------------


def _describe_scaling_activities(_theirs: Callable[..., Any] | None) -> Callable[..., Any]:
    def describe_scaling_activities(self: Any) -> Any:
        backend, name = self.autoscaling_backend, self._get_param("AutoScalingGroupName")
        groups = [_group(backend, name)] if name else [*backend.autoscaling_groups.values()]
        found = [each for group in groups for each in _kept(group, "activities")]
        return _answered({"Activities": found[: self._get_int_param("MaxRecords") or len(found)]})

    return describe_scaling_activities


def _set_desired_capacity(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def set_desired_capacity(self: Any) -> Any:
        group = _group(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        wanted = self._get_int_param("DesiredCapacity")
        for limit, word, past in (
            (group.max_size, "above max", wanted > group.max_size),
            (group.min_size, "below min", wanted < group.min_size),
        ):
            if past:
                raise _refused(
                    f"New SetDesiredCapacity value {wanted} is {word} value {limit} for the AutoScalingGroup."
                )
        return theirs(self)

    return set_desired_capacity


def _update_auto_scaling_group(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """An update that says nothing of a mix leaves it as it is."""

    def update_auto_scaling_group(self: Any) -> Any:
        group = _group(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        # What moto takes it adds to.
        mixed = copy.deepcopy(self._get_param("MixedInstancesPolicy"))
        kept = group.mixed_instances_policy
        answer = theirs(self)
        group.mixed_instances_policy = mixed or (None if self._get_param("LaunchTemplate") else kept)
        if mixed:
            group._set_launch_configuration(None, None, mixed)
        return answer

    return update_auto_scaling_group


def _delete_auto_scaling_group(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def delete_auto_scaling_group(self: Any) -> Any:
        backend, name = self.autoscaling_backend, self._get_param("AutoScalingGroupName")
        group = _group(backend, name)
        if group.instance_states and not self._get_bool_param("ForceDelete", False):
            raise _refused(
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s)"
                " still in the group.",
                "ResourceInUse",
            )
        for state in group.instance_states:
            state.protected_from_scale_in = False
        standing_by = [each for each in group.instance_states if each.lifecycle_state != "InService"]
        for state in standing_by:
            state.lifecycle_state = "InService"
        answer = theirs(self)
        for kept in (backend.policies, backend.scheduled_actions):
            for key in [key for key in kept if key.startswith(f"{name}{_SEPARATOR}")]:
                del kept[key]
        return answer

    return delete_auto_scaling_group


def _delete_policy(_theirs: Callable[..., Any]) -> Callable[..., Any]:
    def delete_policy(self: Any) -> Any:
        backend, name = self.autoscaling_backend, self._get_param("AutoScalingGroupName")
        _group(backend, name)
        backend.policies.pop(f"{name}{_SEPARATOR}{self._get_param('PolicyName')}", None)
        return _answered()

    return delete_policy


def _put_scaling_policy(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def put_scaling_policy(self: Any) -> Any:
        theirs(self)  # whose answer spells the name of the ARN otherwise
        key = f"{self._get_param('AutoScalingGroupName')}{_SEPARATOR}{self._get_param('PolicyName')}"
        return _answered({"PolicyARN": self.autoscaling_backend.policies[key].arn, "Alarms": []})

    return put_scaling_policy


def _describe_policies(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def describe_policies(self: Any) -> Any:
        name = self._get_param("AutoScalingGroupName")
        if name:
            _group(self.autoscaling_backend, name)
        return theirs(self)

    return describe_policies


def _enable_metrics_collection(_theirs: Callable[..., Any]) -> Callable[..., Any]:
    def enable_metrics_collection(self: Any) -> Any:
        group = _group(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        group.metrics = sorted({*group.metrics, *(self._get_param("Metrics") or _ALL_METRICS)})
        return _answered()

    return enable_metrics_collection


def _disable_metrics_collection(_theirs: Callable[..., Any] | None) -> Callable[..., Any]:
    def disable_metrics_collection(self: Any) -> Any:
        group = _group(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        off = self._get_param("Metrics") or group.metrics
        group.metrics = [each for each in group.metrics if each not in off]
        return _answered()

    return disable_metrics_collection


# -- instance refreshes ------------------------------------------------------------------------------------------

# What becomes of each as it is looked at.
_NEXT = {
    "Pending": "InProgress",
    "InProgress": "Successful",
    "Cancelling": "Cancelled",
    "RollbackInProgress": "RollbackSuccessful",
}


def _refreshes(group: Any) -> list[dict[str, Any]]:
    return _kept(group, "refreshes")


def _active(group: Any) -> dict[str, Any] | None:
    return next((each for each in _refreshes(group) if each["Status"] in _NEXT), None)


def _start_instance_refresh(_theirs: Callable[..., Any] | None) -> Callable[..., Any]:
    def start_instance_refresh(self: Any) -> Any:
        group = _group(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        if _active(group) is not None:
            raise _refused(
                "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
                "InstanceRefreshInProgress",
            )
        made = {
            "InstanceRefreshId": str(uuid.uuid4()),
            "AutoScalingGroupName": group.name,
            "Status": "Pending",
            "StartTime": datetime.now(timezone.utc),
            "PercentageComplete": 0,
            "InstancesToUpdate": len(group.instance_states),
            "Preferences": self._get_param("Preferences") or None,
            "DesiredConfiguration": self._get_param("DesiredConfiguration") or None,
        }
        _refreshes(group).insert(0, made)
        return _answered({"InstanceRefreshId": made["InstanceRefreshId"]})

    return start_instance_refresh


def _describe_instance_refreshes(_theirs: Callable[..., Any] | None) -> Callable[..., Any]:
    def describe_instance_refreshes(self: Any) -> Any:
        backend = self.autoscaling_backend
        group = _group(backend, self._get_param("AutoScalingGroupName"))
        wanted = self._get_param("InstanceRefreshIds") or None
        found = [each for each in _refreshes(group) if wanted is None or each["InstanceRefreshId"] in wanted]
        rows = [{name: value for name, value in each.items() if value is not None} for each in found]
        for each in found:
            _advance(backend, group, each)
        return _answered({"InstanceRefreshes": rows})

    return describe_instance_refreshes


def _advance(backend: Any, group: Any, refresh: dict[str, Any]) -> None:
    """What it will have become by the next look."""
    status = refresh["Status"]
    if status not in _NEXT:
        return
    refresh["Status"] = _NEXT[status]
    if status == "Pending":
        refresh["PercentageComplete"] = 50
        return
    refresh["EndTime"] = datetime.now(timezone.utc)
    if status == "InProgress":
        desired: dict[str, Any] = refresh["DesiredConfiguration"] or {}
        if desired:
            mixed = desired.get("MixedInstancesPolicy")
            group.mixed_instances_policy = mixed
            group._set_launch_configuration(None, desired.get("LaunchTemplate"), mixed)
        for state in list(group.instance_states):
            if state.lifecycle_state == "InService":
                backend.terminate_instance(state.instance.id, False)
        refresh.update(PercentageComplete=100, InstancesToUpdate=0)


def _ending(status: str) -> Callable[[Callable[..., Any] | None], Callable[..., Any]]:
    def replace(_theirs: Callable[..., Any] | None) -> Callable[..., Any]:
        def method(self: Any) -> Any:
            group = _group(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
            active = _active(group)
            if active is None or active["Status"] not in ("Pending", "InProgress"):
                raise _refused(
                    "No in progress or pending Instance Refresh found for Auto Scaling group",
                    "ActiveInstanceRefreshNotFound",
                )
            if status == "RollbackInProgress" and not active["DesiredConfiguration"]:
                raise _refused(
                    "The rollback needs a desired configuration, which this Instance Refresh has not.",
                    "IrreversibleInstanceRefresh",
                )
            active["Status"] = status
            return _answered({"InstanceRefreshId": active["InstanceRefreshId"]})

        return method

    return replace


_OPERATIONS = {
    "describe_scaling_activities": _describe_scaling_activities,
    "set_desired_capacity": _set_desired_capacity,
    "update_auto_scaling_group": _update_auto_scaling_group,
    "delete_auto_scaling_group": _delete_auto_scaling_group,
    "put_scaling_policy": _put_scaling_policy,
    "delete_policy": _delete_policy,
    "describe_policies": _describe_policies,
    "enable_metrics_collection": _enable_metrics_collection,
    "disable_metrics_collection": _disable_metrics_collection,
    "start_instance_refresh": _start_instance_refresh,
    "describe_instance_refreshes": _describe_instance_refreshes,
    "cancel_instance_refresh": _ending("Cancelling"),
    "rollback_instance_refresh": _ending("RollbackInProgress"),
}
