"""What the two APIs of Elastic Load Balancing call things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.elb.errors import (
    CertificateNotFound,
    ListenerNotFound,
    LoadBalancerNotFound,
    RuleNotFound,
    TargetGroupNotFound,
)
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest, LimitExceeded, Throttled

ELBV2 = Service(
    "elbv2",
    errors={
        "LoadBalancerNotFound": LoadBalancerNotFound,
        "TargetGroupNotFound": TargetGroupNotFound,
        "ListenerNotFound": ListenerNotFound,
        "CertificateNotFound": CertificateNotFound,
        "RuleNotFound": RuleNotFound,
        "DuplicateLoadBalancerName": AlreadyExists,
        "DuplicateTargetGroupName": AlreadyExists,
        "DuplicateListener": AlreadyExists,
        # The shapes of these names say something else than they mean.
        "DuplicateTagKeys": InvalidRequest,
        "TargetGroupAssociationLimit": LimitExceeded,
        "OperationNotPermitted": Conflict,
        "IncompatibleProtocols": InvalidRequest,
        "AvailabilityZoneNotSupported": InvalidRequest,
    },
    hints={
        "CertificateNotFound": "Certificate.list() shows those of ACM in this region, ServerCertificate.list() IAM's",
        "PriorityInUse": "leave priority= out to take the next free one; listener.rules() shows those in use",
        "TooManyRules": (
            "a load balancer has 100 rules: one rule takes up to five values (listener.route(('/a/*', '/b/*'), to));"
            " AWS raises the quota on request"
        ),
        "TooManyTargetGroups": "a load balancer uses 100 target groups: delete rules whose groups nobody needs",
        "SSLPolicyNotFound": "this region does not have that TLS policy: cloud.call('elbv2', 'describe_ssl_policies')",
        "UnsupportedProtocol": "application load balancers speak HTTP and HTTPS, network ones TCP, TLS and UDP",
        "LoadBalancerNotFound": "LoadBalancer.list() shows those of this account and region",
        "TargetGroupNotFound": "TargetGroup.list() shows those of this account and region",
        "DuplicateLoadBalancerName": "LoadBalancer.ensure(name) takes what is there",
        "DuplicateTargetGroupName": "TargetGroup(name) is the one that is there",
        "DuplicateListener": "the port has a listener already: listener.update(target_group=...) changes it",
        "ResourceInUse": "a listener or rule still uses it: delete that, or the load balancer, first",
        "InvalidTarget": "instances must be running and in the VPC of the target group: instance.wait('running')",
        "OperationNotPermitted": "deletion protection may be on: balancer.deletion_protection = False ends it",
        "TargetGroupAssociationLimit": "a target group serves one Application Load Balancer: make another group",
        "HealthUnavailable": "AWS cannot tell the health just now: ask again",
    },
)

ELB = Service(
    "elb",
    errors={
        "LoadBalancerNotFound": LoadBalancerNotFound,
        "ListenerNotFound": ListenerNotFound,
        "CertificateNotFound": CertificateNotFound,
        "DuplicateLoadBalancerName": AlreadyExists,
        "DuplicateListener": AlreadyExists,
        "DuplicatePolicyName": AlreadyExists,
        "DuplicateTagKeys": InvalidRequest,
        "InvalidInstance": InvalidRequest,
        # Said with status 409, of settings that do not go together.
        "InvalidConfigurationRequest": InvalidRequest,
        "OperationNotPermitted": Conflict,
        "TooManyLoadBalancers": LimitExceeded,
        "TooManyPolicies": LimitExceeded,
        "TooManyTags": LimitExceeded,
        "DependencyThrottle": Throttled,
    },
    hints={
        "LoadBalancerNotFound": "LoadBalancer.list() shows those of this account and region",
        "DuplicateLoadBalancerName": "LoadBalancer.ensure(name, kind='classic') takes what is there",
        "InvalidInstance": (
            "instances must be running and in the VPC of the load balancer: instance.wait('running')"
        ),
    },
)
