"""What is done with alarms of either kind: finding, switching, trying out, muting; and what their actions are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from cloudkit._core.backoff import pause
from cloudkit._core.deadline import clean_up_time
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import as_text, one_of, seconds
from cloudkit._core.turns import turn
from cloudkit._core.waiting import wait_for_state
from cloudkit.cloudwatch._address import AlarmAddress
from cloudkit.cloudwatch._limits import (
    MAX_ACTIONS,
    MAX_ALARMS_PER_CALL,
    MAX_DESCRIPTION_CHARACTERS,
    MAX_REASON_CHARACTERS,
)
from cloudkit.cloudwatch._service import CLOUDWATCH
from cloudkit.cloudwatch._spans import Span, aware, now, span_seconds
from cloudkit.cloudwatch.state import STATES, AlarmEvent, AlarmState, EventKind, Wanted, event_of
from cloudkit.errors import CloudError, Conflict, InvalidRequest, NotFound
from cloudkit.types import Duration, HasArn

if TYPE_CHECKING:
    from cloudkit.cloudwatch.metric import Metric

A = TypeVar("A", bound="AlarmAddress")

Target: TypeAlias = HasArn | str
"""What an alarm tells: a Topic or anything else with an ARN, or an ARN."""

Targets: TypeAlias = Target | Iterable[Target]
"""One target or several."""

TYPES = ("MetricAlarm", "CompositeAlarm")
ROWS = ("MetricAlarms", "CompositeAlarms")
_SERVICE_PART = 2
_REGION_PART = 3
_INSTANCE_ACTIONS, _INSTANCE = "automate", "InstanceId"
# What composite alarms cannot do: they are of no instance and of no group.
_OF_METRICS_ALONE = {_INSTANCE_ACTIONS: "EC2 actions", "autoscaling": "Auto Scaling policies"}

# How many blocks of this process keep an alarm mute now, and which alarms the first of them has switched off.
_blocks: Counter[tuple[int, object]] = Counter()
_switched_off: set[tuple[int, object]] = set()


# -- finding -----------------------------------------------------------------------------------------------------


def taken(alarm: AlarmAddress) -> bool:
    """Whether there is an alarm of either kind by that name: they share their names."""
    answer = alarm._call(  # pyright: ignore[reportPrivateUsage]
        "describe_alarms", AlarmNames=[alarm.name], AlarmTypes=list(TYPES)
    )
    return any(row.get("AlarmName") == alarm.name for rows in ROWS for row in answer.get(rows, []))


def listed(
    of: type[A],
    prefix: str | None,
    state: Wanted | None,
    tells: Target | None,
    aws: Mapping[str, Any] | None,
    cloud: Any,
) -> Listing[A]:
    """The alarms of a class that match."""
    wanted = None if state is None else one_of("state", str(state), STATES)
    told = None if tells is None else target_arn(tells)

    def keep(alarm: A) -> bool:
        # A server may take one of the filters alone.
        return (
            (prefix is None or alarm.name.startswith(prefix))
            and (wanted is None or alarm._known("StateValue") == wanted)  # pyright: ignore[reportPrivateUsage]
            and (told is None or told in _all_actions(alarm))
        )

    return paged(
        cloud,
        CLOUDWATCH,
        "describe_alarms",
        of._rows,  # pyright: ignore[reportPrivateUsage]
        lambda row: of(row["AlarmName"], cloud=cloud)._learn(row, whole=True),  # pyright: ignore[reportPrivateUsage]
        of=of.__name__,
        keep=keep,
        page_rows=(1, MAX_ALARMS_PER_CALL),
        aws=aws,
        AlarmNamePrefix=prefix,
        StateValue=wanted,
        ActionPrefix=told,
        AlarmTypes=[of._type],  # pyright: ignore[reportPrivateUsage]
    )


def _all_actions(alarm: AlarmAddress) -> set[str]:
    fields = ("AlarmActions", "OKActions", "InsufficientDataActions")
    return {str(arn) for name in fields for arn in alarm._known(name) or ()}  # pyright: ignore[reportPrivateUsage]


def history(
    alarm: AlarmAddress,
    since: datetime | Span | None,
    until: datetime | None,
    kind: EventKind | str | None,
    *,
    oldest_first: bool,
) -> Listing[AlarmEvent]:
    """The entries of an alarm's history."""
    if since is None or isinstance(since, datetime):
        start = None if since is None else aware("since", since)
    else:
        start = now() - timedelta(seconds=span_seconds("since", since))
    kinds = [str(each) for each in EventKind.known()]
    return paged(
        alarm.cloud,
        CLOUDWATCH,
        "describe_alarm_history",
        "AlarmHistoryItems",
        event_of,
        of="AlarmEvent",
        page_rows=(1, MAX_ALARMS_PER_CALL),
        about=alarm,
        AlarmName=alarm.name,
        AlarmTypes=[alarm._type],  # pyright: ignore[reportPrivateUsage]
        HistoryItemType=None if kind is None else one_of("kind", str(kind), kinds),
        StartDate=start,
        EndDate=None if until is None else aware("until", until),
        ScanBy="TimestampAscending" if oldest_first else "TimestampDescending",
    )


# -- what they tell, and to whom ---------------------------------------------------------------------------------


def target_arn(target: Target) -> str:
    """The ARN of what an alarm tells."""
    found = target if isinstance(target, str) else getattr(cast("object", target), "arn", None)
    if not isinstance(found, str) or not found.startswith("arn:"):
        raise InvalidRequest(f"{target!r} has no ARN, which an alarm could tell", hint="notify=topic")
    return found


def action_arns(name: str, targets: Targets | None, region: str | None) -> list[str] | None:
    """The ARNs of what an alarm tells, if AWS takes them."""
    if targets is None:
        return None
    several: Iterable[Target] = (
        [targets] if isinstance(targets, str) or not isinstance(targets, Iterable) else targets
    )
    arns = list(dict.fromkeys(target_arn(each) for each in several))
    if len(arns) > MAX_ACTIONS:
        raise InvalidRequest(f"{name}: {len(arns)} targets, and an alarm tells at most {MAX_ACTIONS}")
    for arn in arns:
        parts = arn.split(":")
        elsewhere = parts[_REGION_PART] if len(parts) > _REGION_PART else ""
        if elsewhere and region is not None and elsewhere != region:
            raise InvalidRequest(
                f"{name}: {arn} is in {elsewhere}, and the alarm in {region}: it tells what is in its own region"
            )
    return arns


def check_instance_actions(arns: Iterable[str], metrics: Sequence[Metric]) -> None:
    """Refuse what would be done to an instance by an alarm that is of none."""
    acting = [arn for arn in arns if arn.split(":")[_SERVICE_PART] == _INSTANCE_ACTIONS]
    if acting and (len(metrics) != 1 or _INSTANCE not in metrics[0].dimensions):
        raise InvalidRequest(
            f"{acting[0]} acts on the instance that the alarm's one metric is of, and this alarm is of none",
            hint="Alarm.when(box.metrics.system_check_failed > 0, ...)",
        )


def notification_arns(name: str, targets: Targets | None, region: str | None) -> list[str] | None:
    """The ARNs of what a composite alarm tells, if AWS takes them."""
    arns = action_arns(name, targets, region)
    for arn in arns or ():
        service = arn.split(":")[_SERVICE_PART]
        if service in _OF_METRICS_ALONE:
            raise InvalidRequest(
                f"{name}: {arn}: composite alarms take no {_OF_METRICS_ALONE[service]}",
                hint="an Alarm on a metric does",
            )
    return arns


def checked_description(text: str | None) -> str | None:
    """The description, if AWS takes it."""
    return None if text is None else as_text("description", text, 0, MAX_DESCRIPTION_CHARACTERS)


# -- what is done with one ---------------------------------------------------------------------------------------


def delete(alarm: AlarmAddress) -> None:
    """Delete it, if it is there."""
    try:
        alarm._call("delete_alarms", AlarmNames=[alarm.name])  # pyright: ignore[reportPrivateUsage]
    except NotFound:
        return
    finally:
        alarm._unlearn()  # pyright: ignore[reportPrivateUsage]


def switch(alarm: AlarmAddress, *, on: bool) -> None:
    """Let its actions be taken, or not."""
    # Written out, so that a check finds that both operations exist.
    try:
        if on:
            alarm._call("enable_alarm_actions", AlarmNames=[alarm.name])  # pyright: ignore[reportPrivateUsage]
        else:
            alarm._call("disable_alarm_actions", AlarmNames=[alarm.name])  # pyright: ignore[reportPrivateUsage]
    finally:  # where the answer was lost, it may have been done
        alarm._unlearn()  # pyright: ignore[reportPrivateUsage]


@contextmanager
def muted(alarm: A) -> Generator[A]:
    """A block in which its actions are not taken; then it is as it was. Of several at once, after the last of them."""
    place = os.getpid(), alarm
    with turn("muted", alarm):
        if alarm.refresh().enabled:
            _mute(alarm)
            _switched_off.add(place)
        _blocks[place] += 1
    try:
        yield alarm
    finally:
        with clean_up_time(), turn("muted", alarm):
            _blocks[place] -= 1
            if not _blocks[place]:
                del _blocks[place]
                if place in _switched_off:
                    _switched_off.discard(place)
                    switch(alarm, on=True)


def _mute(alarm: AlarmAddress) -> None:
    """Switch its actions off; if nobody knows whether that was done, on again."""
    try:
        switch(alarm, on=False)
    except BaseException as error:
        if not isinstance(error, CloudError) or error.retryable:
            with clean_up_time(), suppress(CloudError):
                switch(alarm, on=True)
        raise


def set_state(alarm: AlarmAddress, state: str, reason: str) -> None:
    """Put it into a state, until CloudWatch looks again."""
    text = as_text("reason", reason, 0, MAX_REASON_CHARACTERS)
    try:
        alarm._call(  # pyright: ignore[reportPrivateUsage]
            "set_alarm_state", AlarmName=alarm.name, StateValue=state, StateReason=text
        )
    finally:
        alarm._unlearn()  # pyright: ignore[reportPrivateUsage]


def test(alarm: AlarmAddress, state: Wanted, reason: str, hold: Duration) -> None:
    """Put it into a state and back."""
    wanted = one_of("state", str(state), STATES)
    length = seconds(hold)
    if length < 0:
        raise InvalidRequest(f"hold={hold!r}: it is 0 seconds or more")
    before = alarm.refresh().state
    if before == wanted:
        raise Conflict(
            f"it is {wanted} already: AWS takes actions when the state changes",
            service=CLOUDWATCH.name,
            resource=alarm.name,
            hint=f"test({str(next(each for each in AlarmState.known() if each != wanted))!r}) tests another change",
        )
    set_state(alarm, wanted, reason)
    try:
        pause(alarm.cloud.clock, length)
    finally:
        with clean_up_time():
            # CloudWatch may have looked meanwhile, and know better what state it is in.
            if alarm.refresh().state == wanted:
                set_state(alarm, str(before), f"{reason}: over")


def wait(alarm: AlarmAddress, state: Wanted, timeout: Duration) -> None:
    """Wait until it is in a state."""
    wanted = one_of("state", str(state), STATES)

    def look(alarms: Sequence[AlarmAddress]) -> Sequence[str]:
        return [str(each.refresh().state) for each in alarms]

    wait_for_state(
        [alarm],
        wanted,
        look=look,
        dead_ends=(),
        reason=lambda each: each.reason,
        timeout=timeout,
        clock=alarm.cloud.clock,
    )
