"""How alarms of either kind are made, and taken if they are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from cloudkit._core.params import tag_list
from cloudkit._core.tags import checked_tags
from cloudkit.cloudwatch import _alarms
from cloudkit.cloudwatch._service import CLOUDWATCH
from cloudkit.errors import AlreadyExists, Conflict
from cloudkit.types import TagMap

if TYPE_CHECKING:
    from cloudkit.cloudwatch._address import AlarmAddress

Fields: TypeAlias = Mapping[str, Any]


@frozen
class Making:
    """How alarms of one kind are made.

    Attributes:
        put: Sends the fields of an alarm, whether it is there or not.
        differing: What is otherwise than wanted, in words, given what is wanted and what is there.
        merged: What is there with what changes, as an update says it, since that overwrites all.
    """

    put: Callable[..., object]
    differing: Callable[[Fields, Fields], Sequence[str]]
    merged: Callable[[Fields, Fields], dict[str, Any]]

    def create(self, alarm: AlarmAddress, fields: Fields, tags: TagMap | None) -> None:
        """Make an alarm of a name that is not taken: CloudWatch would overwrite what is there."""
        wanted = None if tags is None else checked_tags(tags)
        if _alarms.taken(alarm):
            raise AlreadyExists(
                "there is an alarm of that name",
                service=CLOUDWATCH.name,
                resource=alarm.name,
                hint=f"{type(alarm).__name__}.ensure({alarm.name!r}, ...) takes it if it is the same,"
                " and changes it with update=True",
            )
        self.put(Tags=tag_list(wanted), **fields)

    def ensure(self, alarm: AlarmAddress, fields: Fields, tags: TagMap | None, *, update: bool) -> None:
        """Take the alarm if it is there and the same, or make it so."""
        wanted = None if tags is None else checked_tags(tags)
        row = alarm._find_row()  # pyright: ignore[reportPrivateUsage]
        if row is None:
            self.put(Tags=tag_list(wanted), **fields)
            return
        alarm._learn(row, whole=True)  # pyright: ignore[reportPrivateUsage]
        different = self.differing(fields, row)
        present = dict(alarm.tags) if wanted else {}
        lacking = {key: value for key, value in (wanted or {}).items() if present.get(key) != value}
        told = [f"tag {key} is {present.get(key)}, not {value}" for key, value in lacking.items()]
        if (different or told) and not update:
            raise Conflict(
                "; ".join([*different, *told]),
                service=CLOUDWATCH.name,
                resource=alarm.name,
                hint="update=True changes that",
            )
        if different:
            try:
                self.put(**self.merged(row, fields))
            finally:
                alarm._unlearn()  # pyright: ignore[reportPrivateUsage]
        if lacking:
            alarm.tags.merge(lacking)
