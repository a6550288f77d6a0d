"""What load balancers and target groups report."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import Self

from cloudkit._core.cloud import Cloud
from cloudkit.cloudwatch import Metric, Source, Statistic, Unit
from cloudkit.elb._settings.seat import kind_in
from cloudkit.elb.kinds import Kind
from cloudkit.errors import Conflict

_APPLICATION, _NETWORK, _GATEWAY = "AWS/ApplicationELB", "AWS/NetworkELB", "AWS/GatewayELB"
_CLASSIC = "AWS/ELB"
# Where each kind reports.
_NAMESPACES: Mapping[Kind, str] = {
    Kind.APPLICATION: _APPLICATION,
    Kind.NETWORK: _NETWORK,
    Kind.GATEWAY: _GATEWAY,
    Kind.CLASSIC: _CLASSIC,
}
_KINDS: Mapping[str, Kind] = {namespace: kind for kind, namespace in _NAMESPACES.items()}
_ZONE = "AvailabilityZone"
_ANY = "metrics.all() lists what it reports; metrics.named('...') is any metric by AWS's name"
_GROUPS = "its target groups report that: group.metrics of each of balancer.target_groups()"


def _reported(source: Source, what: str, names: Mapping[Kind, str], hint: str) -> str:
    """The name that the kind has for it."""
    kind = _KINDS.get(source.namespace)
    name = None if kind is None else names.get(kind)
    if name is None:
        raise Conflict(
            f"load balancers of the kind {kind} ({source.namespace}) report no {what}",
            service="cloudwatch",
            resource=next(iter(source.dimensions.values()), None),
            hint=hint,
        )
    return name


class LoadBalancerMetrics(Source):
    """The metrics of a load balancer: `balancer.metrics`. They have a value every minute in which something happened.

    Each kind of load balancer has some of them: where a kind has none of what is asked for, `Conflict` says so, and
    what to use.

    Examples:
        >>> LoadBalancer("web").metrics.requests
        <Metric AWS/ApplicationELB RequestCount LoadBalancer=app/web/... Sum>
        >>> LoadBalancer("web").metrics.in_zone("us-east-1a").requests
        <Metric AWS/ApplicationELB RequestCount AvailabilityZone=us-east-1a LoadBalancer=app/web/... Sum>

    AWS: none
    """

    def _by_kind(
        self, what: str, statistic: Statistic, unit: Unit | None, *, hint: str = _ANY, **names: str
    ) -> Metric:
        """The metric that the kind has under a name of its own."""
        by_kind = {Kind(kind): name for kind, name in names.items()}
        return self.named(_reported(self, what, by_kind, hint), statistic=statistic, unit=unit)

    def in_zone(self, zone: str) -> Self:
        """The same metrics of its node in one zone, as far as they are counted there. No request.

        Connections and capacity units of application load balancers are not: `metrics.all()` lists what has values.

        Args:
            zone: Such as `"eu-west-1a"`.

        Returns:
            The metrics.

        Examples:
            >>> LoadBalancer("web").metrics.in_zone("us-east-1a").latency.dimensions["AvailabilityZone"]
            'us-east-1a'

        AWS: none
        """
        return type(self)(self.namespace, {_ZONE: zone, **self.dimensions}, self.cloud)

    # -- requests --------------------------------------------------------------------------------------------

    @property
    def requests(self) -> Metric:
        """Requests; of application and classic load balancers."""
        return self._by_kind(
            "requests",
            Statistic.SUM,
            Unit.COUNT,
            hint="metrics.new_connections and metrics.processed tell how busy it is",
            application="RequestCount",
            classic="RequestCount",
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
    def target_redirects(self) -> Metric:
        """Answers 3xx of targets; of application and classic load balancers."""
        return self._by_kind(
            "3xx of targets",
            Statistic.SUM,
            Unit.COUNT,
            application="HTTPCode_Target_3XX_Count",
            classic="HTTPCode_Backend_3XX",
        )

    @property
    def target_successes(self) -> Metric:
        """Answers 2xx of targets; of application and classic load balancers."""
        return self._by_kind(
            "2xx of targets",
            Statistic.SUM,
            Unit.COUNT,
            application="HTTPCode_Target_2XX_Count",
            classic="HTTPCode_Backend_2XX",
        )

    @property
    def desync_requests(self) -> Metric:
        """Requests that do not keep to HTTP's rules; of application and classic load balancers."""
        return self._by_kind(
            "ambiguous requests",
            Statistic.SUM,
            Unit.COUNT,
            application="DesyncMitigationMode_NonCompliant_Request_Count",
            classic="DesyncMitigationMode_NonCompliant_Request_Count",
        )

    # -- connections -----------------------------------------------------------------------------------------

    @property
    def connections(self) -> Metric:
        """Connections that are open (of network and gateway load balancers: flows); not of classic ones."""
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
        """Connections that were opened (of network and gateway load balancers: flows); not of classic ones."""
        return self._by_kind(
            "new connections",
            Statistic.SUM,
            Unit.COUNT,
            application="NewConnectionCount",
            network="NewFlowCount",
            gateway="NewFlowCount",
        )

    @property
    def rejected_connections(self) -> Metric:
        """Connections that were turned away, since it had too many; of classic ones, requests (`spillover`)."""
        return self._by_kind(
            "rejected connections",
            Statistic.SUM,
            Unit.COUNT,
            application="RejectedConnectionCount",
            network="RejectedFlowCount",
            gateway="RejectedFlowCount",
            classic="SpilloverCount",
        )

    @property
    def connection_errors(self) -> Metric:
        """Connections to targets that failed; of application and classic load balancers."""
        return self._by_kind(
            "failed connections to targets",
            Statistic.SUM,
            Unit.COUNT,
            application="TargetConnectionErrorCount",
            classic="BackendConnectionErrors",
        )

    @property
    def tls_errors(self) -> Metric:
        """TLS handshakes with clients that failed; of application and network load balancers."""
        return self._by_kind(
            "failed TLS handshakes",
            Statistic.SUM,
            Unit.COUNT,
            application="ClientTLSNegotiationErrorCount",
            network="ClientTLSNegotiationErrorCount",
        )

    @property
    def target_tls_errors(self) -> Metric:
        """TLS handshakes with targets that failed; of application and network load balancers."""
        return self._by_kind(
            "failed TLS handshakes with targets",
            Statistic.SUM,
            Unit.COUNT,
            application="TargetTLSNegotiationErrorCount",
            network="TargetTLSNegotiationErrorCount",
        )

    @property
    def client_resets(self) -> Metric:
        """Connections that clients have reset; of network load balancers."""
        return self._by_kind("resets by clients", Statistic.SUM, Unit.COUNT, network="TCP_Client_Reset_Count")

    @property
    def target_resets(self) -> Metric:
        """Connections that targets have reset; of network load balancers."""
        return self._by_kind("resets by targets", Statistic.SUM, Unit.COUNT, network="TCP_Target_Reset_Count")

    @property
    def resets(self) -> Metric:
        """Connections that the load balancer itself has reset; of network load balancers."""
        return self._by_kind("resets of its own", Statistic.SUM, Unit.COUNT, network="TCP_ELB_Reset_Count")

    @property
    def port_errors(self) -> Metric:
        """Connections for which it had no port left: more targets, or more `secondary_addresses`, help. Network."""
        return self._by_kind(
            "port allocation errors", Statistic.SUM, Unit.COUNT, network="PortAllocationErrorCount"
        )

    # -- how much --------------------------------------------------------------------------------------------

    @property
    def processed(self) -> Metric:
        """Bytes that went through; of all but classic load balancers."""
        return self._by_kind(
            "processed bytes",
            Statistic.SUM,
            Unit.BYTES,
            hint="metrics.requests tells how busy a classic load balancer is",
            application="ProcessedBytes",
            network="ProcessedBytes",
            gateway="ProcessedBytes",
        )

    @property
    def processed_packets(self) -> Metric:
        """Packets that went through; of network load balancers."""
        return self._by_kind("packets", Statistic.SUM, Unit.COUNT, network="ProcessedPackets")

    @property
    def capacity_units(self) -> Metric:
        """The capacity units that are paid for; of all but classic load balancers."""
        return self._by_kind(
            "capacity units",
            Statistic.SUM,
            None,
            application="ConsumedLCUs",
            network="ConsumedLCUs",
            gateway="ConsumedLCUs",
        )

    # -- the instances of a classic one ----------------------------------------------------------------------

    @property
    def healthy(self) -> Metric:
        """Instances that are healthy, the fewest; of classic load balancers. Of others: `group.metrics.healthy`."""
        return self._by_kind(
            "healthy targets", Statistic.MINIMUM, Unit.COUNT, hint=_GROUPS, classic="HealthyHostCount"
        )

    @property
    def unhealthy(self) -> Metric:
        """Instances that are not, the most; of classic load balancers. Of others: `group.metrics.unhealthy`."""
        return self._by_kind(
            "unhealthy targets", Statistic.MAXIMUM, Unit.COUNT, hint=_GROUPS, classic="UnHealthyHostCount"
        )

    @property
    def surge_queue(self) -> Metric:
        """Requests that wait for an instance, the most; up to 1,024 wait. Of classic load balancers."""
        return self._by_kind("waiting requests", Statistic.MAXIMUM, Unit.COUNT, classic="SurgeQueueLength")

    @property
    def spillover(self) -> Metric:
        """Requests that were turned away, since too many waited already. Of classic load balancers."""
        return self._by_kind(
            "spillover",
            Statistic.SUM,
            Unit.COUNT,
            hint="metrics.rejected_connections tells of connections that were turned away",
            classic="SpilloverCount",
        )


class TargetGroupMetrics(Source):
    """The metrics of a target group, of what came through one load balancer: `group.metrics`.

    Examples:
        >>> TargetGroup("web-8080").metrics.unhealthy
        <Metric AWS/ApplicationELB UnHealthyHostCount LoadBalancer=app/web/... TargetGroup=targetgroup/web-8080/... Maximum>

    AWS: none
    """

    def _web(self, name: str, statistic: Statistic, unit: Unit) -> Metric:
        return self.named(
            _reported(self, f"{name} for each target group", {Kind.APPLICATION: name}, _ANY),
            statistic=statistic,
            unit=unit,
        )

    def in_zone(self, zone: str) -> Self:
        """The same metrics of what came through one zone. No request.

        Args:
            zone: Such as `"eu-west-1a"`.

        Returns:
            The metrics.

        Examples:
            >>> TargetGroup("web-8080").metrics.in_zone("us-east-1a").healthy.dimensions["AvailabilityZone"]
            'us-east-1a'

        AWS: none
        """
        return type(self)(self.namespace, {_ZONE: zone, **self.dimensions}, self.cloud)

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


def balancer_metrics(arn: str, cloud: Cloud, *, kind: Kind | str | None = None) -> LoadBalancerMetrics:
    """Those of the load balancer of that ARN, which tells the kind too; a classic one's says its name alone."""
    name = arn.partition(":loadbalancer/")[2]
    namespace = _NAMESPACES.get(Kind(kind or kind_in(arn)), _CLASSIC)
    if namespace == _CLASSIC:
        return LoadBalancerMetrics(_CLASSIC, {"LoadBalancerName": name}, cloud)
    return LoadBalancerMetrics(namespace, {"LoadBalancer": name}, cloud)


def group_metrics(arn: str, balancer_arn: str, cloud: Cloud) -> TargetGroupMetrics:
    """Those of a target group and of a load balancer, by their ARNs."""
    around = balancer_metrics(balancer_arn, cloud)
    return TargetGroupMetrics(
        around.namespace, {**around.dimensions, "TargetGroup": arn.rpartition(":")[2]}, cloud
    )
