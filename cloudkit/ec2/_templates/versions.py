"""Versions of a launch template: named, and taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from cloudkit._core.batching import Outcome, send_all
from cloudkit._core.resource import Resource
from cloudkit._core.translate import entry_error
from cloudkit.ec2._limits import MAX_TEMPLATES_PER_PAGE
from cloudkit.ec2._service import EC2
from cloudkit.errors import CloudError, InvalidRequest

Version: TypeAlias = int | Literal["default", "latest"]
"""A version of a launch template: its number, or which."""

# What AWS says of a version that is not there.
_GONE = ("launchTemplateVersionDoesNotExist", "launchTemplateIdDoesNotExist")


def spelled(version: Version) -> str:
    """AWS's way of naming it."""
    if version in ("default", "latest"):
        return f"${str(version).capitalize()}"
    if not _is_number(version):
        raise InvalidRequest(f"version={version!r}: it is a number from 1, 'default' or 'latest'")
    return str(version)


def _is_number(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given > 0


def delete(template: Resource, numbers: Iterable[int]) -> None:
    """Take versions away; fine for those that are not there."""

    def send(batch: Sequence[int]) -> Outcome[None]:
        answer = template.cloud.invoke(
            EC2,
            "delete_launch_template_versions",
            {"LaunchTemplateId": str(template), "Versions": [spelled(each) for each in batch]},
            about=template,
        )
        errors: dict[int, CloudError] = {}
        for row in answer.get("UnsuccessfullyDeletedLaunchTemplateVersions", ()):
            said = row.get("ResponseError", {})
            if said.get("Code") not in _GONE and row["VersionNumber"] in batch:
                errors[batch.index(row["VersionNumber"])] = entry_error(
                    EC2,
                    "delete_launch_template_versions",
                    code=said.get("Code", "Unknown"),
                    message=said.get("Message", ""),
                    about=str(template),
                )
        return Outcome({index: None for index in range(len(batch)) if index not in errors}, errors)

    send_all(
        list(numbers),
        send,
        clock=template.cloud.clock,
        most=MAX_TEMPLATES_PER_PAGE,
        service=EC2.name,
        operation="DeleteLaunchTemplateVersions",
        resource=str(template),
    )
