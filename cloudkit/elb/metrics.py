"""What load balancers and target groups report."""

from __future__ import annotations

from cloudkit._core.cloud import Cloud
from cloudkit.cloudwatch import Metric, Source, Statistic, Unit
from cloudkit.errors import InvalidRequest

_APPLICATION, _NETWORK, _GATEWAY = "AWS/ApplicationELB", "AWS/NetworkELB", "AWS/GatewayELB"
# How the name of a load balancer of each kind begins in its ARN, and where it reports.
_NAMESPACES = {"app": _APPLICATION, "net": _NETWORK, "gwy": _GATEWAY}
_CLASSIC = "AWS/ELB"


class LoadBalancerMetrics(Source):
    """The metrics of a load balancer: `balancer.metrics`. They have a value every minute in which something happened.

    Each kind of load balancer has some of them: where a kind has none of what is asked for, `InvalidRequest` says so.

    Examples:
        >>> LoadBalancer("web").metrics.requests
        <Metric AWS/ApplicationELB RequestCount LoadBalancer=app/web/... Sum>

    AWS: none
    """

    def _by_kind(self, what: str, statistic: Statistic, unit: Unit, **names: str) -> Metric:
        """The metric that the kind has under a name of its own."""
        kinds = {
            _APPLICATION: "application",
            _NETWORK: "network",
            _GATEWAY: "gateway",
            _CLASSIC: "classic",
        }
        name = names.get(kinds.get(self.namespace, ""))
        if name is None:
            raise InvalidRequest(
                f"load balancers of this kind ({self.namespace}) report no {what}",
                hint="metrics.all() lists what it reports; metrics.named('...') is any metric by AWS's name",
            )
        return self.named(name, statistic=statistic, unit=unit)

    @property
    def requests(self) -> Metric:
        """Requests; of application and classic load balancers."""
        return self._by_kind(
            "requests", Statistic.SUM, Unit.COUNT, application="RequestCount", classic="RequestCount"
        )

    @property
    def latency(self) -> Metric:
        """Seconds until the target's answer begins; of application and classic load balancers."""
        return self._by_kind(
            "latency", Statistic.AVERAGE, Unit.SECONDS, application="TargetResponseTime", classic="Latency"
        )

    @property
    def p99(self) -> Metric:
        """Seconds that 99 of 100 answers begin in; of application and classic load balancers."""
        return self.latency.stat("p99")

    @property
    def errors_5xx(self) -> Metric:
        """Answers 5xx that the load balancer gave by itself; of application and classic load balancers."""
        return self._by_kind(
            "5xx of its own",
            Statistic.SUM,
            Unit.COUNT,
            application="HTTPCode_ELB_5XX_Count",
            classic="HTTPCode_ELB_5XX",
        )

    @property
    def errors_4xx(self) -> Metric:
        """Answers 4xx that the load balancer gave by itself; of application and classic load balancers."""
        return self._by_kind(
            "4xx of its own",
            Statistic.SUM,
            Unit.COUNT,
            application="HTTPCode_ELB_4XX_Count",
            classic="HTTPCode_ELB_4XX",
        )

    @property
    def target_errors_5xx(self) -> Metric:
        """Answers 5xx of targets; of application and classic load balancers."""
        return self._by_kind(
            "5xx of targets",
            Statistic.SUM,
            Unit.COUNT,
            application="HTTPCode_Target_5XX_Count",
            classic="HTTPCode_Backend_5XX",
        )

    @property
    def target_errors_4xx(self) -> Metric:
        """Answers 4xx of targets; of application and classic load balancers."""
        return self._by_kind(
            "4xx of targets",
            Statistic.SUM,
            Unit.COUNT,
            application="HTTPCode_Target_4XX_Count",
            classic="HTTPCode_Backend_4XX",
        )

    @property
    def connections(self) -> Metric:
        """Connections that are open (of network and gateway load balancers: flows)."""
        return self._by_kind(
            "open connections",
            # What is open is reported by each node of an application load balancer, as its share.
            Statistic.SUM if self.namespace == _APPLICATION else Statistic.AVERAGE,
            Unit.COUNT,
            application="ActiveConnectionCount",
            network="ActiveFlowCount",
            gateway="ActiveFlowCount",
        )

    @property
    def new_connections(self) -> Metric:
        """Connections that were opened (of network and gateway load balancers: flows)."""
        return self._by_kind(
            "new connections",
            Statistic.SUM,
            Unit.COUNT,
            application="NewConnectionCount",
            network="NewFlowCount",
            gateway="NewFlowCount",
        )

    @property
    def processed(self) -> Metric:
        """Bytes that went through; of all but classic load balancers."""
        return self._by_kind(
            "processed bytes",
            Statistic.SUM,
            Unit.BYTES,
            application="ProcessedBytes",
            network="ProcessedBytes",
            gateway="ProcessedBytes",
        )

    @property
    def target_resets(self) -> Metric:
        """Connections that targets have reset; of network load balancers."""
        return self._by_kind("resets", Statistic.SUM, Unit.COUNT, network="TCP_Target_Reset_Count")


class TargetGroupMetrics(Source):
    """The metrics of a target group, of what came through one load balancer: `group.metrics`.

    Examples:
        >>> TargetGroup("web-8080").metrics.unhealthy
        <Metric AWS/ApplicationELB UnHealthyHostCount LoadBalancer=app/web/... TargetGroup=targetgroup/web-8080/... Maximum>

    AWS: none
    """

    def _web(self, name: str, statistic: Statistic, unit: Unit) -> Metric:
        if self.namespace != _APPLICATION:
            raise InvalidRequest(
                f"target groups of this kind ({self.namespace}) report no {name}",
                hint="metrics.all() lists what it reports; metrics.named('...') is any metric by AWS's name",
            )
        return self.named(name, statistic=statistic, unit=unit)

    @property
    def healthy(self) -> Metric:
        """Targets that are healthy: the fewest."""
        return self.named("HealthyHostCount", statistic=Statistic.MINIMUM, unit=Unit.COUNT)

    @property
    def unhealthy(self) -> Metric:
        """Targets that are not: the most."""
        return self.named("UnHealthyHostCount", statistic=Statistic.MAXIMUM, unit=Unit.COUNT)

    @property
    def requests(self) -> Metric:
        """Requests; behind application load balancers."""
        return self._web("RequestCount", Statistic.SUM, Unit.COUNT)

    @property
    def requests_per_target(self) -> Metric:
        """Requests for each target, on the average; behind application load balancers."""
        return self._web("RequestCountPerTarget", Statistic.SUM, Unit.COUNT)

    @property
    def latency(self) -> Metric:
        """Seconds until the target's answer begins; behind application load balancers."""
        return self._web("TargetResponseTime", Statistic.AVERAGE, Unit.SECONDS)

    @property
    def p99(self) -> Metric:
        """Seconds that 99 of 100 answers begin in; behind application load balancers."""
        return self.latency.stat("p99")

    @property
    def errors_5xx(self) -> Metric:
        """Answers 5xx of targets; behind application load balancers."""
        return self._web("HTTPCode_Target_5XX_Count", Statistic.SUM, Unit.COUNT)

    @property
    def errors_4xx(self) -> Metric:
        """Answers 4xx of targets; behind application load balancers."""
        return self._web("HTTPCode_Target_4XX_Count", Statistic.SUM, Unit.COUNT)

    @property
    def connection_errors(self) -> Metric:
        """Connections to targets that failed; behind application load balancers."""
        return self._web("TargetConnectionErrorCount", Statistic.SUM, Unit.COUNT)


def balancer_metrics(arn: str, cloud: Cloud) -> LoadBalancerMetrics:
    """Those of the load balancer of that ARN; a classic one's says its name alone."""
    name = arn.partition(":loadbalancer/")[2]
    namespace = _NAMESPACES.get(name.partition("/")[0]) if "/" in name else None
    if namespace is None:
        return LoadBalancerMetrics(_CLASSIC, {"LoadBalancerName": name}, cloud)
    return LoadBalancerMetrics(namespace, {"LoadBalancer": name}, cloud)


def group_metrics(arn: str, balancer_arn: str, cloud: Cloud) -> TargetGroupMetrics:
    """Those of a target group and of a load balancer, by their ARNs."""
    around = balancer_metrics(balancer_arn, cloud)
    return TargetGroupMetrics(
        around.namespace, {**around.dimensions, "TargetGroup": arn.rpartition(":")[2]}, cloud
    )
