"""The settings of a composite alarm: from words to AWS's fields, and what differs from those that are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from cloudkit._core.params import compact, seconds
from cloudkit.cloudwatch._alarms import Targets, checked_description, notification_arns
from cloudkit.cloudwatch._limits import SUPPRESSOR_SECONDS
from cloudkit.cloudwatch.rule import RuleLike, checked_rule
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.cloudwatch._address import AlarmAddress

# What PutCompositeAlarm takes and DescribeAlarms gives under the same name.
_SPOKEN = {
    "AlarmRule": "rule",
    "AlarmActions": "notify",
    "OKActions": "notify_ok",
    "InsufficientDataActions": "notify_insufficient_data",
    "AlarmDescription": "description",
    "ActionsEnabled": "enabled",
    "ActionsSuppressor": "suppressor",
    "ActionsSuppressorWaitPeriod": "suppressor_wait",
    "ActionsSuppressorExtensionPeriod": "suppressor_extension",
}


class CompositeOptions(TypedDict, total=False):
    """What `CompositeAlarm.create`, `ensure` and `update` take beside the rule.

    Attributes:
        notify: What is told that it is in alarm: topics, other things with an ARN, or ARNs; up to 5.
        notify_ok: What is told that it is OK again.
        notify_insufficient_data: What is told that it lacks data.
        description: A text for whoever is told, up to 1,024 characters.
        enabled: Whether it tells anybody.
        suppressor: An alarm that keeps it from telling anybody while that one is in alarm, or its name or ARN.
        suppressor_wait: Seconds that it waits for the suppressor before it tells.
        suppressor_extension: Seconds that it goes on waiting after the suppressor.
    """

    notify: Targets
    notify_ok: Targets
    notify_insufficient_data: Targets
    description: str
    enabled: bool
    suppressor: AlarmAddress | str
    suppressor_wait: Duration
    suppressor_extension: Duration


def fields(alarm: AlarmAddress, rule: RuleLike | None, options: CompositeOptions) -> dict[str, Any]:
    """What is wanted, in AWS's form."""
    region = alarm.cloud.region
    suppressor = options.get("suppressor")
    waits = {name: options.get(name) for name in ("suppressor_wait", "suppressor_extension")}
    if suppressor is None and (given := [name for name, value in waits.items() if value is not None]):
        raise InvalidRequest(f"{', '.join(given)} without a suppressor", hint="suppressor=alarm")
    found: dict[str, Any] = {
        "AlarmRule": None if rule is None else checked_rule(rule, alarm.name, alarm.cloud).text,
        "AlarmActions": notification_arns("notify", options.get("notify"), region),
        "OKActions": notification_arns("notify_ok", options.get("notify_ok"), region),
        "InsufficientDataActions": notification_arns(
            "notify_insufficient_data", options.get("notify_insufficient_data"), region
        ),
        "AlarmDescription": checked_description(options.get("description")),
        "ActionsEnabled": options.get("enabled"),
    }
    if suppressor is not None:
        if not isinstance(suppressor, str) and suppressor.cloud != alarm.cloud:
            raise InvalidRequest(
                f"the suppressor {suppressor!r} is in another account or region than {alarm.name!r}",
                hint="an alarm beside it",
            )
        wait, extension = (options.get(name, SUPPRESSOR_SECONDS) for name in waits)
        found |= {
            "ActionsSuppressor": suppressor if isinstance(suppressor, str) else suppressor.name,
            "ActionsSuppressorWaitPeriod": _whole(wait),
            "ActionsSuppressorExtensionPeriod": _whole(extension),
        }
    return compact(found)


def _whole(value: Any) -> int:
    return round(seconds(value))


def merged(row: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are there, as an update says them again, with those that change."""
    return {**{name: row[name] for name in _SPOKEN if row.get(name) is not None}, **changed}


def differing(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """What is otherwise than wanted, in words."""
    found: list[str] = []
    for name, want in wanted.items():
        have = row.get(name)
        several = name in ("AlarmActions", "OKActions", "InsufficientDataActions")
        same = sorted(want) == sorted(have or ()) if several else want == have
        if not same:
            found.append(f"{_SPOKEN[name]} is {have}, not {want}")
    return found
