"""Numbers that Elastic Load Balancing documents, and some of ours."""

from __future__ import annotations

MAX_NAME_CHARACTERS = 32  # CreateLoadBalancer and CreateTargetGroup, Name
MIN_PORT = 1  # CreateTargetGroup, Port
MAX_PORT = 65535  # CreateTargetGroup, Port
MIN_ZONES = 2  # User guide, "Availability Zones for your Application Load Balancer"
MIN_FREE_ADDRESSES = 8  # User guide, "Subnets for your load balancer": a /27 with 8 free addresses
MAX_ARNS_PER_DESCRIBE_TAGS = 20  # DescribeTags, ResourceArns
MAX_HEALTH_PATH_CHARACTERS = 1024  # CreateTargetGroup, HealthCheckPath
MIN_HEALTH_INTERVAL_SECONDS = 5  # CreateTargetGroup, HealthCheckIntervalSeconds
MAX_HEALTH_INTERVAL_SECONDS = 300  # CreateTargetGroup, HealthCheckIntervalSeconds
MIN_HEALTH_TIMEOUT_SECONDS = 2  # CreateTargetGroup, HealthCheckTimeoutSeconds
MAX_HEALTH_TIMEOUT_SECONDS = 120  # CreateTargetGroup, HealthCheckTimeoutSeconds
MIN_HEALTH_THRESHOLD = 2  # CreateTargetGroup, HealthyThresholdCount and UnhealthyThresholdCount
MAX_HEALTH_THRESHOLD = 10  # CreateTargetGroup, HealthyThresholdCount and UnhealthyThresholdCount
DEFAULT_HEALTH_INTERVAL_SECONDS = 30  # CreateTargetGroup, HealthCheckIntervalSeconds
DEFAULT_HEALTH_TIMEOUT_SECONDS = 5  # User guide, "Health check settings" of Application Load Balancers
DEFAULT_HEALTHY_THRESHOLD = 5  # CreateTargetGroup, HealthyThresholdCount
DEFAULT_UNHEALTHY_THRESHOLD = 2  # CreateTargetGroup, UnhealthyThresholdCount

ACTIVE_SECONDS = 600.0  # ours: provisioning takes two to five minutes
HEALTHY_SECONDS = 600.0  # ours
RELEASE_SECONDS = 120.0  # ours: until a deleted load balancer lets go of its target groups
LAUNCH_SECONDS = 300.0  # ours: until an instance that was just launched can be registered
UNHEALTHY_CHECKS = 3  # ours: health checks that a target may stay unhealthy for, until it is given up
UNUSED_SECONDS = 30.0  # ours: what was just registered may be shown as unused at first
TARGETS_PER_CALL = 200  # ours: AWS names no limit for RegisterTargets
