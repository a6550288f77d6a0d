"""What S3 reports of buckets."""

from __future__ import annotations

from cloudkit._core.cloud import Cloud
from cloudkit.cloudwatch import Metric, Source, Statistic, Unit
from cloudkit.s3._limits import STORAGE_METRICS_SECONDS

_ALL_TYPES = "AllStorageTypes"
_STANDARD = "StandardStorage"


class BucketMetrics(Source):
    """The metrics of a bucket: `bucket.metrics`. How much it holds is counted once a day; requests where that is set up.

    Examples:
        >>> Bucket("acme-photos").metrics.size
        <Metric AWS/S3 BucketSizeBytes BucketName=acme-photos StorageType=StandardStorage Average>
        >>> Bucket("acme-photos").metrics.count < 1000
        <Condition NumberOfObjects BucketName=acme-photos StorageType=AllStorageTypes Average < 1000>

    AWS: none
    """

    @property
    def size(self) -> Metric:
        """Bytes that it holds in the standard storage class; one value a day."""
        return self.size_in(_STANDARD)

    @property
    def count(self) -> Metric:
        """Objects that it holds, versions and delete markers among them; one value a day."""
        return self._daily("NumberOfObjects", _ALL_TYPES, Unit.COUNT)

    def size_in(self, storage_type: str) -> Metric:
        """Bytes that it holds in another storage class. No request; one value a day.

        Args:
            storage_type: CloudWatch's word for it, such as `"StandardIAStorage"` or `"GlacierStorage"`.

        Returns:
            A metric.

        Examples:
            >>> Bucket("acme-photos").metrics.size_in("StandardIAStorage").dimensions["StorageType"]
            'StandardIAStorage'

        AWS: none
        """
        return self._daily("BucketSizeBytes", storage_type, Unit.BYTES)

    def requests(self, filter: str = "EntireBucket") -> RequestMetrics:
        """The metrics of its requests, which S3 counts once the bucket has a metrics configuration. No request.

        Args:
            filter: The id of that configuration. Default: the one that the console makes for all objects.

        Returns:
            Them.

        Examples:
            >>> Bucket("acme-photos").metrics.requests("uploads").errors_5xx
            <Metric AWS/S3 5xxErrors BucketName=acme-photos FilterId=uploads Sum>

        AWS: none
        """
        return RequestMetrics(self.namespace, {**self.dimensions, "FilterId": filter}, self.cloud)

    def _daily(self, name: str, storage_type: str, unit: Unit) -> Metric:
        return self.named(
            name, unit=unit, every=STORAGE_METRICS_SECONDS, dimensions={"StorageType": storage_type}
        )


class RequestMetrics(Source):
    """The metrics of a bucket's requests: `bucket.metrics.requests()`. They have a value every minute.

    Examples:
        >>> Bucket("acme-photos").metrics.requests().first_byte_latency.stat("p99")
        <Metric AWS/S3 FirstByteLatency BucketName=acme-photos FilterId=EntireBucket p99>

    AWS: none
    """

    @property
    def count(self) -> Metric:
        """Requests."""
        return self.named("AllRequests", statistic=Statistic.SUM, unit=Unit.COUNT)

    @property
    def errors_4xx(self) -> Metric:
        """Requests that S3 refused."""
        return self.named("4xxErrors", statistic=Statistic.SUM, unit=Unit.COUNT)

    @property
    def errors_5xx(self) -> Metric:
        """Requests that S3 failed."""
        return self.named("5xxErrors", statistic=Statistic.SUM, unit=Unit.COUNT)

    @property
    def downloaded(self) -> Metric:
        """Bytes that went out."""
        return self.named("BytesDownloaded", statistic=Statistic.SUM, unit=Unit.BYTES)

    @property
    def uploaded(self) -> Metric:
        """Bytes that came in."""
        return self.named("BytesUploaded", statistic=Statistic.SUM, unit=Unit.BYTES)

    @property
    def first_byte_latency(self) -> Metric:
        """Milliseconds until an answer begins."""
        return self.named("FirstByteLatency", unit=Unit.MILLISECONDS)

    @property
    def total_latency(self) -> Metric:
        """Milliseconds until an answer is through."""
        return self.named("TotalRequestLatency", unit=Unit.MILLISECONDS)


def bucket_metrics(name: str, cloud: Cloud) -> BucketMetrics:
    """Those of the bucket of that name."""
    return BucketMetrics("AWS/S3", {"BucketName": name}, cloud)
