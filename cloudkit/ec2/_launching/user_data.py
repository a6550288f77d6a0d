"""User data: what an instance runs or reads at its first start."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Protocol, TypeAlias, runtime_checkable

from cloudkit.ec2._limits import MAX_USER_DATA_BYTES
from cloudkit.errors import InvalidRequest


@runtime_checkable
class HasBytes(Protocol):
    """Anything that content can be read from: a `pathlib.Path`, an object in a bucket."""

    def read_bytes(self) -> bytes:
        """All its content."""
        ...


UserData: TypeAlias = str | bytes | HasBytes
"""A text, bytes, a `Path` or an S3 `Object`."""

_SECRETS = re.compile(
    rb"(?:AKIA|ASIA)[0-9A-Z]{16}|aws_secret_access_key|-----BEGIN [A-Z ]*PRIVATE KEY-----", re.IGNORECASE
)
# `{{ name }}`, as cloud-init's own templates have it: `$name` is the shell's.
_BLANK = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
# What cloud-init knows a document by, if it begins with it: https://docs.cloud-init.io/en/latest/explanation/format.html
_HEADERS = (
    b"#!",
    b"#cloud-",
    b"#include",
    b"#upstart-job",
    b"#part-handler",
    b"## template:",
    b"MIME-Version",
)
# Its own templates: what is not ours to fill is cloud-init's.
_JINJA = "## template: jinja"


def user_data_bytes(data: UserData | None, values: Mapping[str, object] | None = None) -> bytes | None:
    """User data as AWS takes it: read, filled in and checked; None if there is none.

    Raises:
        InvalidRequest: It is too large, or the values are not those that its blanks want.
    """
    if data is None:
        if values is not None:
            raise InvalidRequest("user_data_values without user_data: there is nothing to fill in")
        return None
    raw = data.encode() if isinstance(data, str) else data if isinstance(data, bytes) else data.read_bytes()
    return checked_user_data(raw if values is None else _filled(raw, values))


def _filled(raw: bytes, values: Mapping[str, object]) -> bytes:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"user_data is no text, so nothing can be filled in: {error}") from error
    blanks = set(_BLANK.findall(text))
    superfluous = sorted(values.keys() - blanks)
    if superfluous:
        raise InvalidRequest(
            f"user_data has no blank for {', '.join(superfluous)}",
            hint=f"a blank is {{{{ {superfluous[0]} }}}}",
        )
    missing = sorted(blanks - values.keys())
    if missing and not text.startswith(_JINJA):
        raise InvalidRequest(
            f"user_data has blanks that user_data_values says nothing of: {', '.join(missing)}"
        )
    # At once, so that a value that looks like a blank stays what it is.
    return _BLANK.sub(lambda blank: str(values.get(blank[1], blank[0])), text).encode()


def checked_user_data(data: str | bytes) -> bytes:
    """User data as bytes, if EC2 takes it. A warning if it seems to hold a secret, or if cloud-init would not know it."""
    raw = data.encode() if isinstance(data, str) else bytes(data)
    if len(raw) > MAX_USER_DATA_BYTES:
        raise InvalidRequest(
            f"user_data has {len(raw)} bytes: EC2 takes {MAX_USER_DATA_BYTES}",
            hint="compress it with gzip, which cloud-init reads, or let it fetch the rest from a bucket",
        )
    if _SECRETS.search(raw):
        warnings.warn(
            "user_data seems to hold a key: whoever may describe the instance or run code on it can read it;"
            " give the instance a role (instance_profile=) or let it read a secrets store",
            stacklevel=4,
        )
    if not raw.startswith(_HEADERS) and raw.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(_HEADERS):
        warnings.warn(
            "user_data does not begin with its first line: cloud-init passes over a document with blank lines,"
            " spaces or a byte order mark before '#!' or '#cloud-config'",
            stacklevel=4,
        )
    return raw
