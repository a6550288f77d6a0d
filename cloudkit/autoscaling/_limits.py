"""Numbers that Auto Scaling documents, and times to wait."""

from __future__ import annotations

MAX_NAME_CHARACTERS = 255  # CreateAutoScalingGroup, AutoScalingGroupName
MAX_SUBNETS_CHARACTERS = 5000  # CreateAutoScalingGroup, VPCZoneIdentifier
MAX_GROUPS_PER_PAGE = 100  # DescribeAutoScalingGroups, MaxRecords
MAX_ROWS_PER_PAGE = 100  # DescribePolicies, DescribeScalingActivities, DescribeInstanceRefreshes: MaxRecords
MAX_TAGS = 50  # CreateAutoScalingGroup, "Tags": tags per group, user guide "quotas"
MAX_INSTANCES_PER_CALL = 20  # AttachInstances, DetachInstances, EnterStandby, ExitStandby: InstanceIds
MAX_PROTECTED_PER_CALL = 50  # SetInstanceProtection, InstanceIds
MAX_TARGETS_PER_CALL = 10  # AttachLoadBalancerTargetGroups, AttachLoadBalancers: user guide "quotas"
MAX_TYPES = 40  # LaunchTemplateOverrides, InstanceType
MIN_LIFETIME_SECONDS = 86_400  # CreateAutoScalingGroup, MaxInstanceLifetime; 0 is none
MAX_SECONDS = 2**31 - 1  # AWS's whole numbers have 32 bits
MAX_PERCENT = 100  # RefreshPreferences, MinHealthyPercentage
MAX_OVER_PERCENT = 200  # RefreshPreferences, MaxHealthyPercentage
MAX_HEALTHY_SPAN = 100  # RefreshPreferences: MaxHealthyPercentage less MinHealthyPercentage
MAX_BAKE_SECONDS = 172_800  # RefreshPreferences, BakeTime
MAX_CHECKPOINT_SECONDS = 172_800  # RefreshPreferences, CheckpointDelay
MAX_REFRESH_ALARMS = 10  # AlarmSpecification, Alarms: API reference
MAX_TRACKED_METRICS = 10  # PutScalingPolicy, Metrics: user guide "metric math": 10 metrics
MAX_STEPS = 20  # user guide "quotas": step adjustments per step scaling policy
TRACKED_PERIODS = (10, 30, 60)  # CustomizedMetricSpecification, Period

# What is new needs some time to start before a load balancer's checks of it count: the console's own choice.
GRACE_SECONDS = 300

IN_SERVICE_SECONDS = 900.0  # ours: some minutes for an instance to start, and for checks of it
GONE_SECONDS = 900.0  # ours: connections drain for 5 minutes by default, and instances end after that
STANDBY_SECONDS = 600.0  # ours: connections drain before
REFRESH_SECONDS = 3600.0  # ours
# Lack of capacity passes at times, and the group tries again, in other zones first: for how long that is waited out.
CAPACITY_SECONDS = 300.0
# As many have to be taken out for failed health checks while they are waited for, until it is given up.
MIN_REPLACED = 2
# How many of the newest activities tell how it goes.
RECENT_ACTIVITIES = 50
