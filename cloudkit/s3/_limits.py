"""Numbers that S3 documents."""

from __future__ import annotations

MIN_BUCKET_NAME_CHARACTERS = 3  # User guide, "Bucket naming rules"
MAX_BUCKET_NAME_CHARACTERS = 63  # User guide, "Bucket naming rules"
MAX_OLD_BUCKET_NAME_CHARACTERS = 255  # User guide, "Bucket naming rules": in us-east-1 before March 2018
RESERVED_BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")  # User guide, "Bucket naming rules"
RESERVED_BUCKET_SUFFIXES = (  # User guide, "Bucket naming rules"
    "-s3alias",
    "--ol-s3",
    ".mrap",
    "--xa-s3",
    "--table-s3",
)
ACCOUNT_NAMESPACE_SUFFIX = "-an"  # User guide, "Namespaces for general purpose buckets"
DIRECTORY_BUCKET_SUFFIX = "--x-s3"  # User guide, "Directory bucket naming rules"
DIRECTORY_SUFFIXES = (DIRECTORY_BUCKET_SUFFIX, "--xa-s3")  # and of the aliases of access points to them
MAX_DIRECTORY_PRESIGN_SECONDS = 300  # CreateSession: what signs the links of directory buckets ends then
MAX_KEY_BYTES = 1024  # User guide, "Object key names"
MAX_KEYS_PER_PAGE = 1000  # ListObjectsV2, MaxKeys
MAX_KEYS_PER_DELETE = 1000  # DeleteObjects
MIN_PART_BYTES = 5 * 1024**2  # User guide, "multipart limits"
MAX_PART_BYTES = 5 * 1024**3  # User guide, "multipart limits"
MAX_OBJECT_BYTES = MAX_PART_BYTES * 10_000  # User guide, "multipart limits": 48.8 TiB
MAX_PARTS = 10_000  # User guide, "multipart limits"
MAX_PRESIGN_SECONDS = 7 * 24 * 3600  # Signature version 4, X-Amz-Expires
DEFAULT_PRESIGN_SECONDS = 3600  # ours
MAX_PUT_BYTES = 5 * 1024**3  # PutObject; larger ones in parts
PART_BYTES = 8 * 1024**2  # ours: smaller objects take one PUT
PART_GROWTH_EVERY = 80  # ours: parts double in size each 80, so that 10,000 of them reach 50 TB
PARTS_AT_ONCE = 4  # ours, measured: few streams with large pieces
PARTS_BYTES = 48 * 1024**2  # ours: bytes of parts under way, beside the one that is being filled
MEMORY_PART_BYTES = 32 * 1024**2  # ours: larger parts are gathered in a temporary file
FILE_PARTS_AT_ONCE = 2  # ours: such parts under way
UPLOAD_PUT_BYTES = 32 * 1024**2  # ours, measured: files up to here are as fast by one PUT
UPLOAD_PART_BYTES = 16 * 1024**2  # ours, measured: parts of larger ones
SEND_PIECE_BYTES = 256 * 1024  # ours, measured: what a connection is given at once
HASH_PIECE_BYTES = 1024**2  # ours: what a checksum is given at once; botocore takes as much
CONFLICT_ATTEMPTS = 5  # ours: PUTs that meet another writer's, until it is an error
CONFLICT_PAUSE_SECONDS = 0.1  # ours: the pause before the second of them, doubling from there
ABORT_WORKERS = 8  # ours: AbortMultipartUpload calls under way at once
MAX_TAG_KEY_CHARACTERS = 128  # PutObjectTagging
MAX_TAG_VALUE_CHARACTERS = 256  # PutObjectTagging
READ_BUFFER_BYTES = 1024**2  # ours: what a buffered reader asks for at once
READ_ATTEMPTS = 5  # ours: requests without a byte in between, until a read gives up
READ_PAUSE_SECONDS = (
    0.1  # ours: the pause before the second of them in a row; the next ones are twice as long each
)
READ_PIECE_BYTES = 1024**2  # ours: what is taken off a connection at once
READ_AFTER_CUT_BYTES = 64 * 1024  # ours: the same after a cut, since a reset loses what came of the piece
READ_ON_BYTES = 256 * 1024  # ours: a seek that short reads on, which is faster than another request
FIRST_WINDOW_BYTES = 128 * 1024  # ours: what is asked for after a seek
WINDOW_GROWTH = 4  # ours: how much more is asked for each time that reading goes on from there
MAX_WINDOW_BYTES = 64 * 1024**2  # ours: where that ends
ONE_STREAM_BYTES = 64 * 1024**2  # ours, measured: up to here one connection is as fast as several
DOWNLOAD_RANGE_BYTES = 16 * 1024**2  # ours, measured: few long ranges beat many short ones
DOWNLOAD_WORKERS = 4  # ours, measured
VERIFY_WORKERS = 8  # ours: HEADs under way at once, for the sizes of parts that are not alike
DELETE_WORKERS = 10  # ours: DeleteObjects calls under way at once
CUSTOMER_KEY_BYTES = 32  # User guide, "Server-side encryption with customer-provided keys": AES-256
WRITE_TOKEN_BYTES = 16  # ours: what tells a conditional write from all others; spelled in hex
MAX_METADATA_BYTES = 2048  # User guide, "User-defined object metadata"
MAX_OBJECT_TAGS = 10  # PutObjectTagging
MAX_BUCKET_TAGS = 50  # User guide, "Using cost allocation S3 bucket tags"; those of AWS's own do not count
PLAIN_WIDTH = 16  # ours, measured: boto3 is slower with more threads, the interpreter runs one at a time
MAX_NATIVE_BYTES = 8 * 1024**2  # ours: larger ones are worth resuming, which boto3's engine does
NATIVE_WIDTH = 128  # ours, measured: what hides a latency of 20 ms
MAX_COPY_BYTES = 5 * 1024**3  # CopyObject; larger ones by UploadPartCopy
COPY_PART_BYTES = 256 * 1024**2  # ours: parts of a copy, which S3 moves by itself
COPY_WORKERS = 8  # ours: UploadPartCopy calls under way at once
RESTORE_WORKERS = 16  # ours: keys brought back at once
EDIT_ATTEMPTS = 25  # ours: how often `edit_with` begins again when others write in between
EDIT_FIRST_PAUSE_SECONDS = 0.05  # ours: and how long it waits before that, twice as long each time
EDIT_LONGEST_PAUSE_SECONDS = 2.0  # ours
LOCK_FIRST_PAUSE_SECONDS = 0.5  # ours: how long a lock that is held is left alone, growing
LOCK_LONGEST_PAUSE_SECONDS = 5.0  # ours
LOCK_RENEWALS = 3  # ours: renewals in the life of a lock, so that two may fail
LOCK_LEAST_TIMEOUT_SECONDS = (
    1.0  # ours: no renewal is given less time for its answer, however short the lock lasts
)
LOCK_ATTEMPTS = 5  # ours: tries for a lock that others take in the same moment
DATE_RESOLUTION_SECONDS = 1.0  # RFC 9110, Date and Last-Modified: whole seconds
LOCK_SECONDS = 60  # ours: how long a lock lasts that is not renewed
LOCK_PREFIX = ".locks/"  # ours: where the objects of locks are
LOOK_AHEAD_PAGES = 4  # ours: pages for each connection that a parallel listing holds until it is their turn
MAX_LISTING_WIDTH = 64  # ours: connections of a parallel listing; the interpreter is busy with fewer
MAX_LIFECYCLE_RULES = 1000  # PutBucketLifecycleConfiguration
MAX_LIFECYCLE_ID_CHARACTERS = 255  # PutBucketLifecycleConfiguration, LifecycleRule ID
MIN_INFREQUENT_ACCESS_DAYS = 30  # User guide, "Lifecycle transition considerations"
MAX_KEPT_VERSIONS = 100  # PutBucketLifecycleConfiguration, NewerNoncurrentVersions
MAX_CORS_RULES = 100  # PutBucketCors
MAX_ROUTING_RULES = 50  # PutBucketWebsite
MAX_POLICY_BYTES = 20 * 1024  # User guide, "Bucket policies": 20 KB
MAX_NOTIFICATIONS = 100  # User guide, "Amazon S3 Event Notifications": configurations in a bucket
NOTIFICATION_SETTLE_SECONDS = 20  # ours: SetQueueAttributes says up to 60, and mostly it is a few
SETTLE_SECONDS = (
    60  # ours: how long a bucket that is busy with another change is asked again; S3 names no time
)
SETTLE_FIRST_PAUSE_SECONDS = 0.5  # ours: the pause before the second time
SETTLE_PAUSE_GROWTH = 2  # ours: how much longer the next ones are
SETTLE_LONGEST_PAUSE_SECONDS = 10.0  # ours: and where that ends
MAX_RETENTION_DAYS = 36_500  # User guide, "Object Lock": 100 years
MAX_RETENTION_YEARS = 100  # User guide, "Object Lock"
# General Reference, "Amazon S3 website endpoints": these have s3-website-REGION, all others s3-website.REGION.
WEBSITE_DASH_REGIONS = frozenset(
    [
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-west-1",
        "sa-east-1",
        "us-east-1",
        "us-gov-west-1",
        "us-west-1",
        "us-west-2",
    ]
)
COMPARE_WORKERS = 8  # ours: files read at once to tell whether they have changed
SMALL_BYTES = 1024**2  # ours: files of a sync that are held in memory, as many as are under way
LARGE_AT_ONCE = 4  # ours: larger files of a sync under way, each in parts of its own
SLOWEST_SECONDS = 600.0  # ours: what a small object takes at most, many others beside it on a slow line
STORAGE_METRICS_SECONDS = (
    86_400  # User guide, "Monitoring metrics with Amazon CloudWatch": storage metrics come once a day
)
