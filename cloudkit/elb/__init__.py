"""Elastic Load Balancing: load balancers, target groups and listeners."""

from __future__ import annotations

from cloudkit.elb._sides.addressing import StaticAddress
from cloudkit.elb._sides.cookies import CookieStickiness
from cloudkit.elb.action import (
    Action,
    ActionType,
    FixedResponse,
    Forward,
    GroupWeights,
    OtherAction,
    Redirect,
)
from cloudkit.elb.certificate import Certificate, CertificateStatus
from cloudkit.elb.classic import Classic
from cloudkit.elb.condition import Condition, ConditionField
from cloudkit.elb.diagram import Diagram
from cloudkit.elb.errors import (
    CertificateNotFound,
    ListenerNotFound,
    LoadBalancerNotFound,
    RuleNotFound,
    TargetGroupNotFound,
    TargetUnhealthy,
)
from cloudkit.elb.front import Alpn, Front, Https, Tcp, Tls, Udp
from cloudkit.elb.group_settings import CrossZone, HealthyMinimum, TargetGroupChanges
from cloudkit.elb.health import Health, HealthTable, TargetHealth
from cloudkit.elb.health_check import HealthCheck
from cloudkit.elb.kinds import Kind, LoadBalancerState, Scheme
from cloudkit.elb.listener import Listener
from cloudkit.elb.listener_certificates import ListenerCertificates
from cloudkit.elb.load_balancer import LoadBalancer
from cloudkit.elb.log_entry import LogEntry
from cloudkit.elb.log_place import LogKind, LogPlace
from cloudkit.elb.metrics import LoadBalancerMetrics, TargetGroupMetrics
from cloudkit.elb.network import Network
from cloudkit.elb.protocol import AddressFamily, Algorithm, Protocol, ProtocolVersion, TargetType
from cloudkit.elb.rolling import Rolling
from cloudkit.elb.rule import Rule
from cloudkit.elb.server_certificate import ServerCertificate
from cloudkit.elb.settings import (
    AddressType,
    ClientRouting,
    DesyncMitigation,
    ForwardedFor,
    LoadBalancerChanges,
    LoadBalancerSettings,
)
from cloudkit.elb.stickiness import Stickiness, StickinessType
from cloudkit.elb.target import Target, TargetLike
from cloudkit.elb.target_group import TargetGroup

__all__ = [
    "Action",
    "ActionType",
    "AddressFamily",
    "AddressType",
    "Algorithm",
    "Alpn",
    "Certificate",
    "CertificateNotFound",
    "CertificateStatus",
    "Classic",
    "ClientRouting",
    "Condition",
    "ConditionField",
    "CookieStickiness",
    "CrossZone",
    "DesyncMitigation",
    "Diagram",
    "FixedResponse",
    "Forward",
    "ForwardedFor",
    "Front",
    "GroupWeights",
    "Health",
    "HealthCheck",
    "HealthTable",
    "HealthyMinimum",
    "Https",
    "Kind",
    "Listener",
    "ListenerCertificates",
    "ListenerNotFound",
    "LoadBalancer",
    "LoadBalancerChanges",
    "LoadBalancerMetrics",
    "LoadBalancerNotFound",
    "LoadBalancerSettings",
    "LoadBalancerState",
    "LogEntry",
    "LogKind",
    "LogPlace",
    "Network",
    "OtherAction",
    "Protocol",
    "ProtocolVersion",
    "Redirect",
    "Rolling",
    "Rule",
    "RuleNotFound",
    "Scheme",
    "ServerCertificate",
    "StaticAddress",
    "Stickiness",
    "StickinessType",
    "Target",
    "TargetGroup",
    "TargetGroupChanges",
    "TargetGroupMetrics",
    "TargetGroupNotFound",
    "TargetHealth",
    "TargetLike",
    "TargetType",
    "TargetUnhealthy",
    "Tcp",
    "Tls",
    "Udp",
]
