"""Numbers that S3 documents."""

from __future__ import annotations

MIN_BUCKET_NAME_CHARACTERS = 3  # User guide, "Bucket naming rules"
MAX_BUCKET_NAME_CHARACTERS = 63  # User guide, "Bucket naming rules"
MAX_KEY_BYTES = 1024  # User guide, "Object key names"
MAX_KEYS_PER_PAGE = 1000  # ListObjectsV2, MaxKeys
MAX_KEYS_PER_DELETE = 1000  # DeleteObjects
MIN_PART_BYTES = 5 * 1024**2  # User guide, "multipart limits"
MAX_PART_BYTES = 5 * 1024**3  # User guide, "multipart limits"
MAX_OBJECT_BYTES = MAX_PART_BYTES * 10_000  # User guide, "multipart limits": 48.8 TiB
MAX_PARTS = 10_000  # User guide, "multipart limits"
MAX_PRESIGN_SECONDS = 7 * 24 * 3600  # Signature version 4, X-Amz-Expires
DEFAULT_PRESIGN_SECONDS = 3600  # ours
PART_BYTES = 8 * 1024**2  # ours: smaller objects take one PUT
PART_GROWTH_EVERY = 1000  # ours: parts double in size each 1,000, so that 10,000 of them reach 7.8 TiB
READ_BUFFER_BYTES = 1024**2  # ours: what a buffered reader asks for at once
READ_ATTEMPTS = 5  # ours: requests without a byte in between, until a read gives up
DELETE_WORKERS = 4  # ours: DeleteObjects calls under way at once
CUSTOMER_KEY_BYTES = 32  # User guide, "Server-side encryption with customer-provided keys": AES-256
MAX_METADATA_BYTES = 2048  # User guide, "User-defined object metadata"
MAX_OBJECT_TAGS = 10  # PutObjectTagging
