"""Numbers that EC2 documents."""

from __future__ import annotations

MAX_INSTANCES_PER_PAGE = 1000  # DescribeInstances, MaxResults
MIN_ROWS_PER_PAGE = 5  # DescribeInstances and DescribeSecurityGroups, MaxResults
MAX_GROUPS_PER_PAGE = 1000  # DescribeSecurityGroups, MaxResults
MAX_IMAGES_PER_PAGE = 1000  # DescribeImages, MaxResults
MAX_IDS_PER_CALL = (
    1000  # DescribeInstances and TerminateInstances, User guide, "Amazon EC2 API request limits"
)
MAX_STATUS_IDS = 100  # DescribeInstanceStatus, InstanceIds
MAX_FILTER_VALUES = 200  # User guide, "List and filter your resources"
MAX_USER_DATA_BYTES = 16 * 1024  # RunInstances, UserData: before base64
MAX_KEY_NAME_CHARACTERS = 255  # CreateKeyPair, KeyName
MAX_GROUP_TEXT_CHARACTERS = 255  # CreateSecurityGroup, GroupName and Description
MAX_RULE_TEXT_CHARACTERS = 255  # IpRange, Description
MAX_TAGS = 50  # User guide, "Tag your Amazon EC2 resources"
MAX_PORT = 65_535  # IpPermission, FromPort and ToPort
MAX_ICMP_NUMBER = 255  # IpPermission, ICMP type and code
MAX_PROTOCOL_NUMBER = 255  # IpPermission, IpProtocol
METADATA_HOPS = 2  # InstanceMetadataOptionsRequest: one for the instance, one for a container on it
MAX_UNSEEN_LOOKS = (
    3  # ours: looks in a row that AWS may refuse, since it is asked too much, before a wait gives up
)
MAX_METADATA_HOPS = 64  # InstanceMetadataOptionsRequest, HttpPutResponseHopLimit
PASSWORD_SECONDS = 900.0  # GetPasswordData, "wait up to 15 minutes after launching an instance"
REGIONS_WIDTH = 16  # ours: regions that are asked at once
PROFILE_SECONDS = 30.0  # ours: until an instance profile that was just made is known to EC2
PROFILE_PAUSE_SECONDS = 2.0  # ours: between two attempts
WAIT_SECONDS = 300.0  # ours: how long `wait` waits if nothing is said
COPY_SECONDS = 3600.0  # ours: the same for snapshots and images, which take as long as there is to copy
IN_USE_SECONDS = 120.0  # ours: how long `delete` waits for what is about to let go

# -- volumes ---------------------------------------------------------------------------------------------------------

MAX_VOLUMES_PER_PAGE = 1000  # DescribeVolumes, MaxResults
MAX_SNAPSHOTS_PER_PAGE = 1000  # DescribeSnapshots, MaxResults
VOLUME_SIZES_GIB = {  # CreateVolume, Size: the least and the most of each type
    "gp3": (1, 65_536),
    "gp2": (1, 16_384),
    "io2": (4, 65_536),
    "io1": (4, 16_384),
    "st1": (125, 16_384),
    "sc1": (125, 16_384),
    "standard": (1, 1024),
}
VOLUME_IOPS = {  # CreateVolume, Iops: the least and the most of each type that has a choice
    "gp3": (3000, 80_000),
    "io2": (100, 256_000),
    "io1": (100, 64_000),
}
VOLUME_IOPS_PER_GIB = {  # EBS User Guide, "Amazon EBS volume types"; gp3 has its least at any size
    "gp3": 500,
    "io2": 1000,
    "io1": 50,
}
VOLUME_THROUGHPUT_MIB = (125, 2000)  # CreateVolume, Throughput: of gp3, the one type that has a choice
DEVICE_LETTERS = "fghijklmnop"  # EC2 User Guide, "Device names for volumes": what is recommended for data
MORE_DEVICE_LETTERS = "qrstuvwxyz"  # the same page: what there is besides
MORE_DEVICES = tuple(
    f"xvdb{letter}" for letter in "abcdefghijklmnopqrstuvwx"
)  # and then, with no "sd" for it

# -- images and templates --------------------------------------------------------------------------------------------

MIN_IMAGE_NAME_CHARACTERS = 3  # CreateImage, Name
MAX_IMAGE_NAME_CHARACTERS = 128  # CreateImage, Name
MIN_TEMPLATE_NAME_CHARACTERS = 3  # CreateLaunchTemplate, LaunchTemplateName
MAX_TEMPLATE_NAME_CHARACTERS = 128  # CreateLaunchTemplate, LaunchTemplateName
MAX_TEMPLATE_TEXT_CHARACTERS = 255  # CreateLaunchTemplate, VersionDescription
MAX_TEMPLATES_PER_PAGE = 200  # DescribeLaunchTemplates and DescribeLaunchTemplateVersions, MaxResults

# -- places and types ------------------------------------------------------------------------------------------------

MAX_SUBNETS_PER_PAGE = 1000  # DescribeSubnets and DescribeVpcs, MaxResults
MAX_TYPES_PER_PAGE = 100  # DescribeInstanceTypes, MaxResults
MAX_OFFERINGS_PER_PAGE = 1000  # DescribeInstanceTypeOfferings, MaxResults
MAX_INTERFACES_PER_PAGE = 1000  # DescribeNetworkInterfaces, MaxResults
MAX_ADDRESS_BYTES = 64  # ours: an IP address and a line's end, and room to see that it is something else
ADDRESS_SECONDS = 10.0  # ours: until who says what this machine's address is has said so

# -- SSH and commands ------------------------------------------------------------------------------------------------

SSH_PORT = 22  # RFC 4253, section 4.1
CONNECT_SECONDS = 10.0  # ours: until a server takes the connection
BANNER_SECONDS = 15.0  # ours: until it greets; a box that is busy starting takes its time
LOGIN_SECONDS = 30.0  # ours: until it has looked at a key
KEEP_ALIVE_SECONDS = (
    30  # ours: less than what NAT gateways and load balancers drop silent connections after (350 s)
)
MAX_BANNER_BYTES = (
    1024  # RFC 4253, section 4.2 allows lines before the version; ours: how many bytes are read
)
CONSOLE_SECONDS = (
    300.0  # GetConsoleOutput, "available within minutes of the start": how old a box has its host keys there
)
TEMPORARY_KEY_SECONDS = 60.0  # SendSSHPublicKey: how long the key may be used
RUN_WIDTH = 16  # ours: instances that a command runs on at once
MAX_OUTPUT_CHARACTERS = 24_000  # GetCommandInvocation, StandardOutputContent: what is longer is cut
DELIVERY_SECONDS = 60  # SendCommand, TimeoutSeconds (30 at least): until the agent has taken the command
MAX_COMMAND_SECONDS = 172_800  # AWS-RunShellScript, executionTimeout: 48 hours
COMMAND_SECONDS = 3600  # AWS-RunShellScript, executionTimeout: its own default
UNKNOWN_SECONDS = 30.0  # ours: until an invocation that was just sent is known to GetCommandInvocation
SEND_ATTEMPTS = 5  # ours: how often a command is sent at most, if AWS does not get it
SEND_PAUSE_SECONDS = 1.0  # ours: before the second attempt
BASIC_MONITORING_SECONDS = 300  # User guide, "Manage detailed monitoring for your EC2 instances"
