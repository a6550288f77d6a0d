"""obstore as an engine: Rust does the work, so that a hundred requests are under way at once.

It does the sunny day. Whatever is not a clean success is done again by boto3, whose answer is the one that counts: the
errors, the retries and the odd cases are the same as without it. What could not be done twice is not done here at all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from cloudkit._core.native import Credentials, NativeAccess, native_access
from cloudkit._core.steps import in_time
from cloudkit.s3._directory import is_directory
from cloudkit.s3._engine.protocol import Engine
from cloudkit.s3._limits import MAX_NATIVE_BYTES, NATIVE_WIDTH, SLOWEST_SECONDS
from cloudkit.s3._names import is_arn
from cloudkit.s3._region import region_of

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud
    from cloudkit.s3._address.object import ObjectAddress

# obstore reads keys as paths: it would take "a//b" for "a/b", and escapes some signs. These keys it leaves alone.
_SAFE_KEY = re.compile(r"(?!\.{1,2}(?:/|$))[\w.=@,()' -]+(?:/(?!\.{1,2}(?:/|$))[\w.=@,()' -]+)*", re.ASCII)
_ATTRIBUTES = {
    "ContentType": "Content-Type",
    "ContentEncoding": "Content-Encoding",
    "ContentDisposition": "Content-Disposition",
    "CacheControl": "Cache-Control",
}
# The names that it sends as headers of their own, where boto3 sends metadata.
_ITS_OWN_NAMES = {
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "storage-class",
}
# It takes these from the environment, where boto3 does not look.
_ITS_OWN_ENVIRONMENT = (
    "AWS_ENDPOINT",
    "AWS_SKIP_SIGNATURE",
    "AWS_UNSIGNED_PAYLOAD",
    "AWS_CHECKSUM_ALGORITHM",
    "AWS_SERVER_SIDE_ENCRYPTION",
    "AWS_SSE_KMS_KEY_ID",
    "AWS_SSE_BUCKET_KEY_ENABLED",
    "AWS_SSE_CUSTOMER_KEY_BASE64",
    "AWS_REQUEST_PAYER",
    "AWS_S3_EXPRESS",
    "AWS_DISABLE_TAGGING",
)
# A process that is forked off cannot use the threads of its parent, which obstore's are.
_at_home: dict[str, int] = {}


def native_engine(cloud: Cloud, plain: Engine) -> Engine | None:
    """An engine for this Cloud, or None if it asks for something that only boto3 does."""
    if any(name in os.environ for name in _ITS_OWN_ENVIRONMENT):
        return None
    if _at_home.setdefault("pid", os.getpid()) != os.getpid():
        return None
    access = native_access(cloud)
    return None if access is None else Native(cloud, access, plain)


class Native(Engine):
    """obstore, with boto3 for all that it cannot do."""

    name: ClassVar[str] = "obstore"
    width: ClassVar[int] = NATIVE_WIDTH

    def __init__(self, cloud: Cloud, access: NativeAccess, plain: Engine) -> None:
        self._cloud = cloud
        self._access = access
        self._plain = plain
        self._stores: dict[str, S3Store] = {}

    def get(self, source: ObjectAddress) -> bytes:
        """One GET. What is large is boto3's, which goes on where a dropped connection ended."""
        if not self._can(source):
            return self._plain.get(source)
        try:
            found = in_time(partial(self._get, source))
            if found is not None:
                content, facts = found
                source._has_read(facts)  # pyright: ignore[reportPrivateUsage]
                return content
        except (BaseError, OSError, ValueError):
            pass
        return self._plain.get(source)

    def put(self, target: ObjectAddress, body: bytes, params: Mapping[str, Any]) -> None:
        """One PUT. One with a condition is boto3's: its second attempt must know of the first."""
        metadata: Mapping[str, str] = params.get("Metadata") or {}
        other = any(name not in _ATTRIBUTES and name != "Metadata" for name in params)
        if (
            other
            or any(name.lower() in _ITS_OWN_NAMES for name in metadata)
            or len(body) > MAX_NATIVE_BYTES
            or not self._can(target)
        ):
            self._plain.put(target, body, params)
            return
        attributes = {_ATTRIBUTES[name]: value for name, value in params.items() if name in _ATTRIBUTES}
        attributes.update(metadata)
        try:
            in_time(partial(self._put, target, body, attributes))
        except (BaseError, OSError, ValueError):
            self._plain.put(target, body, params)

    def _get(self, source: ObjectAddress) -> tuple[bytes, dict[str, Any]] | None:
        found = obstore.get(self._store(source.bucket_name), source.key)
        if found.meta["size"] > MAX_NATIVE_BYTES:
            return None
        return found.bytes().to_bytes(), _facts_of(found)

    def _put(self, target: ObjectAddress, body: bytes, attributes: Mapping[str, str]) -> None:
        obstore.put(
            self._store(target.bucket_name),
            target.key,
            body,
            attributes=cast("Any", attributes),
            use_multipart=False,
        )

    def _can(self, thing: ObjectAddress) -> bool:
        return (
            thing.version_id is None
            and thing.customer_key is None
            and thing.expected_bucket_owner is None
            and not thing.request_payer
            and not is_arn(thing.bucket_name)
            and not is_directory(thing.bucket_name)
            and _SAFE_KEY.fullmatch(thing.key) is not None
        )

    def _store(self, bucket_name: str) -> S3Store:
        store = self._stores.get(bucket_name)
        if store is None:
            # Two threads may make one each: the second one stays, and neither is wrong.
            store = self._stores[bucket_name] = self._new_store(bucket_name)
        return store

    def _new_store(self, bucket_name: str) -> S3Store:
        access = self._access
        region = region_of(self._cloud, bucket_name) if access.endpoint is None else self._cloud.region
        # Names with dots do not fit the certificate of a host below amazonaws.com.
        virtual = access.endpoint is None and "." not in bucket_name
        host = f"{bucket_name}.s3" if virtual else "s3"
        options: dict[str, Any] = {
            "region": region or "us-east-1",
            "endpoint": access.endpoint or f"https://{host}.{region}.amazonaws.com",
            "virtual_hosted_style_request": virtual,
        }
        if self._cloud.sends_checksums:
            options["checksum_algorithm"] = "SHA256"
        if access.credentials is None:
            options["skip_signature"] = True
        else:
            options["credential_provider"] = _provider(access.credentials)
        return S3Store(
            bucket_name,
            client_options={
                "allow_http": access.endpoint is not None,
                "connect_timeout": timedelta(seconds=access.connect),
                # Between two pieces of an answer, as botocore's; and for the whole, what the slowest line needs.
                "read_timeout": timedelta(seconds=access.read),
                "timeout": timedelta(seconds=access.connect + access.read + SLOWEST_SECONDS),
                "pool_max_idle_per_host": str(self.width),
            },
            retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=1)},
            **options,
        )


def _facts_of(found: Any) -> dict[str, Any]:
    """What an answer of obstore's says of the object, by HEAD's names: not all that HEAD says."""
    headers = {name.lower(): value for name, value in found.attributes.items()}
    facts: dict[str, Any] = {
        "Size": found.meta["size"],
        "ETag": found.meta["e_tag"],
        "LastModified": found.meta["last_modified"],
        "VersionId": found.meta["version"] or "",
        "Metadata": {name: value for name, value in headers.items() if name not in _ITS_OWN_NAMES},
    }
    facts.update(
        (ours, headers[name.lower()]) for ours, name in _ATTRIBUTES.items() if name.lower() in headers
    )
    return facts


def _provider(credentials: Callable[[], Credentials]) -> Callable[[], dict[str, Any]]:
    """What obstore asks before they end."""

    def provide() -> dict[str, Any]:
        now = credentials()
        return {
            "access_key_id": now.key,
            "secret_access_key": now.secret,
            "token": now.token,
            "expires_at": now.ends,
        }

    return provide
