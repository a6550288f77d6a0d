"""Numbers that EC2 documents."""

from __future__ import annotations

MAX_INSTANCES_PER_PAGE = 1000  # DescribeInstances, MaxResults
MIN_ROWS_PER_PAGE = 5  # DescribeInstances and DescribeSecurityGroups, MaxResults
MAX_GROUPS_PER_PAGE = 1000  # DescribeSecurityGroups, MaxResults
MAX_IMAGES_PER_PAGE = 1000  # DescribeImages, MaxResults
MAX_IDS_PER_CALL = (
    1000  # DescribeInstances and TerminateInstances, User guide, "Amazon EC2 API request limits"
)
MAX_FILTER_VALUES = 200  # User guide, "List and filter your resources"
MAX_USER_DATA_BYTES = 16 * 1024  # RunInstances, UserData: before base64
MAX_KEY_NAME_CHARACTERS = 255  # CreateKeyPair, KeyName
MAX_GROUP_TEXT_CHARACTERS = 255  # CreateSecurityGroup, GroupName and Description
MAX_RULE_TEXT_CHARACTERS = 255  # IpRange, Description
MAX_PORT = 65_535  # IpPermission, FromPort and ToPort
MAX_ICMP_NUMBER = 255  # IpPermission, ICMP type and code
MAX_PROTOCOL_NUMBER = 255  # IpPermission, IpProtocol
METADATA_HOPS = 2  # InstanceMetadataOptionsRequest: one for the instance, one for a container on it
PROFILE_SECONDS = 30.0  # ours: until an instance profile that was just made is known to EC2
PROFILE_PAUSE_SECONDS = 2.0  # ours: between two attempts
WAIT_SECONDS = 300.0  # ours: how long `wait` waits if nothing is said
