"""What can be missing or incomplete in CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudkit.errors import NotFound, ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudkit.cloudwatch.series import Series


class AlarmNotFound(NotFound):
    """The alarm is not there."""


class IncompleteData(ServiceError):
    """CloudWatch gave some of the points, and says that these are not all.

    Attributes:
        series: What came, in the order asked for; it may lack points anywhere.
    """

    series: Sequence[Series] = ()
