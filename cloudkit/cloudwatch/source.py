"""The metrics of one thing of AWS's."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen
from typing_extensions import override

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing
from cloudkit.cloudwatch._limits import MAX_DIMENSION_FILTERS, MINUTE_SECONDS
from cloudkit.cloudwatch.metric import Metric
from cloudkit.cloudwatch.statistic import Statistic
from cloudkit.cloudwatch.unit import Unit


@frozen(repr=False)
class Source:
    """What a thing of AWS's reports to CloudWatch: `box.metrics`, `queue.metrics`. Each property is a `Metric`.

    A thing that was just made has no values yet, and what nobody uses may have none at all.

    Attributes:
        namespace: The namespace of its metrics.
        dimensions: What says that they are of this thing.
        cloud: Where they are.
    """

    namespace: str
    dimensions: Mapping[str, str] = field(hash=False)
    cloud: Cloud

    def named(
        self,
        name: str,
        *,
        statistic: Statistic | str = Statistic.AVERAGE,
        unit: Unit | str | None = None,
        every: int = MINUTE_SECONDS,
        dimensions: Mapping[str, str] | None = None,
    ) -> Metric:
        """Any metric of it, by AWS's name. No request.

        Args:
            name: Such as `"NetworkPacketsIn"`.
            statistic: As in `Metric`.
            unit: What its values are in.
            every: Seconds between its values.
            dimensions: More dimensions that it has.

        Returns:
            A metric.

        Raises:
            InvalidRequest: A name, statistic or unit that CloudWatch does not have.

        Examples:
            >>> from cloudkit import Instance
            >>> Instance("i-0123456789abcdef0").metrics.named("NetworkPacketsIn", statistic="Sum")
            <Metric AWS/EC2 NetworkPacketsIn InstanceId=i-0123456789abcdef0 Sum>

        AWS: none
        """
        return Metric(
            self.namespace,
            name,
            {**self.dimensions, **(dimensions or {})},
            statistic=statistic,
            unit=unit,
            every=every,
            cloud=self.cloud,
        )

    def all(self) -> Listing[Metric]:
        """The metrics that it had values of in the last two weeks. One request for each 500.

        Returns:
            The metrics, with the average as their statistic.

        Examples:
            >>> from cloudkit import Instance
            >>> [metric.name for metric in Instance("i-0123456789abcdef0").metrics.all()]
            ['CPUUtilization']

        AWS: cloudwatch:ListMetrics
        """
        some = dict(list(self.dimensions.items())[:MAX_DIMENSION_FILTERS])
        return Metric.list(self.namespace, dimensions=some, cloud=self.cloud)

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {' '.join(f'{name}={value}' for name, value in self.dimensions.items())}>"
