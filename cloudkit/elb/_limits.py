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
DEFAULT_CLASSIC_HEALTHY_THRESHOLD = 10  # Classic user guide, "Configure health checks": the default
DEFAULT_UNHEALTHY_THRESHOLD = 2  # CreateTargetGroup, UnhealthyThresholdCount
GENEVE_PORT = 6081  # CreateTargetGroup, Port: "If the protocol is GENEVE, the supported port is 6081"
MIN_HTTP_CODE = 200  # CreateTargetGroup, Matcher
MAX_HTTP_CODE = 499  # CreateTargetGroup, Matcher, for HTTP and HTTPS
MAX_NETWORK_HTTP_CODE = 599  # CreateTargetGroup, Matcher, for groups of network load balancers
MAX_GATEWAY_HTTP_CODE = 399  # CreateTargetGroup, Matcher, for GENEVE
MAX_GRPC_CODE = 99  # Matcher, GrpcCode
DEFAULT_TCP_HEALTH_TIMEOUT_SECONDS = 10  # CreateTargetGroup, HealthCheckTimeoutSeconds
MAX_DRAIN_SECONDS = 3600  # TargetGroupAttribute, deregistration_delay.timeout_seconds
MIN_SLOW_START_SECONDS = 30  # TargetGroupAttribute, slow_start.duration_seconds
MAX_SLOW_START_SECONDS = 900  # TargetGroupAttribute, slow_start.duration_seconds
MIN_STICKY_SECONDS = 1  # TargetGroupAttribute, stickiness.lb_cookie.duration_seconds
MAX_STICKY_SECONDS = 604_800  # TargetGroupAttribute, stickiness.lb_cookie.duration_seconds: a week
DEFAULT_STICKY_SECONDS = 86_400  # TargetGroupAttribute, stickiness.lb_cookie.duration_seconds: a day
MAX_UNHEALTHY_DRAIN_SECONDS = (
    360_000  # TargetGroupAttribute, target_health_state.unhealthy.draining_interval_seconds
)
MAX_PERCENT = 100  # TargetGroupAttribute, target_group_health.*.minimum_healthy_targets.percentage

ACTIVE_SECONDS = 600.0  # ours: provisioning takes two to five minutes
HEALTHY_SECONDS = 600.0  # ours
MAX_COOKIE_SECONDS = 10**9  # ours: CreateLBCookieStickinessPolicy names no limit
MAX_COOKIE_CHARACTERS = (
    4096  # ours: what browsers keep of a cookie; CreateAppCookieStickinessPolicy names no limit
)
RELEASE_SECONDS = 300.0  # ours: until a deleted load balancer lets go of its target groups and security group
LAUNCH_SECONDS = 300.0  # ours: until an instance that was just launched can be registered
UNHEALTHY_CHECKS = 3  # ours: health checks that a target may stay unhealthy for, until it is given up
UNUSED_SECONDS = 30.0  # ours: what was just registered may be shown as unused at first
TARGETS_PER_CALL = 200  # ours: AWS names no limit for RegisterTargets
MAX_FILTER_VALUES = 200  # EC2 DescribeInstances and DescribeSecurityGroups, Filters
DRAIN_MARGIN_SECONDS = (
    120.0  # ours: what AWS may take to say that draining is over, longer than the delay that is set
)

MIN_IDLE_SECONDS = (
    1  # ModifyLoadBalancerAttributes, idle_timeout.timeout_seconds; classic: ConnectionSettings
)
MAX_IDLE_SECONDS = (
    4000  # ModifyLoadBalancerAttributes, idle_timeout.timeout_seconds; classic: ConnectionSettings
)
DEFAULT_IDLE_SECONDS = (
    60  # ModifyLoadBalancerAttributes, idle_timeout.timeout_seconds; classic: ConnectionSettings
)
MIN_CLIENT_KEEP_ALIVE_SECONDS = 60  # ModifyLoadBalancerAttributes, client_keep_alive.seconds
MAX_CLIENT_KEEP_ALIVE_SECONDS = 604_800  # ModifyLoadBalancerAttributes, client_keep_alive.seconds
DEFAULT_CLIENT_KEEP_ALIVE_SECONDS = 3600  # ModifyLoadBalancerAttributes, client_keep_alive.seconds
MAX_SECONDARY_ADDRESSES = 7  # ModifyLoadBalancerAttributes, secondary_ips.auto_assigned.per_subnet
MAX_CLASSIC_DRAIN_SECONDS = 3600  # Classic user guide, "Configure connection draining"
DEFAULT_CLASSIC_DRAIN_SECONDS = 300  # Classic user guide, "Configure connection draining"
DEFAULT_CLASSIC_LOG_SECONDS = 3600  # Classic ModifyLoadBalancerAttributes, EmitInterval
LOG_INTERVALS_SECONDS = (300, 3600)  # Classic ModifyLoadBalancerAttributes, EmitInterval: 5 or 60 minutes
NEW_LOG_INTERVAL_SECONDS = 300  # User guide, "Access log files": each node publishes a file every 5 minutes
LOG_DELAY_SECONDS = (
    3600  # ours: a file may come that long after the requests in it; its folder is of that day
)
LOG_GRANT_SECONDS = 60.0  # ours: until S3 lets in whom a policy that was just written names
LOG_GRANT_FIRST_PAUSE_SECONDS = 1.0  # ours
LOG_GRANT_LONGEST_PAUSE_SECONDS = 8.0  # ours

MIN_PRIORITY = 1  # CreateRule, Priority
MAX_PRIORITY = 50_000  # CreateRule, Priority
MAX_CONDITION_VALUES = (
    5  # User guide, "Quotas for your Application Load Balancers": condition values per rule
)
MAX_CONDITION_WILDCARDS = 6  # the same page: condition wildcards per rule
MAX_RULES = 100  # the same page: rules per load balancer, default rules not counted; AWS raises it on request
MAX_FORWARD_GROUPS = 5  # the same page: target groups per action
MAX_LISTENER_CERTIFICATES = 25  # the same page: certificates per load balancer, default ones not counted
MAX_CONDITION_CHARACTERS = 128  # RuleCondition: path, host, header, query and regular expressions
MAX_HEADER_NAME_CHARACTERS = 40  # HttpHeaderConditionConfig, HttpHeaderName
MAX_METHOD_CHARACTERS = 40  # HttpRequestMethodConditionConfig, Values
MAX_WEIGHT = 999  # TargetGroupTuple, Weight
MAX_GROUP_STICKINESS_SECONDS = 604_800  # TargetGroupStickinessConfig, DurationSeconds
MAX_REDIRECT_CHARACTERS = 128  # RedirectActionConfig: Host, Path and Query
MAX_RESPONSE_BODY_CHARACTERS = 1024  # FixedResponseActionConfig, MessageBody
PLACING_TRIES = 10  # ours: how often another priority is tried when somebody else takes it meanwhile
MAX_CERTIFICATE_NAME_CHARACTERS = 128  # IAM UploadServerCertificate, ServerCertificateName
MAX_CERTIFICATE_CHARACTERS = 16_384  # IAM UploadServerCertificate, CertificateBody and PrivateKey
MAX_CHAIN_CHARACTERS = 2_097_152  # IAM UploadServerCertificate, CertificateChain
MAX_ARNS_PER_DESCRIBE = 20  # DescribeLoadBalancers, LoadBalancerArns: "You can specify up to 20"
FIND_WIDTH = 8  # ours: target groups that are asked at the same time for a target
MIN_BATCH = 1  # ours: targets that a rolling takes out at a time
PERMISSION_SECONDS = (
    30.0  # ours: until a permission that was just given to load balancing is known everywhere
)
MAX_TARGETS_DRAWN = (
    24  # ours: of a group with more, a diagram shows those that are not well, and counts the others
)
USUAL_FUNCTION_INTERVAL_SECONDS = 35  # CreateTargetGroup, HealthCheckIntervalSeconds, for functions
USUAL_FUNCTION_TIMEOUT_SECONDS = 30  # CreateTargetGroup, HealthCheckTimeoutSeconds, for functions
USUAL_GATEWAY_INTERVAL_SECONDS = 10  # CreateTargetGroup, HealthCheckIntervalSeconds, for GENEVE
