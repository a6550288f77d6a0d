"""Elastic Load Balancing: load balancers, target groups and listeners."""

from __future__ import annotations

from cloudkit.elb.errors import (
    ListenerNotFound,
    LoadBalancerNotFound,
    TargetGroupNotFound,
    TargetUnhealthy,
)
from cloudkit.elb.health import Health, HealthTable, TargetHealth
from cloudkit.elb.health_check import HealthCheck
from cloudkit.elb.kinds import Kind, LoadBalancerState, Scheme
from cloudkit.elb.listener import Listener
from cloudkit.elb.load_balancer import LoadBalancer
from cloudkit.elb.metrics import LoadBalancerMetrics, TargetGroupMetrics
from cloudkit.elb.target_group import Protocol, TargetGroup

__all__ = [
    "Health",
    "HealthCheck",
    "HealthTable",
    "Kind",
    "Listener",
    "ListenerNotFound",
    "LoadBalancer",
    "LoadBalancerMetrics",
    "LoadBalancerNotFound",
    "LoadBalancerState",
    "Protocol",
    "Scheme",
    "TargetGroup",
    "TargetGroupMetrics",
    "TargetGroupNotFound",
    "TargetHealth",
    "TargetUnhealthy",
]
